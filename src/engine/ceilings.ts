/** Measures what an adapter can reach at best, so that profiles and benchmarks have something to be compared with. */
import { copy, fma } from "../shaders/index.ts";
import type { Engine } from "./engine.ts";
import { PlanBuilder } from "./plan.ts";
import type { Stopwatch } from "./stopwatch.ts";

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
const ITERATIONS = { gpu: 256, software: 16 };
const OPERATIONS = 256;
/** Larger than caches: the copy must reach memory. */
const COPY_BYTES = { gpu: 2 ** 28, software: 2 ** 26 };
/** A measurement should last so long that clocks of the chip have risen and a rounded clock is fine enough. */
const SECONDS = 0.05;
const MOST_RUNS = 1 << 12;
const REPEATS = 5;

/** Takes about a second, and memory for a copy of 256 MB, 64 MB on a software adapter, or what is left. Throws OUT_OF_MEMORY, DEVICE_LOST. */
export async function measureCeilings(engine: Engine, stopwatch: Stopwatch): Promise<Ceilings> {
  return { gflops: await measureArithmetic(engine, stopwatch), gigabytes: await measureCopy(engine, stopwatch) };
}

async function measureArithmetic(engine: Engine, stopwatch: Stopwatch): Promise<number> {
  const kind = engine.adapter.software ? "software" : "gpu";
  const [threads, iterations] = [THREADS[kind], ITERATIONS[kind]];
  const out = engine.tensor("sums", [threads * 4]);
  const plan = new PlanBuilder(engine, "arithmetic");
  plan.dispatch(fma, {
    bindings: { out },
    uniforms: { iterations, line: LINE, factor: 0.5, addend: 0.5 },
    threads: [LINE, threads / LINE],
  });
  try {
    return (threads * iterations * OPERATIONS) / (await bestSeconds(stopwatch, plan)) / 1e9;
  } finally {
    out.dispose();
  }
}

async function measureCopy(engine: Engine, stopwatch: Stopwatch): Promise<number> {
  const wanted = engine.adapter.software ? COPY_BYTES.software : COPY_BYTES.gpu;
  const free = engine.free / 2;
  // Leaves a little for uniforms.
  const vectors = Math.floor(Math.min(wanted, engine.largestTensor, 0.9 * free) / 16);
  const [input, out] = [engine.tensor("copied from", [vectors * 4]), engine.tensor("copied to", [vectors * 4])];
  const plan = new PlanBuilder(engine, "copy");
  plan.dispatch(copy, { bindings: { input, out }, uniforms: { vectors, line: LINE }, threads: [LINE, Math.ceil(vectors / LINE)] });
  try {
    return (2 * vectors * 16) / (await bestSeconds(stopwatch, plan)) / 1e9;
  } finally {
    input.dispose();
    out.dispose();
  }
}

/** The least seconds of one run, in passes that hold many. */
async function bestSeconds(stopwatch: Stopwatch, builder: PlanBuilder): Promise<number> {
  const plan = await builder.compile();
  try {
    let runs = 1;
    let taken = await stopwatch.timeRuns(plan, runs);
    while (taken < SECONDS && runs < MOST_RUNS) {
      runs = Math.min(Math.ceil((1.2 * runs * SECONDS) / taken), 8 * runs, MOST_RUNS);
      taken = await stopwatch.timeRuns(plan, runs);
    }
    let best = taken / runs;
    for (let repeat = 0; repeat < REPEATS; repeat++) best = Math.min(best, (await stopwatch.timeRuns(plan, runs)) / runs);
    return best;
  } finally {
    plan.dispose();
  }
}
