import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Teacher } from "../../src/classify/teacher.ts";
import type { Engine } from "../../src/engine/engine.ts";
import type { Tensor } from "../../src/engine/tensor.ts";
import type { Evaluation } from "../../src/evaluate/evaluator.ts";
import { Evaluator } from "../../src/evaluate/evaluator.ts";
import { truth } from "../../src/evaluate/known-part.ts";
import { pointingGame } from "../../src/evaluate/pointing.ts";
import { riseBlur, strongBlur } from "../../src/evaluate/protocols.ts";
import { rankPixels } from "../../src/evaluate/ranks.ts";
import { randomRectangles, regions } from "../../src/evaluate/regions.ts";
import { Scorer } from "../../src/evaluate/scorer.ts";
import { starts } from "../../src/evaluate/starts.ts";
import { tabulate } from "../../src/evaluate/table.ts";
import { randomGrid } from "../../src/evaluate/yardsticks.ts";
import { IMAGENET_INPUT } from "../../src/nets/input-spec.ts";
import { blurPlainly } from "../support/blur-plainly.ts";
import { rejected } from "../support/errors.ts";
import { worstError } from "../support/golden.ts";
import { Random } from "../support/random.ts";
import { referenceHash, toUniform } from "../support/reference-random.ts";
import { scorePlainly } from "../support/score-plainly.ts";
import { sharedEngine } from "../support/shared-engine.ts";
import { smallToy } from "../support/toy-teacher.ts";

const [HEIGHT, WIDTH] = [48, 64];
const SIZE = { height: HEIGHT, width: WIDTH };
const PIXELS = HEIGHT * WIDTH;
/** Its probability varies as the photo is changed. */
const TARGET = 8;

let engine: Engine;
let teacher: Teacher;
let scorer: Scorer;
/** In [0, 1], of the photo and of another one, and both as the teacher sees them. */
const crops: Tensor[] = [];
const seen: Float32Array<ArrayBuffer>[] = [];
let other: Tensor;

beforeAll(async () => {
  engine = await sharedEngine();
  teacher = await smallToy({ ...SIZE, classes: 10 }).load(engine);
  for (const seed of [1, 2]) {
    const noise = new Random(seed).floats(4 * PIXELS, -0.1, 0.1);
    const pixels = noise.map((value, i) => {
      const [x, y, channel] = [(i >> 2) % WIDTH, Math.floor((i >> 2) / WIDTH), i & 3];
      return channel === 3 ? 1 : 0.5 + 0.35 * Math.sin(0.11 * seed * x * (1 + channel)) * Math.cos(0.17 * y) + value;
    });
    crops.push(engine.tensor(`crop ${seed}`, [HEIGHT, WIDTH, 4]).write(pixels));
    seen.push(pixels.map((value, i) => ((i & 3) === 3 ? 0 : (value - 0.5) / 0.5)));
  }
  scorer = await Scorer.create({ engine, teacher, batch: { most: 7, exact: true } });
  await scorer.show(crops[0] as Tensor);
  other = await scorer.normalise(crops[1] as Tensor);
});

afterAll(() => {
  for (const thing of [other, scorer, teacher, ...crops]) thing.dispose();
});

const photos = () => seen as [Float32Array<ArrayBuffer>, Float32Array<ArrayBuffer>];

/** By name, as the teacher would see them. */
function plainStarts(): Record<string, Float32Array<ArrayBuffer>> {
  const [photo, second] = photos();
  return {
    blur: blurPlainly(photo, SIZE, riseBlur(teacher.input)),
    grey: photo.map(() => 0),
    strong: blurPlainly(photo, SIZE, strongBlur(teacher.input)),
    other: second,
  };
}

test("the strong blur is a Gaussian of 24 pixels of 224, cut off at 3 sigma, that goes on with the outermost pixels", () => {
  const { taps, border } = strongBlur(IMAGENET_INPUT);
  expect([taps.length, border]).toEqual([73, "repeat"]);
  expect((taps[24] as number) / (taps[0] as number)).toBeCloseTo(Math.exp(-0.5), 12);
  expect(2 * taps.reduce((sum, tap) => sum + tap, 0) - (taps[0] as number)).toBeCloseTo(1, 12);
  expect(strongBlur(teacher.input).taps).toHaveLength(1 + Math.ceil((72 * Math.sqrt(PIXELS)) / 224));
});

