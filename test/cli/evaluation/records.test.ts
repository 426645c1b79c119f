import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import sharp from "sharp";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { evaluate, merge } from "../../../src/cli/commands/evaluate.ts";
import { CommandError } from "../../../src/cli/errors.ts";
import { readPart } from "../../../src/cli/evaluation/merge.ts";
import { temporaryFolder } from "../../support/command-line.ts";
import { rejected } from "../../support/errors.ts";
import { EVALUATE_OPTIONS, fakeRuntime } from "../../support/fake-runtime.ts";
import { cases, SEED } from "../../support/long.ts";

vi.mock("../../../src/cli/runtime.ts", async (original) => ({ ...(await original<object>()), openRuntime: async () => fakeRuntime() }));
vi.mock("../../../src/cli/chart.ts", () => ({ drawChart: async () => ({ svg: "<svg/>", png: new Uint8Array(40) }) }));

const never = new AbortController().signal;

/** Runs the command on one readable photo and one that is not. */
async function makeRun(folder: string): Promise<string> {
  const photos = join(folder, "photos");
  await mkdir(photos, { recursive: true });
  await sharp({ create: { width: 8, height: 8, channels: 3, background: "#502000" } }).toFile(join(photos, "a.png"));
  await writeFile(join(photos, "b.png"), "broken");
  const [silent, { exitCode }] = [
    [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, "write").mockReturnValue(true)),
    process,
  ];
  await evaluate([photos], { ...EVALUATE_OPTIONS, out: join(folder, "out") }, never);
  for (const spy of silent) spy.mockRestore();
  process.exitCode = exitCode;
  return join(folder, "out");
}

/** A file of the run by its name without the hash. */
async function fileOf(out: string, name: string): Promise<string> {
  if (name === "run.json") return join(out, name);
  return join(out, "photos", (await readdir(join(out, "photos"))).find((file) => file.replace(/\.[\da-f]{12}\./, ".") === name) as string);
}

const lineOf = (text: string, part: string) => text.slice(0, text.indexOf(part)).split("\n").length;

