import { describe, expect, test } from "vitest";
import { pcg4d, shuffledOrder } from "../../src/engine/random.ts";
import { Random } from "../support/random.ts";
import { referenceHash } from "../support/reference-random.ts";

describe("pcg4d", () => {
  test("equals the hash in exact integers, at the corners of its range and at random", () => {
    const corners = [0, 1, 2 ** 31, 2 ** 32 - 1];
    for (const seed of corners) for (const index of corners) expect(pcg4d(seed, 1, 5, index)).toEqual(referenceHash(seed, 1, 5, index));
    const random = new Random(1);
    for (let i = 0; i < 200; i++) {
      const key = Array.from({ length: 4 }, () => random.integer(0, 2 ** 32 - 1)) as [number, number, number, number];
      expect(pcg4d(...key)).toEqual(referenceHash(...key));
    }
  });

  test("every word is spread over its range, and neighbours do not resemble each other", () => {
    const count = 4096;
    const words = Array.from({ length: count }, (_, i) => pcg4d(7, 1, 0, i).map((word) => word / 2 ** 32));
    for (let k = 0; k < 4; k++) {
      const values = words.map((word) => word[k] as number);
      const mean = values.reduce((sum, value) => sum + value, 0) / count;
      const product = values.reduce((sum, value, i) => sum + (value - 0.5) * ((values[(i + 1) % count] as number) - 0.5), 0) / count;
      // Four standard errors: sqrt(1 / 12 / count), and 1 / 12 / sqrt(count).
      expect(Math.abs(mean - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / count));
      expect(Math.abs(product)).toBeLessThan((4 * (1 / 12)) / Math.sqrt(count));
    }
  });
});

describe("shuffledOrder", () => {
  test("is a Fisher-Yates shuffle of its own for every epoch, driven by stream 4", () => {
    const [seed, count] = [99, 23];
    const order = shuffledOrder(seed, count, 2);
    for (let epoch = 0; epoch < 2; epoch++) {
      const expected = Array.from({ length: count }, (_, i) => i);
      for (let i = count - 1; i > 0; i--) {
        const j = Number((BigInt(referenceHash(seed, 4, epoch, i)[0]) * BigInt(i + 1)) >> 32n);
        [expected[i], expected[j]] = [expected[j] as number, expected[i] as number];
      }
      expect([...order.subarray(epoch * count, (epoch + 1) * count)]).toEqual(expected);
    }
  });

  test("sees every sample once an epoch, in another order for another seed", () => {
    const order = shuffledOrder(3, 100, 3);
    for (let epoch = 0; epoch < 3; epoch++) {
      const part = [...order.subarray(epoch * 100, (epoch + 1) * 100)];
      expect([...part].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    }
    expect([...order]).not.toEqual([...shuffledOrder(4, 100, 3)]);
    expect([...shuffledOrder(3, 1, 2)]).toEqual([0, 0]);
  });
});