test("another photo is normalised as the one that is judged", async () => {
  expect(worstError(await other.read(), photos()[1])).toBeLessThan(1e-6);
  expect(worstError(await scorer.photo.read(), photos()[0])).toBeLessThan(1e-6);
});

describe("starts", () => {
  test("insertion less deletion of images composed on the CPU, from every start, map by map", async () => {
    const [photo] = photos();
    const maps = [randomGrid(1, SIZE), new Random(2).floats(PIXELS)];
    const found = await starts(scorer, maps, TARGET, { other, steps: 5 });
    expect(found.maps).toHaveLength(2);
    const step = Math.floor(PIXELS / 5);
    for (const [name, start] of Object.entries(plainStarts()) as [keyof (typeof found.maps)[0], Float32Array<ArrayBuffer>][]) {
      const [end] = await scorePlainly(teacher, engine, [start], TARGET);
      expect(found.ends[name]).toBeCloseTo(end as number, 5);
      for (const [i, map] of maps.entries()) {
        const ranks = rankPixels(map);
        const replaced = (from: Float32Array<ArrayBuffer>, to: Float32Array<ArrayBuffer>, count: number) =>
          from.map((value, at) => ((ranks[at >> 2] as number) < count ? (to[at] as number) : value));
        const counts = [0, step, 2 * step, 3 * step, 4 * step, PIXELS];
        const curve = async (from: Float32Array<ArrayBuffer>, to: Float32Array<ArrayBuffer>) => {
          const p = await scorePlainly(
            teacher,
            engine,
            counts.map((count) => replaced(from, to, count)),
            TARGET,
          );
          return p.slice(1).reduce((sum, value, at) => sum + (value + (p[at] as number)) / 2, 0) / 5;
        };
        const expected = (await curve(start, photo)) - (await curve(photo, start));
        expect(Math.abs((found.maps[i]?.[name] as number) - expected)).toBeLessThan(1e-5);
        expect(Math.abs(expected)).toBeGreaterThan(1e-4);
      }
    }
  });

  test("without another photo its start is left out, and the others are the same", async () => {
    const maps = [randomGrid(3, SIZE)];
    const [without, whole] = [await starts(scorer, maps, TARGET), await starts(scorer, maps, TARGET, { other })];
    expect(without.steps).toBe(8);
    expect(Object.keys(without.maps[0] as object)).toEqual(["blur", "grey", "strong"]);
    expect(without.ends).not.toHaveProperty("other");
    for (const name of ["blur", "grey", "strong"] as const) expect(without.maps[0]?.[name]).toBeCloseTo(whole.maps[0]?.[name] as number, 6);
  });
});