describe("a damaged file is named with its line and field, and with what to do", () => {
  test.each<[string, string, RegExp, (text: string) => string | Uint8Array, string?]>([
    ["an empty file", "a.rise.json", /: the file is empty$/, () => ""],
    ["half a file", "a.rise.json", /: not JSON \(\w+\)$/, (text) => text.slice(0, text.length / 2)],
    ["bytes that are no text", "a.rise.json", /: not text$/, () => new Uint8Array([0x7b, 0xff, 0xfe])],
    ["binary zeros", "a.rise.json", /line 1: not JSON/, () => new Uint8Array(100)],
    ["a web page", "a.yardsticks.json", /line 1: not JSON/, () => "<!doctype html>"],
    ["null", "a.rise.json", /line 1: the content should be Object, and is null$/, () => "null"],
    ["a list", "a.rise.json", /line 1: the field "key" is missing$/, () => "[]"],
    ["a number", "run.json", /line 1: the content should be Object, and is 7$/, () => "7"],
    ["brackets without end", "a.rise.json", /nested too deeply|not JSON/, () => "[".repeat(200_000)],
    ["a comment", "a.rise.json", /line 1: not JSON/, (text) => `// mine\n${text}`],
    ["a field twice", "a.rise.json", /: the field "image" is there twice$/, (text) => text.replace('"image"', '"image": "x",\n  "image"')],
    [
      "a text for a number",
      "a.rise.json",
      /: the field "scores\.causal\.deletion\.area" should be number, and is "0\.1"$/,
      edit(/"area": [\d.]+/, '"area": "0.1"'),
      '"area"',
    ],
    [
      "an object for a list",
      "a.rise.json",
      /: the field "scores\.causal\.deletion\.probabilities" should be Array, and is \{\}$/,
      edit(/"probabilities": \[[^\]]*\]/, '"probabilities": {}'),
    ],
    ["no adapter", "a.rise.json", /: the field "adapter" is missing$/, edit(/"adapter"/, '"adaptor"')],
    [
      "a null method",
      "a.rise.json",
      /: the field "origin\.method" should be string, and is null$/,
      edit(/"method": "rise"/, '"method": null'),
      '"method"',
    ],
    [
      "a curve that is too short",
      "a.rise.json",
      /: its scores do not have as many points in every curve as in `replaced`$/,
      edit(/"probabilities": \[\s*[\d.]+,/, '"probabilities": ['),
    ],
    [
      "a yardstick's curve that is too short",
      "a.yardsticks.json",
      /: the field "evaluation" should be as many points/,
      edit(/"probabilities": \[\s*[\d.]+,/, '"probabilities": ['),
    ],
    ["another result's key", "a.rise.json", /: it is another result than its name says$/, edit(/"key": "[\da-f]{2}/, '"key": "00')],
    ["a skipped photo without a reason", "b.skipped.json", /: the field "skipped" is missing$/, edit(/"skipped"/, '"why"')],
    [
      "photos that are no list",
      "run.json",
      /: the field "photos" should be Array, and is 3$/,
      edit(/"photos": \[[\s\S]*?\n {2}\]/, '"photos": 3'),
      '"photos"',
    ],
    [
      "a photo that leads out of the folder",
      "run.json",
      /: the field "photos\.0\.name" should be part of a file name, and is "\.\.\/a"$/,
      edit(/"name": "a"/, '"name": "../a"'),
    ],
    [
      "a shard beyond the last",
      "run.json",
      /: the field "shard" should be an index below a count, and is/,
      edit(/"index": 0/, '"index": 5'),
    ],
    [
      "a method that leads out of the folder",
      "run.json",
      /: the field "settings\.methods\.0\.name" should be the name of a method, and is/,
      edit(/"name": "relabel"/, '"name": "../x"'),
    ],
    ["a newer version", "run.json", /: the field "format" should be 2, and is 3$/, edit(/"format": 2/, '"format": 3'), '"format"'],
  ])("%s", async (_, name, message, damage, field) => {
    const folder = await temporaryFolder();
    await cp(whole, folder, { recursive: true });
    const path = await fileOf(folder, name);
    const text = await readFile(path, "utf8");
    const damaged = damage(text);
    expect(damaged).not.toBe(text);
    await writeFile(path, damaged);
    const error = (await rejected(readPart(folder))) as CommandError;
    expect(error).toBeInstanceOf(CommandError);
    expect(error.message).toMatch(message);
    expect(error.message.startsWith(path)).toBe(true);
    if (field) expect(error.message).toContain(`, line ${lineOf(damaged as string, field)}: `);
    expect(error.fix).not.toBe("");
  });
});

/** Replaces the first place, which must be there. */
function edit(pattern: RegExp, replacement: string): (text: string) => string {
  return (text) => {
    expect(text).toMatch(pattern);
    return text.replace(pattern, replacement);
  };
}

let whole: string;
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "relabel-test-"));
  whole = await makeRun(folder);
  return () => rm(folder, { recursive: true, force: true });
});

test("however a file is damaged, it is read or refused by name", async () => {
  const folder = await temporaryFolder();
  await cp(whole, folder, { recursive: true });
  const paths = await Promise.all(["run.json", "a.rise.json", "a.yardsticks.json", "b.skipped.json"].map((name) => fileOf(folder, name)));
  const contents = await Promise.all(paths.map((path) => readFile(path)));
  const value = fc.constantFrom("null", "-1", "1e999", '"x"', "[]", "{}", "true", "", ",", "0.5", '{"__proto__":{}}', "\u0000", "\\ud800");
  await fc.assert(
    fc.asyncProperty(
      fc.nat(paths.length - 1),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.nat(12),
      value,
      async (at, share, length, text) => {
        const [path, content] = [paths[at] as string, contents[at] as Buffer];
        const start = Math.floor(share * content.length);
        await writeFile(path, Buffer.concat([content.subarray(0, start), Buffer.from(text), content.subarray(start + length)]));
        try {
          await readPart(folder);
        } catch (error) {
          expect(error).toBeInstanceOf(CommandError);
          expect((error as Error).message).toContain(folder);
        } finally {
          await writeFile(path, content);
        }
      },
    ),
    { numRuns: cases(2000), seed: SEED },
  );
}, 300_000);

