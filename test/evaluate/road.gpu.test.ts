import { afterAll, beforeAll, expect, test } from "vitest";
import { preparePhoto } from "../../src/classify/photo.ts";
import type { Teacher } from "../../src/classify/teacher.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { type Hole, Imputer } from "../../src/evaluate/imputation.ts";
import { rankPixels, uploadRanks } from "../../src/evaluate/ranks.ts";
import { road } from "../../src/evaluate/road.ts";
import { Scorer } from "../../src/evaluate/scorer.ts";
import { centredGaussian, randomGrid } from "../../src/evaluate/yardsticks.ts";
import { rejected } from "../support/errors.ts";
import { worstError } from "../support/golden.ts";
import { imputationFaults } from "../support/imputation-faults.ts";
import { decodeExample } from "../support/photos.ts";
import { Random } from "../support/random.ts";
import { scorePlainly } from "../support/score-plainly.ts";
import { sharedEngine } from "../support/shared-engine.ts";
import { smallToy } from "../support/toy-teacher.ts";

const [HEIGHT, WIDTH] = [64, 80];
const SIZE = { height: HEIGHT, width: WIDTH };
const PIXELS = HEIGHT * WIDTH;
/** The photo's first choice, whose probability varies as the photo is changed. */
const TARGET = 8;

let engine: Engine;
let teacher: Teacher;
let scorer: Scorer;
let photo: Float32Array;

beforeAll(async () => {
  engine = await sharedEngine();
  teacher = await smallToy({ ...SIZE, classes: 10 }).load(engine);
  scorer = await Scorer.create({ engine, teacher, batch: { most: 3, exact: true } });
  const crop = engine.tensor("crop", [HEIGHT, WIDTH, 4]);
  await preparePhoto(engine, await decodeExample("cat.jpg"), teacher.input, crop);
  await scorer.show(crop);
  crop.dispose();
  photo = await scorer.photo.read();
});

afterAll(() => {
  scorer.dispose();
  teacher.dispose();
});

/** The images as they are after imputation, without noise or with it. */
async function impute(maps: readonly ArrayLike<number>[], holes: readonly Hole[], deviation: number) {
  const ranks = uploadRanks(engine, maps, teacher.input);
  const imputer = await Imputer.create(scorer, ranks, holes, { seed: 4, deviation });
  await imputer.draw(0);
  const { iterations, residual } = imputer;
  const images = await scorer.images.read();
  imputer.dispose();
  ranks.dispose();
  const each = photo.length;
  return { images: holes.map((_, i) => images.slice(i * each, (i + 1) * each)), iterations, residual };
}

test("holes are filled with the solution of the system: every missing pixel is the mean of its neighbours", async () => {
  const maps = [new Random(1).floats(PIXELS), randomGrid(2, SIZE)];
  const holes = [
    { map: 0, first: 0, end: 2550 },
    { map: 1, first: 0, end: 205 },
    { map: 1, first: 5000, end: PIXELS },
  ];
  const { images, residual, iterations } = await impute(maps, holes, 0);
  expect(residual).toBeLessThan(5e-7);
  expect(iterations).toBeLessThan(128);
  holes.forEach(({ map, first, end }, i) => {
    const ranks = rankPixels(maps[map] as Float32Array);
    const removed = (at: number) => (ranks[at] as number) >= first && (ranks[at] as number) < end;
    const { worst, kept } = imputationFaults(photo, images[i] as Float32Array, SIZE, removed);
    expect(worst).toBeLessThan(1e-5);
    expect(kept).toBe(true);
  });
});

