import { beforeAll, describe, expect, test, vi } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import type { Tensor } from "../../src/engine/tensor.ts";
import { type TsneOptions, tsne } from "../../src/evaluate/tsne/tsne.ts";
import { rejected } from "../support/errors.ts";
import { readGolden, uniforms } from "../support/golden.ts";
import { Random } from "../support/random.ts";
import { sharedEngine } from "../support/shared-engine.ts";

interface Facts {
  seed: number;
  rows: number;
  columns: number;
  apart: number;
  perplexity: number;
  divergences: number[];
}

let engine: Engine;

beforeAll(async () => {
  engine = await sharedEngine();
});

async function embed(rows: Float32Array, count: number, options: TsneOptions = {}) {
  const matrix: Tensor = engine.tensor("rows", [count, rows.length / count], rows);
  try {
    return await tsne(engine, matrix, options);
  } finally {
    matrix.dispose();
  }
}

/** The Kullback-Leibler divergence of the points from affinities (count x count), in float64. */
function divergenceOf(affinities: ArrayLike<number>, points: Float32Array): number {
  const count = points.length / 2;
  const weights = new Float64Array(count * count);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < count; j++) {
      const [dx, dy] = [0, 1].map((axis) => (points[2 * i + axis] as number) - (points[2 * j + axis] as number)) as [number, number];
      weights[i * count + j] = i === j ? 0 : 1 / (1 + dx * dx + dy * dy);
    }
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.reduce((sum, weight, at) => {
    const p = affinities[at] as number;
    return sum + (p > 0 ? p * Math.log((p * total) / weight) : 0);
  }, 0);
}

describe("t-SNE", () => {
  test.for(["gpu", "cpu"] as const)("has scikit-learn's affinities and reaches its divergence, every time, on the %s", async (descent) => {
    const golden = await readGolden("embedding");
    const facts = golden.facts as Facts;
    const { rows, columns, perplexity } = facts;
    const x = Float32Array.from(uniforms(facts.seed, rows * columns), (value, at) => {
      const [row, column] = [Math.floor(at / columns), at % columns];
      return value + (row % 3 === column ? facts.apart : 0);
    });
    const onProgress = vi.fn();
    const { points, divergence, rate, iterations } = await embed(x, rows, { perplexity, descent, onProgress });
    expect({ rate, iterations }).toEqual({ rate: 50, iterations: 1000 });
    expect(onProgress).toHaveBeenLastCalledWith(1000, 1000);
    // Affinities agree to 1e-5, and so does what they weigh.
    expect(divergence).toBeCloseTo(divergenceOf(golden.tensors.get("affinities")?.values as Float32Array, points), 4);
    expect(divergence).toBeLessThan(Math.max(...facts.divergences));
    expect(divergence).toBeGreaterThan(0.95 * Math.min(...facts.divergences));
    expect((await embed(x, rows, { perplexity, descent })).points).toEqual(points);
  });

  test("rows that are all alike stay at one point", async () => {
    for (const descent of ["gpu", "cpu"] as const) {
      const { points, divergence } = await embed(new Float32Array(10 * 4).fill(0.5), 10, { perplexity: 3, descent });
      expect(points).toEqual(new Float32Array(20));
      expect(divergence).toBeCloseTo(0, 5);
    }
  });

  test("a perplexity that the rows cannot have is refused, and an abort ends it; nothing stays on the GPU", async () => {
    const before = engine.memory.used;
    const x = new Random(7).floats(40 * 4);
    for (const perplexity of [1, 40, Number.NaN])
      expect(await rejected(embed(x, 40, { perplexity }))).toMatchObject({ code: "BAD_OPTION" });
    const controller = new AbortController();
    const aborted = embed(x, 40, { signal: controller.signal, descent: "gpu", onProgress: () => controller.abort() });
    expect(await rejected(aborted)).toMatchObject({ code: "ABORTED" });
    expect(await rejected(embed(x, 40, { signal: controller.signal, descent: "cpu" }))).toMatchObject({ code: "ABORTED" });
    // Staging buffers stay for the next one to read back.
    expect(engine.memory.used - before).toBeLessThan(2 ** 15);
  });
});
