import { expect, test } from "vitest";
import { AGREEMENT, geometricMean, intervalOf, median, quantile, studentT, summarise } from "../../bench/statistics.ts";

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

/** The upper 2.5 % points of Student's t, by degrees of freedom, as tables print them. */
const PRINTED: Record<number, number> = {
  ...{ 1: 12.7062, 2: 4.3027, 3: 3.1824, 4: 2.7764, 5: 2.5706, 6: 2.4469, 7: 2.3646, 8: 2.306, 9: 2.2622, 10: 2.2281 },
  ...{ 11: 2.201, 12: 2.1788, 13: 2.1604, 14: 2.1448, 15: 2.1314, 16: 2.1199, 17: 2.1098, 18: 2.1009, 19: 2.093, 20: 2.086 },
  ...{ 21: 2.0796, 22: 2.0739, 23: 2.0687, 24: 2.0639, 25: 2.0595, 26: 2.0555, 27: 2.0518, 28: 2.0484, 29: 2.0452, 30: 2.0423 },
  ...{ 40: 2.0211, 50: 2.0086, 60: 2.0003, 70: 1.9944, 80: 1.9901, 90: 1.9867, 99: 1.9842 },
};

test.each(Object.entries(PRINTED))(
  "Student's t of %s degrees of freedom is %f to the four decimals of printed tables",
  (freedom, printed) => {
    expect(Math.abs(studentT(Number(freedom)) - printed)).toBeLessThanOrEqual(0.5001e-4);
  },
);

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