describe("regions", () => {
  test("rectangles have a fifth of the area, lie within the photo, and are those of the seed", () => {
    const rectangles = randomRectangles(7, 96, IMAGENET_INPUT);
    for (const { left, top, right, bottom } of rectangles) {
      expect([left >= 0, top >= 0, right <= 224, bottom <= 224]).toEqual([true, true, true, true]);
      expect(((right - left) * (bottom - top)) / 224 ** 2).toBeCloseTo(0.2, 1);
      expect((right - left) / (bottom - top)).toBeLessThan(2.05);
      expect((right - left) / (bottom - top)).toBeGreaterThan(0.49);
    }
    const u = (i: number) => toUniform(referenceHash(7, 30, 0, i >> 2)[i & 3] as number);
    const side = 224 * Math.sqrt(0.2);
    const stretch = 2 ** (u(15) - 0.5);
    const [high, wide] = [Math.round(side * stretch), Math.round(side / stretch)];
    const [top, left] = [Math.floor(u(16) * (225 - high)), Math.floor(u(17) * (225 - wide))];
    expect(rectangles[5]).toEqual({ left, top, right: left + wide, bottom: top + high });
    const flat = randomRectangles(7, 50, { height: 20, width: 500 });
    expect(Math.max(...flat.map(({ right, left }) => right - left))).toBeGreaterThan(250);
    expect(Math.max(...flat.map(({ bottom }) => bottom))).toBeLessThanOrEqual(20);
  });

  test("correlations are those of rectangles hidden on the CPU, the mean of all fills", async () => {
    const [photo] = photos();
    const maps = [randomGrid(4, SIZE), randomGrid(5, SIZE).map((value) => -value), new Float64Array(PIXELS)];
    const count = 9;
    const found = await regions(scorer, maps, TARGET, { seed: 3, rectangles: count, other });
    const rectangles = randomRectangles(3, count, SIZE);
    const inside = (i: number, at: number) => {
      const { left, top, right, bottom } = rectangles[i] as (typeof rectangles)[number];
      const [x, y] = [at % WIDTH, Math.floor(at / WIDTH)];
      return x >= left && x < right && y >= top && y < bottom;
    };
    const [whole] = await scorePlainly(teacher, engine, [photo], TARGET);
    const starting = plainStarts();
    for (const fill of ["grey", "strong", "other"] as const) {
      const hidden = rectangles.map((_, i) =>
        photo.map((value, at) => (inside(i, at >> 2) ? ((starting[fill] as Float32Array)[at] as number) : value)),
      );
      const drops = (await scorePlainly(teacher, engine, hidden, TARGET)).map((p) => (whole as number) - p);
      for (const at of [0, 1]) {
        const map = maps[at] as Float64Array;
        const sums = rectangles.map((_, i) => map.reduce((sum, value, pixel) => sum + (inside(i, pixel) ? value : 0), 0));
        const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value) / count;
        const centred = (values: readonly number[]) => values.map((value) => value - mean(values));
        const [a, b] = [centred(sums), centred(drops)];
        const product = (x: readonly number[], y: readonly number[]) => x.reduce((sum, value, i) => sum + value * (y[i] as number), 0);
        expect(found.maps[at]?.fills[fill]).toBeCloseTo(product(a, b) / Math.sqrt(product(a, a) * product(b, b)), 3);
      }
    }
    for (const { correlation, fills } of found.maps)
      expect(correlation).toBeCloseTo((fills.grey + fills.strong + (fills.other as number)) / 3, 12);
    expect(found.maps[2]).toEqual({ correlation: 0, fills: { grey: 0, strong: 0, other: 0 } });
    const without = await regions(scorer, maps.slice(0, 1), TARGET, { seed: 3, rectangles: count });
    const [{ fills }] = found.maps as [(typeof found.maps)[number]];
    expect(Object.keys(without.maps[0]?.fills as object)).toEqual(["grey", "strong"]);
    expect(without.maps[0]?.correlation).toBeCloseTo((fills.grey + fills.strong) / 2, 5);
  });
});

describe("in an evaluation", () => {
  const options = { target: TARGET, metrics: ["starts", "regions", "truth"] as const, yardsticks: ["edges"] as const, seed: 3 };
  const inside = { left: 3, top: 5, right: 40, bottom: 21 };

  test("they have measures, which leave out what there is none of, and leave no memory behind", async () => {
    const evaluator = await Evaluator.create({ engine, teacher, batch: { most: 7, exact: true } });
    const map = randomGrid(6, SIZE);
    const given = { ...options, inside, parameters: { starts: { steps: 2 }, regions: { rectangles: 5 } } };
    const { used } = engine.memory;
    const both = await evaluator.evaluate(crops[0] as Tensor, { mine: map }, { ...given, other: crops[1] });
    const alone = await evaluator.evaluate(crops[0] as Tensor, { mine: map }, given);
    expect(engine.memory.used).toBe(used);
    evaluator.dispose();
    expect(JSON.parse(JSON.stringify(both))).toEqual(both);
    expect(both).toMatchObject({ starts: { steps: 2 }, regions: { rectangles: 5 }, truth: { inside } });
    const { hit } = pointingGame(map, [inside], undefined, SIZE);
    expect(both.maps.mine?.truth).toEqual({ ...truth(map, inside, SIZE), pointing: Number(hit) });
    const names = ["fromBlur", "fromGrey", "fromStrong", "fromOther", "regions", "auc", "precision", "pointing"];
    const measured = (evaluation: Evaluation, row: string) =>
      Object.keys(tabulate([{ image: "", explained: [], evaluation }], row).rows.find(({ name }) => name === row)?.measures ?? {});
    expect(measured(both, "mine")).toEqual(names);
    expect(measured(alone, "edges")).toEqual(names.filter((name) => name !== "fromOther"));
  });

  test("truth without its part of the photo, or with one that is none, is refused", async () => {
    const evaluator = await Evaluator.create({ engine, teacher, batch: { most: 7, exact: true } });
    for (const wrong of [undefined, { ...inside, right: WIDTH + 1 }, { ...inside, left: 0.5 }, { ...inside, top: 21 }]) {
      const judged = evaluator.evaluate(crops[0] as Tensor, {}, { ...options, inside: wrong });
      expect(await rejected(judged)).toMatchObject({ code: "BAD_OPTION", fix: expect.stringContaining("inside") });
    }
    evaluator.dispose();
  });
});
