import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { beforeEach, expect, test, vi } from "vitest";
import { evaluate } from "../../../src/cli/commands/evaluate.ts";
import { temporaryFolder } from "../../support/command-line.ts";
import { EVALUATE_OPTIONS, fakeRuntime } from "../../support/fake-runtime.ts";
import { LONG } from "../../support/long.ts";

/** Steps that change the disk, counted; from the fatal one on each fails, as for a killed process, or that one alone, as on a full disk. */
const disk = vi.hoisted(() => ({ steps: 0, fatal: Number.POSITIVE_INFINITY, killed: true, code: "ENOSPC" }));
vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof import("node:fs/promises")>();
  const wrap =
    (step: (...given: never[]) => Promise<unknown>) =>
    async (...given: never[]) => {
      const at = disk.steps++;
      if (at === disk.fatal || (disk.killed && at > disk.fatal)) {
        throw Object.assign(new Error(`${disk.code}: no space left on device, write`), { code: disk.code });
      }
      return step(...given);
    };
  const { writeFile, rename, link, rm } = real;
  return {
    ...real,
    ...Object.fromEntries(Object.entries({ writeFile, rename, link, rm }).map(([name, step]) => [name, wrap(step as never)])),
  };
});
const { open } = vi.hoisted(() => ({ open: vi.fn() }));
vi.mock("../../../src/cli/runtime.ts", async (original) => ({ ...(await original<object>()), openRuntime: open }));
vi.mock("../../../src/cli/chart.ts", () => ({ drawChart: async () => ({ svg: "<svg/>", png: new Uint8Array(40) }) }));

/** Of the run's steps, those at which it is broken off. */
const EVERY = LONG ? 1 : 13;

let folder: string;
let explained: string[];

beforeEach(async () => {
  Object.assign(disk, { steps: 0, fatal: Number.POSITIVE_INFINITY });
  explained = [];
  open.mockImplementation(async () => fakeRuntime({ explained: (what) => explained.push(what) }));
  folder = await temporaryFolder();
  await mkdir(join(folder, "photos"));
  for (const [name, background] of [
    ["a", "#502000"],
    ["b", "#a04000"],
  ] as const) {
    await sharp({ create: { width: 8, height: 8, channels: 3, background } }).toFile(join(folder, "photos", `${name}.png`));
  }
  for (const stream of [process.stdout, process.stderr]) vi.spyOn(stream, "write").mockReturnValue(true);
  return () => void vi.restoreAllMocks();
});

const run = (out: string) =>
  evaluate([join(folder, "photos")], { ...EVALUATE_OPTIONS, methods: ["relabel"], out: join(folder, out) }, new AbortController().signal);

async function contents(out: string): Promise<Record<string, string>> {
  const files = (await readdir(join(folder, out), { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const paths = files.map(({ parentPath, name }) => join(parentPath, name));
  return Object.fromEntries(
    await Promise.all(paths.map(async (path) => [path.slice(join(folder, out).length), await readFile(path, "base64")])),
  );
}

/** Runs once as usual, and then once for each chosen step, which goes wrong. */
async function breakEverywhere(check: (out: string, error: { message: string; fix?: string } | undefined) => Promise<void>): Promise<void> {
  await run("whole");
  const total = disk.steps;
  expect(total).toBeGreaterThan(60);
  for (let fatal = 0; fatal < total; fatal += EVERY) {
    Object.assign(disk, { steps: 0, fatal });
    explained = [];
    const error = await run(`${fatal}`).then(
      () => undefined,
      (cause) => cause,
    );
    Object.assign(disk, { steps: 0, fatal: Number.POSITIVE_INFINITY });
    await check(`${fatal}`, error);
  }
}

test("killed at any step, the run goes on to the same files, and computes again at most the photo at hand", async () => {
  disk.killed = true;
  let interrupted = 0;
  await breakEverywhere(async (out, error) => {
    if (error) interrupted++;
    const before = explained.length;
    await run(out);
    expect(explained.length).toBeLessThanOrEqual(3);
    if (before === 2) expect(explained.length - before, `killed at ${out}`).toBeLessThanOrEqual(1);
    expect(await contents(out), `killed at ${out}`).toEqual(await contents("whole"));
  });
  expect(interrupted).toBeGreaterThan(3);
}, 120_000);

test("a disk that is full at any step ends the run with one line, and leaves all of a photo's files or none", async () => {
  disk.killed = false;
  const whole = Object.keys(await run("names").then(() => contents("names")));
  disk.steps = 0;
  await breakEverywhere(async (out, error) => {
    if (error) {
      expect(`${error.message}. ${error.fix}`).toMatch(
        /^The files in .* could not be written \(ENOSPC: no space left on device\)\. Free some space, [^\n]*$/,
      );
    }
    const left = Object.keys(await contents(out));
    expect(left.filter((path) => path.includes(".tmp"))).toEqual([]);
    const sets = [/^\/photos\/a\./, /^\/photos\/b\./, /^\/(table|rows|index|deletion|insertion)/];
    for (const set of sets) {
      const some = left.filter((path) => set.test(path));
      if (some.length > 0) expect(some.sort()).toEqual(whole.filter((path) => set.test(path)).sort());
    }
    await run(out);
    expect(await contents(out)).toEqual(await contents("whole"));
  });
}, 120_000);
