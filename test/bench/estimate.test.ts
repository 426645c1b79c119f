import { describe, expect, test } from "vitest";
import { DEFAULTS } from "../../bench/bench-options.ts";
import { estimateRun, expectedSeconds, type Speed } from "../../bench/estimate.ts";
import { PRESETS, presetOf } from "../../bench/presets.ts";
import { roughly } from "../../bench/report/format.ts";
import { tasksOf } from "../../bench/run.ts";

const SPEED: Speed = { ceilings: { gflops: 1000, gigabytes: 100 }, software: false, pace: 1 };
/** At a fifth of the ceilings. */
const layer = (seconds: number) => ({ suite: "kernels" as const, flops: seconds * 200e9, bytes: 4e3 });
const seconds = (tasks: Parameters<typeof estimateRun>[0], options = {}, speed = SPEED) =>
  estimateRun(tasks, { ...DEFAULTS, suites: ["kernels"], ...options }, speed).seconds;

describe("the estimate of a run", () => {
  test("expects a fifth of the nearer ceiling", () => {
    expect(expectedSeconds({ flops: 200e9, bytes: 1e6 }, SPEED.ceilings)).toBeCloseTo(1, 12);
    expect(expectedSeconds({ flops: 1, bytes: 40e9 }, SPEED.ceilings)).toBeCloseTo(2, 12);
  });

  test("counts the effort: half a second for each kind of time, five samples of slow runs at least", () => {
    // Setup, three kinds of time, warm-ups, the first run and the checked one; the adapter's ceilings come first.
    expect(seconds([layer(0.001)])).toBeCloseTo(2 + 0.1 + 0.002 + 3 * 0.5 + 0.003, 3);
    expect(seconds([layer(2)])).toBeCloseTo(2 + 0.1 + 4 + 2 + 5 * 2, 3);
    expect(seconds([layer(0.001)], { quick: true })).toBeLessThan(2.4);
  });

  test("grows with tasks, other libraries, ways to compute a layer and the machine's own pace", () => {
    const one = seconds([layer(0.01)]) - 2;
    expect(seconds([layer(0.01), layer(0.01)]) - 2).toBeCloseTo(2 * one, 9);
    expect(seconds([layer(0.01)], { peers: ["ort", "tfjs"] }) - 2).toBeGreaterThan(2 * one);
    expect(seconds([layer(0.01)], { variants: true, peers: ["ort"] }) - 2).toBeCloseTo(4 * one, 9);
    expect(seconds([layer(0.01)], {}, { ...SPEED, pace: 2 })).toBeCloseTo(2 * (one + 2), 9);
    const net = [{ ...layer(0.01), suite: "nets" as const }];
    expect(seconds(net, { tuned: true })).toBeGreaterThan(seconds(net) + 40 * 0.01);
  });

  test("leaves out what would be skipped", () => {
    expect(estimateRun([layer(11), layer(1)], DEFAULTS, SPEED)).toMatchObject({ skipped: 1 });
    expect(seconds([layer(11), layer(1)])).toBe(seconds([layer(1)]));
    expect(seconds([])).toBe(0);
  });

  test("an explanation takes as many images as samples are asked for", () => {
    const explanation = { suite: "explanation" as const, group: "explanation", flops: 0, bytes: 0, image: { flops: 200e6, bytes: 0 } };
    // A millisecond an image: the first explanation and five more.
    expect(seconds([explanation], { samples: 2000 })).toBeCloseTo(2 + 1 + 6 * 2, 9);
    expect(seconds([explanation], {}, { ...SPEED, software: true })).toBeCloseTo(2 + 1 + 6 * 0.1, 9);
    // 250 masked images a library: a warm run, the first, and five more; others take three times as long.
    const masked = { ...explanation, group: "masked images" };
    expect(seconds([masked], { peers: ["ort"] })).toBeCloseTo(2 + 1 + 7 * 0.25 + 1 + 7 * 0.75, 9);
    // Beyond a minute it is not repeated.
    expect(seconds([explanation], { samples: 100_000 })).toBeCloseTo(2 + 1 + 100, 9);
  });
});

test("presets have rows to measure, and are told by what they choose", async () => {
  const counts = await Promise.all(PRESETS.map(async ({ options }) => (await tasksOf({ ...DEFAULTS, ...options }, new Map())).length));
  const [quick, everything, libraries] = counts as [number, number, number];
  expect(quick).toBeGreaterThan(100);
  expect(everything).toBeGreaterThan(libraries);
  expect(libraries).toBeGreaterThan(quick);
  for (const preset of PRESETS) expect(presetOf({ ...DEFAULTS, ...preset.options })).toBe(preset);
  expect(presetOf({ ...DEFAULTS, batches: [2] })).toBeUndefined();
});

test("lengths of time in words", () => {
  expect([0.2, 9.4, 42, 88, 100, 3600, 9000].map(roughly)).toEqual(["1 s", "9 s", "40 s", "90 s", "2 min", "60 min", "2.5 h"]);
});
