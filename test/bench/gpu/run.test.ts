import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { AdapterFacts } from "../../../bench/gpu/adapter-facts.ts";
import { FILES } from "../../../bench/gpu/gpu-report.ts";
import type { CasesResult } from "../../../bench/gpu/kernel-cases.ts";
import type { Ending, Running } from "../../../bench/gpu/plan.ts";
import { buildGpuProgram, type GpuOptions } from "../../../bench/gpu/program.ts";
import { EXIT_FAULT, EXIT_INCOMPLETE, requireAdapter, runGpu, type Start } from "../../../bench/gpu/run.ts";
import type { Order } from "../../../bench/gpu/steps.ts";
import { parseReport } from "../../../bench/report/read-report.ts";
import { makeProfileReport } from "../../../src/cli/profile-report.ts";
import { temporaryFolder } from "../../support/command-line.ts";
import { report, row } from "../report-case.ts";

let printed = "";

beforeEach(() => {
  printed = "";
  // Other libraries are left out, which spares looking for a browser.
  vi.stubEnv("CHROME_PATH", "/nowhere");
  vi.stubEnv("PUPPETEER_CACHE_DIR", "/nowhere");
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, "write").mockImplementation((text) => {
      printed += text;
      return true;
    });
  }
});

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const GPU: AdapterFacts = {
  adapter: { vendor: "nvidia", architecture: "hopper", description: "NVIDIA: 570.1", software: false },
  ...{ device: "NVIDIA H200", features: ["shader-f16"], language: [], largestBinding: 2 ** 31 },
  libraries: ["/usr/lib/libvulkan.so.1", "/usr/lib/libGLX_nvidia.so.0"],
  descriptions: ["/etc/vulkan/icd.d/nvidia_icd.json"],
};
const CPU: AdapterFacts = {
  ...GPU,
  adapter: { vendor: "mesa", architecture: "software", description: "llvmpipe", software: true },
};

const ended = (ending: Ending): Running => ({ ended: Promise.resolve(ending), latest: () => undefined, abort() {}, kill() {} });
const { signal } = new AbortController();

describe("the adapter", () => {
  test("that is a CPU is refused with what to do, and said all the same", async () => {
    const refused = requireAdapter(ended({ state: "done", result: CPU }), 30, false, signal);
    await expect(refused).rejects.toMatchObject({
      message: "No GPU was found, only a CPU adapter (above)",
      fix: expect.stringMatching(/libGLX_nvidia\.so\.0.*nvidia_icd\.json.*--cpu-allowed/s),
    });
    expect(printed).toContain("mesa software llvmpipe");
    expect(printed).toContain("/etc/vulkan/icd.d/nvidia_icd.json");
  });

  test("that is a CPU is taken where it is allowed, and a GPU in any case", async () => {
    expect(await requireAdapter(ended({ state: "done", result: CPU }), 30, true, signal)).toBe(CPU);
    expect(await requireAdapter(ended({ state: "done", result: GPU }), 30, false, signal)).toBe(GPU);
    expect(printed).toContain("Adapter: nvidia hopper NVIDIA: 570.1 (device NVIDIA H200)\n");
  });

  test("that is not there is an error with what was found in its place", async () => {
    const none = ended({ state: "failed", why: "WebGPU found no adapter." });
    await expect(requireAdapter(none, 30, true, signal)).rejects.toMatchObject({ message: "WebGPU found no adapter." });
  });

  test("of a driver that hangs is given up", async () => {
    const hanging: Running = { ...ended({ state: "done" }), ended: new Promise(() => {}) };
    await expect(requireAdapter(hanging, 0.05, true, signal)).rejects.toThrow("The GPU's driver gave no answer");
  });
});

const CASES: CasesResult = {
  total: 3,
  done: 2,
  wrong: [],
  leftOut: [{ kernel: "conv_rows", name: "wide", notes: ["no such subgroups"] }],
};

function profileOf(teacher: string) {
  const profile = {
    replayed: false,
    began: 0,
    wall: 10,
    clock: { mode: "exact" as const, step: 1 },
    lost: 0,
    spans: [],
    submits: [],
    activities: [],
  };
  const made = makeProfileReport(profile, {
    ...{ command: "explain", image: "made-up photo", teacher, method: "relabel", samples: 24, settings: {}, adapter: GPU.adapter },
    ...{ runtime: "Node.js", date: "2026-01-02T03:04:05.678Z", ceilings: { gflops: 1, gigabytes: 1, read: 1, write: 1 } },
  });
  return { teacher, madeUp: true, report: made, trace: { traceEvents: [] } };
}

const LAYER = {
  shape: "1x1",
  batch: 8,
  uses: 2,
  standard: { variant: "tiled", seconds: 2e-3 },
  fastest: { variant: "split", seconds: 1e-3 },
};

const RIGHT: Record<Order["step"], Ending> = {
  adapter: { state: "done", result: GPU },
  kernels: { state: "done", result: CASES },
  nets: { state: "done", result: report([row("resnet50", 1)], { date: "2026-11-05T10:00:00.000Z" }) },
  profile: { state: "done", result: [profileOf("efficientnet-lite0"), profileOf("resnet50")] },
  tuner: { state: "done", result: [{ teacher: "resnet50", madeUp: true, layers: [LAYER], choices: {}, saved: 0.5 }] },
  variants: { state: "done", result: report([row("a [tiled]", 1, { variant: "tiled" })]) },
  peers: { state: "done", result: report([]) },
};