describe("folders of earlier versions", () => {
  /** As they were written before results had keys. */
  async function makeEarlier(folder: string, index: number): Promise<string> {
    const out = join(folder, `part${index}`);
    await mkdir(join(out, "photos"), { recursive: true });
    const curve = { probabilities: [0.5, 0.1], area: 0.3 };
    const causal = { deletion: curve, insertion: curve, difference: 0 };
    const settings = { teacher: "efficientnet-lite0", precision: "f32", fit: "crop", target: null, seed: 0, protocol: "rise-fast" };
    const methods = [{ name: "rise", options: { parameters: {} } }];
    const run = { settings: { ...settings, metrics: ["causal"], methods }, photos: ["a", "b"], shard: { index, count: 2 } };
    await writeFile(join(out, "run.json"), JSON.stringify(run));
    const name = run.photos[index] as string;
    const record = {
      ...{ image: `${name}.jpg`, adapter: { vendor: "v", architecture: "a", description: "d", software: true } },
      target: { index: 7, label: "cock", probability: 0.5 },
      explained: [{ name: "rise", title: "RISE", passes: { forward: 8, backward: 0 }, seconds: 1 }],
      evaluation: {
        ...{
          teacher: "efficientnet-lite0",
          target: 7,
          seed: 0,
          maps: { rise: { causal }, "random grid": { causal } },
          forward: 9,
          seconds: 1,
        },
        causal: { protocol: "rise-fast", replaced: [0, 9], ends: { original: 0.9, blank: 0.1 } },
      },
      pictures: ["photo", "rise"],
    };
    await writeFile(join(out, "photos", `${name}.json`), JSON.stringify(record, undefined, 2));
    for (const what of record.pictures) await writeFile(join(out, "photos", `${name}.${what}.webp`), what);
    return out;
  }

  test("are merged, and one line says what that cannot check; a second time, too", async () => {
    const folder = await temporaryFolder();
    const parts = [await makeEarlier(folder, 0), await makeEarlier(folder, 1)];
    let told = "";
    const spies = [
      vi.spyOn(process.stdout, "write").mockReturnValue(true),
      vi.spyOn(process.stderr, "write").mockImplementation((text) => {
        told += text;
        return true;
      }),
    ];
    await merge(parts, { out: join(folder, "merged") }, never);
    await merge(parts, { out: join(folder, "merged") }, never);
    for (const spy of spies) spy.mockRestore();
    expect(told).toMatch(/^These runs are of an earlier version, .*: only their settings were compared\.$/m);
    expect(await readFile(join(folder, "merged", "table.md"), "utf8")).toContain("2 photos\n");
    expect(await readFile(join(folder, "merged", "photos", "b.rise.webp"), "utf8")).toBe("rise");
    // They are not continued, nor mixed with runs of this version, nor overwritten.
    const before = await readFile(join(parts[0] as string, "run.json"), "utf8");
    const args = { ...EVALUATE_OPTIONS, out: parts[0] as string };
    await expect(evaluate([join(whole, "..", "photos")], args, never)).rejects.toMatchObject({
      message: expect.stringMatching(/run\.json exists and carries no mark of relabel/),
      fix: expect.stringContaining("early versions left no mark"),
    });
    expect(await readFile(join(parts[0] as string, "run.json"), "utf8")).toBe(before);
    await expect(merge([parts[0] as string, whole], { out: join(folder, "mixed") }, never)).rejects.toMatchObject({
      message: expect.stringContaining("different runs: version of relabel"),
    });
  });

  test.each<[string, RegExp, string, (text: string) => string]>([
    [
      "a record",
      /photos\/a\.json, line \d+: the field "evaluation\.maps\.rise\.causal" should be Object, and is 3$/,
      "photos/a.json",
      edit(/"causal": \{[\s\S]*?"difference": 0\s*\}/, '"causal": 3'),
    ],
    [
      "a picture's name",
      /photos\/a\.json, line \d+: the field "pictures\.0" should be part of a file name/,
      "photos/a.json",
      edit(/"photo"/, '"../../photo"'),
    ],
    ["a run", /run\.json, line 1: the field "photos" is missing$/, "run.json", edit(/"photos"/, '"fotos"')],
  ])("%s of theirs that is damaged is named", async (_, message, file, damage) => {
    const out = await makeEarlier(await temporaryFolder(), 0);
    await writeFile(join(out, file), damage(await readFile(join(out, file), "utf8")));
    await expect(readPart(out)).rejects.toMatchObject({ message: expect.stringMatching(message) });
  });
});
