import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { beforeEach, expect, test, vi } from "vitest";
import { merge, planted } from "../../../src/cli/commands/evaluate.ts";
import type { EvaluateCommandOptions } from "../../../src/cli/flags.ts";
import { buildProgram } from "../../../src/cli/program.ts";
import type { Runtime } from "../../../src/cli/runtime-types.ts";
import { temporaryFolder } from "../../support/command-line.ts";
import { EVALUATE_OPTIONS, fakeRuntime } from "../../support/fake-runtime.ts";

const { asked, open } = vi.hoisted(() => ({ asked: [] as string[], open: vi.fn() }));

vi.mock("../../../src/cli/runtime.ts", async (original) => ({ ...(await original<object>()), openRuntime: open }));

const OPTIONS = { ...EVALUATE_OPTIONS, metrics: [] } as EvaluateCommandOptions;
const runtime = () => fakeRuntime({ explained: (what) => asked.push(what) });
const never = new AbortController().signal;

let folder: string;

/** Red and green are a photo's key in the fake runtime, where composites are sound on photos of even keys. */
async function photo(name: string, red: number, green: number): Promise<void> {
  const image = sharp({ create: { width: 20, height: 20, channels: 3, background: { r: red, g: green, b: 0 } } });
  await image.png().toFile(join(folder, `${name}.png`));
}

beforeEach(async () => {
  asked.length = 0;
  open.mockReset().mockImplementation(async () => runtime());
  folder = await temporaryFolder();
  // One, three and seven further on: a is on c, after b and d; b on c; c on a, after d; d on a, after e and b.
  await photo("005_a", 10, 10);
  await photo("b", 21, 10);
  await photo("c", 32, 10);
  await photo("d", 43, 10);
  await writeFile(join(folder, "e.png"), "no image");
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const { exitCode } = process;
  return () => {
    vi.restoreAllMocks();
    process.exitCode = exitCode;
  };
});

const into = (name: string) => join(folder, "results", name);
const run = (out: string, more: Partial<EvaluateCommandOptions> = {}, signal = never) =>
  planted([folder], { ...OPTIONS, out: into(out), ...more }, signal);
const read = async (path: string) => JSON.parse(await readFile(into(path), "utf8"));

