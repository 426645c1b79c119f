import { spawn } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { PEERS } from "../../bench/bench-options.ts";
import { OwnFiles } from "../../bench/cli/own-files.ts";
import { buildProgram } from "../../bench/cli/program.ts";
import { parseReport } from "../../bench/report/read-report.ts";
import type { Report } from "../../bench/report/report.ts";
import { ROOT } from "../../src/cli/paths.ts";
import { temporaryFolder } from "../support/command-line.ts";
import { LONG } from "../support/long.ts";
import { report, row } from "./report-case.ts";

const MODEL = "test/golden/onnx/fused-dynamo.onnx";

afterEach(() => {
  vi.restoreAllMocks();
});

/** What a command prints, and whether it calls its result a failure. Rejects as it does. */
async function command(...args: string[]): Promise<{ text: string; failed: boolean }> {
  let [text, failed] = ["", false];
  const write = (chunk: unknown) => {
    text += chunk;
    return true;
  };
  vi.spyOn(process.stdout, "write").mockImplementation(write);
  vi.spyOn(process.stderr, "write").mockImplementation(write);
  const fail = () => {
    failed = true;
  };
  await buildProgram(new AbortController().signal, fail).parseAsync(args, { from: "user" });
  return { text, failed };
}

async function saved(folder: string, name: string, content: Report): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, JSON.stringify(content));
  return path;
}

