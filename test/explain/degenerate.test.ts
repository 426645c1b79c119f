import { expect, test } from "vitest";
import { summarise } from "../../src/explain/relabel/adapt.ts";

/** Labels of 100 samples: a probability each, and whether the label is kept. */
function labels(shifted: number, probability: (sample: number) => number): Float32Array {
  return Float32Array.from({ length: 400 }, (_, i) => [probability(i >> 2), i >> 2 < shifted ? 0 : 1, 0, 0][i & 3] as number);
}

test.each([
  ["no label shifts", labels(0, () => 0.5), /^No label shifts/],
  ["few labels shift", labels(1, (sample) => sample / 100), /Ask for more of them with the option `samples`\./],
  ["one label shifts", labels(1, (sample) => (sample + 1) / 100), /^Only 1 of 100 labels shift, and a map needs 5/],
  ["the probability hardly varies", labels(100, () => 0.5), /nothing to distil/],
  ["half of the labels shift, and the probability hardly varies", labels(50, (sample) => 0.5 + sample / 20_000), /nothing to distil/],
  ["the score, of any size, hardly varies", labels(50, (sample) => -40 + sample / 500), /nothing to distil/],
])("%s: the reason says what else to try, another method too", (_, given, reason) => {
  const { degenerate } = summarise(given);
  expect(degenerate).toMatch(reason);
  expect(degenerate).toMatch(/Choose another class, photo or method: grad-cam answers in a second\.$/);
});

test.each([
  ["a small probability that varies", labels(50, (sample) => sample / 100_000)],
  ["few labels kept, by a probability that varies", labels(100, (sample) => sample / 1000)],
])("%s is enough for a map", (_, given) => {
  expect(summarise(given).degenerate).toBeUndefined();
});
