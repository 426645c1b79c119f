import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Teacher } from "../../src/classify/teacher.ts";
import type { Engine } from "../../src/engine/engine.ts";
import type { Tensor } from "../../src/engine/tensor.ts";
import { causal } from "../../src/evaluate/causal.ts";
import { Evaluator } from "../../src/evaluate/evaluator.ts";
import { type Hole, Imputer } from "../../src/evaluate/imputation.ts";
import { infidelity, randomSquares } from "../../src/evaluate/infidelity.ts";
import { METRICS } from "../../src/evaluate/metrics.ts";
import { findProtocol, PROTOCOLS } from "../../src/evaluate/protocols.ts";
import { randomisationCheck, teacherModules } from "../../src/evaluate/randomisation.ts";
import { rankPixels, uploadRanks } from "../../src/evaluate/ranks.ts";
import { road } from "../../src/evaluate/road.ts";
import { Scorer } from "../../src/evaluate/scorer.ts";
import { maxSensitivity } from "../../src/evaluate/sensitivity.ts";
import { areaUnder } from "../../src/evaluate/statistics.ts";
import { randomGrid } from "../../src/evaluate/yardsticks.ts";
import { LUMA } from "../../src/nets/input-spec.ts";
import { blurPlainly } from "../support/blur-plainly.ts";
import { rejected } from "../support/errors.ts";
import { worstError } from "../support/golden.ts";
import { imputationFaults } from "../support/imputation-faults.ts";
import { Random } from "../support/random.ts";
import { referenceHash, toUniform } from "../support/reference-random.ts";
import { scorePlainly } from "../support/score-plainly.ts";
import { sharedEngine } from "../support/shared-engine.ts";
import { smallToy } from "../support/toy-teacher.ts";

const [HEIGHT, WIDTH] = [48, 64];
const PIXELS = HEIGHT * WIDTH;
/** The photo's first choice, whose probability varies as the photo is changed. */
const TARGET = 8;
const TOY = smallToy({ height: HEIGHT, width: WIDTH, classes: 10 });

let engine: Engine;
let teacher: Teacher;
let scorer: Scorer;
let crop: Tensor;
/** The crop, and what the teacher sees of it. */
let pixels: Float32Array<ArrayBuffer>;
let photo: Float32Array<ArrayBuffer>;

beforeAll(async () => {
  engine = await sharedEngine();
  teacher = await TOY.load(engine);
  const noise = new Random(1).floats(4 * PIXELS, -0.1, 0.1);
  pixels = noise.map((value, i) => {
    const [x, y, channel] = [(i >> 2) % WIDTH, Math.floor((i >> 2) / WIDTH), i & 3];
    return channel === 3 ? 1 : 0.5 + 0.35 * Math.sin(0.11 * x * (1 + channel)) * Math.cos(0.17 * y) + value;
  });
  photo = pixels.map((value, i) => ((i & 3) === 3 ? 0 : (value - 0.5) / 0.5));
  crop = engine.tensor("crop", [HEIGHT, WIDTH, 4]).write(pixels);
  scorer = await Scorer.create({ engine, teacher, batch: { most: 5, exact: true } });
  await scorer.show(crop);
});

afterAll(() => {
  scorer.dispose();
  teacher.dispose();
});

/** The photo with the pixels blank that `hidden` says. */
const without = (hidden: (at: number) => boolean) => photo.map((value, i) => (hidden(i >> 2) ? 0 : value));

test("the photo is the teacher's", async () => {
  expect(scorer.photo.shape).toEqual([1, HEIGHT, WIDTH, 4]);
  expect(worstError(await scorer.photo.read(), photo)).toBeLessThan(1e-6);
});

