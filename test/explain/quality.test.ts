import { describe, expect, test } from "vitest";
import { judge } from "../../src/explain/relabel/quality.ts";

const GOOD = { samples: 500, deviation: 0.2, reliability: 0.95, shiftedShare: 0.4 };

describe("judge", () => {
  test.each([
    ["good", GOOD, /hardly change the map/],
    ["fair", { ...GOOD, reliability: 0.7 }, /still change/],
    ["weak", { ...GOOD, reliability: 0.4 }, /another map/],
    ["weak", { ...GOOD, deviation: 0.05 }, /hardly reacts/],
    ["weak", { ...GOOD, deviation: 0.05, shiftedShare: 0.97 }, /takes the class away/],
    ["fair", { ...GOOD, reliability: undefined }, /not known/],
    ["weak", { ...GOOD, samples: 100, reliability: undefined }, /few samples/],
  ] as const)("%s", (sign, signs, reason) => {
    const found = judge(signs);
    expect(found.sign).toBe(sign);
    expect(found.reason).toMatch(reason);
  });

  test("the ends of the ranges", () => {
    expect(judge({ ...GOOD, deviation: 0.1, reliability: 0.75 }).sign).toBe("good");
    expect(judge({ ...GOOD, reliability: 0.5 }).sign).toBe("fair");
  });
});
