import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { preparePhoto } from "../../src/classify/photo.ts";
import type { Teacher } from "../../src/classify/teacher.ts";
import type { Engine } from "../../src/engine/engine.ts";
import type { Tensor } from "../../src/engine/tensor.ts";
import { infidelity, randomSquares } from "../../src/evaluate/infidelity.ts";
import { randomisationCheck } from "../../src/evaluate/randomisation.ts";
import { Scorer } from "../../src/evaluate/scorer.ts";
import { maxSensitivity } from "../../src/evaluate/sensitivity.ts";
import { centredGaussian, randomGrid } from "../../src/evaluate/yardsticks.ts";
import { settleParameters } from "../../src/explain/method.ts";
import { occlusion } from "../../src/explain/perturb/occlusion.ts";
import { makeScene } from "../../src/explain/scene.ts";
import { IMAGENET_INPUT } from "../../src/nets/input-spec.ts";
import { rejected } from "../support/errors.ts";
import { decodeExample } from "../support/photos.ts";
import { referenceHash, toUniform } from "../support/reference-random.ts";
import { scorePlainly } from "../support/score-plainly.ts";
import { sharedEngine } from "../support/shared-engine.ts";
import { openToyWeights, toyTeacher } from "../support/toy-teacher.ts";

const SIZE = 224;
const PIXELS = SIZE ** 2;
/** A class whose probability varies as the toy teacher's photo is changed. */
const TARGET = 724;

let engine: Engine;
let teacher: Teacher;
let scene: ReturnType<typeof makeScene>;

beforeAll(async () => {
  engine = await sharedEngine();
  teacher = await toyTeacher(engine);
  scene = makeScene(engine, IMAGENET_INPUT);
  await preparePhoto(engine, await decodeExample("cat.jpg"), teacher.input, scene.crop);
});

afterAll(() => {
  scene.dispose();
  teacher.dispose();
});

/** A map of nine windows. */
async function explain(by: Teacher, crop: Tensor): Promise<Float32Array | undefined> {
  const settings = { ...settleParameters(occlusion, { window: 112, stride: 56 }), seed: 0 };
  const batch = { most: 5, exact: true };
  const { map } = await occlusion.run({ engine, teacher: by, vae: undefined, scene: { ...scene, crop }, settings, target: TARGET, batch });
  return map;
}

describe("infidelity", () => {
  let scorer: Scorer;

  beforeAll(async () => {
    scorer = await Scorer.create({ engine, teacher, batch: { most: 6, exact: true } });
    await scorer.show(scene.crop);
  });

  afterAll(() => scorer.dispose());

  test("squares lie within the photo, of all sides, as the seed says", () => {
    const squares = randomSquares(9, 3000, IMAGENET_INPUT);
    expect(new Set(squares.map(({ side }) => side)).size).toBe(73);
    for (const { left, top, side } of squares) {
      expect(Math.min(left, top)).toBeGreaterThanOrEqual(0);
      expect(Math.max(left, top) + side).toBeLessThanOrEqual(SIZE);
    }
    const [first] = randomSquares(9, 1, IMAGENET_INPUT);
    expect(first).toEqual(squares[0]);
    expect(first).not.toEqual(randomSquares(10, 1, IMAGENET_INPUT)[0]);
  });

  test("is that of squares hidden on the CPU", async () => {
    const map = randomGrid(1, IMAGENET_INPUT);
    const samples = 8;
    const { maps } = await infidelity(scorer, [map, map.map((value) => -5 * value), new Float64Array(PIXELS)], TARGET, {
      samples,
      seed: 2,
    });
    const photo = await scorer.photo.read();
    const squares = randomSquares(2, samples, IMAGENET_INPUT);
    const inside = (at: number, i: number) => {
      const { left, top, side } = squares[i] as (typeof squares)[number];
      const [x, y] = [at % SIZE, Math.floor(at / SIZE)];
      return x >= left && x < left + side && y >= top && y < top + side;
    };
    const images = squares.map((_, i) => photo.map((value, at) => (inside(at >> 2, i) ? 0 : value)));
    const [whole, ...parts] = (await scorePlainly(teacher, engine, [photo.slice(), ...images], TARGET)) as [number, ...number[]];
    const drops = parts.map((part) => whole - part);
    const said = squares.map((_, i) => map.reduce((sum, value, at) => sum + (inside(at, i) ? value : 0), 0));
    const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
    const scale = dot(said, drops) / dot(said, said);
    const rest = drops.map((drop, i) => scale * (said[i] as number) - drop);
    const [own, turned, zero] = maps as [(typeof maps)[number], (typeof maps)[number], (typeof maps)[number]];
    expect(own.infidelity / (dot(rest, rest) / samples)).toBeCloseTo(1, 3);
    expect(own.relative / (dot(rest, rest) / dot(drops, drops))).toBeCloseTo(1, 3);
    expect(own.scale / scale).toBeCloseTo(1, 3);
    expect(turned.infidelity / own.infidelity).toBeCloseTo(1, 9);
    expect(turned.scale / own.scale).toBeCloseTo(-1 / 5, 9);
    expect(zero).toMatchObject({ scale: 0, relative: 1 });
    expect(own.relative).toBeLessThan(1);
  });
});

