import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Effort, FULL, QUICK, type Recordable, timeOwn, timeWall, warmUp } from "../../bench/measure.ts";
import { AGREEMENT } from "../../bench/statistics.ts";
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

/** Runs that take turns at these times, in milliseconds, and cannot be grouped. */
function uneven(times: readonly number[]) {
  let turn = 0;
  return {
    async run() {
      now += times[turn++ % times.length] as number;
    },
    read: async () => new Float32Array(),
    dispose: () => {},
  };
}

test("sampling ends as soon as the least number of samples agree, however short or long a run is", async () => {
  for (const each of [0.001, 10, 10_000]) {
    const { latency } = await timeWall(fakeRun(each, 0), FULL);
    expect(latency).toMatchObject({ samples: FULL.least, interval: expect.closeTo(0) });
    expect(latency).not.toHaveProperty("noisy");
  }
  expect((await timeWall(fakeRun(10, 0), QUICK)).latency.samples).toBe(QUICK.least);
});

test("samples that differ a little are repeated until they agree, and no longer", async () => {
  const { latency } = await timeWall(uneven([10, 11]), { ...FULL, warmups: 0 });
  expect(latency.samples).toBeGreaterThan(FULL.least);
  expect(latency.samples).toBeLessThan(FULL.most);
  expect(latency.interval).toBeLessThanOrEqual(AGREEMENT);
  expect(latency).not.toHaveProperty("noisy");
});

test("samples that never agree end at the cap of samples or of seconds, and are called noisy", async () => {
  const short = await timeWall(uneven([1, 30]), { ...FULL, warmups: 0 });
  expect(short.latency).toMatchObject({ samples: FULL.most, noisy: true });
  const long = await timeWall(uneven([100, 300]), { ...FULL, warmups: 0 });
  // 2,000 ms are over, and not just reached, after the eleventh.
  expect(long.latency).toMatchObject({ samples: 11, noisy: true });
  const longer = await timeWall(uneven([10_000, 30_000]), { ...FULL, warmups: 0 });
  expect(longer.latency).toMatchObject({ samples: FULL.least, noisy: true });
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

test("a slow run without a GPU clock is sampled until its wall times agree", async () => {
  const time = async () => {
    now += 500;
    return { gpu: undefined, wall: 0.5 };
  };
  const { gpu, wall } = await timeOwn({ clock: { mode: "none", step: 0 }, time } as unknown as Stopwatch, fakeRun(500, 0), FULL);
  expect(gpu).toBeUndefined();
  expect(wall).toMatchObject({ samples: FULL.least, median: expect.closeTo(500) });
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
