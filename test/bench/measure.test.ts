import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Effort, FULL, QUICK, type Recordable, timeOwn, timeWall, warmUp } from "../../bench/measure.ts";
import type { Clock } from "../../src/engine/clock.ts";
import type { Stopwatch } from "../../src/engine/stopwatch.ts";

/** Milliseconds of a clock that only the work below moves. */
let now = 0;
/** Runs in the pass at hand. */
let recorded = 0;

beforeEach(() => {
  now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now);
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** A GPU's work: a run takes `each` milliseconds, and the news of its end `news` more. */
function fakeRun(each: number, news: number, groups = true) {
  let queued = 0;
  const calls = { submitted: 0, waited: 0 };
  const submit = async () => {
    queued++;
    calls.submitted++;
  };
  const run = {
    paced: false,
    calls,
    ...(groups ? { submit } : {}),
    async run() {
      now += (queued + 1) * each + news;
      queued = 0;
      calls.waited++;
    },
    record: () => void recorded++,
    read: async () => new Float32Array(),
    dispose: () => {},
  };
  return run satisfies Recordable;
}

/** A stopwatch whose clock has the given steps, in nanoseconds; its group's passes may begin anywhere between two of them. */
function fakeStopwatch(each: number, step: number): Stopwatch {
  let phase = 0;
  const clock: Clock = { mode: step >= 10_000 ? "quantised" : "exact", step };
  return {
    clock,
    async time(record: (pass: GPUComputePassEncoder) => void) {
      recorded = 0;
      record({} as GPUComputePassEncoder);
      const runs = recorded;
      phase += 34_567;
      const begin = phase;
      const end = begin + runs * each * 1e6;
      now += runs * each + 1;
      const gpu = (Math.floor(end / step) - Math.floor(begin / step)) * step * 1e-9;
      return { gpu: gpu > 0 ? gpu : undefined, wall: (runs * each + 1) / 1000 };
    },
  } as unknown as Stopwatch;
}

test("grouped runs hide the news of the end, a run alone shows it", async () => {
  const { wall, latency } = await timeWall(fakeRun(0.1, 1), FULL);
  expect(latency.median).toBeCloseTo(1.1);
  expect(wall.runs).toBeGreaterThanOrEqual(100);
  expect(wall.median).toBeCloseTo(0.1 + 1 / wall.runs);
});

test("without a way to submit alone, and for long runs, every sample is one run", async () => {
  expect((await timeWall(fakeRun(0.1, 1, false), FULL)).wall).toMatchObject({ runs: 1, median: expect.closeTo(1.1) });
  expect((await timeWall(fakeRun(50, 1), FULL)).wall).toMatchObject({ runs: 1, median: expect.closeTo(51) });
});

test("long runs are sampled the least allowed, short ones until the time is over or there are enough", async () => {
  expect((await timeWall(fakeRun(10_000, 1), FULL)).latency.samples).toBe(FULL.least);
  expect((await timeWall(fakeRun(10, 0), FULL)).latency.samples).toBe(51);
  expect((await timeWall(fakeRun(0.001, 0), QUICK)).latency.samples).toBe(QUICK.most);
});

test("warm-ups end early where one takes long", async () => {
  const effort: Effort = { ...FULL, warmups: 3, seconds: 1 };
  const [slow, fast] = [fakeRun(2000, 0), fakeRun(1, 0)];
  await warmUp(slow, effort);
  await warmUp(fast, effort);
  expect([slow.calls.waited, fast.calls.waited]).toEqual([1, 3]);
});

test.each([100_000, 65_536, 1])("GPU time of a 20 us run is right to 2 % by a clock in steps of %i ns", async (step) => {
  const run = fakeRun(0.02, 1);
  const { gpu } = await timeOwn(fakeStopwatch(0.02, step), run, FULL);
  expect(Math.abs((gpu?.median as number) - 0.02) / 0.02).toBeLessThan(0.02);
});

test("a slow run is timed by both clocks at once, a paced one by the wall alone", async () => {
  const run = fakeRun(500, 1);
  const stopwatch = fakeStopwatch(500, 1);
  const slow = await timeOwn(stopwatch, run, FULL);
  expect([slow.gpu?.median, slow.wall.median, slow.wall.samples]).toEqual([expect.closeTo(500), expect.closeTo(501), FULL.least]);
  const paced = await timeOwn(stopwatch, Object.assign(run, { paced: true }), FULL);
  expect(paced.gpu).toBeUndefined();
  expect(paced.wall.median).toBeCloseTo(501);
});
