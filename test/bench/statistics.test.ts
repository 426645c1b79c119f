import { expect, test } from "vitest";
import { AGREEMENT, geometricMean, intervalOf, median, quantile, summarise } from "../../bench/statistics.ts";

test("quantiles interpolate between neighbours, in any order of the samples", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(quantile([10, 0], 0.9)).toBeCloseTo(9);
  expect(quantile([7], 0.9)).toBe(7);
});

test("a summary is in milliseconds of one run of each group", () => {
  const means = { mean: expect.closeTo(30), interval: expect.closeTo(0.828, 3), noisy: true };
  expect(summarise([0.4, 0.2, 0.3], 10)).toEqual({ median: 30, p90: expect.closeTo(38), min: 20, ...means, samples: 3, runs: 10 });
});

test("the interval of a mean is a share of it: t times the standard error", () => {
  // Mean 10, standard deviation 1, standard error 1/sqrt(5), t of 4 degrees of freedom.
  const values = [9, 9, 10, 11, 11];
  expect(intervalOf(values)).toBeCloseTo((2.7764 / Math.sqrt(5)) * 0.1, 5);
  expect(intervalOf(values.map((value) => 1000 * value))).toBeCloseTo(intervalOf(values) as number, 12);
  expect(intervalOf([2, 2, 2])).toBe(0);
  expect(intervalOf([2])).toBeUndefined();
});

test("a summary is noisy where its interval is wide, and says nothing of a single sample", () => {
  const around = (spread: number) => summarise([1 - spread, 1, 1 + spread]);
  // Of three samples at -s, 0 and s the interval is 4.3027 s / sqrt(3).
  const limit = (AGREEMENT * Math.sqrt(3)) / 4.3027;
  expect(around(0.99 * limit).noisy).toBeUndefined();
  expect(around(1.01 * limit).noisy).toBe(true);
  expect(summarise([1])).toMatchObject({ mean: 1000, interval: undefined, samples: 1 });
  expect(summarise([1])).not.toHaveProperty("noisy");
});

test("the geometric mean takes twice as fast and twice as slow for even", () => {
  expect(geometricMean([2, 0.5])).toBeCloseTo(1);
  expect(geometricMean([])).toBeNaN();
});
