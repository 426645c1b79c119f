import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { preparePhoto } from "../../src/classify/photo.ts";
import { Teacher } from "../../src/classify/teacher.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { causal } from "../../src/evaluate/causal.ts";
import { findProtocol, PROTOCOLS, type Protocol } from "../../src/evaluate/protocols.ts";
import { Scorer } from "../../src/evaluate/scorer.ts";
import { areaUnder } from "../../src/evaluate/statistics.ts";
import { randomCells, randomGrid } from "../../src/evaluate/yardsticks.ts";
import { IMAGENET_INPUT, imageShape } from "../../src/nets/input-spec.ts";
import { openWeights } from "../../src/nets/weights/open-weights.ts";
import { findTeacher } from "../../src/zoo/teachers.ts";
import { blurPlainly } from "../support/blur-plainly.ts";
import { rejected } from "../support/errors.ts";
import { readGolden, worstError } from "../support/golden.ts";
import { LONG } from "../support/long.ts";
import { decodeExample, fetchWeights } from "../support/photos.ts";
import { Random } from "../support/random.ts";
import { blocks } from "../support/saliency.ts";
import { scorePlainly } from "../support/score-plainly.ts";
import { sharedEngine } from "../support/shared-engine.ts";
import { smallToy } from "../support/toy-teacher.ts";

let engine: Engine;

beforeAll(async () => {
  engine = await sharedEngine();
});

const show = async (scorer: Scorer, photo: string) => {
  const { input } = scorer.teacher;
  const crop = engine.tensor("crop", imageShape(input));
  await preparePhoto(engine, await decodeExample(photo), input, crop);
  await scorer.show(crop);
  crop.dispose();
};

interface Facts {
  size: [height: number, width: number];
  seed: number;
  target: number;
  ends: [original: number, blank: number, blurred: number];
  areas: Record<"grid" | "blocks", [deletion: number, insertion: number]>;
}

describe("areas equal those of RISE's CausalMetric in PyTorch to 1e-3", () => {
  const fast = findProtocol("rise-fast");

  // The first is not square, and a step, rounded up, does not divide its pixels; the second is as RISE is published, and its images
  // are one batch. The long run has more points of the first.
  test.each([
    { photo: "cat", maps: ["blocks", "grid"], every: LONG ? 4 : 7, batch: 8 },
    { photo: "coffee", maps: ["grid"], every: 14, batch: 5 },
  ] as const)("$photo, $maps: one in $every points of the curves, and the areas of all", async ({ photo, maps, every, batch }) => {
    const { tensors, facts } = await readGolden("causal");
    const { size, seed, target, ends, areas } = (facts as Record<string, Facts>)[photo] as Facts;
    const definition = findTeacher("efficientnet-lite0");
    const weights = await openWeights(await fetchWeights(definition.file), definition.file);
    const teacher = await Teacher.load(engine, definition, weights, { input: { height: size[0], width: size[1] } });
    const scorer = await Scorer.create({ engine, teacher, batch: { most: batch, exact: true } });
    await show(scorer, `${photo}.jpg`);
    const { input } = teacher;
    const saliency = {
      grid: () => randomGrid(seed, input),
      blocks: () =>
        blocks(
          randomCells(seed).map((value) => Math.floor(8 * value)),
          input,
        ),
    };
    const all = fast.replaced(input);
    const coarse: Protocol = { ...fast, replaced: () => all.filter((_, i) => i % every === 0) };
    const result = await causal(
      scorer,
      maps.map((map) => saliency[map]()),
      coarse,
      target,
    );
    for (const [at, map] of maps.entries()) {
      const { deletion, insertion } = result.maps[at] as (typeof result.maps)[number];
      const golden = Array.from(tensors.get(`${photo}.${map}`)?.values as Float32Array);
      expect(golden).toHaveLength(2 * all.length);
      [deletion, insertion].forEach(({ probabilities, area }, mode) => {
        const whole = golden.slice(mode * all.length, (mode + 1) * all.length);
        expect(areaUnder(all, whole)).toBeCloseTo(areas[map][mode] as number, 6);
        const expected = whole.filter((_, i) => i % every === 0);
        expect(probabilities).toHaveLength(expected.length);
        probabilities.forEach((probability, i) => {
          expect(Math.abs(probability - (expected[i] as number))).toBeLessThan(1e-3);
        });
        expect(area).toBe(areaUnder(result.replaced, probabilities));
      });
    }
    scorer.dispose();
    teacher.dispose();
    expect(result.ends.original).toBeCloseTo(ends[0], 4);
    expect(result.ends.blank).toBeCloseTo(ends[1], 4);
    expect(result.ends.blurred).toBeCloseTo(ends[2], 4);
  });
});

