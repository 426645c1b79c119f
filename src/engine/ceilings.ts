/** Measures what an adapter can reach at best, so that profiles and benchmarks have something to be compared with. */
import { copy, dot4, fma, read, write } from "../shaders/index.ts";
import type { Engine } from "./engine.ts";
import { PlanBuilder } from "./plan.ts";
import type { Stopwatch } from "./stopwatch.ts";
import type { Tensor } from "./tensor.ts";

/**
 * What this adapter reaches at best in WGSL, measured in the same run as everything that is held against it: the best of three to six
 * passes of 50 ms or more each, by timestamps where the device has them. G is 1e9.
 */
export interface Ceilings {
  /** GFLOP/s of f32 multiply-adds in registers; a multiply-add is two operations. */
  gflops: number;
  /** The same in f16, in pairs where the adapter computes in pairs; absent without the feature `shader-f16`. */
  gflopsF16?: number;
  /**
   * GOP/s of `dot4I8Packed` in registers: a dot product of four signed bytes with four others, added to a sum, is eight operations. Absent
   * where WGSL lacks it, or cannot be asked (`Engine.language`). The feature does not promise an instruction: below `gflops` it is emulated.
   */
  gopsDot4?: number;
  /** GB/s of a copy from buffer to buffer, larger than caches, reads and writes together. */
  gigabytes: number;
  /** GB/s of reading such a buffer. */
  read: number;
  /** GB/s of writing such a buffer. */
  write: number;
}

const LINE = 1 << 14;
/** Enough threads to fill any GPU, and few enough for a software adapter to end in time. */
const THREADS = { gpu: 1 << 20, software: 1 << 14 };
const ITERATIONS = { gpu: 256, software: 16 };
/** Of a thread in an iteration, in fma.wgsl and in dot4.wgsl. */
const OPERATIONS = 256;
/** Four signed bytes: 1, -2, 3 and -4. */
const BYTES = 0xfc03fe01;
/** Larger than caches: the copy must reach memory. */
const COPY_BYTES = { gpu: 2 ** 28, software: 2 ** 26 };
/** Vectors that a thread reads: many where a barrier costs as much as many of them, and few enough to fill a GPU. */
const PIECE = { gpu: read.constants.PIECE, software: 256 };
/** A measurement should last so long that clocks of the chip have risen and a rounded clock is fine enough. */
const SECONDS = 0.05;
const MOST_RUNS = 1 << 12;
/** Passes after the first ones: so many, or at least two where they take longer than this altogether. */
const REPEATS = 5;
const REPEATS_SECONDS = 0.25;

/**
 * Takes about two seconds, and memory for a copy of 256 MB, 64 MB on a software adapter, or what is left. Throws OUT_OF_MEMORY, DEVICE_LOST.
 */
export async function measureCeilings(engine: Engine, stopwatch: Stopwatch): Promise<Ceilings> {
  const half = engine.device.features.has("shader-f16");
  const bytes = engine.language.has("packed_4x8_integer_dot_product");
  return {
    gflops: await measureMultiplyAdds(engine, stopwatch, "f32"),
    ...(half ? { gflopsF16: await measureMultiplyAdds(engine, stopwatch, "f16") } : {}),
    ...(bytes ? { gopsDot4: await measureDotProducts(engine, stopwatch) } : {}),
    ...(await measureMemory(engine, stopwatch)),
  };
}

const kindOf = ({ adapter }: Engine) => (adapter.software ? "software" : "gpu");

/** GFLOP/s. */
function measureMultiplyAdds(engine: Engine, stopwatch: Stopwatch, type: "f32" | "f16"): Promise<number> {
  return measureArithmetic(engine, stopwatch, (plan, out, iterations, threads) => {
    const uniforms = { iterations, line: LINE, factor: 0.5, addend: 0.5 };
    plan.dispatch(fma, { bindings: { out }, uniforms, threads, constants: { Number: type } });
  });
}

/** GOP/s. */
function measureDotProducts(engine: Engine, stopwatch: Stopwatch): Promise<number> {
  return measureArithmetic(engine, stopwatch, (plan, out, iterations, threads) => {
    plan.dispatch(dot4, { bindings: { out }, uniforms: { iterations, line: LINE, factor: BYTES }, threads });
  });
}

/** 1e9 operations a second of a kernel that does OPERATIONS of them in each iteration of each thread, and writes a vec4 a thread. */
async function measureArithmetic(
  engine: Engine,
  stopwatch: Stopwatch,
  dispatch: (plan: PlanBuilder, out: Tensor, iterations: number, threads: [number, number]) => void,
): Promise<number> {
  const kind = kindOf(engine);
  const [threads, iterations] = [THREADS[kind], ITERATIONS[kind]];
  const out = engine.tensor("sums", [threads * 4]);
  const plan = new PlanBuilder(engine, "arithmetic");
  dispatch(plan, out, iterations, [LINE, threads / LINE]);
  try {
    return (threads * iterations * OPERATIONS) / (await bestSeconds(stopwatch, plan)) / 1e9;
  } finally {
    out.dispose();
  }
}

/** GB/s. */
async function measureMemory(engine: Engine, stopwatch: Stopwatch): Promise<Pick<Ceilings, "gigabytes" | "read" | "write">> {
  const kind = kindOf(engine);
  const free = engine.free / 2;
  // Leaves a little for uniforms.
  const vectors = Math.floor(Math.min(COPY_BYTES[kind], engine.largestTensor, 0.9 * free) / 16);
  const [input, out] = [engine.tensor("copied from", [vectors * 4]), engine.tensor("copied to", [vectors * 4])];
  const uniforms = { vectors, line: LINE };
  const rate = async (bytes: number, dispatch: (plan: PlanBuilder) => void) => {
    const plan = new PlanBuilder(engine, "memory");
    dispatch(plan);
    return bytes / (await bestSeconds(stopwatch, plan)) / 1e9;
  };
  const lines = (threads: number): [number, number] => [LINE, Math.ceil(threads / LINE)];
  try {
    return {
      gigabytes: await rate(32 * vectors, (plan) => {
        plan.dispatch(copy, { bindings: { input, out }, uniforms, threads: lines(vectors) });
      }),
      read: await rate(16 * vectors, (plan) => {
        const threads = lines(vectors / PIECE[kind]);
        plan.dispatch(read, { bindings: { input, out }, uniforms, threads, constants: { PIECE: PIECE[kind] } });
      }),
      write: await rate(16 * vectors, (plan) => {
        plan.dispatch(write, { bindings: { out }, uniforms: { ...uniforms, value: 1 }, threads: lines(vectors) });
      }),
    };
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
    let spent = 0;
    for (let repeat = 0; repeat < REPEATS && (repeat < 2 || spent < REPEATS_SECONDS); repeat++) {
      const seconds = await stopwatch.timeRuns(plan, runs);
      spent += seconds;
      best = Math.min(best, seconds / runs);
    }
    return best;
  } finally {
    plan.dispose();
  }
}
