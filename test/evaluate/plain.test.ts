import { describe, expect, test } from "vitest";
import { seedAgreement } from "../../src/evaluate/correlation.ts";
import { truth } from "../../src/evaluate/known-part.ts";
import { type Box, pointingGame } from "../../src/evaluate/pointing.ts";
import { rankPixels } from "../../src/evaluate/ranks.ts";
import { areaUnder, estimate, pairedDifference, studentQuantile } from "../../src/evaluate/statistics.ts";
import { centredGaussian, edgeMap, randomCells, randomGrid } from "../../src/evaluate/yardsticks.ts";
import { atLeast, spearman, stepUp } from "../../src/explain/rank-correlation.ts";
import { IMAGENET_INPUT } from "../../src/nets/input-spec.ts";
import { thrown } from "../support/errors.ts";
import { Random } from "../support/random.ts";
import { referenceHash, toUniform } from "../support/reference-random.ts";

const SIZE = 224;
const PIXELS = SIZE ** 2;

test("ranks: by descending value, equal ones in reading order, zeros of either sign alike", () => {
  expect([...rankPixels([1, 3, -0, 3, 0, 7])]).toEqual([3, 1, 4, 2, 5, 0]);
});

test("the area under a curve of uneven steps", () => {
  expect(areaUnder([0, 1, 4], [1, 0.5, 0.5])).toBeCloseTo((0.75 + 1.5) / 4, 14);
  expect(areaUnder([0, 5, 10], [0.2, 0.2, 0.2])).toBeCloseTo(0.2, 14);
});

describe("yardsticks", () => {
  test("the grid's cells are uniform numbers of the seed, and its middle pixels between them", () => {
    const cells = randomCells(2 ** 32 - 1);
    const expected = Array.from({ length: 49 }, (_, i) => toUniform(referenceHash(2 ** 32 - 1, 20, 0, i >> 2)[i & 3] as number));
    expect(cells).toEqual(expected);
    const grid = randomGrid(2 ** 32 - 1, IMAGENET_INPUT);
    expect(grid[0]).toBe(cells[0]);
    expect(grid[PIXELS - 1]).toBeCloseTo(cells[48] as number, 12);
    // Between the centres of cells 0 and 1 (pixels 15.5 and 47.5), in the first line.
    expect(grid[31]).toBeCloseTo((cells[0] as number) * (16.5 / 32) + (cells[1] as number) * (15.5 / 32), 12);
    // One cell down, one across.
    const [x, y] = [100, 60];
    const sample = (u: number, v: number) => {
      let sum = 0;
      for (let i = 0; i < 49; i++) {
        sum += Math.max(0, 1 - Math.abs(u - (i % 7))) * Math.max(0, 1 - Math.abs(v - Math.floor(i / 7))) * (cells[i] as number);
      }
      return sum;
    };
    expect(grid[y * SIZE + x]).toBeCloseTo(sample((x + 0.5) / 32 - 0.5, (y + 0.5) / 32 - 0.5), 12);
  });

  test("the Gaussian falls off from the middle, the same on all sides", () => {
    const map = centredGaussian(IMAGENET_INPUT);
    expect(Math.max(...map)).toBe(map[112 * SIZE + 111]);
    expect(map[10 * SIZE + 30]).toBe(map[(223 - 30) * SIZE + 10]);
    expect(map[10 * SIZE + 30]).toBeLessThan(map[10 * SIZE + 31] as number);
  });

  test("edges: of a slope its steepness times 8, of a step a line on both sides, of a flat photo none", () => {
    const photo = (value: (x: number, y: number) => number) =>
      Float64Array.from({ length: 4 * PIXELS }, (_, i) => (i % 4 === 3 ? 0 : value((i >> 2) % SIZE, Math.floor((i >> 2) / SIZE))));
    const slope = edgeMap(
      photo((x, y) => 0.003 * x + 0.001 * y),
      IMAGENET_INPUT,
    );
    expect(slope[50 * SIZE + 50]).toBeCloseTo(8 * Math.hypot(0.003, 0.001), 10);
    // Half the steps are missing at the border.
    expect(slope[50 * SIZE]).toBeCloseTo(Math.hypot(4 * 0.003, 8 * 0.001), 10);
    const step = edgeMap(
      photo((x) => (x < 100 ? 0 : 1)),
      IMAGENET_INPUT,
    );
    expect([98, 99, 100, 101].map((x) => Math.round(1e9 * (step[7 * SIZE + x] as number)) / 1e9)).toEqual([0, 4, 4, 0]);
    expect(
      Math.max(
        ...edgeMap(
          photo(() => 0.7),
          IMAGENET_INPUT,
        ),
      ),
    ).toBe(0);
  });

  test("of a photo that is not square, all stretch to its height and width", () => {
    const size = { height: 21, width: 70 };
    const grid = randomGrid(5, size);
    const cells = randomCells(5);
    expect(grid).toHaveLength(21 * 70);
    // Cells are 3 pixels high and 10 wide: line 4 is the middle of the second row, and pixel 24 half a pixel before that of the third column.
    expect(grid[4 * 70 + 24]).toBeCloseTo(0.05 * (cells[7 + 1] as number) + 0.95 * (cells[7 + 2] as number), 12);
    const gaussian = centredGaussian(size);
    const at = (x: number, y: number) => Math.exp(-8 * (((x - 34.5) / 70) ** 2 + ((y - 10) / 21) ** 2));
    for (const [x, y] of [
      [34, 10],
      [3, 10],
      [60, 20],
    ] as const) {
      expect(gaussian[y * 70 + x]).toBeCloseTo(at(x, y), 12);
    }
    const slope = edgeMap(
      Float64Array.from({ length: 4 * 21 * 70 }, (_, i) => 0.003 * ((i >> 2) % 70) + 0.01 * Math.floor((i >> 2) / 70)),
      size,
    );
    expect(slope[10 * 70 + 50]).toBeCloseTo(8 * Math.hypot(0.003, 0.01), 10);
    expect(slope[20 * 70 + 50]).toBeCloseTo(Math.hypot(8 * 0.003, 4 * 0.01), 10);
  });
});

