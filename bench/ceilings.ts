import type { Engine } from "../src/engine/engine.ts";
import { PlanBuilder } from "../src/engine/plan.ts";
import type { Stopwatch } from "../src/engine/stopwatch.ts";
import { type Effort, timeOwn } from "./measure.ts";
import { OwnRun } from "./own-run.ts";
import { copy, fma } from "./shaders/definitions.ts";

/** What this adapter reaches at best, measured in the same run as everything that is held against it. */
export interface Ceilings {
  /** GFLOP/s of multiply-adds in registers. */
  gflops: number;
  /** GB/s of a copy, reads and writes together. */
  gigabytes: number;
}

const LINE = 1 << 14;
/** Enough threads to fill any GPU, and few enough for a software adapter to end in time. */
const THREADS = { gpu: 1 << 20, software: 1 << 14 };
const OPERATIONS = 256;
/** Larger than caches: the copy must reach memory. */
const COPY_BYTES = { gpu: 2 ** 28, software: 2 ** 26 };
/** A measurement of arithmetic should last so long, that clocks of the chip have risen. */
const SECONDS = 0.05;

export async function measureCeilings(engine: Engine, stopwatch: Stopwatch, effort: Effort): Promise<Ceilings> {
  return { gflops: await measureArithmetic(engine, stopwatch, effort), gigabytes: await measureCopy(engine, stopwatch, effort) };
}

async function measureArithmetic(engine: Engine, stopwatch: Stopwatch, effort: Effort): Promise<number> {
  const threads = engine.adapter.software ? THREADS.software : THREADS.gpu;
  const out = engine.tensor("sums", [threads * 4]);
  const plan = new PlanBuilder(engine, "arithmetic");
  const step = plan.dispatch(fma, {
    bindings: { out },
    uniforms: { iterations: 1, line: LINE, factor: 0.5, addend: 0.5 },
    threads: [LINE, threads / LINE],
  });
  const compiled = await plan.compile();
  const run = new OwnRun(engine, compiled, out, [1, 1, threads * 4]);
  try {
    for (let iterations = 4; ; iterations *= 4) {
      compiled.set(step, { iterations });
      const began = performance.now();
      await run.run();
      const seconds = (performance.now() - began) / 1000;
      if (seconds < SECONDS && iterations < 1 << 20) continue;
      const { gpu, wall } = await timeOwn(stopwatch, run, effort);
      return (threads * iterations * OPERATIONS) / (gpu ?? wall).min / 1e6;
    }
  } finally {
    run.dispose();
    out.dispose();
  }
}

async function measureCopy(engine: Engine, stopwatch: Stopwatch, effort: Effort): Promise<number> {
  const bytes = Math.min(engine.adapter.software ? COPY_BYTES.software : COPY_BYTES.gpu, engine.largestTensor);
  const vectors = Math.floor(bytes / 16);
  const [input, out] = [engine.tensor("copied from", [vectors * 4]), engine.tensor("copied to", [vectors * 4])];
  const plan = new PlanBuilder(engine, "copy");
  plan.dispatch(copy, { bindings: { input, out }, uniforms: { vectors, line: LINE }, threads: [LINE, Math.ceil(vectors / LINE)] });
  const run = new OwnRun(engine, await plan.compile(), out, [1, 1, vectors * 4]);
  try {
    const { gpu, wall } = await timeOwn(stopwatch, run, effort);
    return (2 * vectors * 16) / (gpu ?? wall).min / 1e6;
  } finally {
    run.dispose();
    input.dispose();
    out.dispose();
  }
}