/** A hash of every file that a run wrote but which shard it was; where the composites lie is not compared. */
async function contents(out: string): Promise<Record<string, string>> {
  const files = (await readdir(into(out), { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const pairs = files.map(async ({ parentPath, name }) => {
    const text = (await readFile(join(parentPath, name), "latin1")).replaceAll(/results\/\w+\//g, "");
    return [join(parentPath, name).slice(into(out).length), createHash("sha256").update(text).digest("hex")];
  });
  return Object.fromEntries(await Promise.all(pairs));
}

test("composites are made of the photos, explained for their own class, and scored by where the photo was pasted", async () => {
  await run("whole");
  expect(asked.slice(0, 7)).toEqual(["20 on 31", "20 on 53", "20 on 42", "31 on 42", "42 on 53", "42 on 20", "53 on 31"]);
  // What is pasted has the key twice over.
  expect(asked.slice(8)).toEqual([40, 62, 84, 106].flatMap((key) => [`${key} relabel`, `${key} rise`]));
  const names = (await readdir(into("whole/composites"))).sort();
  expect(names).toEqual(["005_a", "b", "c", "d"].flatMap((name) => [`${name}.json`, `${name}.png`]));
  const { composite } = await read("whole/composites/005_a.json");
  expect(composite).toMatchObject({ ground: "c", target: { index: 7 }, inside: { left: 5, right: 13 }, present: 0.5, absent: 0.001 });
  const { photos, settings } = await read("whole/run.json");
  expect(settings).toMatchObject({ fit: "squash", metrics: ["truth"], target: null });
  expect(photos[1]).toEqual({
    name: "b",
    sha256: expect.any(String),
    planted: { target: 7, inside: { left: 1, top: 0, right: 9, bottom: 8 } },
  });
  expect((await readdir(into("whole"))).sort()).toEqual(
    ["composites", "index.html", "photos", "rows.csv", "run.json", "table.csv", "table.json", "table.md"].sort(),
  );
  const table = await readFile(into("whole/table.md"), "utf8");
  expect(table).toContain("efficientnet-lite0, 4 photos");
  expect(table).toMatch(/\| method +\| +photos \| +AUC \| +precision \| +pointing \| +beside RISE/);
  // Places of seeds 5, 1, 2 and 3.
  expect(table).toMatch(/\| RISE +\| +4 \| 0\.700 ± 0\.000 \| 0\.028 ± 0\.009 \| 1\.000 ± 0\.000 \|/);
  const page = await readFile(into("whole/index.html"), "utf8");
  expect(page).toContain("Planted truth of 4 photos");
  expect(page).toContain("Under each map: AUC, precision, pointing.");
  expect(page).not.toContain("deletion.svg");
  expect(vi.mocked(process.stderr.write).mock.calls.join("")).toContain("Composites: 4, of the first 5 of 5 photos");
});

test("stopped while composites are made, and again while they are judged, it goes on with what is missing", async () => {
  await run("whole");
  const all = asked.splice(0);
  const stopping = (name: "plant" | "evaluate", calls: number) =>
    open.mockImplementation(async () => {
      const usual = runtime();
      let left = calls;
      const work = (...given: unknown[]) =>
        left-- > 0 ? (usual[name] as (...given: unknown[]) => unknown)(...given) : Promise.reject(new Error("killed"));
      return { ...usual, [name]: work } as Runtime;
    });
  stopping("plant", 5);
  await expect(run("killed")).rejects.toThrow("killed");
  stopping("evaluate", 1);
  await expect(run("killed")).rejects.toThrow(/killed/);
  expect(asked.filter((what) => what.includes("on"))).toEqual([...all.slice(0, 5), ...all.slice(4, 8)]);
  open.mockImplementation(async () => runtime());
  asked.length = 0;
  await run("killed");
  expect(asked).toEqual(all.slice(10));
  expect(await contents("killed")).toEqual(await contents("whole"));
  asked.length = 0;
  await run("killed");
  expect(asked).toEqual([]);
});

test("shards make the same composites and share the work; merged they are the run", async () => {
  await run("whole");
  await run("0", { shard: { index: 0, count: 2 } });
  await run("1", { shard: { index: 1, count: 2 } });
  await merge([into("0"), into("1")], { out: into("merged") }, never);
  const expected = Object.entries(await contents("whole")).filter(([name]) => !name.includes("/composites/"));
  expect(await contents("merged")).toEqual(Object.fromEntries(expected));
});

test("a limit is of composites: no more photos are looked at", async () => {
  await run("two", { limit: 2, methods: ["rise"], metrics: ["causal", "starts"] });
  expect(asked).toEqual(["20 on 31", "20 on 53", "20 on 42", "31 on 42", "40 rise", "62 rise"]);
  const { photos, settings } = await read("two/run.json");
  // The other photo of a composite is a composite.
  expect(photos.map(({ other }: { other: { name: string } }) => other.name)).toEqual(["b", "005_a"]);
  expect(settings.metrics).toEqual(["causal", "starts", "truth"]);
  expect(await readdir(into("two"))).toContain("deletion.svg");
  expect(await readFile(into("two/index.html"), "utf8")).toMatch(/<h1>Planted truth of 2 photos<\/h1>[\s\S]*difference in AUC/);
  await run("two", { limit: 2, methods: ["rise"] });
  expect(await readdir(into("two"))).not.toContain("deletion.svg");
});

test("where a photo changes, what it is part of is made anew, and nothing else", async () => {
  await run("changing", { methods: ["rise"] });
  asked.length = 0;
  await photo("b", 60, 0);
  await run("changing", { methods: ["rise"] });
  // a is now on b, which is even; b is another photo; d may be on b.
  expect(asked.filter((what) => what.includes("on"))).toEqual(["20 on 60", "60 on 42", "53 on 60"]);
  expect((await read("changing/composites/005_a.json")).composite.ground).toBe("b");
});

test("what cannot be is refused: a class of one's own, and photos that make no composite", async () => {
  await expect(run("none", { target: "5" })).rejects.toMatchObject({ fix: expect.stringContaining("pasted photo") });
  for (const name of ["005_a", "b", "c", "d"]) await photo(name, 1, 0);
  await expect(run("none")).rejects.toMatchObject({ message: "No two of the photos make a composite" });
});

test("the command line measures whether photos are found, and what --metrics names beside it", async () => {
  const program = () => buildProgram(never);
  const args = (out: string) => [
    "node",
    "relabel",
    "evaluate",
    "planted",
    folder,
    "--methods",
    "rise",
    "--runtime",
    "node",
    "--out",
    into(out),
  ];
  await program().parseAsync(args("plain"));
  expect((await read("plain/run.json")).settings.metrics).toEqual(["truth"]);
  await program().parseAsync([...args("more"), "--metrics", "starts", "--limit", "1", "--seed", "3"]);
  expect((await read("more/run.json")).settings).toMatchObject({ metrics: ["starts", "truth"], seed: 3 });
});
