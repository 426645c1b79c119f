/** Times runs by GPU clock and by wall clock: how often, how many together, after how many warm-ups. */
import type { Stopwatch } from "../src/engine/stopwatch.ts";
import type { PeerRun } from "./peers/peer.ts";
import { AGREEMENT, intervalOf, median, type Summary, summarise } from "./statistics.ts";

/**
 * How often to measure: until the samples agree (`AGREEMENT`), of which there are at least `least`. At `most` samples, or after `seconds`,
 * it ends without that, and the summary is marked as noisy.
 */
export interface Effort {
  warmups: number;
  least: number;
  most: number;
  /** The longest, for each kind of time. */
  seconds: number;
  /** A sample of wall time repeats a run until it takes so long, so that waiting for the news of its end weighs little. */
  group: number;
}

export const FULL: Effort = { warmups: 3, least: 5, most: 100, seconds: 2, group: 0.02 };
export const QUICK: Effort = { warmups: 1, least: 3, most: 20, seconds: 0.2, group: 0.005 };

/** Times of one run, in milliseconds. */
export interface Times {
  /** Groups of runs submitted one after the other, divided by their number: from the first submit until all are finished. */
  wall: Summary;
  /** One run alone, from its submit until it is finished. */
  latency: Summary;
}

/** Of the engine's own runs. */
export interface OwnTimes extends Times {
  /** By timestamps around a pass that holds many runs, divided by their number; absent where the device has no clock. */
  gpu?: Summary | undefined;
}

/** A run of the engine: a pass can hold it. */
export interface Recordable extends PeerRun {
  record(pass: GPUComputePassEncoder): void;
  /** Too long for one submit: the engine cuts it into several, and no pass holds it all. */
  readonly paced: boolean;
}

const MOST_RUNS = 1000;

/** From here on a single run is long enough for both clocks, and they share it. */
export const SLOW_SECONDS = 0.2;

/** A clock's step may be this share of a group's time, at two steps a difference. */
const STEP_SHARE = 0.01;
const EXACT_GROUP_SECONDS = 0.005;

async function collect({ least, most, seconds }: Effort, sample: () => Promise<number | undefined>): Promise<number[]> {
  const samples: number[] = [];
  const began = performance.now();
  // Attempts are counted, not samples: a clock may fail at every one.
  for (let attempt = 0; attempt < most; attempt++) {
    if (attempt >= least && (agree(samples, least) || performance.now() - began > seconds * 1000)) break;
    const taken = await sample();
    if (taken !== undefined) samples.push(taken);
  }
  return samples;
}

function agree(samples: readonly number[], least: number): boolean {
  return samples.length >= least && (intervalOf(samples) as number) <= AGREEMENT;
}

async function secondsOf(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

/** Runs a few times untimed, not beyond the seconds of the effort. */
export async function warmUp(run: PeerRun, { warmups, seconds }: Effort): Promise<void> {
  const began = performance.now();
  for (let count = 0; count < warmups && (count === 0 || performance.now() - began < seconds * 1000); count++) await run.run();
}

/** The wall times of anything that can run, ours or a peer's, by one and the same loop. Warms up first. */
export async function timeWall(run: PeerRun, effort: Effort): Promise<Times> {
  await warmUp(run, effort);
  const alone = await collect(effort, () => secondsOf(() => run.run()));
  const latency = summarise(alone);
  if (!run.submit || median(alone) >= effort.group) return { wall: latency, latency };
  const together = (runs: number) => async () => {
    for (let index = 1; index < runs; index++) await run.submit?.();
    await run.run();
  };
  const runs = await fittingRuns(effort.group, median(alone), (count) => secondsOf(together(count)));
  return { wall: summarise(await collect(effort, () => secondsOf(together(runs))), runs), latency };
}

/** GPU and wall times of the engine's own run. */
export async function timeOwn(stopwatch: Stopwatch, run: Recordable, effort: Effort): Promise<OwnTimes> {
  if (run.paced) return timeWall(run, effort);
  await warmUp(run, effort);
  const seconds = await secondsOf(() => run.run());
  if (seconds < SLOW_SECONDS) {
    const gpu = await timeGpu(stopwatch, (pass) => run.record(pass), seconds, effort);
    return { gpu, ...(await timeWall(run, effort)) };
  }
  const [walls, gpus]: [number[], number[]] = [[], []];
  await collect(effort, async () => {
    const { gpu, wall } = await stopwatch.time((pass) => run.record(pass));
    walls.push(wall);
    if (gpu !== undefined) gpus.push(gpu);
    return gpu ?? wall;
  });
  const latency = summarise(walls);
  return { gpu: gpus.length > 0 ? summarise(gpus) : undefined, wall: latency, latency };
}

/** `record` puts one run into the pass; `seconds` is about what one takes. Undefined where the device has no clock. */
async function timeGpu(
  stopwatch: Stopwatch,
  record: (pass: GPUComputePassEncoder) => void,
  seconds: number,
  effort: Effort,
): Promise<Summary | undefined> {
  const group = (runs: number) =>
    stopwatch.time((pass) => {
      for (let index = 0; index < runs; index++) record(pass);
    });
  const { gpu, wall } = await group(1);
  if (stopwatch.clock.mode === "none") return undefined;
  const target = Math.max(EXACT_GROUP_SECONDS, (stopwatch.clock.mode === "exact" ? 0 : 2 * stopwatch.clock.step * 1e-9) / STEP_SHARE);
  const timed = async (runs: number) => {
    const { gpu: time, wall: around } = await group(runs);
    return time ?? around;
  };
  const runs = await fittingRuns(target, Math.min(seconds, gpu ?? wall), timed);
  const samples = await collect(effort, async () => (await group(runs)).gpu);
  return samples.length > 0 ? summarise(samples, runs) : undefined;
}

/** The number of runs that together take about `target` seconds, from a first guess of the seconds of one. */
async function fittingRuns(target: number, guess: number, time: (runs: number) => Promise<number>): Promise<number> {
  let runs = 1;
  let single = guess;
  while (runs * single < target && runs < MOST_RUNS) {
    // Alone a run takes longer than among others: the guess grows better from group to group, and each is at most ten times the last.
    runs = Math.min(Math.ceil(target / Math.max(single, 1e-9)), runs * 10, MOST_RUNS);
    single = (await time(runs)) / runs;
    if (runs * single >= target / 2) break;
  }
  return runs;
}
