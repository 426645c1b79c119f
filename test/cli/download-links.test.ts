import { link, lstat, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { holds, scene } from "../support/download-scene.ts";

describe("what stands in the place of a download", () => {
  test.each(["part", "lock"])("as a link called .%s is not followed", async (kind) => {
    const { hub, folder, path, fails, get } = await scene();
    await mkdir(folder);
    const precious = join(folder, "precious.txt");
    await writeFile(precious, "precious");
    await symlink(precious, `${path}.${kind}`);
    const error = await fails();
    expect(error.message).toBe(`${path}.${kind} is a link, which downloads do not follow`);
    expect(error.fix).toBe("Delete it, then run the same command again.");
    expect(hub.requests).toEqual([]);
    expect(await readFile(precious, "utf8")).toBe("precious");
    await rm(`${path}.${kind}`);
    expect(await get()).toBe(true);
  });

  test("as a second name of a file is not written to", async () => {
    const { folder, part, fails } = await scene();
    await mkdir(folder);
    const precious = join(folder, "precious.txt");
    await writeFile(precious, "precious");
    await link(precious, part);
    expect((await fails()).message).toMatch(/\.part is a link/);
    expect(await readFile(precious, "utf8")).toBe("precious");
  });

  test("as a link called like the file is replaced, not followed", async () => {
    const { file, folder, path, get } = await scene();
    await mkdir(folder);
    const precious = join(folder, "precious.txt");
    await writeFile(precious, "precious");
    await symlink(precious, path);
    expect(await get()).toBe(true);
    expect((await lstat(path)).isSymbolicLink()).toBe(false);
    expect([await holds(path, file), await readFile(precious, "utf8")]).toEqual([true, "precious"]);
  });
});
