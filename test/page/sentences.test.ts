import { expect, test } from "vitest";
import { type CausalScores, TEACHERS } from "../../src/faces/all.ts";
import { csvOf } from "../../src/page/judge/curves-view.ts";
import type { Scores } from "../../src/page/judge/judged.ts";
import { describeEffort, judgeRandomisation, judgeScores, judgeSeeds, judgeSensitivity } from "../../src/page/judge/sentences.ts";

const scored = (deletion: number, insertion: number): CausalScores => ({
  deletion: { probabilities: [0.9, deletion, 0.1], area: deletion },
  insertion: { probabilities: [0.1, insertion, 0.9], area: insertion },
  difference: insertion - deletion,
});
const RANDOM = scored(0.4, 0.5);

test.each([
  [scored(0.2, 0.7), /^It beats a random order both ways.* go: 0\.20 \(random 0\.40\), .* come: 0\.70 \(random 0\.50\)/],
  [scored(0.2, 0.5), /^It beats a random order in hiding alone/],
  [scored(0.4, 0.6), /^It beats a random order in showing alone/],
  [scored(0.4, 0.5), /^A random order does as well or better both ways/],
  [scored(0.7, 0.2), /^A random order does as well or better both ways/],
])("scores held against the random grid's", (own, said) => {
  expect(judgeScores(own, RANDOM, "softmax")).toMatch(said);
});

test("of logits it is the score, not the probability", () => {
  expect(judgeScores(scored(0.2, 0.7), RANDOM, "logits")).toMatch(/Mean of the score/);
});

test.each([
  [{ mean: 0.95, lowest: 0.92, pairs: 3 }, /^Chance has little say.*0\.95 on average, by 0\.92 at least/],
  [{ mean: 0.9, lowest: 0.75, pairs: 3 }, /^Its main parts stay/],
  [{ mean: 0.9, lowest: 0.3, pairs: 3 }, /^Much of it is chance/],
  [undefined, /^Only one of these maps could be drawn/],
])("seeds: by the pair that agrees least", (seeds, said) => {
  expect(judgeSeeds(seeds)).toMatch(said);
});

test.each([
  [[{ spearman: 0.8 }, { spearman: 0.1 }], /^It needs what the classifier has learned: .* 0\.10\.$/],
  [[{ spearman: 0.1 }, { spearman: -0.5 }], /^Some of it stays.* -0\.50\.$/],
  [[{ spearman: 0.1 }, { spearman: 0.9 }, {}], /^It hardly changes.* 0\.90\.$/],
  [[{}, {}], /^With random weights there is no map at all/],
])("randomisation: by the last map that there was", (steps, said) => {
  expect(judgeRandomisation(steps.map((step) => ({ modules: ["layer"], ...step })))).toMatch(said);
});

test.each([
  [{ largest: 0.12, changes: [0.1, 0.12] }, /^It is stable\..* by 12% .* in 2 trials/],
  [{ largest: 0.5, changes: [0.5] }, /^Its main parts are stable/],
  [{ largest: 1.2, changes: [1.2] }, /^It is not stable/],
  [{ largest: undefined, changes: [undefined] }, /^With noise that nobody sees there is no map/],
])("sensitivity: by the largest change", (sensitivity, said) => {
  expect(judgeSensitivity(sensitivity)).toMatch(said);
});

test("what a question takes, by the map on show", () => {
  const { input } = TEACHERS[0] as (typeof TEACHERS)[number];
  // 29 points a curve, two curves of two maps, whose ends are three images.
  expect(describeEffort("scores", input, { passes: 100, seconds: 50 })).toBe("111 images: about 56 s");
  expect(describeEffort("seeds", input, { passes: 100, seconds: 50 })).toBe("3 more maps: about 2 min 30 s");
  expect(describeEffort("sensitivity", input, { passes: 100, seconds: 0.1 })).toBe("5 more maps: about 1 s");
});

test("curves as CSV: a line a step, numbers in full", () => {
  const evaluation = {
    maps: { map: { causal: scored(1 / 3, 0.7) }, "random grid": { causal: RANDOM } },
    causal: { replaced: [0, 5, 8] },
  } as unknown as Scores["evaluation"];
  expect(csvOf({ evaluation, pictures: undefined as never })).toBe(
    [
      "pixels,share,deletion,insertion,deletion of random grid,insertion of random grid",
      "0,0,0.9,0.1,0.9,0.1",
      "5,0.625,0.3333333333333333,0.7,0.4,0.5",
      "8,1,0.1,0.9,0.1,0.9",
      "",
    ].join("\n"),
  );
});
