import { copyFile, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test, vi } from "vitest";
import { evaluate, merge } from "../../../src/cli/commands/evaluate.ts";
import type { EvaluateCommandOptions } from "../../../src/cli/flags.ts";
import { buildProgram } from "../../../src/cli/program.ts";
import type { Runtime } from "../../../src/cli/runtime-types.ts";
import { EngineError } from "../../../src/faces/all.ts";
import { temporaryFolder } from "../../support/command-line.ts";
import { EVALUATE_OPTIONS, fakeRuntime } from "../../support/fake-runtime.ts";

const { explained, open } = vi.hoisted(() => ({ explained: [] as string[], open: vi.fn() }));

vi.mock("../../../src/cli/runtime.ts", async (original) => ({ ...(await original<object>()), openRuntime: open }));

const OPTIONS = EVALUATE_OPTIONS;
const runtime = () => fakeRuntime({ explained: (what) => explained.push(what) });

let folder: string;

beforeEach(async () => {
  explained.length = 0;
  open.mockReset().mockImplementation(async () => runtime());
  folder = await temporaryFolder();
  for (const name of ["cat", "coffee", "rocket"]) await copyFile(`examples/${name}.jpg`, join(folder, `${name}.jpg`));
  await writeFile(join(folder, "broken.jpg"), "no image");
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const { exitCode } = process;
  return () => {
    vi.restoreAllMocks();
    process.exitCode = exitCode;
  };
});

const into = (name: string) => join(folder, "results", name);
const never = new AbortController().signal;
const run = (out: string, more: Partial<EvaluateCommandOptions> = {}, signal = never) =>
  evaluate([folder], { ...OPTIONS, out: into(out), ...more }, signal);