test("compare fails where a row became slower than the threshold", async () => {
  const folder = await temporaryFolder();
  const before = await saved(folder, "a.json", report([row("a", 1), row("b", 1)]));
  const after = await saved(folder, "b.json", report([row("a", 1.04), row("b", 0.5)]));
  expect(await command("compare", before, after)).toMatchObject({ failed: false });
  const { text, failed } = await command("compare", before, after, "--threshold", "1.03");
  expect(failed).toBe(true);
  expect(text).toMatch(/### Slower[\s\S]+kernels\/a b8[\s\S]+1\.040[\s\S]+### Faster[\s\S]+kernels\/b b8/);
});

test("layers by themselves are refused in f16, with the suites that have it", async () => {
  const run = command("kernels", "nets", "--activations", "f16");
  await expect(run).rejects.toMatchObject({ message: expect.stringContaining("f32"), fix: expect.stringContaining("nets explanation") });
});

test("compare refuses reports of different adapters unless it is forced to", async () => {
  const folder = await temporaryFolder();
  const before = await saved(folder, "a.json", report([row("a", 1)]));
  const adapter = { vendor: "apple", architecture: "metal-3", description: "", software: false };
  const after = await saved(folder, "b.json", report([row("a", 1)], { adapter }));
  await expect(command("compare", before, after)).rejects.toThrow("different adapters");
  expect(await command("compare", before, after, "--force")).toMatchObject({ failed: false });
});

test("compare says what is wrong with a file", async () => {
  const folder = await temporaryFolder();
  const good = await saved(folder, "a.json", report([row("a", 1)]));
  await expect(command("compare", good, join(folder, "none.json"))).rejects.toThrow("cannot be read (ENOENT)");
  const other = await saved(folder, "b.json", report([row("b", 1)]));
  await expect(command("compare", good, other)).rejects.toThrow("no measured row in common");
});

test("results prints files side by side, or those that were sent in", async () => {
  const folder = await temporaryFolder();
  const ada = await saved(folder, "ada.json", report([row("conv3x3", 1), row("gemm", 2)]));
  const skipped = row("conv3x3", undefined, { state: "skipped", times: undefined, note: "too long | here" });
  const soft = await saved(folder, "soft.json", report([skipped], { runtime: { name: "Node.js", version: "22.1.0" } }));
  const { text } = await command("results", ada, soft, "--filter", "CONV3x3");
  expect(text).toContain("1. nvidia ada, Google Chrome 140, 2026-01-02\n2. nvidia ada, Node.js 22, 2026-01-02\n");
  expect(text).toMatch(/\| GFLOP\/s +\| +4000 \| +4000 \|/);
  expect(text).toMatch(/\| conv3x3 \| +8 \| +2000 \| +50 % \| skipped: too long \\\| here \| +\|/);
  expect(text).not.toContain("gemm");
  await expect(command("results", ada, "--filter", "pool")).rejects.toThrow('No row holds "pool"');
  expect((await command("results")).text).toMatch(/^1\. .*\n2\. /m);
});

test("a file that is no saved run is refused with what is wrong", async () => {
  const folder = await temporaryFolder();
  const good = await saved(folder, "a.json", report([row("a", 1)]));
  const damaged = await saved(folder, "b.json", { ...report([]), dtype: "f64" as "f16" });
  for (const args of [
    ["compare", good, damaged],
    ["results", damaged],
  ])
    await expect(command(...args)).rejects.toThrow(`${damaged} is damaged: the field "dtype" should be ("f32" | "f16"), and is "f64"`);
});

test.each([
  [["speed"], /Allowed choices are kernels, nets, explanation/],
  [["kernels", "--net", "alexnet"], /"alexnet" is no net that is known, and no file/],
  [["kernels", "--net", `${MODEL},./${MODEL}`], /two files that are called fused-dynamo.onnx/],
  [["kernels", "--net", "README.md"], /README.md/],
  [["kernels", "--batch", "0"], /whole number above 0/],
  [["kernels", "--layer", "("], /no regular expression/],
])("%j is refused before anything starts", async (args, message) => {
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  await expect(command(...args)).rejects.toThrow(message);
});

test("a report that somebody else wrote is left alone, and nothing is measured", async () => {
  const folder = await temporaryFolder();
  const path = await saved(folder, "report.json", report([row("a", 1)]));
  await expect(command("kernels", "--out", folder)).rejects.toThrow(`${path} exists and carries no mark of relabel`);
});

test("a run that would measure nothing says so", async () => {
  await expect(command("kernels", "--layer", "nothing has this name")).rejects.toThrow("Nothing is left to measure");
});

const LAYER = ["kernels", "--net", "vae-decoder", "--layer", "16x16 96>96"];

/** Measures in a process of its own. */
async function benchmark(...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const env = { ...process.env, RELABEL_ADAPTER: "swiftshader" };
  const child = spawn(process.execPath, ["bin/run.mjs", "bench/main.ts", "--quick", "--batch", "1", ...args], { cwd: ROOT, env });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  return { code, stdout, stderr };
}

test("the command measures in Node and writes report and plots", { timeout: 120_000 }, async (context) => {
  const out = await temporaryFolder();
  const { code, stdout, stderr } = await benchmark(...LAYER, "--runtime", "node", "--out", out);
  if (/found no adapter|not installed/.test(stderr)) return context.skip("Node has no WebGPU adapter here");
  expect([code, stderr]).toEqual([0, expect.stringContaining("Written to")]);
  expect(stdout).toContain("| conv3x3 16x16 96>96 relu");
  expect((await readdir(out)).sort()).toEqual(
    ["layers-batch-1.png", "layers-batch-1.svg", "report.json", "report.md", "roofline.png", "roofline.svg"].sort(),
  );
  const { rows, runtime } = parseReport(await readFile(join(out, "report.json"), "utf8"), "report.json");
  expect(runtime.name).toBe("Node.js");
  expect(rows).toMatchObject([{ key: "kernels/conv3x3 16x16 96>96 relu b1", state: "ok" }]);
  expect(await readFile(join(out, "roofline.svg"), "utf8")).toMatch(/^<!-- relabel [\d.]+ -->\n<svg/);
});

const FILE_ROWS = ["load", "classify", ...["encode", "synthesize", "teacher", "distil", "total"].map((stage) => `20 samples: ${stage}`)];

test("files are nets under their own names: an ONNX model with its weights beside it, and weights of a known architecture", async () => {
  const files = await OwnFiles.find([MODEL, "resnet18", "weights/efficientnet-lite0.safetensors"], new AbortController().signal);
  const nets = await files.open();
  expect([...nets].map(([name, { nodes }]) => [name, nodes[0]?.shape, nodes.at(-1)?.shape[2]])).toEqual([
    ["fused-dynamo.onnx", [36, 44, 3], 10],
    ["efficientnet-lite0.safetensors", [224, 224, 3], 1000],
  ]);
  expect(files.served.map(([address]) => decodeURIComponent(address))).toEqual(
    expect.arrayContaining(["weights/1/efficientnet-lite0.safetensors"]),
  );
  await files.close();
});

test.runIf(LONG)("the command measures nets of files in Node", { timeout: 120_000 }, async (context) => {
  const out = await temporaryFolder();
  const { code, stderr } = await benchmark("nets", "explanation", "--net", MODEL, "--samples", "20", "--runtime", "node", "--out", out);
  if (/found no adapter|not installed/.test(stderr)) return context.skip("Node has no WebGPU adapter here");
  expect([code, stderr]).toEqual([0, expect.stringContaining("Written to")]);
  const { rows } = parseReport(await readFile(join(out, "report.json"), "utf8"), "report.json");
  expect(rows.map(({ key, state }) => `${key} ${state}`).sort()).toEqual(
    ["nets/fused-dynamo.onnx b1 ok", ...FILE_ROWS.map((stage) => `explanation/fused-dynamo.onnx b1/${stage} ok`)].sort(),
  );
});

test.runIf(LONG)(
  "the command measures nets of files in Chrome: a model and weights of a known architecture",
  { timeout: 240_000 },
  async () => {
    const out = await temporaryFolder();
    const { code, stderr } = await benchmark("nets", "--net", `${MODEL},weights/efficientnet-lite0.safetensors`, "--out", out);
    expect(code, stderr).toBe(0);
    const { rows } = parseReport(await readFile(join(out, "report.json"), "utf8"), "report.json");
    expect(rows.map(({ key, state }) => `${key} ${state}`)).toEqual([
      "nets/fused-dynamo.onnx b1 ok",
      "nets/efficientnet-lite0.safetensors b1 ok",
    ]);
  },
);

test.runIf(LONG)(
  "in Chrome it measures beside every other library, whose files and threads come from its own server",
  {
    timeout: 240_000,
  },
  async () => {
    const out = await temporaryFolder();
    const { code, stderr } = await benchmark(...LAYER, "--peers", PEERS.join(","), "--out", out);
    expect(code, stderr).toBe(0);
    const { rows, peers, runtime } = parseReport(await readFile(join(out, "report.json"), "utf8"), "report.json");
    expect(runtime.name).toMatch(/Chrom/);
    expect(peers.find(({ name }) => name.includes("WASM"))?.settings).toMatch(
      availableParallelism() > 1 ? /threads: ([2-9]|\d\d)/ : /threads: 1/,
    );
    expect(Object.values(rows[0]?.peers ?? {}).map(({ state }) => state)).toEqual(PEERS.map(() => "ok"));
  },
);
