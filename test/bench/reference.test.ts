import { describe, expect, test } from "vitest";
import { evaluateAt, largestError, relativeError, samplePositions, TOLERANCE } from "../../bench/reference.ts";
import { type LayerName, layerCase } from "./layer-case.ts";

const NAMES: LayerName[] = [
  "conv",
  "grouped",
  "depthwise",
  "linear of an image",
  "max pool",
  "average pool",
  "global pool",
  "upsample",
  "add",
  "concat",
  "gate",
  "prelu",
  "batch norm",
  "layer norm",
  "local response norm",
  "adaptive pool",
];

describe.each(NAMES)("%s", (name) => {
  const { layer, values, expected } = layerCase(name);

  test("the definition at single positions is that of the whole net", () => {
    const found = expected.map((_, index) => evaluateAt(layer, values, index).value);
    expect(Math.max(...found.map((value, at) => Math.abs(value - (expected[at] as number))))).toBeLessThan(1e-12);
  });

  test("f32 rounding passes; a value exchanged with its neighbour, or missing, does not", () => {
    const positions = samplePositions(expected.length, 64, name);
    const right = positions.map((index) => Math.fround(expected[index] as number));
    expect(largestError(layer, values, positions, right)).toBeLessThan(TOLERANCE.f32);
    // A zero in place of a zero that an activation made would be right.
    const largest = right.indexOf(Math.max(...right.slice(0, -1)));
    for (const spoil of [(index: number) => expected[index + 1] as number, () => 0, () => Number.NaN]) {
      const spoilt = right.map((value, at) => (at === largest ? spoil(positions[at] as number) : value));
      expect(largestError(layer, values, positions, spoilt)).toBeGreaterThan(TOLERANCE.f32);
    }
  });
});

test("an error is told by the largest of the values checked", () => {
  const { layer, values, expected } = layerCase("conv");
  const positions = samplePositions(expected.length, 64, layer.name);
  const found = positions.map((index, at) => (expected[index] as number) + (at === 5 ? 0.25 : 0));
  const largest = Math.max(...positions.map((index) => Math.abs(expected[index] as number)));
  expect(relativeError(layer, values, positions, found)).toBeCloseTo(0.25 / largest, 12);
});

test("a convolution that forgets one tap of 4,608 is found out", () => {
  const { layer, values } = layerCase("deep conv");
  const positions = samplePositions(3 * 3 * 4, 64, layer.name);
  const forgetful = {
    ...values,
    tensor: (part: string, index: number) => (part === "weight" && index % 4608 === 4000 ? 0 : values.tensor(part, index)),
  };
  const found = positions.map((index) => evaluateAt(layer, forgetful, index).value);
  expect(largestError(layer, values, positions, found)).toBeGreaterThan(TOLERANCE.f32);
});

test("positions begin with the first, end with the last, and do not repeat", () => {
  const positions = samplePositions(1e9, 64, "large");
  expect(positions).toHaveLength(64);
  expect([positions[0], positions.at(-1)]).toEqual([0, 1e9 - 1]);
  expect(samplePositions(3, 64, "small").every((index) => index < 3)).toBe(true);
});
