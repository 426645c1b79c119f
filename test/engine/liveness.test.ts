import { describe, expect, test } from "vitest";
import { assignSlots, type Lifetime } from "../../src/engine/liveness.ts";
import { Random } from "../support/random.ts";

const alive = (lifetimes: readonly Lifetime[], step: number) => lifetimes.filter(({ first, last }) => first <= step && step <= last);

/** What any assignment needs at least: the most bytes, and the most tensors, that live at one step. */
function lowerBound(lifetimes: readonly Lifetime[]): { bytes: number; slots: number } {
  const steps = lifetimes.map(({ first }) => alive(lifetimes, first));
  return {
    bytes: Math.max(...steps.map((living) => living.reduce((sum, { bytes }) => sum + bytes, 0))),
    slots: Math.max(...steps.map((living) => living.length)),
  };
}

const total = (sizes: readonly number[]) => sizes.reduce((sum, bytes) => sum + bytes, 0);

/** Lifetimes of a program of `steps` dispatches, in random order. */
function randomLifetimes(random: Random, count: number, steps: number): Lifetime[] {
  return Array.from({ length: count }, () => {
    const first = random.integer(0, steps - 1);
    return { first, last: Math.min(steps - 1, first + random.integer(0, 5)), bytes: 16 * random.integer(1, 200) };
  });
}

describe("assignSlots", () => {
  test("nothing needs no slot", () => {
    expect(assignSlots([])).toEqual({ slots: [], sizes: [] });
  });

  test("a chain of layers ping-pongs between two slots of the two largest neighbours' sizes", () => {
    const sizes = [1600, 1600, 800, 800, 400, 16];
    const chain = sizes.map((bytes, step) => ({ first: step, last: step + 1, bytes }));
    expect(assignSlots(chain)).toEqual({ slots: [0, 1, 0, 1, 0, 1], sizes: [1600, 1600] });
  });

  test("a tensor that ends in a dispatch and one that begins there do not share: one buffer is never read and written at once", () => {
    const { slots } = assignSlots([
      { first: 0, last: 3, bytes: 16 },
      { first: 3, last: 4, bytes: 16 },
      { first: 4, last: 5, bytes: 16 },
    ]);
    expect(slots[1]).not.toBe(slots[0]);
    expect(slots[2]).not.toBe(slots[1]);
  });

  test("a skip connection keeps its slot over the layers between", () => {
    const { slots } = assignSlots([
      { first: 0, last: 4, bytes: 64 },
      { first: 1, last: 2, bytes: 64 },
      { first: 2, last: 3, bytes: 64 },
      { first: 3, last: 4, bytes: 64 },
    ]);
    expect(slots.slice(1)).not.toContain(slots[0]);
  });

  test("random programs: no overlap in a slot, no slot too small, no more slots than live at once, at most twice the bytes", () => {
    const random = new Random(1);
    for (let trial = 0; trial < 200; trial++) {
      const lifetimes = randomLifetimes(random, random.integer(1, 40), random.integer(1, 30));
      const { slots, sizes } = assignSlots(lifetimes);
      for (const [i, a] of lifetimes.entries()) {
        expect(sizes[slots[i] as number]).toBeGreaterThanOrEqual(a.bytes);
        for (const [j, b] of lifetimes.slice(0, i).entries()) {
          if (slots[i] === slots[j]) expect(a.first > b.last || b.first > a.last, `trial ${trial}: ${i} and ${j}`).toBe(true);
        }
      }
      const least = lowerBound(lifetimes);
      expect(sizes.length, `trial ${trial}`).toBe(least.slots);
      expect(total(sizes)).toBeGreaterThanOrEqual(least.bytes);
      expect(total(sizes), `trial ${trial}`).toBeLessThanOrEqual(2 * least.bytes);
    }
  });
});