/** Everything that a run wrote but which shard it was. */
async function contents(out: string): Promise<Record<string, string>> {
  const files = (await readdir(into(out), { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const pairs = files.map(async ({ parentPath, name }) => [
    join(parentPath, name).slice(into(out).length),
    await readFile(join(parentPath, name), "base64"),
  ]);
  return Object.fromEntries(await Promise.all(pairs));
}

test("tables, curves, a page and a file a photo; a broken photo is left out and named", async () => {
  await run("whole");
  // The hashes of the names are left out.
  const names = Object.keys(await contents("whole")).map((name) => name.replace(/\.[\da-f]{12}\./, "."));
  expect(names.sort()).toEqual(
    [
      ...["deletion.png", "deletion.svg", "index.html", "insertion.png", "insertion.svg", "run.json"],
      ...["rows.csv", "table.csv", "table.json", "table.md", "photos/broken.skipped.json"],
      ...["cat", "coffee", "rocket"].flatMap((photo) =>
        ["relabel", "rise", "yardsticks"].flatMap((method) => ["json", "webp"].map((ending) => `photos/${photo}.${method}.${ending}`)),
      ),
    ]
      .map((name) => `/${name}`)
      .sort(),
  );
  const table = await readFile(into("whole/table.md"), "utf8");
  expect(table).toContain("efficientnet-lite0, protocol xplique, 3 photos; 1 left out");
  expect(table).toMatch(/\| Re-label distillation +\| +3 \| +0\.\d{3} ± 0\.\d{3} \|/);
  const page = await readFile(into("whole/index.html"), "utf8");
  expect(page).toMatch(/broken\.jpg: .*not an image that can be read/);
  expect(page.match(/<img /g)).toHaveLength(2 + 3 * 3);
  expect((await readFile(into("whole/table.csv"), "utf8")).split("\n")).toHaveLength(1 + 3 + 1);
});

test("a run that ended in the middle goes on with what is missing, and ends with the same files", async () => {
  await run("whole");
  const expected = await contents("whole");
  const all = explained.splice(0);
  open.mockImplementation(async () => {
    const usual = runtime();
    let left = 1;
    return {
      ...usual,
      evaluate: (...given: Parameters<Runtime["evaluate"]>) =>
        left-- > 0 ? usual.evaluate(...given) : Promise.reject(new Error("killed")),
    };
  });
  await expect(run("killed")).rejects.toThrow("killed");
  expect(explained).toHaveLength(4);
  explained.length = 0;
  open.mockImplementation(async () => runtime());
  await run("killed");
  expect(explained).toEqual(all.slice(2));
  expect(await contents("killed")).toEqual(expected);
  explained.length = 0;
  await run("killed");
  expect(explained).toEqual([]);
});

test("shards share the photos out, and merged they are the unsharded run, file by file", async () => {
  await run("whole");
  explained.length = 0;
  await run("0", { shard: { index: 0, count: 2 } });
  await expect(merge([into("0")], { out: into("early") }, never)).rejects.toMatchObject({ fix: expect.stringContaining("every shard") });
  await run("1", { shard: { index: 1, count: 2 } });
  expect(new Set(explained).size).toBe(6);
  await merge([into("1"), into("0")], { out: into("merged") }, never);
  expect(await contents("merged")).toEqual(await contents("whole"));
  await run("other", { seed: 1 });
  await expect(merge([into("0"), into("other")], { out: into("mixed") }, never)).rejects.toMatchObject({
    message: `${into("other")} and ${into("0")} are of different runs: seed`,
  });
});

test("a method that fails on a photo, or finds nothing, leaves its reason and no more", async () => {
  open.mockImplementation(async () => {
    const usual = runtime();
    const explain: Runtime["explain"] = (photo, options) =>
      options.method === "rise"
        ? Promise.reject(new EngineError("OUT_OF_MEMORY", "Too little memory.", "Give more."))
        : usual.explain(photo, options);
    return { ...usual, explain };
  });
  await run("partly");
  expect(await readFile(into("partly/index.html"), "utf8")).toContain("Too little memory. Give more.");
});

test("the number of samples is part of the settings, whatever the adapter", async () => {
  const { forwards: _, ...defaults } = OPTIONS;
  await evaluate([folder], { ...defaults, out: into("defaults"), methods: ["relabel"] }, new AbortController().signal);
  const { settings } = JSON.parse(await readFile(into("defaults/run.json"), "utf8"));
  expect(settings.methods).toMatchObject([{ name: "relabel", decodes: false, settings: { samples: 1000, student: "correlation" } }]);
});

test("an interruption says how far it came and how to go on", async () => {
  const controller = new AbortController();
  open.mockImplementation(async () => {
    const usual = runtime();
    return {
      ...usual,
      async explain(photo, options) {
        if (explained.length === 2) controller.abort();
        return usual.explain(photo, options);
      },
    } satisfies Runtime;
  });
  await expect(run("cut", {}, controller.signal)).rejects.toThrow(/2 of 4 photos are in .*cut: the same command goes on/);
});

test("metrics beside deletion and insertion have columns of their own", async () => {
  await run("more", { metrics: ["causal", "road", "infidelity"] });
  expect(await readFile(into("more/table.md"), "utf8")).toMatch(
    / ROAD +\| +infidelity +\|[\s\S]*\| +0\.250 ± 0\.000 \| +0\.750 ± 0\.000 \|/,
  );
});

test("another photo is the next one that can be read, the same in shards, and is part of what a result depends on", async () => {
  const metrics = ["causal", "starts"] as const;
  await run("whole", { metrics });
  const { photos } = JSON.parse(await readFile(into("whole/run.json"), "utf8"));
  expect(photos.map(({ other }: { other: { name: string } }) => other.name)).toEqual(["cat", "coffee", "rocket", "cat"]);
  expect(await readFile(into("whole/table.csv"), "utf8")).toContain("fromOther");
  await run("0", { metrics, shard: { index: 0, count: 2 } });
  await run("1", { metrics, shard: { index: 1, count: 2 } });
  await merge([into("0"), into("1")], { out: into("merged") }, never);
  expect(await contents("merged")).toEqual(await contents("whole"));
  await run("usual");
  expect(await readFile(into("usual/run.json"), "utf8")).not.toContain('"other"');
  explained.length = 0;
  await run("whole", { metrics });
  expect(explained).toEqual([]);
  await copyFile("examples/astronaut.jpg", join(folder, "coffee.jpg"));
  const said = vi.mocked(process.stderr.write).mock.calls.length;
  await run("whole", { metrics });
  // Of coffee, and of cat, whose other photo it is.
  expect(explained).toHaveLength(4);
  const lines = vi.mocked(process.stderr.write).mock.calls.slice(said).join("");
  expect(lines).toContain("computing anew: 2 (other photo changed), 2 (photo changed)");
});

test("another photo that changes meanwhile, or is gone, leaves its photo for the next run", async () => {
  open.mockImplementation(async () => {
    const usual = runtime();
    return {
      ...usual,
      async evaluate(...given: Parameters<Runtime["evaluate"]>) {
        await writeFile(join(folder, "rocket.jpg"), "no image any more");
        return usual.evaluate(...given);
      },
    };
  });
  await run("changed", { metrics: ["causal", "starts"], methods: ["rise"] });
  expect(vi.mocked(process.stderr.write).mock.calls.join("")).toMatch(/coffee\.jpg, or .*rocket\.jpg beside it, changed while/);
  expect((await readdir(into("changed/photos"))).filter((name) => name.startsWith("coffee"))).toEqual([]);
});

test("the command line reads shards, protocols and merge", async () => {
  const program = buildProgram(new AbortController().signal);
  const fail = (...args: string[]) => program.parseAsync(["node", "relabel", "evaluate", folder, ...args]);
  await expect(fail("--shard", "2/2")).rejects.toThrow("Give i/n");
  await expect(fail("--metrics", "road,luck")).rejects.toThrow("causal, road, infidelity, starts, regions.");
  await expect(fail("--preset", "mine")).rejects.toThrow("rise-fast");
  await run("0", { shard: { index: 0, count: 2 } });
  await run("1", { shard: { index: 1, count: 2 } });
  await program.parseAsync(["node", "relabel", "evaluate", "merge", into("0"), into("1"), "--out", into("joined")]);
  expect(await readdir(into("joined"))).toContain("table.md");
});
