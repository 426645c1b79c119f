import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test, vi } from "vitest";
import { evaluate } from "../../../src/cli/commands/evaluate.ts";
import { captureOutput, temporaryFolder } from "../../support/command-line.ts";
import { EVALUATE_OPTIONS, fakeRuntime } from "../../support/fake-runtime.ts";
import { putPhoto, tableOf } from "../../support/queue-scene.ts";
import { BUCKET, KEY_ID, type S3Server, SECRET, startS3, TOKEN } from "../../support/s3-server.ts";

const { open } = vi.hoisted(() => ({ open: vi.fn() }));
vi.mock("../../../src/cli/runtime.ts", async (original) => ({ ...(await original<object>()), openRuntime: open }));
vi.mock("../../../src/cli/chart.ts", () => ({ drawChart: async () => ({ svg: "<svg/>", png: new Uint8Array(40) }) }));
vi.mock("node:timers/promises", () => ({ setTimeout: async () => {} }));

const FOLDER = `s3://${BUCKET}/set`;
const KEYS = ["cat/a b.png", "cat/ü+%.png", "dog/1.png", "dog/2.png", "e.png"];

let [folder, told] = ["", ""];
let s3: S3Server;

beforeEach(async () => {
  told = "";
  open.mockReset().mockImplementation(async () => fakeRuntime());
  folder = await temporaryFolder();
  s3 = await startS3();
  for (const [name, value] of Object.entries(s3.env)) vi.stubEnv(name, value);
  for (const [at, key] of KEYS.entries()) {
    const path = join(folder, "photos", key);
    await mkdir(join(path, ".."), { recursive: true });
    await putPhoto(path, at + 1);
    s3.objects.set(`set/${key}`, await readFile(path));
  }
  const restore = captureOutput((text) => {
    told += text;
  });
  return () => {
    restore();
    vi.unstubAllEnvs();
  };
});

const run = (out: string, ...sources: string[]) =>
  evaluate(sources, { ...EVALUATE_OPTIONS, out: join(folder, out) }, new AbortController().signal);
const filed = async (out: string) => (await readdir(join(folder, out, "photos"))).sort();

test("photos of a store give the table and the files of the same photos in a folder, whatever breaks off on the way", async () => {
  for (const [at, key] of KEYS.entries()) s3.faults.set(`set/${key}`, (["cut", "short", 503, 429, 500] as const).slice(at));
  await run("store", FOLDER);
  await run("disk", join(folder, "photos"));
  expect(await tableOf(join(folder, "store"))).toEqual(await tableOf(join(folder, "disk")));
  expect(await filed("store")).toEqual(await filed("disk"));
  told = "";
  await run("store", FOLDER);
  expect(told).toContain("Keeping 10 of 10 results");
});

test("what fails after its tries is named with its error, and the rest is evaluated", async () => {
  s3.faults.set("set/dog/1.png", Array(6).fill("cut"));
  s3.forbidden.add("set/e.png");
  await run("out", FOLDER);
  expect(await tableOf(join(folder, "out"))).toMatchObject({ rows: expect.arrayContaining([expect.objectContaining({ photos: 3 })]) });
  const report = await readFile(join(folder, "out", "index.html"), "utf8");
  expect(report).toContain("s3://pictures/set/dog/1.png: cannot be read, after 6 tries");
  expect(report).toContain("s3://pictures/set/e.png: the store refuses access (403 AccessDenied)");
  const files = (await readdir(join(folder, "out"), { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const texts = await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name), "latin1")));
  for (const text of [told, ...texts]) for (const secret of [KEY_ID, SECRET, TOKEN]) expect(text).not.toContain(secret);
});

test("a text file names objects and folders of a store among photos on disk", async () => {
  const list = join(folder, "list.txt");
  await writeFile(list, `photos/e.png\n${FOLDER}/dog\n${FOLDER}/cat/ü+%.png\n`);
  await run("out", list);
  const names = (await filed("out")).filter((name) => name.includes("yardsticks") && name.endsWith(".json"));
  expect(names.map((name) => name.split(".")[0])).toEqual(["1", "2", "e", "ü+%"]);
});

test("a photo that changes while it is evaluated is not filed", async () => {
  open.mockImplementation(async () =>
    fakeRuntime({ explained: () => void s3.objects.set("set/e.png", s3.objects.get("set/dog/1.png") as Uint8Array) }),
  );
  await run("out", `${FOLDER}/e.png`).catch((error) => expect(error.message).toContain("has scores"));
  expect(told).toContain("s3://pictures/set/e.png changed while it was evaluated");
});