describe("deletion and insertion", () => {
  test.each(PROTOCOLS)("$name: curves are those of images composed on the CPU", async (protocol) => {
    const points = protocol.replaced(teacher.input);
    // The middle of the curves is enough to tell what pixels are replaced by; one protocol is looked at whole.
    const replaced = protocol.name === "xplique" ? points : [0, points[1] as number, Math.round(PIXELS / 3), PIXELS];
    const map = randomGrid(2, teacher.input);
    const { maps, ends, replaced: recorded } = await causal(scorer, [map], { ...protocol, replaced: () => replaced }, TARGET);
    expect(recorded).toEqual(replaced);
    const ranks = rankPixels(map);
    const first = (count: number) => (at: number) => (ranks[at] as number) < count;
    const { insertion } = protocol;
    const start = insertion === "blank" ? photo.map(() => 0) : blurPlainly(photo, teacher.input, insertion(teacher.input));
    const restored = (count: number) => start.map((value, i) => (first(count)(i >> 2) ? (photo[i] as number) : value));
    const [deleted, inserted] = await Promise.all([
      scorePlainly(
        teacher,
        engine,
        replaced.map((count) => without(first(count))),
        TARGET,
      ),
      scorePlainly(teacher, engine, replaced.map(restored), TARGET),
    ]);
    expect(worstError(maps[0]?.deletion.probabilities as number[], deleted)).toBeLessThan(1e-5);
    expect(worstError(maps[0]?.insertion.probabilities as number[], inserted)).toBeLessThan(1e-5);
    expect(maps[0]?.deletion.area).toBeCloseTo(areaUnder(replaced, deleted), 5);
    expect(Math.max(...deleted) - Math.min(...deleted)).toBeGreaterThan(0.01);
    if (insertion !== "blank") {
      expect(ends.blurred).toBeCloseTo(inserted[0] as number, 5);
      expect(Math.abs((inserted[0] as number) - ends.original)).toBeGreaterThan(1e-3);
    }
  });

  test("a map of another size is refused with the size that is wanted", async () => {
    const run = causal(scorer, [new Float64Array(224 * 224)], findProtocol("xplique"), TARGET);
    expect(await rejected(run)).toMatchObject({ code: "BAD_OPTION", fix: expect.stringContaining("48 x 64") });
  });
});

test("ROAD: holes are filled with the solution of the system, and scores are the teacher's", async () => {
  const map = new Random(3).floats(PIXELS);
  const [few, many] = [Math.round(0.2 * PIXELS), Math.round(0.5 * PIXELS)];
  const holes: Hole[] = [
    { map: 0, first: 0, end: few },
    { map: 0, first: PIXELS - few, end: PIXELS },
    { map: 0, first: 0, end: many },
    { map: 0, first: PIXELS - many, end: PIXELS },
  ];
  const fill = async (deviation: number) => {
    const ranks = uploadRanks(engine, [map], teacher.input);
    const imputer = await Imputer.create(scorer, ranks, holes, { seed: 4, deviation });
    await imputer.draw(0);
    const images = await scorer.images.read();
    for (const thing of [imputer, ranks]) thing.dispose();
    return holes.map((_, i) => images.slice(i * 4 * PIXELS, (i + 1) * 4 * PIXELS));
  };
  const seen = await scorer.photo.read();
  const ranks = rankPixels(map);
  (await fill(0)).forEach((image, i) => {
    const { first, end } = holes[i] as Hole;
    const { worst, kept } = imputationFaults(
      seen,
      image,
      teacher.input,
      (at) => (ranks[at] as number) >= first && (ranks[at] as number) < end,
    );
    expect(worst).toBeLessThan(1e-5);
    expect(kept).toBe(true);
  });
  const expected = await scorePlainly(teacher, engine, await fill(0.01), TARGET);
  const { maps } = await road(scorer, [map], TARGET, { shares: [0.2, 0.5], seed: 4 });
  const { mostFirst, leastFirst } = maps[0] as (typeof maps)[number];
  const found = [0, 1].flatMap((i) => [mostFirst.probabilities[i] as number, leastFirst.probabilities[i] as number]);
  expect(worstError(found, expected)).toBeLessThan(1e-5);
});