const startOf =
  (endings: Partial<typeof RIGHT>): Start =>
  ({ step }) =>
    ended({ ...RIGHT, ...endings }[step]);

describe("a run", () => {
  const OPTIONS: Omit<GpuOptions, "out"> = { minutes: 1000, runtime: "node" };

  test("writes at most eight files that say all, of which `compare` reads the benchmark's own", async () => {
    const out = await temporaryFolder();
    const code = await runGpu({ ...OPTIONS, out }, startOf({}), signal);
    expect(code).toBe(0);
    const names = await readdir(out);
    expect(FILES.length).toBeLessThanOrEqual(8);
    expect(FILES).toEqual(expect.arrayContaining(names));
    expect(names).toEqual(expect.arrayContaining(["gpu.json", "gpu.md", "nets.json", "variants.json", "resnet50.trace.json"]));
    expect(parseReport(await readFile(join(out, "nets.json"), "utf8"), "nets.json").date).toBe("2026-11-05T10:00:00.000Z");
    const { steps, facts, minutes } = JSON.parse(await readFile(join(out, "gpu.json"), "utf8"));
    expect([facts, minutes]).toEqual([GPU, 1000]);
    expect(steps.map(({ name }: { name: string }) => name)).toEqual(["kernels", "nets", "profile", "tuner", "variants", "peers"]);
    expect(steps[5]).toMatchObject({ state: "skipped", why: expect.stringContaining("no browser") });
    expect(steps[1]).toMatchObject({ file: "nets.json" });
    expect(steps[1]).not.toHaveProperty("result");
    expect(steps[2].result[0]).toMatchObject({ teacher: "efficientnet-lite0", trace: "efficientnet-lite0.trace.json" });
    const text = await readFile(join(out, "gpu.md"), "utf8");
    expect(text).toContain("2 of 3 cases were run: 2 right, 0 wrong.");
    expect(text).toMatch(/\| conv_rows \| wide \| no such subgroups \|/);
    expect(text).toContain("Weights: made up");
    expect(text).toContain("The dense layers take 50.0 % less time than by default.");
    expect(text.match(/^# /gm)).toHaveLength(1);
  });

  test("saves after each step, so that nothing is lost with a later one", async () => {
    const out = await temporaryFolder();
    const seen: string[][] = [];
    const watching: Start = ({ step }) => ({
      ...ended(RIGHT[step]),
      ended: readdir(out).then((names) => {
        seen.push(names.sort());
        return RIGHT[step];
      }),
    });
    await runGpu({ ...OPTIONS, out }, watching, signal);
    expect(seen.slice(0, 4)).toEqual([[], [], ["gpu.json", "gpu.md"], ["gpu.json", "gpu.md", "nets.json"]]);
  });

  test("says where no net of a step came to its end, and what a step that was cut had found", async () => {
    const out = await temporaryFolder();
    const cut = { state: "cut" as const, why: "its time was over" };
    const endings = { profile: { ...cut, result: [] }, nets: { ...cut, result: report([row("vgg16", 1)], { complete: false }) } };
    expect(await runGpu({ ...OPTIONS, out }, startOf(endings), signal)).toBe(EXIT_INCOMPLETE);
    const text = await readFile(join(out, "gpu.md"), "utf8");
    expect(text).toMatch(/\| Profiled explanations +\| cut +\| +0 \| its time was over +\|/);
    expect(text).toMatch(/## Profiled explanations\n\nNo net came to its end\.\n/);
    expect(text).toMatch(/\| vgg16 +\| +8 \|/);
  });

  test("says by its code that something is wrong or failed, or that time was short", async () => {
    const codeOf = async (endings: Partial<typeof RIGHT>) => runGpu({ ...OPTIONS, out: await temporaryFolder() }, startOf(endings), signal);
    const wrong = { ...CASES, wrong: [{ kernel: "fma", name: "one", notes: ["1 of 4 wrong"] }] };
    expect(await codeOf({ kernels: { state: "done", result: wrong } })).toBe(EXIT_FAULT);
    expect(await codeOf({ nets: { state: "done", result: report([row("a", 1, { state: "wrong" })]) } })).toBe(EXIT_FAULT);
    expect(await codeOf({ tuner: { state: "failed", why: "the device was lost" } })).toBe(EXIT_FAULT);
    expect(await codeOf({ variants: { state: "cut", why: "its time was over" } })).toBe(EXIT_INCOMPLETE);
  });

  test("starts nothing on a CPU that is not allowed, and writes nothing", async () => {
    const out = await temporaryFolder();
    const started: string[] = [];
    const start: Start = ({ step }) => {
      started.push(step);
      return ended({ state: "done", result: CPU });
    };
    await expect(runGpu({ ...OPTIONS, out }, start, signal)).rejects.toThrow("only a CPU adapter");
    expect(started).toEqual(["adapter"]);
    expect(await readdir(out)).toEqual([]);
  });
});

test.each([
  [[], /--minutes/],
  [["--minutes", "0.5"], /from 1 on/],
  [["--minutes", "soon"], /from 1 on/],
  [["--minutes", "8", "--runtime", "deno"], /Allowed choices are chrome, node/],
])("%j is refused", async (args, message) => {
  await expect(buildGpuProgram(async () => {}).parseAsync(args, { from: "user" })).rejects.toThrow(message);
});
