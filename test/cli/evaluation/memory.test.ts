import { mkdir, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { evaluate, merge } from "../../../src/cli/commands/evaluate.ts";
import type { EvaluateCommandOptions } from "../../../src/cli/flags.ts";
import type { Runtime } from "../../../src/cli/runtime-types.ts";
import { EngineError } from "../../../src/faces/all.ts";
import { captureOutput, temporaryFolder } from "../../support/command-line.ts";
import { EVALUATE_OPTIONS, fakeRuntime } from "../../support/fake-runtime.ts";
import { writeHollowWeights } from "../../support/hollow-weights.ts";

const { open } = vi.hoisted(() => ({ open: vi.fn() }));
vi.mock("../../../src/cli/runtime.ts", async (original) => ({ ...(await original<object>()), openRuntime: open }));
// Charts take most of a run's time, and are not what is tested here.
vi.mock("../../../src/cli/chart.ts", () => ({ drawChart: async () => ({ svg: "<svg/>", png: new Uint8Array(40) }) }));

const never = new AbortController().signal;

/** Photos that are quick to decode. */
const PHOTOS = { cat: "#502000", coffee: "#a04000", rocket: "#202020" } as const;
type Name = keyof typeof PHOTOS;

let folder: string;
let explained: string[];
let told: string;

/** What the next runs compute with. */
function use(change: (usual: Runtime) => Partial<Runtime> = () => ({}), shift = 0): void {
  open.mockImplementation(async () => {
    const usual = fakeRuntime({ explained: (what) => explained.push(what), shift });
    return { ...usual, ...change(usual) };
  });
}

beforeEach(async () => {
  [explained, told] = [[], ""];
  use();
  folder = await temporaryFolder();
  await mkdir(join(folder, "photos"));
  for (const name of ["cat", "coffee"] as const) await put(name);
  await putWeights("one");
  return captureOutput((text) => {
    told += text;
  });
});

const photo = (name: string) => join(folder, "photos", `${name}.png`);
/** Puts a photo where it, or another one, is. */
const put = (content: Name, name: string = content) =>
  sharp({ create: { width: 8, height: 8, channels: 3, background: PHOTOS[content] } }).toFile(photo(name));
/** The options after something has changed. */
const having = async (change: Promise<unknown>, options: Partial<EvaluateCommandOptions> = {}) => {
  await change;
  return options;
};
const useResNet = () => having(writeHollowWeights(weights(), "resnet18"), { teacher: "resnet18" });
const weights = () => join(folder, "weights.safetensors");
/** Puts a teacher where it, or another one, is. */
const putWeights = (content: string) => writeHollowWeights(weights(), "efficientnet-lite0", content);

/** Runs the command on all photos; resolves to what it explained and what it said. */
async function run(more: Partial<EvaluateCommandOptions> = {}, out = "out"): Promise<{ explained: string[]; told: string }> {
  [explained, told] = [[], ""];
  const options = { ...EVALUATE_OPTIONS, teacher: "efficientnet-lite0", weights: weights(), out: join(folder, out), ...more };
  await evaluate([join(folder, "photos")], options, never);
  return { explained, told };
}

/** Every file, by its path in the folder. */
async function contents(out = "out"): Promise<Record<string, string>> {
  const files = (await readdir(join(folder, out), { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const paths = files.map(({ parentPath, name }) => join(parentPath, name));
  return Object.fromEntries(
    await Promise.all(paths.map(async (path) => [path.slice(join(folder, out).length), await readFile(path, "base64")])),
  );
}

const tableOf = async (out = "out") => JSON.parse(await readFile(join(folder, out, "table.json"), "utf8"));

describe("what a result depends on", () => {
  test("a second run computes nothing and says what it keeps", async () => {
    expect(await run()).toMatchObject({ explained: { length: 4 }, told: expect.not.stringContaining("Keeping") });
    const first = await contents();
    expect(await run()).toEqual({ explained: [], told: expect.stringMatching(/^Keeping 4 of 4 results\.$/m) });
    expect(await contents()).toEqual(first);
  });

  test.each<[string, RegExp, number, () => Promise<Partial<EvaluateCommandOptions>>]>([
    ["weights", /^Keeping 0 of 4 .*: 4 \(weights changed\)\. Earlier results stay\.$/m, 4, () => having(putWeights("two"))],
    ["a photo", /^Keeping 2 of 4 .*: 2 \(photo changed\)/m, 2, () => having(put("rocket", "cat"))],
    ["the seed", /4 \(settings \(seed\) changed\)/, 4, async () => ({ seed: 1 })],
    ["one method's parameter", /Keeping 2 of 4 .*: 2 \(settings \(samples\) changed\)/, 2, async () => ({ samples: 9 })],
    ["the classifier", /4 \(classifier and weights and settings \(normalisation\) changed\)/, 4, useResNet],
    ["all of it", /4 \(weights and settings \(seed\) changed\)/, 4, () => having(putWeights("two"), { seed: 1 })],
    ["no number: batch, memory, tuning", /Keeping 4 of 4 results\./, 0, async () => ({ batch: 3, memory: 5e8, tuning: true })],
  ])("other results are computed anew where %s changed, and the earlier ones stay", async (_, line, count, change) => {
    await run();
    const before = await contents();
    const more = await change();
    use(undefined, 50);
    const second = await run(more);
    expect(second.told).toMatch(line);
    expect(second.explained).toHaveLength(count);
    const after = await contents();
    const results = Object.keys(before).filter((path) => path.startsWith("/photos/"));
    expect(results.map((path) => after[path])).toEqual(results.map((path) => before[path]));

    // The same as in a folder without memory.
    await run(more, "fresh");
    if (count === 4) expect(await tableOf()).toEqual(await tableOf("fresh"));
    // And back again, without computing anything.
    await putWeights("one");
    await put("cat");
    expect((await run()).explained).toEqual([]);
    expect(await contents()).toMatchObject(before);
  });

  test.each<[string, Partial<EvaluateCommandOptions>]>([
    ["protocol", { preset: "rise" }],
    ["metrics", { metrics: ["causal", "road"] }],
    ["fit", { fit: { resize: "squash" } }],
    ["precision", { precision: "f16" }],
    ["precision", { activations: "f16" }],
    ["target", { target: "3" }],
    ["input", { size: { height: 96, width: 128 } }],
    ["outputs", { outputs: "sigmoid" }],
  ])("another %s is another result", async (name, more) => {
    await run({ limit: 1, methods: ["rise"] });
    const { explained, told } = await run({ limit: 1, methods: ["rise"], ...more });
    expect(explained).toHaveLength(1);
    expect(told).toContain(`Keeping 0 of 1 results; computing anew: 1 (settings (${name}) changed).`);
  });

  test("a method that is added is computed alone, for the class of the others", async () => {
    await run();
    const targets: unknown[] = [];
    use((usual) => ({ explain: (given, options) => usual.explain(given, { ...options, ...(targets.push(options.target) && {}) }) }));
    const { explained, told } = await run({ methods: ["relabel", "rise", "lime"] });
    expect(explained.map((what) => what.split(" ")[1])).toEqual(["lime", "lime"]);
    expect(targets).toEqual([7, 7]);
    expect(told).toMatch(/^Keeping 4 of 6 results\.$/m);
    await run({ methods: ["relabel", "rise", "lime"] }, "fresh");
    expect(await tableOf()).toEqual(await tableOf("fresh"));
  });

  test("a photo that could not be read is left out while it is the same, and tried again once it changed", async () => {
    await writeFile(photo("rocket"), "broken");
    await run();
    expect((await run()).told).toMatch(/^Left out again, unchanged since they could not be read: .*rocket\.png$/m);
    await put("rocket");
    expect(await run()).toMatchObject({ explained: { length: 2 }, told: expect.stringMatching(/Keeping 4 of 6 .*: 2 \(photo changed\)/) });
    expect(await readFile(join(folder, "out", "table.md"), "utf8")).toContain("3 photos\n");
  });
});

describe("trouble in the middle", () => {
  const lost = new EngineError("DEVICE_LOST", "The GPU device was lost.", "Try again.");

  test("a photo that meets a lost device is reported, the next one is tried, and the same command computes what is missing", async () => {
    let calls = 0;
    use((usual) => ({ explain: (...given) => (calls++ === 1 ? Promise.reject(lost) : usual.explain(...given)) }));
    const first = await run();
    expect(first.told).toMatch(/^error: .*cat\.png: The GPU device was lost\. Try again\. The same command tries this photo again\.$/m);
    expect(await readFile(join(folder, "out", "table.md"), "utf8")).toContain("1 photos so far; 1 are still to come");
    expect(process.exitCode).toBe(2);
    use();
    expect((await run()).explained).toHaveLength(2);
    await run({}, "fresh");
    expect(await contents()).toEqual(await contents("fresh"));
  });

  test("a device that is lost for every photo ends the run with one line", async () => {
    for (const name of ["d", "e", "f"]) await put("cat", name);
    use(() => ({ explain: () => Promise.reject(lost) }));
    await expect(run()).rejects.toMatchObject({
      fix: expect.stringMatching(/^Try again\. 0 of 5 photos are in .*: the same command goes on\.$/),
    });
    expect(told.match(/The GPU device was lost/g)).toHaveLength(2);
  });

  test("a method that runs out of memory is tried again by the next run", async () => {
    const full = new EngineError("OUT_OF_MEMORY", "Too little memory.", "Give more.");
    use((usual) => ({ explain: (...given) => (given[1].method === "rise" ? Promise.reject(full) : usual.explain(...given)) }));
    expect((await run()).told).toMatch(/^error: .*RISE failed: Too little memory\. Give more\. .*The same command tries it again\.$/m);
    use();
    const second = await run();
    expect(second.explained.map((what) => what.split(" ")[1])).toEqual(["rise", "rise"]);
    expect(second.told).toMatch(/Keeping 2 of 4 results; computing anew: 2 \(failed before\)/);
    await run({}, "fresh");
    expect(await contents()).toEqual(await contents("fresh"));
  });

  test("a photo that changes, or goes, while it is evaluated is filed neither as its old self nor as its new one", async () => {
    const change = vi.fn<() => Promise<unknown>>(() => put("rocket", "cat"));
    use((usual) => ({ explain: (...given) => change().then(() => usual.explain(...given)) }));
    expect((await run()).told).toMatch(/^error: .*cat\.png changed while it was evaluated\. The same command evaluates it anew\.$/m);
    expect(Object.keys(await contents()).filter((path) => path.includes("/cat."))).toEqual([]);
    change.mockImplementation(() => rm(photo("coffee"), { force: true }));
    await run({ seed: 5 });
    expect(told).toMatch(/coffee\.png: no such file/);
    await put("coffee");
    change.mockReset().mockResolvedValue(undefined);
    expect(await run({ seed: 5 })).toMatchObject({ explained: { length: 2 }, told: expect.stringContaining("Keeping 2 of 4 results") });
  });

  test.each([
    ["change", () => putWeights("two")],
    ["go", () => rm(weights())],
  ])("weights that %s end the run before anything of theirs is filed", async (_, change) => {
    let calls = 0;
    use((usual) => ({ explain: (...given) => Promise.resolve(calls++ === 2 && change()).then(() => usual.explain(...given)) }));
    await expect(run()).rejects.toMatchObject({
      message: expect.stringContaining("The weights changed"),
      fix: expect.stringContaining("1 of 2"),
    });
    expect(Object.keys(await contents()).filter((path) => path.includes("/coffee."))).toEqual([]);
    await putWeights("one");
    use();
    expect((await run()).explained).toHaveLength(2);
  });

  test("what another process holds is refused at once; what a killed one left counts for ten seconds", async () => {
    const lock = join(folder, "out", "run.lock");
    await mkdir(lock, { recursive: true });
    const alive = setInterval(() => void utimes(lock, new Date(), new Date()), 20);
    try {
      await expect(run()).rejects.toMatchObject({ message: `Another process writes into ${join(folder, "out")}` });
    } finally {
      clearInterval(alive);
    }
    await utimes(lock, new Date(), new Date(Date.now() - 9_900));
    await run();
    expect(await readdir(join(folder, "out"))).not.toContain("run.lock");
  });

  test("a lock that is lost ends the run", async () => {
    const lock = join(folder, "out", "run.lock");
    use((usual) => ({
      async explain(given, options) {
        await utimes(lock, new Date(), new Date(0));
        await new Promise((resolve) => options.signal?.addEventListener("abort", resolve));
        return usual.explain(given, options);
      },
    }));
    await expect(run()).rejects.toMatchObject({ message: expect.stringMatching(/^Another process has taken .*out over/) });
  });
});

test("results beside the photos: the report's pictures are no photos, and somebody's insertion.png is one, and stays", async () => {
  await run({}, "photos");
  expect(await run({}, "photos")).toEqual({ explained: [], told: expect.stringContaining("Keeping 4 of 4 results.") });
  for (const name of ["insertion", "deletion"]) await rm(photo(name));
  await put("rocket", "insertion");
  const theirs = await readFile(photo("insertion"));
  for (const force of [false, true]) {
    await expect(run({ force }, "photos")).rejects.toMatchObject({
      message: `${photo("insertion")} would be overwritten, and this run reads it`,
    });
  }
  expect((await readFile(photo("insertion"))).equals(theirs)).toBe(true);
});

describe("merge", () => {
  const shard = (index: number) => ({ shard: { index, count: 2 } });
  const join2 = () => merge([join(folder, "0"), join(folder, "1")], { out: join(folder, "merged") }, never);

  test.each<[string, string, () => Promise<Partial<EvaluateCommandOptions>>]>([
    ["weights", "weights", () => having(putWeights("two"))],
    ["photos", "photos (cat)", () => having(put("rocket", "cat"))],
    ["number of photos", "photos (coffee)", async () => ({ limit: 1 })],
    ["settings", "seed, methods", async () => ({ seed: 2, samples: 9 })],
  ])("shards of different %s are refused, and the difference is named", async (_, difference, change) => {
    await run(shard(0), "0");
    await run({ ...shard(1), ...(await change()) }, "1").catch(() => {});
    await expect(join2()).rejects.toMatchObject({
      message: `${join(folder, "1")} and ${join(folder, "0")} are of different runs: ${difference}`,
    });
    expect(await readdir(folder)).not.toContain("merged");
  });

  test("shards of different versions are refused; a photo with different results in two parts is named", async () => {
    await run(shard(0), "0");
    await run(shard(1), "1");
    const path = join(folder, "1", "run.json");
    await writeFile(path, (await readFile(path, "utf8")).replace('"results": 1', '"results": 0'));
    await expect(join2()).rejects.toMatchObject({ message: expect.stringContaining("different runs: version of relabel") });
    use(undefined, 1);
    await rm(join(folder, "1"), { recursive: true });
    await run({}, "1");
    await expect(join2()).rejects.toMatchObject({ message: `${join(folder, "0")} and ${join(folder, "1")} have different results of cat` });
  });
});
