import { describe, expect, test } from "vitest";
import { findMethod, METHODS } from "../../src/faces/all.ts";
import type { ReadyEngine } from "../../src/page/state.ts";
import { describeCost, passesOf, planOf, secondsOfPass } from "../../src/page/strip/comparison.ts";
import { type KeptHead, paceOf } from "../../src/page/strip/kept-map.ts";
import { tooMany } from "../../src/page/strip/shelf.ts";

const ENGINE = {
  adapter: { vendor: "nvidia", architecture: "ada", description: "", software: false },
  teacher: "vgg16",
  input: { height: 224, width: 224 },
  layers: [
    { name: "features.29", shape: [14, 14, 512] },
    { name: "classifier", shape: [1000] },
  ],
  cam: "features.29",
  saved: undefined,
} as unknown as ReadyEngine;

const cost = (name: string) => passesOf(findMethod(name), 100, ENGINE);

describe("what a comparison costs", () => {
  test("methods take the passes that they are given, one of the photo and a channel each, or one there and back", () => {
    expect(METHODS.map(({ name }) => [name, cost(name)])).toEqual([
      ...[
        ["relabel", 100],
        ["occlusion", 100],
        ["rise", 100],
        ["score-cam", 513],
        ["lime", 100],
      ],
      ...[
        ["grad-cam", 2],
        ["linear", 2],
        ["excitation", 2],
        ["extremal", 100],
        ["fgvis", 100],
      ],
    ]);
    expect(planOf(findMethod("extremal"), 100)).toEqual({ method: "extremal", parameters: { iterations: 50 } });
    expect(planOf(findMethod("grad-cam"), 100)).toEqual({ method: "grad-cam", parameters: {} });
  });

  test("the newest map of this adapter and classifier tells the time, unless it took hardly a pass", () => {
    const head = (passes: number, seconds: number, pace = paceOf(ENGINE)) => ({ passes, seconds, pace }) as KeptHead;
    expect(secondsOfPass([], ENGINE)).toBeUndefined();
    expect(secondsOfPass([head(2, 9), head(50, 3, "another"), head(100, 2), head(100, 7)], ENGINE)).toBe(0.02);
    expect(secondsOfPass([head(100, 2)], { ...ENGINE, saved: 0.1 })).toBeUndefined();
  });

  test("in words", () => {
    expect(describeCost(3, 1202, 0.1)).toBe("3 methods, 1,202 passes in all: about 2 min 0 s, by the last map.");
    expect(describeCost(2, 4, undefined)).toBe("2 methods, 4 passes in all. The first map will tell how long one takes here.");
  });
});

test("the oldest records go, as few as it takes, and the newest stays", () => {
  const heads = [3, 1, 4, 2].map((bytes, index) => ({ id: String(index), bytes }));
  const gone = (limit: number) => tooMany(heads, limit).map(({ id }) => id);
  expect([gone(10), gone(7), gone(6), gone(1)]).toEqual([[], ["0"], ["0", "1"], ["0", "1", "2"]]);
});