describe("rank correlation", () => {
  test("of a hand-computed example with ties", () => {
    // Ranks 1, 2.5, 2.5, 4 and 2, 1, 3, 4.
    expect(spearman([1, 2, 2, 5], [0.2, 0.1, 0.3, 9])).toBeCloseTo(3 / Math.sqrt(4.5 * 5), 14);
  });

  test("1 and -1 for a rising and a falling function, about 0 for independent numbers, NaN for a constant", () => {
    const values = [...new Random(1).floats(5000)];
    expect(
      spearman(
        values,
        values.map((value) => value ** 3 + 7),
      ),
    ).toBeCloseTo(1, 12);
    expect(
      spearman(
        values,
        values.map((value) => -Math.exp(value)),
      ),
    ).toBeCloseTo(-1, 12);
    expect(Math.abs(spearman(values, new Random(2).floats(5000)))).toBeLessThan(0.05);
    expect(spearman(values, new Float32Array(5000))).toBeNaN();
  });

  test("is at least what nineteen of twenty samples of so many pairs have", () => {
    // Of pairs of normal numbers with correlation .6.
    const random = new Random(7);
    const normal = () => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
    const [runs, pairs, truth] = [2000, 49, 0.6];
    let above = 0;
    for (let run = 0; run < runs; run++) {
      const x = Array.from({ length: pairs }, normal);
      const y = x.map((value) => truth * value + Math.sqrt(1 - truth ** 2) * normal());
      if (atLeast(spearman(x, y), pairs) <= truth) above++;
    }
    // Spearman's correlation of normal numbers lies a little below theirs.
    expect(above / runs).toBeGreaterThan(0.94);
    expect(above / runs).toBeLessThan(0.99);
    expect(atLeast(1, 49)).toBe(1);
  });

  test("is stepped up to the whole: 2 r / (1 + r) of equal halves, and what a part of k samples shares with the truth of others", () => {
    expect(stepUp(0.6, 40, 40)).toBeCloseTo(1.2 / 1.6, 14);
    // Of m, n and m + n samples that share k / (k + 50) of their variance with the truth.
    const share = (k: number) => k / (k + 50);
    expect(stepUp(Math.sqrt(share(128) * share(256)), 128, 256)).toBeCloseTo(share(384), 14);
    expect(stepUp(1, 10, 20)).toBe(1);
    for (const none of [0, -0.4, Number.NaN]) expect(stepUp(none, 128, 122)).toBe(0);
  });

  test("agreement of seeds: mean and lowest of all pairs", () => {
    const maps = [
      [1, 2, 3, 4],
      [1, 2, 4, 3],
      [4, 3, 2, 1],
    ];
    expect(seedAgreement(maps)).toEqual({ mean: expect.closeTo((0.8 - 1 - 0.8) / 3, 12), lowest: -1, pairs: 3 });
    expect(thrown(() => seedAgreement([[1, 2]]))).toBeInstanceOf(RangeError);
  });
});

