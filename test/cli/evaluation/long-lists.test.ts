import { link, readdir, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { keyMaker, keyOf, originOf } from "../../../src/cli/evaluation/run.ts";
import type { Run } from "../../../src/cli/evaluation/schemas.ts";
import { Spool } from "../../../src/cli/evaluation/spool.ts";
import { FileNumbers } from "../../../src/cli/file-numbers.ts";
import { readAhead } from "../../../src/cli/read-ahead.ts";
import { temporaryFolder } from "../../support/command-line.ts";

test("items on disk come back as they were, in any order, and no file is left behind", async () => {
  const folder = await temporaryFolder();
  const spool = await Spool.open<{ at: number; text: string }>(folder);
  const items = Array.from({ length: 500 }, (_, at) => ({ at, text: `é 猫 "${"x".repeat((at * 37) % 400)}"` }));
  for (const item of items.slice(0, 400)) await spool.add(item);
  expect(await spool.read(399)).toEqual(items[399]);
  for (const item of items.slice(400)) await spool.add(item);
  expect(spool.count).toBe(500);
  for (const at of [499, 0, 250, 1]) expect(await spool.read(at)).toEqual(items[at]);
  await spool.close();
  expect(await readdir(folder)).toEqual([]);
});

test("a list is worked through in order, several items at a time, and an error comes when it is its item's turn", async () => {
  let [underWay, most] = [0, 0];
  const read = async (item: number) => {
    most = Math.max(most, ++underWay);
    await sleep(item % 3);
    underWay--;
    if (item === 30) throw new Error("damaged");
    return item;
  };
  const found: number[] = [];
  const all = async () => {
    for await (const item of readAhead(Array.from({ length: 40 }).keys(), read)) found.push(item);
  };
  await expect(all()).rejects.toThrow("damaged");
  expect(found).toEqual([...Array(30).keys()]);
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(8);
});

test("keys of many photos are those of their origins", () => {
  const sha256 = "ab".repeat(32);
  const conditions = { teacher: "t", precision: "f32", fit: "crop", target: null, seed: 3, protocol: "rise", metrics: ["causal"] };
  const run: Run = {
    ...{ format: 2, results: 1, weights: { teacher: ["0".repeat(64)], vae: "1".repeat(64) }, shard: { index: 0, count: 1 } },
    normalisation: { mean: [0.5], deviation: [0.25] },
    settings: { ...conditions, methods: [{ name: "relabel", decodes: true, settings: { z: [{ b: 1, a: '"é"' }], a: Number.NaN } }] },
    photos: [],
  };
  const planted = { target: 4, inside: { left: 1, top: 2, right: 3, bottom: 4 } };
  for (const more of [{}, { other: { name: "b", sha256: "cd".repeat(32) } }, { planted }]) {
    const photo = { name: "a", sha256, ...more };
    for (const method of ["relabel", "yardsticks"]) {
      expect(keyMaker(run, method)(photo)).toBe(keyOf(originOf(run, photo, method)));
    }
  }
});

test("a file is known again by any of its names", async () => {
  const folder = await temporaryFolder();
  const paths = Array.from({ length: 40 }, (_, at) => join(folder, `${at}`));
  for (const path of paths) await writeFile(path, "");
  await link(paths[5] as string, join(folder, "second"));
  await symlink(paths[6] as string, join(folder, "link"));
  const known = await FileNumbers.of([...paths.slice(0, 20), join(folder, "gone")]);
  const has = async (name: string) => known.has(await stat(join(folder, name), { bigint: true }));
  const found: boolean[] = [];
  for (let at = 0; at < 40; at++) found.push(await has(`${at}`));
  expect(found).toEqual(paths.map((_, at) => at < 20));
  expect([await has("second"), await has("link"), await has(".")]).toEqual([true, true, false]);
  expect((await FileNumbers.of([])).has(await stat(folder, { bigint: true }))).toBe(false);
});