test("infidelity is that of squares hidden on the CPU, whose sides keep their share of the photo", async () => {
  const squares = randomSquares(5, 2000, teacher.input);
  // 8 and 80 of 224, times the root of 48 * 64 / 224^2.
  expect(Math.min(...squares.map(({ side }) => side))).toBe(2);
  expect(Math.max(...squares.map(({ side }) => side))).toBe(20);
  expect(Math.max(...squares.map(({ left, side }) => left + side))).toBe(WIDTH);
  expect(Math.max(...squares.map(({ top, side }) => top + side))).toBe(HEIGHT);
  expect(new Set(randomSquares(5, 50, { ...teacher.input, height: 3, width: 400 }).map(({ side }) => side))).toEqual(new Set([1, 2, 3]));

  const samples = 12;
  const map = randomGrid(6, teacher.input);
  const { maps } = await infidelity(scorer, [map], TARGET, { samples, seed: 5 });
  const hidden = squares.slice(0, samples).map(({ left, top, side }) => (at: number) => {
    const [x, y] = [at % WIDTH, Math.floor(at / WIDTH)];
    return x >= left && x < left + side && y >= top && y < top + side;
  });
  const [whole, ...parts] = (await scorePlainly(teacher, engine, [photo, ...hidden.map(without)], TARGET)) as [number, ...number[]];
  const drops = parts.map((part) => whole - part);
  const said = hidden.map((inside) => map.reduce((sum, value, at) => sum + (inside(at) ? value : 0), 0));
  const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
  const scale = dot(said, drops) / dot(said, said);
  const rest = drops.map((drop, i) => scale * (said[i] as number) - drop);
  expect((maps[0]?.scale as number) / scale).toBeCloseTo(1, 3);
  expect((maps[0]?.relative as number) / (dot(rest, rest) / dot(drops, drops))).toBeCloseTo(1, 3);
});

describe("max-sensitivity", () => {
  /** Norm of the noise, cut off at 0 and 1, over that of the values. */
  const moved = (values: readonly number[], noise: (at: number) => number) => {
    const changes = values.map((value, at) => Math.min(Math.max(value + noise(at), 0), 1) - value);
    return Math.sqrt(changes.reduce((sum, change) => sum + change ** 2, 0) / values.reduce((sum, value) => sum + value ** 2, 0));
  };
  const noiseAt = (at: number, channel: number) => 0.1 * 0.5 * (2 * toUniform(referenceHash(7, 22, 0, at)[channel] as number) - 1);

  test("of a map that is a channel of the photo: the norm of the noise over the photo's", async () => {
    const blue = (values: Float32Array) => Array.from({ length: PIXELS }, (_, at) => values[4 * at + 2] as number);
    const explain = async (other: Tensor) => blue(await other.read());
    const options = { samples: 1, seed: 7, radius: 0.1 };
    const { largest } = await maxSensitivity({ engine, teacher, crop }, blue(pixels), explain, options);
    expect(largest).toBeCloseTo(
      moved(blue(pixels), (at) => noiseAt(at, 2)),
      6,
    );
  });

  test("of a grey input the colours of a pixel move together, and so the luma by as much", async () => {
    const grey = await smallToy({ height: HEIGHT, width: WIDTH, channels: "grey" }).load(engine);
    // Far enough from 0 and 1 that nothing is cut off.
    const middle = pixels.map((value) => Math.min(Math.max(value, 0.1), 0.9));
    const tensor = engine.tensor("grey crop", [HEIGHT, WIDTH, 4]).write(middle);
    const luma = (values: Float32Array) =>
      Array.from({ length: PIXELS }, (_, at) =>
        LUMA.reduce((sum, weight, channel) => sum + weight * (values[4 * at + channel] as number), 0),
      );
    const explain = async (other: Tensor) => luma(await other.read());
    const options = { samples: 1, seed: 7, radius: 0.1 };
    const { largest } = await maxSensitivity({ engine, teacher: grey, crop: tensor }, luma(middle), explain, options);
    expect(largest).toBeCloseTo(
      moved(luma(middle), (at) => noiseAt(at, 0)),
      6,
    );
    for (const thing of [grey, tensor]) thing.dispose();
  });
});

