import { beforeAll, describe, expect, test } from "vitest";
import { type BenchOptions, DEFAULTS } from "../../bench/bench-options.ts";
import { browserHost } from "../../bench/browser-host.ts";
import { openOwnNet } from "../../bench/own-nets.ts";
import { OwnRun } from "../../bench/own-run.ts";
import { reportToMarkdown } from "../../bench/report/markdown.ts";
import type { Report } from "../../bench/report/report.ts";
import { type Host, runBench } from "../../bench/run.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { PlanBuilder } from "../../src/engine/plan.ts";
import { Stopwatch } from "../../src/engine/stopwatch.ts";
import { fma } from "../../src/shaders/index.ts";
import { onnxOf } from "../support/onnx-of.ts";
import { ownClassifier } from "../support/own-classifier.ts";
import { sharedDevice, sharedEngine } from "../support/shared-engine.ts";
import { tuneAtOnce } from "../support/tune-at-once.ts";

const QUICKLY = { ...DEFAULTS, quick: true, batches: [1, 2] };

/** Lends the device that other tests have compiled kernels on, and spares it its end. */
async function sharedGpu(): Promise<GPU> {
  const real = await sharedDevice();
  const device = new Proxy(real, {
    get(target, key) {
      if (key === "destroy") return () => {};
      const value = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const { features, limits, adapterInfo: info } = real;
  const adapter = { features, limits, info, requestDevice: async () => device };
  return { requestAdapter: async () => adapter } as unknown as GPU;
}

async function bench(options: Partial<BenchOptions>, given: Partial<Host> = {}): Promise<{ report: Report; steps: [number, number][] }> {
  const steps: [number, number][] = [];
  const onReport = (_: Report, done: number, total: number) => void steps.push([done, total]);
  const host = await browserHost(new URL("/", location.href), {
    ...{ signal: undefined, ownNets: new Map(), onStatus: () => {}, onReport },
  });
  return { report: await runBench({ ...QUICKLY, ...options }, { ...host, gpu: await sharedGpu(), ...given }), steps };
}

/** A GPU that hands out real devices and remembers them. */
function rememberingGpu(): { gpu: GPU; devices: GPUDevice[] } {
  const devices: GPUDevice[] = [];
  const gpu = {
    async requestAdapter() {
      const adapter = (await navigator.gpu.requestAdapter()) as GPUAdapter;
      const requestDevice = adapter.requestDevice.bind(adapter);
      adapter.requestDevice = async (descriptor) => {
        const device = await requestDevice(descriptor);
        devices.push(device);
        return device;
      };
      return adapter;
    },
  };
  return { gpu: gpu as unknown as GPU, devices };
}

describe("a benchmark in the browser", () => {
  test("checks and times layers of every kind that the VAE has", async () => {
    const layer = "^(add 32x32 48|upsample2 16x16 96|conv3x3 16x16 96>96 relu|conv3x3 64x64 48>3 \\+add|stem3x3/2 64x64 3>48 relu)$";
    const { report, steps } = await bench({ suites: ["kernels"], nets: ["vae-decoder"], layer, batches: [2] });
    expect(report.rows.map(({ name, batch, state, note }) => [name, batch, state, note])).toHaveLength(5);
    for (const row of report.rows) {
      expect(row, row.name).toMatchObject({ state: "ok", uses: { "vae-decoder": expect.any(Number) } });
      expect(row.error, row.name).toBeLessThan(1e-6);
      expect(row.times?.wall.median, row.name).toBeGreaterThan(0);
      expect(row.memory, row.name).toBeGreaterThan(row.bytes);
    }
    expect(report).toMatchObject({ complete: true, adapter: { software: true }, dtype: "f32" });
    for (const rate of Object.values(report.ceilings)) expect(rate).toBeGreaterThan(0);
    expect(report.ceilings).toMatchObject({ read: expect.any(Number), write: expect.any(Number) });
    expect(steps).toEqual(Array.from({ length: 6 }, (_, done) => [done, 5]));
    expect(reportToMarkdown(report)).toContain("| upsample2 16x16 96");
  });

  test("checks and times a dense layer in every way, any other once", async () => {
    const layer = "^(conv3x3 16x16 96>96 relu|upsample2 16x16 96)$";
    const { report } = await bench({ suites: ["kernels"], nets: ["vae-decoder"], layer, batches: [1], variants: true });
    expect(report.rows.filter(({ state }) => state !== "ok")).toEqual([]);
    const variants = report.rows.flatMap(({ variant }) => variant ?? []);
    expect(variants[0]).toBe("rows");
    expect(variants.sort()).toEqual(["register", "rows", "split", "subgroup", "tiled", "winograd", "winograd4"]);
    for (const { name, variant, relative } of report.rows) {
      expect(name).toBe(variant ? `conv3x3 16x16 96>96 relu [${variant}]` : "upsample2 16x16 96");
      expect(relative, name).toBeLessThan(3e-6);
    }
  });

  test("holds a net's first image against that of another batch size, and measures the net tuned, too", async () => {
    const shape = "1x1/1 1x1>1x1 1024>500 f32";
    const [standard, fastest] = [
      { variant: "register", seconds: 4 },
      { variant: "tiled", seconds: 3 },
    ];
    tuneAtOnce([{ shape, batch: 1, uses: 1, standard, fastest }]);
    const { report } = await bench({ suites: ["nets"], nets: ["vae-encoder"], batches: [1], tuned: true });
    expect(report.rows.map(({ key, name, state }) => [key, name, state])).toEqual([
      ["nets/vae-encoder b1", "vae-encoder", "ok"],
      ["nets/vae-encoder b1/tuned", "vae-encoder tuned", "ok"],
    ]);
    for (const { items, error } of report.rows) {
      expect(items).toBe(1);
      expect(error).toBeLessThan(1e-4);
    }
    expect(report.rows[1]?.note).toMatch(/% less time than untuned; 25 % of the dense layers' by themselves/);
    expect(report.rows[1]?.times?.wall.median).toBeGreaterThan(0);
  });

  test("holds another library's explanation against the engine's, masks alike", async () => {
    const { classifier, tensors } = ownClassifier({ height: 16, width: 16, channels: 3, classes: 10 });
    const { onnx } = onnxOf("fruit", classifier.net, (key) => tensors.get(key) as Float32Array<ArrayBuffer>);
    const ownNets = new Map([["fruit", await openOwnNet("fruit", { onnx })]]);
    const options = { suites: ["explanation"], nets: ["fruit"], samples: 40, peers: ["tfjs"] } as const;
    const { report } = await bench(options, { ownNets, gpu: navigator.gpu });
    const row = report.rows.find(({ group }) => group === "masked images");
    expect(row).toMatchObject({ key: "explanation/fruit b1/40 masked images", state: "ok", items: 40 });
    const peer = row?.peers["TensorFlow.js WebGPU"];
    expect(peer).toMatchObject({ state: "ok", note: expect.stringMatching(/^(8|32) images at a time$/) });
    expect(peer?.error).toBeLessThan(1e-4);
    expect(peer?.times?.wall.median).toBeGreaterThan(0);
  });

  test("says why it skips what needs more memory or time than there is", async () => {
    const { report } = await bench({ suites: ["kernels"], nets: ["vae-decoder"], layer: "add 32|gemm 2048", memory: 1e5, longest: 0.1 });
    expect(report.rows.map(({ name, state, code, note }) => [name, state, code, note])).toEqual([
      ["gemm 2048x2048x2048", "skipped", undefined, expect.stringMatching(/would take about \d+ s/)],
      ["add 32x32 48", "skipped", "OUT_OF_MEMORY", expect.stringContaining("memory budget")],
      ["add 32x32 48", "skipped", "OUT_OF_MEMORY", expect.stringContaining("memory budget")],
    ]);
  });

  test("ends with the rows so far once it is stopped", async () => {
    const abort = new AbortController();
    abort.abort();
    const { report } = await bench({ suites: ["kernels"], nets: ["vae-decoder"], layer: "add 32" }, { signal: abort.signal });
    expect(report).toMatchObject({ complete: false, rows: [] });
  });

  test("goes on with a new device after the row in which one was lost", async () => {
    const { gpu, devices } = rememberingGpu();
    const onReport = (_: Report, done: number) => {
      if (done === 1) devices[0]?.destroy();
    };
    const options = { suites: ["kernels"], nets: ["vae-decoder"], layer: "add 32", batches: [1, 2, 3] } as const;
    const { report } = await bench(options, { gpu, onReport });
    expect(report.rows.map(({ state }) => state)).toEqual(["ok", "failed", "ok"]);
    expect(report.rows[1]?.note).toContain("lost");
    expect(devices).toHaveLength(2);
    expect((await devices[1]?.lost)?.reason).toBe("destroyed");
  });
});

describe("one pass on the GPU", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await sharedEngine();
  });

  test("takes as many times as long as it holds runs, by the GPU's clock and by the wall's", async () => {
    const out = engine.tensor("sums", [256 * 4]);
    const plan = new PlanBuilder(engine, "arithmetic");
    plan.dispatch(fma, { bindings: { out }, uniforms: { iterations: 20_000, line: 256, factor: 0.5, addend: 0.5 }, threads: [256] });
    const run = new OwnRun(engine, await plan.compile(), out, [1, 1, 1024]);
    const stopwatch = new Stopwatch(engine);
    const time = (runs: number) =>
      stopwatch.time((pass) => {
        for (let index = 0; index < runs; index++) run.record(pass);
      });
    await time(1);
    const [one, ten] = [await time(1), await time(10)];
    expect(stopwatch.clock.mode).not.toBe("none");
    expect((ten.gpu as number) / (one.gpu as number)).toBeGreaterThan(3);
    expect(ten.wall).toBeGreaterThan(one.wall);
    const [value] = await run.read();
    expect(value).toBeCloseTo(8, 4);
    stopwatch.dispose();
    run.dispose();
    out.dispose();
  });
});
