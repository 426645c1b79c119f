import { expect, test } from "vitest";
import type { CausalScores } from "../../src/evaluate/causal.ts";
import type { Estimate } from "../../src/evaluate/statistics.ts";
import { type ExplainedMap, meanCurves, type PhotoScores, tabulate } from "../../src/evaluate/table.ts";
import { Random } from "../support/random.ts";

/** Curves of two points. */
function scores(deletion: number, insertion: number): CausalScores {
  const curve = (area: number) => ({ probabilities: [area - 0.1, area + 0.1], area });
  return { deletion: curve(deletion), insertion: curve(insertion), difference: insertion - deletion };
}

function explained(name: string, seconds = 1): ExplainedMap {
  return { name, title: name.toUpperCase(), passes: { forward: 10, backward: 2 }, seconds };
}

function photo(image: string, maps: Record<string, CausalScores>, ...methods: ExplainedMap[]): PhotoScores {
  const causal = Object.fromEntries(Object.entries(maps).map(([name, causal]) => [name, { causal }]));
  return { image, explained: methods, evaluation: { teacher: "toy", target: 0, seed: 0, maps: causal, forward: 9, seconds: 1 } };
}

const NONE: ExplainedMap = { name: "b", title: "B", degenerate: "nothing to show", passes: { forward: 4, backward: 0 }, seconds: 3 };
const PHOTOS = [
  photo("1.jpg", { a: scores(0.1, 0.5), b: scores(0.2, 0.5), grid: scores(0.3, 0.3) }, explained("a"), explained("b")),
  photo("2.jpg", { a: scores(0.3, 0.7), grid: scores(0.3, 0.3) }, explained("a", 3), NONE),
  photo("3.jpg", { a: scores(0.2, 0.9), b: scores(0.1, 0.9), grid: scores(0.3, 0.3) }, explained("a"), explained("b")),
];

test("a row a method: means, standard errors, and what lies between it and the reference on the photos that both explain", () => {
  const { reference, rows } = tabulate(PHOTOS, "a");
  expect(reference).toBe("a");
  const [a, b, grid] = rows;
  expect(a).toMatchObject({ name: "a", title: "A", photos: 3, cost: { forward: 10, backward: 2, seconds: 5 / 3 } });
  expect(a?.against).toBeUndefined();
  expect(a?.measures.deletion?.mean).toBeCloseTo(0.2, 12);
  // Deviations .1, .1 and 0 around the mean: s = .1, and s / sqrt(3).
  expect(a?.measures.deletion?.error).toBeCloseTo(0.1 / Math.sqrt(3), 12);
  expect(b).toMatchObject({ photos: 2, cost: { forward: 8 } });
  expect(b?.cost?.seconds).toBeCloseTo(5 / 3, 12);
  // .3 - .4 and .8 - .7: mean 0, and t of one degree of freedom is 12.706.
  expect(b?.against?.difference?.mean).toBeCloseTo(0, 12);
  expect(b?.against?.difference?.interval[1]).toBeCloseTo(12.7062 * 0.1, 3);
  expect(grid).toMatchObject({ title: "Grid", photos: 3, against: { difference: { count: 3 } } });
  expect(grid?.cost).toBeUndefined();
});

test("a method that failed on a photo costs nothing there, and is no part of the means", () => {
  const failed: ExplainedMap = {
    ...explained("b", 0),
    degenerate: "Too little memory.",
    failed: true,
    passes: { forward: 0, backward: 0 },
  };
  const photos = [photo("1.jpg", { b: scores(0.2, 0.5) }, explained("b", 4)), photo("2.jpg", {}, failed)];
  expect(tabulate(photos, "b").rows[0]?.cost).toEqual({ seconds: 4, forward: 10, backward: 2 });
  expect(tabulate(photos.slice(1), "b").rows[0]).toMatchObject({ title: "B", photos: 0 });
  expect(tabulate(photos.slice(1), "b").rows[0]?.cost).toBeUndefined();
});

test("curves are averaged over the photos that have one", () => {
  expect(meanCurves(PHOTOS, "b")?.deletion.map((value) => value.toFixed(6))).toEqual(["0.050000", "0.250000"]);
  expect(meanCurves(PHOTOS, "none")).toBeUndefined();
});

test("of many photos, taken one by one, every number is what plain sums over lists give, bit for bit", () => {
  const random = new Random(5);
  const names = ["a", "b", "grid"];
  const photos = Array.from({ length: 300 }, (_, at) => {
    // Some photos lack a map, and one has a number that is none.
    const there = names.filter((name) => name === "grid" || random.next() > 0.2);
    const maps = Object.fromEntries(there.map((name) => [name, scores(random.next(), at === 17 ? Number.NaN : random.next())]));
    return photo(`${at}.jpg`, maps, explained("a", random.next()), explained("b", random.next()));
  });
  const { rows } = tabulate(photos, "a");
  const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
  const check = (found: Estimate | undefined, values: readonly number[]) => {
    const mean = total(values) / values.length;
    const error = Math.sqrt(total(values.map((value) => (value - mean) ** 2)) / (values.length - 1) / values.length);
    expect(found).toMatchObject({ count: values.length, mean, error });
  };
  for (const [at, name] of names.entries()) {
    const measured = photos.map(({ evaluation: { maps } }) => [maps[name]?.causal, maps.a?.causal] as const);
    for (const which of ["deletion", "insertion"] as const) {
      const values = measured.map(([own, reference]) => [own?.[which].area, reference?.[which].area]);
      const own = values.flatMap(([value]) => (Number.isFinite(value) ? [value as number] : []));
      check(rows[at]?.measures[which], own);
      const pairs = values.filter((pair) => pair.every(Number.isFinite)) as [number, number][];
      const differences = pairs.map(([value, reference]) => value - reference);
      if (name !== "a") check(rows[at]?.against?.[which], differences);
    }
    expect(rows[at]?.photos).toBe(measured.filter(([own]) => own).length);
    const seconds = photos.flatMap((found) => found.explained.filter((map) => map.name === name).map((map) => map.seconds));
    expect(rows[at]?.cost?.seconds).toBe(name === "grid" ? undefined : total(seconds) / 300);
    const curves = measured.flatMap(([own]) => own?.deletion.probabilities.slice(1) ?? []);
    expect(meanCurves(photos, name)?.deletion[1]).toBe(total(curves) / curves.length);
  }
});

test("the first row is the reference where the wanted one was not measured", () => {
  const { reference, rows } = tabulate(PHOTOS, "rise");
  expect(reference).toBe("a");
  expect(rows[1]?.against?.difference?.count).toBe(2);
});
