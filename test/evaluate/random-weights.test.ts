import { describe, expect, test } from "vitest";
import { modulesOf, randomiseWeights } from "../../src/evaluate/random-weights.ts";
import type { WeightSource } from "../../src/ops/weight-source.ts";
import { findTeacher } from "../../src/zoo/teachers.ts";
import { Random } from "../support/random.ts";

const SHAPES: Record<string, readonly number[]> = {
  "blocks.1.conv.weight": [60, 30, 3, 3],
  "blocks.1.conv.bias": [60],
  "blocks.1.bn.weight": [60],
  "blocks.1.bn.running_var": [60],
  "blocks.10.conv.weight": [8, 5, 1, 1],
  "head.weight": [7, 3],
};

function source(): WeightSource & { all(key: string): Float32Array } {
  const tensors = new Map(
    Object.entries(SHAPES).map(([key, shape], i) => {
      const size = shape.reduce((product, extent) => product * extent, 1);
      return [key, new Random(i).floats(size, 0.5, 2.5)];
    }),
  );
  const all = (key: string) => tensors.get(key) as Float32Array<ArrayBuffer>;
  return {
    all,
    async read(key, shape, first = 0, count = shape[0] ?? 1) {
      const row = shape.slice(1).reduce((product, extent) => product * extent, 1);
      return all(key).slice(first * row, (first + count) * row);
    },
  };
}

const read = (weights: WeightSource, key: string, first?: number, count?: number) =>
  weights.read(key, SHAPES[key] as number[], first, count);

function moments(values: ArrayLike<number>): [mean: number, deviation: number] {
  const list = Array.from(values);
  const mean = list.reduce((sum, value) => sum + value, 0) / list.length;
  return [mean, Math.sqrt(list.reduce((sum, value) => sum + (value - mean) ** 2, 0) / list.length)];
}

describe("random weights", () => {
  const original = source();
  const random = randomiseWeights(original, ["blocks.1"], 3);

  test("a matrix has the original's mean and deviation and nothing else of it", async () => {
    const key = "blocks.1.conv.weight";
    const values = await read(random, key);
    const [mean, deviation] = moments(values);
    const [wanted, spread] = moments(original.all(key));
    // 16,200 numbers: standard errors of 0.8 % and 0.6 % of the deviation.
    expect(Math.abs(mean - wanted)).toBeLessThan(0.03 * spread);
    expect(Math.abs(deviation / spread - 1)).toBeLessThan(0.03);
    const kurtosis = values.reduce((sum, value) => sum + ((value - mean) / deviation) ** 4, 0) / values.length;
    expect(kurtosis).toBeCloseTo(3, 0);
    const together = values.reduce((sum, value, i) => sum + (value - mean) * ((original.all(key)[i] as number) - wanted), 0);
    expect(Math.abs(together / values.length / deviation / spread)).toBeLessThan(0.03);
  });

  test("rows read by themselves are those of the whole", async () => {
    const key = "blocks.1.conv.weight";
    const whole = await read(random, key);
    expect(await read(random, key, 7, 2)).toEqual(whole.slice(7 * 270, 9 * 270));
    expect(await read(random, key, 59, 1)).toEqual(whole.slice(59 * 270));
  });

  test("vectors keep their values in another order, those of one batch norm in the same", async () => {
    for (const key of ["blocks.1.conv.bias", "blocks.1.bn.weight", "blocks.1.bn.running_var"]) {
      const values = await read(random, key);
      expect([...values].sort()).toEqual([...original.all(key)].sort());
      expect(values).not.toEqual(original.all(key));
    }
    const order = async (key: string) => Array.from(await read(random, key), (value) => original.all(key).indexOf(value));
    expect(await order("blocks.1.bn.weight")).toEqual(await order("blocks.1.bn.running_var"));
    expect(await order("blocks.1.conv.bias")).not.toEqual(await order("blocks.1.bn.weight"));
  });

  test("other modules stay, also those whose names begin alike", async () => {
    for (const key of ["blocks.10.conv.weight", "head.weight"]) expect(await read(random, key)).toEqual(original.all(key));
    expect(await read(random, "head.weight", 2, 3)).toEqual(original.all("head.weight").slice(6, 15));
  });

  test("the seed decides", async () => {
    const key = "blocks.1.conv.weight";
    expect(await read(randomiseWeights(original, ["blocks"], 3), key)).toEqual(await read(random, key));
    expect(await read(randomiseWeights(original, ["blocks"], 4), key)).not.toEqual(await read(random, key));
  });
});

test.each([
  { name: "efficientnet-lite0", count: 10, top: ["classifier"], next: ["conv_head", "bn2"], bottom: ["conv_stem", "bn1"] },
  { name: "resnet50", count: 18, top: ["fc"], next: ["layer4.2"], bottom: ["conv1", "bn1"] },
  { name: "vgg16_bn", count: 16, top: ["classifier.6"], next: ["classifier.3"], bottom: ["features.0", "features.1"] },
  { name: "mobilenet_v2", count: 20, top: ["classifier.1"], next: ["features.18"], bottom: ["features.0"] },
])("modules of $name, from the top down", async ({ name, count, top, next, bottom }) => {
  const modules = modulesOf(await findTeacher(name).nodes());
  expect(modules).toHaveLength(count);
  expect([modules[0], modules[1], modules.at(-1)]).toEqual([top, next, bottom]);
});
