/** Tells beforehand how long a run takes, and which rows would take too long. */
import type { Ceilings } from "../src/engine/ceilings.ts";
import { DEFAULT_SAMPLES } from "../src/faces/all.ts";
import type { BenchOptions } from "./bench-options.ts";
import type { Cost } from "./cost.ts";
import { type Effort, FULL, QUICK, SLOW_SECONDS } from "./measure.ts";
import { ONCE_SECONDS, SOFTWARE_SAMPLES } from "./suites/explanation.ts";
import { MASKED_IMAGES, MASKS } from "./suites/masked-images.ts";
import type { Task } from "./task.ts";

/** How fast a machine is, as far as it is known. */
export interface Speed {
  readonly ceilings: Pick<Ceilings, "gflops" | "gigabytes">;
  readonly software: boolean;
  /** Seconds that the last run took, by those that were expected; 1 where there was none. */
  readonly pace: number;
}

/** What is expected of adapters that were never measured: a middling graphics chip, and two cores of a processor. */
export const GUESSES = {
  gpu: { gflops: 2000, gigabytes: 100 },
  software: { gflops: 25, gigabytes: 8 },
} as const;

/** The share of the adapter's ceilings that a run is expected to reach. */
const EXPECTED_SHARE = 0.2;
/** Seconds in which the adapter's ceilings are measured. */
const CALIBRATION = 2;
/** Seconds to compile and check one layer, and a net of many. */
const SETUP = { layer: 0.1, net: 1 };
/** Seconds to make one number of an input or of weights, and to upload it. */
const SECONDS_A_VALUE = 1e-8;
/** Ways to compute a dense layer, on average. */
const WAYS = 4;
/** Runs of a net that tuning takes the time of. */
const TUNING_RUNS = 40;
/** Of the longest that a measurement may take: samples agree before, usually. */
const AGREEING_SHARE = 0.25;
/** Other libraries' time, by the engine's. */
const PEER_RATIO = 3;

type Expected = Pick<Task, "suite" | "flops" | "bytes" | "image"> & Partial<Pick<Task, "group">>;

export interface Estimate {
  readonly seconds: number;
  /** Tasks of which one run would take longer than the options allow. */
  readonly skipped: number;
}

/** Seconds that one run of so much work is expected to take. */
export function expectedSeconds({ flops, bytes }: Cost, { gflops, gigabytes }: Speed["ceilings"]): number {
  return Math.max(flops / gflops, bytes / gigabytes) / EXPECTED_SHARE / 1e9;
}

/** How long the tasks take together, with everything around the measurement. */
export function estimateRun(tasks: readonly Expected[], options: BenchOptions, speed: Speed): Estimate {
  const kept = tasks.filter((task) => expectedSeconds(task, speed.ceilings) <= options.longest);
  const seconds = kept.reduce((sum, task) => sum + taskSeconds(task, options, speed), kept.length > 0 ? CALIBRATION : 0);
  return { seconds: seconds * speed.pace, skipped: tasks.length - kept.length };
}

function taskSeconds(task: Expected, options: BenchOptions, { ceilings, software }: Speed): number {
  const effort = options.quick ? QUICK : FULL;
  const net = task.suite === "nets";
  const setup = net ? SETUP.net : SETUP.layer;
  if (task.image) {
    const masked = task.group === MASKED_IMAGES;
    const usual = masked ? MASKS : software ? SOFTWARE_SAMPLES : DEFAULT_SAMPLES;
    const once = (options.samples ?? usual) * expectedSeconds(task.image, ceilings);
    const repeated = (first: number) => first * (first > ONCE_SECONDS ? 1 : 1 + effort.least);
    if (!masked) return SETUP.net + repeated(once);
    const all = [1, ...options.peers.map(() => PEER_RATIO)];
    return all.reduce((sum, ratio) => sum + SETUP.net + ratio * once + repeated(ratio * once), 0);
  }
  const run = expectedSeconds(task, ceilings);
  const data = setup + (task.bytes / 4) * SECONDS_A_VALUE;
  // The first run, and the one that a result is checked with.
  const own = data + 2 * run + timing(run, effort, 3);
  const peers = options.variants ? 0 : options.peers.length * (data + 2 * PEER_RATIO * run + timing(PEER_RATIO * run, effort, 2));
  const tuned = net && options.tuned ? data + TUNING_RUNS * run + 3 * timing(run, effort, 3) : 0;
  return (options.variants && task.suite === "kernels" && task.flops > 0 ? WAYS * own : own) + peers + tuned;
}

/** Seconds of warm-ups and of `kinds` of time, which slow runs share. */
function timing(run: number, { warmups, least, most, seconds, group }: Effort, kinds: number): number {
  const sample = Math.max(run, group);
  const each = Math.max(least * sample, Math.min(most * sample, seconds * AGREEING_SHARE));
  return Math.min(warmups * run, Math.max(run, seconds)) + (run < SLOW_SECONDS ? kinds : 1) * each;
}
