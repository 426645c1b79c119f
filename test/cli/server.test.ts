import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { WeightsFiles } from "../../src/cli/locate.ts";
import { startServer } from "../../src/cli/server.ts";
import { WEIGHTS_URL } from "../../src/cli/wire.ts";
import { TEACHERS, type TeacherDefinition } from "../../src/index.ts";
import { temporaryFolder } from "../support/command-line.ts";

test("the page's server hands out the bundled page and the located weights, whole or by range, and nothing beside them", async () => {
  const folder = await temporaryFolder();
  const path = join(folder, "mine.safetensors");
  await writeFile(path, "0123456789");
  await writeFile(join(folder, "empty.safetensors"), "");
  const server = await startServer(new WeightsFiles(TEACHERS[1] as TeacherDefinition, path, [], folder));
  onTestFinished(() => server.close());
  const get = (file: string, range?: string) => fetch(server.origin + WEIGHTS_URL + file, range ? { headers: { Range: range } } : {});

  const page = await fetch(server.page);
  expect([page.status, page.headers.get("Content-Type")]).toEqual([200, "text/html"]);
  const script = await fetch(new URL(/<script type="module"[^>]* src="([^"]+)"/.exec(await page.text())?.[1] as string, server.page));
  expect([script.status, script.headers.get("Content-Type")]).toEqual([200, "text/javascript"]);
  expect(await script.text()).toContain("globalThis.relabel =");

  const whole = await get("resnet18.safetensors");
  expect([whole.status, whole.headers.get("Content-Length"), await whole.text()]).toEqual([200, "10", "0123456789"]);
  const piece = await get("resnet18.safetensors", "bytes=3-5");
  expect([piece.status, piece.headers.get("Content-Range"), await piece.text()]).toEqual([206, "bytes 3-5/10", "345"]);
  const end = await get("resnet18.safetensors", "bytes=8-99");
  expect([end.status, end.headers.get("Content-Range"), await end.text()]).toEqual([206, "bytes 8-9/10", "89"]);
  const empty = await get("empty.safetensors");
  expect([empty.status, await empty.text()]).toEqual([200, ""]);
  const vae = await get("vae.safetensors", "bytes=0-63");
  expect(Buffer.from(await vae.arrayBuffer()).equals((await readFile("weights/vae.safetensors")).subarray(0, 64))).toBe(true);
  expect((await get("nowhere.safetensors")).status).toBe(404);
  expect((await get("..%2f..%2fpackage.json")).status).toBe(404);
});
