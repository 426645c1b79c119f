import { describe, expect, test } from "vitest";
import { type Clock, groupRuns, passSeconds, roundTimes } from "../../src/engine/clock.ts";

const exact: Clock = { mode: "exact", step: 1 };
const coarse: Clock = { mode: "quantised", step: 100_000 };

test("timestamps are rounded down, and those of a step of 1 stay as they are", () => {
  const times = new BigUint64Array([0n, 99_999n, 100_000n, 1_234_567_890_123n]);
  expect(roundTimes(times, 100_000)).toEqual(new BigUint64Array([0n, 0n, 100_000n, 1_234_567_800_000n]));
  expect(roundTimes(times, 1)).toEqual(times);
});

test("a pass is a hundred steps of a quantised clock long, and long enough for its user", () => {
  expect(passSeconds(exact)).toBe(0);
  expect(passSeconds(exact, 0.005)).toBe(0.005);
  expect(passSeconds(coarse, 0.005)).toBeCloseTo(0.01, 12);
  expect(passSeconds(coarse, 0.05)).toBe(0.05);
});

describe("groups of runs under a clock in steps of 100 us", () => {
  /** As a GPU whose run takes so many seconds and whose passes begin anywhere. */
  function pass(single: number, seen: number[]) {
    let now = 12_345_678n;
    return async (runs: number) => {
      seen.push(runs);
      now += 7_654_321n;
      const [begin = 0n, end = 0n] = roundTimes(new BigUint64Array([now, now + BigInt(Math.round(runs * single * 1e9))]), coarse.step);
      return Number(end - begin) / 1e9;
    };
  }

  test.each([1e-6, 13e-6, 99e-6, 350e-6, 0.0021, 0.049])("time a run of %f s within a hundredth", async (single) => {
    const seen: number[] = [];
    const { runs, seconds } = await groupRuns(pass(single, seen), passSeconds(coarse), 1 << 15);
    expect(Math.abs(seconds / runs / single - 1)).toBeLessThan(0.01);
    expect(seen.at(-1)).toBe(runs);
    for (const [index, more] of seen.slice(1).entries()) expect(more / (seen[index] as number)).toBeLessThanOrEqual(10);
  });

  test("end at the most that a pass may hold", async () => {
    const seen: number[] = [];
    expect(await groupRuns(pass(1e-9, seen), passSeconds(coarse), 500)).toEqual({ runs: 500, seconds: 0 });
    expect(seen).toEqual([1, 10, 100, 500]);
  });
});
