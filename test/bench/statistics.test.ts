import { expect, test } from "vitest";
import { geometricMean, median, quantile, summarise } from "../../bench/statistics.ts";

test("quantiles interpolate between neighbours, in any order of the samples", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(quantile([10, 0], 0.9)).toBeCloseTo(9);
  expect(quantile([7], 0.9)).toBe(7);
});

test("a summary is in milliseconds of one run of each group", () => {
  expect(summarise([0.4, 0.2, 0.3], 10)).toEqual({ median: 30, p90: expect.closeTo(38), min: 20, samples: 3, runs: 10 });
});

test("the geometric mean takes twice as fast and twice as slow for even", () => {
  expect(geometricMean([2, 0.5])).toBeCloseTo(1);
  expect(geometricMean([])).toBeNaN();
});