describe("the randomisation check", () => {
  /** How much hiding each of twelve cells changes the target's probability. */
  const explain = async (by: Teacher, target = TARGET) => {
    const cellOf = (at: number) => 4 * Math.floor(at / WIDTH / 16) + Math.floor((at % WIDTH) / 16);
    const images = Array.from({ length: 12 }, (_, cell) => without((at) => cellOf(at) === cell));
    const [whole, ...parts] = (await scorePlainly(by, engine, [photo, ...images], target)) as [number, ...number[]];
    return Float64Array.from({ length: PIXELS }, (_, at) => whole - (parts[cellOf(at)] as number));
  };

  test("loads other teachers with the first one's input, outputs and labels", async () => {
    const labels = Array.from({ length: 10 }, (_, i) => `digit ${i}`);
    const labelled = await TOY.load(engine, { labels, outputs: "sigmoid" });
    const seen: Teacher[] = [];
    const look = async (other: Teacher) => {
      seen.push(other);
      return explain(other);
    };
    const layers = await randomisationCheck({ engine, teacher: labelled, file: await TOY.open() }, await explain(labelled), look, {
      seed: 1,
    });
    expect(layers.map(({ modules }) => modules)).toEqual([["head"], ["deep"], ["stem"]]);
    for (const { spearman } of layers) expect(spearman).toBeLessThan(0.95);
    for (const { input, outputs, labels, classes } of seen) {
      expect({ input, outputs, labels, classes }).toEqual({
        input: labelled.input,
        outputs: "sigmoid",
        labels: labelled.labels,
        classes: 10,
      });
    }
    labelled.dispose();
  });

  test("of a single output: its only layers are the file's, and a map of the photo stays", async () => {
    const toy = smallToy({ height: HEIGHT, width: WIDTH, classes: 1 });
    const single = await toy.load(engine, { outputs: "sigmoid", labels: ["cat", "dog"] });
    expect(await teacherModules(single)).toEqual([["head"], ["deep"], ["stem"]]);
    const map = randomGrid(1, single.input);
    const labels: (readonly string[])[] = [];
    const look = async (other: Teacher) => {
      labels.push(other.labels);
      return map;
    };
    const layers = await randomisationCheck({ engine, teacher: single, file: await toy.open() }, map, look);
    for (const { spearman } of layers) expect(spearman).toBeCloseTo(1, 9);
    expect(labels).toEqual([0, 1, 2].map(() => ["cat", "dog"]));
    single.dispose();
  });
});

test("an evaluator judges by all metrics beside the yardsticks, of a grey photo too", async () => {
  for (const [channels, protocol] of [
    ["rgb", "xplique"],
    ["grey", "rise-fast"],
  ] as const) {
    const other = await smallToy({ height: HEIGHT, width: WIDTH, channels }).load(engine);
    const evaluator = await Evaluator.create({ engine, teacher: other, batch: { most: 8, exact: false } });
    const inside = { left: 0, top: 0, right: WIDTH, bottom: 20 };
    const parameters = { regions: { rectangles: 5 }, starts: { steps: 2 } };
    const options = { target: TARGET, metrics: METRICS, protocol, samples: 5, shares: [0.2], other: crop, inside, parameters };
    const { maps, causal: shared } = await evaluator.evaluate(crop, { mine: new Random(9).floats(PIXELS) }, options);
    expect(Object.keys(maps)).toEqual(["mine", "random grid", "centred Gaussian", "edges"]);
    expect(shared?.replaced).toEqual(findProtocol(protocol).replaced(other.input));
    for (const { causal: curves, road: removal, infidelity: squares, starts, regions, truth } of Object.values(maps)) {
      expect(curves?.deletion.probabilities).toHaveLength(shared?.replaced.length as number);
      const numbers = [curves?.difference, removal?.combined, squares?.relative, ...Object.values(starts ?? {}), regions?.correlation];
      expect([...numbers, truth?.auc].every(Number.isFinite)).toBe(true);
      // The other photo is the photo itself: nothing changes.
      expect(starts?.other).toBeCloseTo(0, 6);
    }
    evaluator.dispose();
    other.dispose();
  }
});
