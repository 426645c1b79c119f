import { describe, expect, test } from "vitest";
import { type Parameter, settleParameters } from "../../src/explain/method.ts";
import { tour } from "../../src/explain/perturb/occlusion.ts";
import { fitRidge } from "../../src/explain/perturb/ridge.ts";
import { Random } from "../support/random.ts";

const PARAMETERS = {
  masks: { value: 40, low: 2, high: 100, whole: true, what: "number of masks" },
  keep: { value: 0.5, low: 0.1, high: 0.9, what: "probability" },
  kind: { value: "round", choices: ["round", "square"], what: "shape" },
  layer: { value: "", what: "name" },
} as const satisfies Record<string, Parameter>;

const METHOD = { title: "The method", parameters: PARAMETERS };

describe("settleParameters", () => {
  test("fills in what is not given", () => {
    expect(settleParameters(METHOD)).toEqual({ masks: 40, keep: 0.5, kind: "round", layer: "" });
    const settled = settleParameters(METHOD, { masks: 2, keep: undefined, kind: "square", layer: "x" });
    expect(settled).toEqual({ masks: 2, keep: 0.5, kind: "square", layer: "x" });
  });

  test.each([
    [{ mask: 3 }, 'no parameter "mask"', "masks, keep, kind, layer"],
    [{ toString: 3 }, 'no parameter "toString"', "masks"],
    [{ masks: 1 }, '"masks" of The method is 1', "a whole number from 2 to 100"],
    [{ masks: 2.5 }, '"masks"', "a whole number"],
    [{ keep: Number.NaN }, '"keep"', "a number from 0.1 to 0.9"],
    [{ keep: "0.5" }, '"keep"', "a number"],
    [{ kind: "oval" }, '"kind"', "round, square"],
    [{ layer: 4 }, '"layer"', "a text"],
  ])("refuses %o and says what to give", (given, message, fix) => {
    expect(() => settleParameters(METHOD, given)).toThrow(
      expect.objectContaining({ code: "BAD_OPTION", message: expect.stringContaining(message), fix: expect.stringContaining(fix) }),
    );
  });
});

describe("a tour", () => {
  test("visits every window once, and its inverse tells when", () => {
    for (const count of [1, 2, 4, 6, 9, 49, 784, 210 ** 2]) {
      const [step, inverse] = tour(count);
      const visited = new Set<number>();
      for (let i = 0; i < count; i++) {
        const window = (i * step) % count;
        visited.add(window);
        if ((window * inverse) % count !== i) throw new Error(`${count}: window ${window} is not visited at ${i}.`);
      }
      expect(visited.size).toBe(count);
      // The kernels multiply in 32 bits.
      expect(count * Math.max(step, inverse)).toBeLessThan(2 ** 32);
    }
  });
});

describe("the ridge regression", () => {
  test("is where its loss is flat", () => {
    const random = new Random(7);
    const [rows, columns, alpha] = [40, 13, 0.7];
    const x = Array.from({ length: rows }, () => Uint8Array.from({ length: columns }, () => random.integer(0, 1)));
    const y = Array.from({ length: rows }, () => random.next());
    const weights = Array.from({ length: rows }, () => 0.1 + random.next());
    const w = fitRidge(x, y, weights, alpha);
    const predicted = x.map((row) => row.reduce((sum, bit, k) => sum + bit * (w[k] as number), 0));
    const total = weights.reduce((a, b) => a + b, 0);
    const intercept = weights.reduce((sum, weight, i) => sum + weight * ((y[i] as number) - (predicted[i] as number)), 0) / total;
    const residuals = predicted.map((value, i) => (weights[i] as number) * ((y[i] as number) - value - intercept));
    for (let k = 0; k < columns; k++) {
      const slope = residuals.reduce((sum, residual, i) => sum + residual * ((x[i] as Uint8Array)[k] as number), 0);
      expect(slope).toBeCloseTo(alpha * (w[k] as number), 10);
    }
  });
});