test("a slope that is cut out comes back", async () => {
  const crop = engine.tensor("crop", [HEIGHT, WIDTH, 4]);
  crop.write(Float32Array.from({ length: 4 * PIXELS }, (_, i) => ((i & 3) === 3 ? 0 : ((i >> 2) % WIDTH) / WIDTH)));
  const own = await Scorer.create({ engine, teacher, batch: { most: 1, exact: true } });
  await own.show(crop);
  const before = await own.photo.read();
  const ranks = uploadRanks(engine, [centredGaussian(SIZE)], teacher.input);
  const imputer = await Imputer.create(own, ranks, [{ map: 0, first: 0, end: 150 }], { seed: 0, deviation: 0 });
  await imputer.draw(0);
  const after = await own.images.read();
  expect(worstError(after, before)).toBeLessThan(1e-4);
  for (const thing of [imputer, ranks, own, crop]) thing.dispose();
});

test("scores are the teacher's of the imputed images, with noise of one hundredth", async () => {
  const maps = [new Random(5).floats(PIXELS)];
  const shares = [0.05, 0.2];
  const result = await road(scorer, [new Random(3).floats(PIXELS), ...maps], TARGET, { shares, seed: 4 });
  const [a, b] = shares.map((share) => Math.round(share * PIXELS)) as [number, number];
  const holes = [
    { map: 0, first: 0, end: a },
    { map: 0, first: 0, end: b },
    { map: 0, first: PIXELS - a, end: PIXELS },
  ];
  const { images } = await impute(maps, holes, 0.01);
  const plain = await impute(maps, holes, 0);
  const differences = Array.from(images[1] as Float32Array, (value, i) => value - (plain.images[1]?.[i] as number)).filter(
    (value) => value !== 0,
  );
  expect(differences.length / 3 / b).toBeGreaterThan(0.999);
  expect(Math.sqrt(differences.reduce((sum, value) => sum + value ** 2, 0) / differences.length)).toBeCloseTo(0.01, 3);
  const expected = await scorePlainly(teacher, engine, images, TARGET);
  const { mostFirst, leastFirst, combined } = result.maps[1] as (typeof result.maps)[number];
  [...mostFirst.probabilities, leastFirst.probabilities[0] as number].forEach((p, i) => {
    expect(p).toBeCloseTo(expected[i] as number, 5);
  });
  expect(mostFirst.first).toHaveLength(2);
  const mean = ([x, y]: readonly number[]) => ((x as number) + (y as number)) / 2;
  expect(combined).toBeCloseTo((mean(leastFirst.probabilities) - mean(mostFirst.probabilities)) / 2, 12);
});

test("holes that are filled at once stay so beside one that takes long", async () => {
  // All but a corner is missing, so that it takes long for what is there to reach the opposite one.
  const fromCorner = Float32Array.from({ length: PIXELS }, (_, at) => (at % WIDTH) + Math.floor(at / WIDTH));
  const maps = [new Random(1).floats(PIXELS), fromCorner];
  const holes = [
    { map: 0, first: 0, end: 2000 },
    { map: 1, first: 0, end: PIXELS - 10 },
    { map: 0, first: 3000, end: PIXELS },
  ];
  const { images, residual, iterations } = await impute(maps, holes, 0);
  expect(iterations).toBeGreaterThan(200);
  expect(residual).toBeLessThan(5e-7);
  for (const image of images) expect(image.every(Number.isFinite)).toBe(true);
});

test("an abort, a map that is none, and shares that leave nothing to see or to do", async () => {
  const controller = new AbortController();
  const onProgress = () => controller.abort();
  const run = road(scorer, [new Random(6).floats(PIXELS)], TARGET, { shares: [0.01, 0.02], signal: controller.signal, onProgress });
  expect(await rejected(run)).toMatchObject({ code: "ABORTED" });
  expect(await rejected(road(scorer, [new Float32Array(5)], TARGET))).toMatchObject({ code: "BAD_OPTION" });
  for (const shares of [[], [0.1, 1], [0]]) {
    expect(await rejected(road(scorer, [randomGrid(1, SIZE)], TARGET, { shares }))).toMatchObject({ code: "BAD_OPTION" });
  }
});