describe("pointing game", () => {
  const peak = (x: number, y: number) => {
    const map = new Float64Array(PIXELS).fill(-1);
    map[y * SIZE + x] = 2;
    return map;
  };
  const box = { left: 100, top: 50, right: 120, bottom: 80 };

  test.each([
    { x: 110, y: 60, hit: true },
    { x: 85, y: 50, hit: true },
    { x: 84, y: 50, hit: false },
    { x: 134, y: 94, hit: true },
    { x: 135, y: 94, hit: false },
    { x: 110, y: 95, hit: false },
    { x: 110, y: 34, hit: false },
  ])("a maximum at ($x, $y): $hit", ({ x, y, hit }) => {
    expect(pointingGame(peak(x, y), [box])).toEqual({ hit, x, y });
  });

  test("another box, no box, no tolerance, and the first of equal maxima", () => {
    const map = peak(10, 10);
    const near = { left: 0, top: 0, right: 10, bottom: 10 };
    expect(pointingGame(map, [box, near]).hit).toBe(true);
    expect(pointingGame(map, []).hit).toBe(false);
    expect(pointingGame(map, [near], 0).hit).toBe(false);
    map[9 * SIZE + 200] = 2;
    expect(pointingGame(map, [near])).toMatchObject({ x: 200, y: 9, hit: false });
  });

  // 48 x 192 has 9/49 of the area of 224 x 224: 15 pixels are 6.
  test.each([
    { x: 105, y: 20, hit: true },
    { x: 106, y: 20, hit: false },
    { x: 84, y: 4, hit: true },
    { x: 83, y: 4, hit: false },
    { x: 95, y: 35, hit: true },
    { x: 95, y: 36, hit: false },
  ])("at 48 x 192, a maximum at ($x, $y): $hit", ({ x, y, hit }) => {
    const map = new Float64Array(48 * 192);
    map[y * 192 + x] = 1;
    const size = { height: 48, width: 192 };
    const small = { left: 90, top: 10, right: 100, bottom: 30 };
    expect(pointingGame(map, [small], undefined, size)).toEqual({ hit, x, y });
    expect(pointingGame(map, [small], 0, size).hit).toBe(x >= 90 && x < 100 && y >= 10 && y < 30);
    expect(thrown(() => pointingGame(map, [small]))).toMatchObject({ code: "BAD_OPTION", fix: expect.stringContaining("224 x 224") });
  });
});

describe("planted truth", () => {
  test("AUC by pairs, ties half, and precision of as many pixels, ties in reading order", () => {
    const size = { height: 3, width: 4 };
    const map = [5, 2, 2, 0, 7, 2, 2, 1, 3, 3, 0, 0];
    const inside = { left: 1, top: 0, right: 3, bottom: 2 };
    const within = [1, 2, 5, 6];
    const outside = map.filter((_, at) => !within.includes(at));
    const pairs = outside.map((value) => (value < 2 ? 1 : value === 2 ? 0.5 : 0)).reduce<number>((sum, above) => sum + above, 0);
    expect(truth(map, inside, size)).toEqual({ auc: pairs / outside.length, precision: 0 });
    expect(truth(new Float64Array(12), inside, size)).toEqual({ auc: 0.5, precision: 0.5 });
    const perfect = map.map((_, at) => (within.includes(at) ? 1 + at : 0));
    expect(truth(perfect, inside, size)).toEqual({ auc: 1, precision: 1 });
    const random = new Random(3).floats(PIXELS);
    const half = { left: 0, top: 0, right: SIZE, bottom: SIZE / 2 };
    expect(truth(random, half).auc).toBeCloseTo(0.5, 2);
    expect(truth(random, half).precision).toBeCloseTo(0.5, 2);
  });

  test.each([
    { left: 0, top: 0, right: SIZE, bottom: SIZE },
    { left: 5, top: 0, right: 5, bottom: 9 },
    { left: -1, top: 0, right: 5, bottom: 9 },
    { left: 0, top: 0, right: 5, bottom: 9.5 },
    undefined,
  ])("%o is no part of the photo", (inside) => {
    expect(thrown(() => truth(new Float64Array(PIXELS), inside as Box))).toMatchObject({ code: "BAD_OPTION" });
  });
});

describe("statistics", () => {
  test("t of 95 % as tables have it", () => {
    const table = [
      [1, 12.7062],
      [2, 4.3027],
      [3, 3.1824],
      [4, 2.7764],
      [9, 2.2622],
      [11, 2.201],
      [30, 2.0423],
      [119, 1.9801],
      [100_000, 1.96],
    ] as const;
    for (const [freedom, t] of table) expect(studentQuantile(0.95, freedom)).toBeCloseTo(t, 3);
    expect(studentQuantile(0.99, 5)).toBeCloseTo(4.0321, 4);
    expect(studentQuantile(0.95, 0)).toBeNaN();
  });

  test("mean, error and interval of an example", () => {
    const { mean, error, interval, count } = estimate([2, 4, 4, 6]);
    expect([mean, count]).toEqual([4, 4]);
    expect(error).toBeCloseTo(Math.sqrt(8 / 3 / 4), 14);
    expect(interval[1] - 4).toBeCloseTo(3.18245 * error, 4);
    expect(4 - interval[0]).toBeCloseTo(interval[1] - 4, 12);
    expect(estimate([3]).error).toBeNaN();
  });

  test("differences are paired", () => {
    const a = [0.1, 0.5, 0.9];
    const paired = pairedDifference(
      a.map((value) => value + 0.01),
      a,
    );
    expect(paired.mean).toBeCloseTo(0.01, 12);
    expect(paired.error).toBeLessThan(1e-12);
    expect(thrown(() => pairedDifference([1], [1, 2]))).toBeInstanceOf(RangeError);
  });

  test("the interval holds the mean of normal numbers in 95 % of samples", () => {
    const random = new Random(3);
    const normal = () => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
    let held = 0;
    for (let i = 0; i < 4000; i++) {
      const [low, high] = estimate([normal(), normal(), normal(), normal(), normal()]).interval;
      held += low <= 0 && high >= 0 ? 1 : 0;
    }
    expect(held / 4000).toBeGreaterThan(0.94);
    expect(held / 4000).toBeLessThan(0.96);
  });
});