describe("with a small teacher", () => {
  const [HEIGHT, WIDTH] = [64, 80];
  const PIXELS = HEIGHT * WIDTH;
  /** The photo's first choice, whose probability varies as the photo is changed. */
  const TARGET = 8;
  let teacher: Teacher;
  let scorer: Scorer;

  beforeAll(async () => {
    teacher = await smallToy({ height: HEIGHT, width: WIDTH, classes: 10 }).load(engine);
    scorer = await Scorer.create({ engine, teacher, batch: { most: 7, exact: true } });
    await show(scorer, "cat.jpg");
  });

  afterAll(() => {
    scorer.dispose();
    teacher.dispose();
  });

  const POINTS = [0, 918, 2041, 2042, PIXELS];
  const STEPS: Protocol = { ...findProtocol("rise-fast"), name: "steps", replaced: () => POINTS };

  test("curves are those of images composed on the CPU, map by map", async () => {
    const maps = [randomGrid(1, teacher.input), new Random(2).floats(PIXELS)];
    const { maps: scores, ends, replaced } = await causal(scorer, maps, STEPS, TARGET);
    expect(replaced).toEqual(POINTS);
    expect(scores).toHaveLength(2);
    const photo = await scorer.photo.read();
    const order = Array.from({ length: PIXELS }, (_, i) => i);
    for (const [i, map] of maps.entries()) {
      const sorted = order.toSorted((a, b) => (map[b] as number) - (map[a] as number) || a - b);
      const images = POINTS.map((count) => {
        const image = photo.slice();
        for (const at of sorted.slice(0, count)) image.fill(0, 4 * at, 4 * at + 4);
        return image;
      });
      const expected = await scorePlainly(teacher, engine, images, TARGET);
      const deleted = scores[i]?.deletion.probabilities as number[];
      expect(worstError(deleted, expected)).toBeLessThan(1e-5);
      expect(Math.max(...deleted) - Math.min(...deleted)).toBeGreaterThan(0.01);
      expect(scores[i]?.insertion.probabilities.at(-1)).toBe(ends.original);
      expect(scores[i]?.insertion.probabilities[0]).toBe(ends.blurred);
      expect(scores[i]?.difference).toBe((scores[i]?.insertion.area as number) - (scores[i]?.deletion.area as number));
    }
  });

  test("several maps in one call score what each does alone, in any batch size, and share the ends", async () => {
    const maps = [randomGrid(3, teacher.input), randomGrid(4, teacher.input)];
    const before = scorer.forward;
    const both = await causal(scorer, maps, STEPS, TARGET);
    expect(scorer.forward - before).toBe(Math.ceil((3 + 2 * 2 * 3) / 7) * 7);
    const other = await Scorer.create({ engine, teacher, batch: { most: 4, exact: true } });
    await show(other, "cat.jpg");
    const alone = await causal(other, [maps[1] as Float64Array], STEPS, TARGET);
    other.dispose();
    const [single, shared] = [alone.maps[0], both.maps[1]].map((map) => map?.insertion.probabilities as number[]) as [number[], number[]];
    expect(single).toEqual(shared.map((p) => expect.closeTo(p, 6)));
    expect(alone.maps[0]?.deletion.area).toBeCloseTo(both.maps[1]?.deletion.area as number, 6);
  });

  test("only the order of a map's values counts, and equal ones go from the upper left to the lower right", async () => {
    const map = randomGrid(5, teacher.input);
    const rising = Float64Array.from({ length: PIXELS }, (_, i) => -i);
    const result = await causal(scorer, [map, map.map((value) => 3 * value ** 3 - 1), new Float64Array(PIXELS), rising], STEPS, TARGET);
    expect(result.maps[1]).toEqual(result.maps[0]);
    expect(result.maps[2]).toEqual(result.maps[3]);
    expect(result.maps[2]).not.toEqual(result.maps[0]);
  });

  test.each(PROTOCOLS.filter(({ insertion }) => insertion !== "blank"))("$name blurs as its kernel written out", async (protocol) => {
    const { insertion } = protocol;
    if (insertion === "blank") throw new Error("It blurs.");
    const photo = await scorer.photo.read();
    /** A class that every blur makes likelier. */
    const target = 5;
    // As wide as the photo asks, and as wide as one of 224 x 224 does.
    for (const input of [teacher.input, IMAGENET_INPUT]) {
      const blur = insertion(input);
      const [expected] = await scorePlainly(teacher, engine, [blurPlainly(photo, teacher.input, blur)], target);
      const { ends } = await causal(scorer, [], { ...protocol, insertion: () => blur, replaced: () => [0, PIXELS] }, target);
      expect(Math.abs((ends.blurred as number) / (expected as number) - 1)).toBeLessThan(1e-5);
      expect(Math.abs((ends.blurred as number) / ends.original - 1)).toBeGreaterThan(0.01);
    }
  });

  test("a protocol without blur starts insertion from the mean grey", async () => {
    const { ends, maps } = await causal(
      scorer,
      [randomGrid(6, teacher.input)],
      { ...findProtocol("xplique"), replaced: () => [0, 102, PIXELS] },
      TARGET,
    );
    expect(ends).not.toHaveProperty("blurred");
    expect(maps[0]?.insertion.probabilities[0]).toBe(ends.blank);
  });

  test("more step images than labels wait at once", async () => {
    const points = [...Array.from({ length: 150 }, (_, i) => 30 * i), PIXELS];
    const many = { ...STEPS, replaced: () => points };
    const few = { ...STEPS, replaced: () => points.filter((_, i) => i % 50 === 0) };
    const [long, short] = [
      await causal(scorer, [randomGrid(7, teacher.input)], many, TARGET),
      await causal(scorer, [randomGrid(7, teacher.input)], few, TARGET),
    ];
    expect(long.maps[0]?.insertion.probabilities).toHaveLength(151);
    const everyFiftieth = long.maps[0]?.insertion.probabilities.filter((_, i) => i % 50 === 0);
    expect(short.maps[0]?.insertion.probabilities).toEqual(everyFiftieth?.map((p) => expect.closeTo(p, 6)));
    expect(everyFiftieth).toHaveLength(4);
  });

  test("progress, and an abort", async () => {
    const seen: number[] = [];
    const controller = new AbortController();
    const onProgress = (done: number) => {
      seen.push(done);
      if (done === 14) controller.abort();
    };
    const run = causal(scorer, [randomGrid(8, teacher.input)], findProtocol("torch-cam"), TARGET, {
      signal: controller.signal,
      onProgress,
    });
    expect(await rejected(run)).toMatchObject({ code: "ABORTED" });
    expect(seen).toEqual([7, 14]);
  });

  test("a map of another size, or with a hole, is refused", async () => {
    const holed = new Float64Array(PIXELS);
    holed[5] = Number.NaN;
    for (const map of [new Float64Array(49), holed]) {
      expect(await rejected(causal(scorer, [map], STEPS, TARGET))).toMatchObject({ code: "BAD_OPTION" });
    }
  });
});
