import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { describe as describeTuning } from "../../src/cli/commands/tune.ts";
import { fileStore, tuningPath } from "../../src/cli/tuning-store.ts";
import type { TunedLayer, Tuning } from "../../src/faces/all.ts";
import { runCli, temporaryFolder } from "../support/command-line.ts";

const MINUTE = 60_000;
const KEY = "1|vendor|teacher|f32";
const TUNING: Tuning = { choices: { "1x1/1 7x7>7x7 8>8 f32 x1": "split" }, saved: 0.25 };

beforeEach(async () => {
  vi.stubEnv("RELABEL_CACHE", await temporaryFolder());
});

afterEach(() => vi.unstubAllEnvs());

test("a tuning is kept in the cache folder under its key, in a file that says what it is of", async () => {
  const notify = vi.fn();
  const store = fileStore(notify);
  expect(await store.load(KEY)).toBeUndefined();
  await store.save(KEY, TUNING);
  await store.save(`${KEY} of another`, { choices: {}, saved: 0 });
  expect(await store.load(KEY)).toEqual(TUNING);
  expect(JSON.parse(await readFile(tuningPath(KEY), "utf8"))).toEqual({ key: KEY, ...TUNING });
  expect((await readdir(dirname(tuningPath(KEY)))).every((file) => /^[0-9a-f]{16}\.json$/.test(file))).toBe(true);
  expect(notify).not.toHaveBeenCalled();
});

test.each(["", "{", "null", '{"choices":3}', JSON.stringify({ key: "another", ...TUNING })])(
  "a damaged file is ignored with a notice, and written anew: %s",
  async (text) => {
    const notify = vi.fn();
    const store = fileStore(notify);
    await mkdir(dirname(tuningPath(KEY)), { recursive: true });
    await writeFile(tuningPath(KEY), text);
    expect(await store.load(KEY)).toBeUndefined();
    expect(notify).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/\.json is damaged .* `npm run tune`/));
    await store.save(KEY, TUNING);
    expect(await store.load(KEY)).toEqual(TUNING);
  },
);

test("a folder that cannot be written to is reported with what to do", async () => {
  await writeFile(dirname(tuningPath(KEY)), "a file");
  await expect(fileStore(() => {}).save(KEY, TUNING)).rejects.toMatchObject({ fix: expect.stringContaining("RELABEL_CACHE") });
});

test("the table has a row a layer, and sums that count every use", () => {
  const layer = (batch: number, uses: number, before: number, after: number): TunedLayer => ({
    ...{ shape: "3x3", batch, uses, standard: { variant: "tiled", seconds: before / 1000 } },
    fastest: { variant: after < before ? "winograd" : "tiled", seconds: after / 1000 },
  });
  const lines = describeTuning({ choices: {}, saved: 0.4, layers: [layer(1, 1, 4, 4), layer(8, 2, 10, 5), layer(8, 1, 20, 20)] });
  expect(lines.join("\n")).toMatch(/all of them +40\.000 +30\.000 +25\.0 %/);
  expect(lines.join("\n")).toMatch(/3x3 +2 +tiled +10\.000 +winograd +5\.000 +50\.0 %/);
  expect(lines.at(-1)).toMatch(/40\.0 % less time/);
});

test(
  "tuning is interrupted without leaving a file",
  async () => {
    const { code, stdout, stderr } = await runCli(["tune"], { interruptAt: /tuning .*\/\d+/ });
    expect(stderr).toContain("Interrupted");
    expect(code).toBe(130);
    expect(stdout).toMatch(/^Adapter: .*\nTuning efficientnet-lite0\n$/);
    expect(await readdir(process.env.RELABEL_CACHE as string)).toEqual([]);
  },
  MINUTE,
);
