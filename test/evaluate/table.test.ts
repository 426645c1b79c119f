import { expect, test } from "vitest";
import { meanCurves, type PhotoScores, type ScoredMap, tabulate } from "../../src/evaluate/table.ts";

/** A map whose curves are two points. */
function map(name: string, deletion: number, insertion: number, seconds = 1): ScoredMap {
  const curve = (area: number) => ({ probabilities: [area - 0.1, area + 0.1], area });
  const scores = { deletion: curve(deletion), insertion: curve(insertion), difference: insertion - deletion };
  return { name, title: name.toUpperCase(), scores, passes: { forward: 10, backward: 2 }, seconds };
}

const NONE: ScoredMap = { name: "b", title: "B", degenerate: "nothing to show", passes: { forward: 4, backward: 0 }, seconds: 3 };
const photo = (image: string, ...maps: ScoredMap[]): PhotoScores => ({ image, replaced: [0, 50176], maps });
const PHOTOS = [
  photo("1.jpg", map("a", 0.1, 0.5), map("b", 0.2, 0.5)),
  photo("2.jpg", map("a", 0.3, 0.7, 3), NONE),
  photo("3.jpg", map("a", 0.2, 0.9), map("b", 0.1, 0.9)),
];

test("a row a method: means, standard errors, and what lies between it and the reference on the photos that both explain", () => {
  const { reference, rows } = tabulate(PHOTOS, "a");
  expect(reference).toBe("a");
  const [a, b] = rows;
  expect(a).toMatchObject({ name: "a", title: "A", photos: 3, forward: 10, backward: 2, seconds: 5 / 3 });
  expect(a?.against).toBeUndefined();
  expect(a?.deletion.mean).toBeCloseTo(0.2, 12);
  // Deviations .1, .1 and 0 around the mean: s = .1, and s / sqrt(3).
  expect(a?.deletion.error).toBeCloseTo(0.1 / Math.sqrt(3), 12);
  expect(b).toMatchObject({ photos: 2, forward: 8 });
  expect(b?.seconds).toBeCloseTo(5 / 3, 12);
  // .3 - .4 and .8 - .7: mean 0, and t of one degree of freedom is 12.706.
  expect(b?.against?.mean).toBeCloseTo(0, 12);
  expect(b?.against?.interval[1]).toBeCloseTo(12.7062 * 0.1, 3);
});

test("curves are averaged over the photos that have one", () => {
  expect(meanCurves(PHOTOS, "b")?.deletion.map((value) => value.toFixed(6))).toEqual(["0.050000", "0.250000"]);
  expect(meanCurves(PHOTOS, "none")).toBeUndefined();
});

test("the first row is the reference where the wanted one was not measured", () => {
  const { reference, rows } = tabulate(PHOTOS, "rise");
  expect(reference).toBe("a");
  expect(rows[1]?.against?.count).toBe(2);
});
