/** Quantiles of maps are held to those of sorting. */
import { expect, test } from "vitest";
import { quantiles } from "../../src/explain/quantiles.ts";
import { Random } from "../support/random.ts";

const SHARES = [0, 0.25, 0.5, 0.995, 1];

function bySorting(values: Float32Array): number[] {
  const sorted = values.slice().sort();
  return SHARES.map((share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number);
}

const random = (length: number, seed: number) => new Random(seed).floats(length);

test.for([
  ["one value", Float32Array.of(-3.5)],
  ["both signs", random(5000, 1).map((value) => value - 0.5)],
  ["values that differ in their last bits", random(3000, 2).map((value) => 1 + value * 1e-5)],
  ["all magnitudes", random(3000, 3).map((value, i) => (i % 2 ? 1 : -1) * 10 ** (70 * value - 38))],
  ["the same value often", Float32Array.from({ length: 1000 }, (_, i) => (i % 3 === 0 ? 2 : -2))],
  ["zeros of both signs", Float32Array.from({ length: 9 }, (_, i) => (i % 2 ? 0 : -0))],
  ["no numbers and infinities", Float32Array.of(Number.NaN, 1, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 0)],
  ["a part of a longer array", random(100, 4).subarray(7, 40)],
] as const)("of %s", ([, values]) => {
  expect(quantiles(values, SHARES)).toEqual(bySorting(values));
});

test("leaves the values as they are", () => {
  const values = random(100, 5);
  const before = values.slice();
  quantiles(values, SHARES);
  expect(values).toEqual(before);
});