describe("max-sensitivity", () => {
  test("of a map that is a channel of the photo: the norm of the noise over the photo's", async () => {
    const pixels = await scene.crop.read();
    const green = (crop: Float32Array) => Float32Array.from({ length: PIXELS }, (_, at) => crop[4 * at + 1] as number);
    const reference = green(pixels);
    const seen: number[] = [];
    const { changes, largest } = await maxSensitivity(
      { engine, teacher, crop: scene.crop },
      reference,
      async (crop) => green(await crop.read()),
      {
        ...{ samples: 2, seed: 11, radius: 0.1 },
        onProgress: (done) => seen.push(done),
      },
    );
    const expected = [0, 1].map((sample) => {
      let [moved, own] = [0, 0];
      reference.forEach((value, at) => {
        const noise = 0.1 * 0.5 * (2 * toUniform(referenceHash(11, 22, sample, at)[1]) - 1);
        moved += (Math.min(Math.max(value + noise, 0), 1) - value) ** 2;
        own += value ** 2;
      });
      return Math.sqrt(moved / own);
    });
    changes.forEach((change, i) => {
      expect(change).toBeCloseTo(expected[i] as number, 6);
    });
    expect(largest).toBe(Math.max(...(changes as number[])));
    expect(seen).toEqual([1, 2]);
  });

  test("of an explanation: above 0 with noise, 0 without; neighbours without a map are left out", async () => {
    const reference = (await explain(teacher, scene.crop)) as Float32Array;
    const target = { engine, teacher, crop: scene.crop };
    const some = await maxSensitivity(target, reference, (crop) => explain(teacher, crop), { samples: 1 });
    expect(some.largest).toBeGreaterThan(1e-5);
    expect(some.largest).toBeLessThan(0.5);
    const none = await maxSensitivity(target, reference, (crop) => explain(teacher, crop), { samples: 1, radius: 0 });
    expect(none).toEqual({ largest: 0, changes: [0] });
    expect(await maxSensitivity(target, reference, async () => undefined, { samples: 1 })).toEqual({
      largest: undefined,
      changes: [undefined],
    });
  });
});

describe("the randomisation check", () => {
  test("a map of the teacher changes as its modules are randomised; a map of the photo does not", async () => {
    const request = { engine, teacher, file: await openToyWeights() };
    const reference = (await explain(teacher, scene.crop)) as Float32Array;
    const before = engine.memory.used;
    const layers = await randomisationCheck(request, reference, (other) => explain(other, scene.crop), { seed: 1 });
    expect(layers.map(({ modules }) => modules)).toEqual([["head"], ["deep"], ["stem"]]);
    for (const { spearman, absolute } of layers) {
      expect(spearman).toBeLessThan(0.9);
      expect(absolute).toBeLessThan(0.9);
    }
    expect(engine.memory.used - before).toBeLessThan(1e6);
    const blind = await randomisationCheck(request, centredGaussian(IMAGENET_INPUT), async () => centredGaussian(IMAGENET_INPUT));
    for (const { spearman, absolute } of blind) expect([spearman, absolute]).toEqual([expect.closeTo(1, 9), expect.closeTo(1, 9)]);
  });

  test("independent steps randomise one module each; a teacher without a map is said to have none", async () => {
    const request = { engine, teacher, file: await openToyWeights() };
    const photo = [new Float32Array(SIZE * SIZE * 4).map((_, i) => ((i & 3) < 3 ? Math.sin(i) : 0))];
    const scores: number[][] = [];
    const look = async (other: Teacher) => {
      scores.push(await scorePlainly(other, engine, photo, TARGET));
      return undefined;
    };
    const options = { seed: 1, modules: [["head"], ["deep"]] };
    const cascade = await randomisationCheck(request, randomGrid(1, IMAGENET_INPUT), look, options);
    const alone = await randomisationCheck(request, randomGrid(1, IMAGENET_INPUT), look, { ...options, independent: true });
    expect([...cascade, ...alone]).toEqual([{ modules: ["head"] }, { modules: ["deep"] }, { modules: ["head"] }, { modules: ["deep"] }]);
    const [original] = await scorePlainly(teacher, engine, photo, TARGET);
    expect(scores[0]).toEqual(scores[2]);
    expect(new Set([original, ...scores.flat()]).size).toBe(4);
    const controller = new AbortController();
    controller.abort();
    expect(await rejected(randomisationCheck(request, randomGrid(1, IMAGENET_INPUT), look, { signal: controller.signal }))).toMatchObject({
      code: "ABORTED",
    });
  });
});
