import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { preparePhoto } from "../../src/classify/photo.ts";
import { Teacher } from "../../src/classify/teacher.ts";
import { Engine } from "../../src/engine/engine.ts";
import { type MethodDefinition, type MethodResult, type Parameter, settleParameters } from "../../src/explain/method.ts";
import { lime } from "../../src/explain/perturb/lime.ts";
import { occlusion } from "../../src/explain/perturb/occlusion.ts";
import { rise } from "../../src/explain/perturb/rise.ts";
import { scoreCam } from "../../src/explain/perturb/score-cam.ts";
import { pauses, quickshift, slic } from "../../src/explain/perturb/superpixels.ts";
import type { Progress } from "../../src/explain/progress.ts";
import { makeScene } from "../../src/explain/scene.ts";
import { IMAGENET_INPUT, type InputSpec, imageShape, pixelUnit } from "../../src/nets/input-spec.ts";
import { openWeights } from "../../src/nets/weights/open-weights.ts";
import { GraphBuilder } from "../../src/ops/builder.ts";
import { findTeacher } from "../../src/zoo/teachers.ts";
import { rejected } from "../support/errors.ts";
import { everyNth, type Golden, readGolden, worstError } from "../support/golden.ts";
import { LONG } from "../support/long.ts";
import { decodeExample, exampleScene, fetchWeights } from "../support/photos.ts";
import { randomTensors } from "../support/random-weights.ts";
import { sharedEngine } from "../support/shared-engine.ts";
import { loadTeacher, smallToyDefinition, type ToyDefinition } from "../support/toy-teacher.ts";

let engine: Engine;

beforeAll(async () => {
  engine = await sharedEngine();
});

/** Of test/golden/methods.safetensors. */
interface Facts extends Record<"seed" | "target" | "step", number> {
  /** Height and width of a photo as it is taken. */
  sizes: Record<string, [number, number]>;
}

function taken(facts: Facts, name: string): InputSpec {
  const [height, width] = facts.sizes[name] as [number, number];
  return { ...IMAGENET_INPUT, height, width };
}

/** What of a method does not depend on its parameters. */
type Any = MethodDefinition<Record<string, Parameter>>;

interface Run {
  teacher: Teacher;
  scene: ReturnType<typeof makeScene>;
  target?: number;
  seed?: number;
  batch?: number | undefined;
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
}

function explain<P extends Record<string, Parameter>>(
  method: MethodDefinition<P>,
  given: Readonly<Record<string, unknown>>,
  { teacher, scene, target = 0, seed = 3, batch = 8, signal, onProgress }: Run,
): Promise<MethodResult> {
  const settings = { ...settleParameters(method, given), seed };
  return method.run({
    ...{ engine, teacher, scene, settings, target, signal, onProgress },
    ...{ vae: undefined, batch: { most: batch, exact: true } },
  });
}

describe("segments of a photo are scikit-image's, but for ties", () => {
  // The second, at 224 x 224, where no length is scaled, comes with the long run.
  test.each(LONG ? ["cat", "coffee"] : ["cat"])("%s", async (name) => {
    const { tensors, facts } = await readGolden("methods");
    const input = taken(facts as Facts, name);
    const crop = engine.tensor("crop", imageShape(input));
    await preparePhoto(engine, await decodeExample(`${name}.jpg`), input, crop);
    const pixels = await crop.read();
    crop.dispose();
    const reports: number[] = [];
    let reads = 0;
    const unit = pixelUnit(input);
    // By a clock that runs fast, however fast the machine is.
    const clock = vi.spyOn(performance, "now").mockImplementation(() => 100 * reads++);
    onTestFinished(() => clock.mockRestore());
    const pause = pauses(undefined, (done) => reports.push(done));
    const quick = await quickshift(pixels, input, { kernel: 4 * unit, distance: 200 * unit, ratio: 0.2, seed: 0 }, pause);
    const even = await slic(pixels, input, { segments: 100, compactness: 10 }, pause);
    for (const [kind, { labels, count }] of [
      ["quickshift", quick],
      ["slic", even],
    ] as const) {
      const golden = tensors.get(`${name}.${kind}`)?.values as Uint8Array;
      expect(count).toBe(Math.max(...golden) + 1);
      expect(golden.filter((label, at) => label === labels[at]).length / golden.length).toBeGreaterThan(0.999);
    }
    // It lets others work meanwhile.
    expect(reports.length).toBeGreaterThan(3);
  });
});

describe("maps of EfficientNet-Lite0 equal the originals' to 2e-3 of the largest value", () => {
  let golden: Golden;
  let teacher: Teacher;
  let scene: Awaited<ReturnType<typeof exampleScene>>;

  beforeAll(async () => {
    golden = await readGolden("methods");
    const definition = findTeacher("efficientnet-lite0");
    const { height, width } = taken(golden.facts as Facts, "cat");
    const weights = await openWeights(await fetchWeights(definition.file), definition.file);
    teacher = await Teacher.load(engine, definition, weights, { input: { height, width } });
    scene = await exampleScene(engine, "cat.jpg", teacher.input);
  }, 60_000);

  afterAll(() => {
    scene.dispose();
    teacher.dispose();
  });

  test.each([
    { method: occlusion, samples: 9, batch: 5 },
    { method: rise, samples: 8 },
    { method: scoreCam, samples: 16 },
    { method: lime, samples: 16 },
  ])("$method.name", async ({ method, samples, batch }) => {
    const { seed, target, step, ...rest } = golden.facts as Facts;
    const given = (rest as Record<string, unknown>)[method.name] as Record<string, unknown>;
    const result = await explain(method as Any, given, { teacher, scene, seed, target, batch });
    expect(result).toMatchObject({ samples, aborted: false, degenerate: undefined });
    const map = result.map as Float32Array;
    const { values } = golden.tensors.get(method.name) as { values: Float32Array };
    if (method === lime) {
      const segments = golden.tensors.get("cat.quickshift")?.values as Uint8Array;
      const expected = Array.from(segments, (segment) => values[segment] as number);
      expect(worstError(map, expected)).toBeLessThan(2e-3);
      return;
    }
    expect(worstError(everyNth(map, teacher.input, step), values)).toBeLessThan(2e-3);
  });
});

describe("with a small teacher", () => {
  const [HEIGHT, WIDTH] = [48, 64];
  const PIXELS = HEIGHT * WIDTH;

  /** As many channels before pooling as make more than 32 images of Score-CAM. */
  const WIDE: ToyDefinition = {
    ...smallToyDefinition({ height: HEIGHT, width: WIDTH }),
    nodes() {
      const g = new GraphBuilder();
      const stem = g.conv(g.input([HEIGHT, WIDTH, 3]), "stem", { outputs: 8, kernel: 4, stride: 4, bias: true });
      const deep = g.conv(g.activation(stem, "relu", "stem.relu"), "deep", { outputs: 40, kernel: 2, stride: 2, bias: true });
      g.linear(g.globalPool(g.activation(deep, "relu", "deep.relu")), "head", 10);
      return g.nodes;
    },
  };
  const load = (by: Engine) => loadTeacher(by, WIDE, randomTensors(WIDE.nodes(), 5));

  /** The teacher and its photo. */
  let on: Pick<Run, "teacher" | "scene">;

  beforeAll(async () => {
    const teacher = await load(engine);
    on = { teacher, scene: await exampleScene(engine, "cat.jpg", teacher.input) };
  });

  afterAll(() => {
    on.scene.dispose();
    on.teacher.dispose();
  });

  const METHODS = [
    { method: rise, given: { masks: 45 } },
    { method: occlusion, given: { window: 60, stride: 30 } },
    { method: scoreCam, given: {} },
    { method: lime, given: { samples: 45, segmentation: "slic", segments: 30 } },
  ] as { method: Any; given: Record<string, unknown> }[];

  test.each(METHODS)("$method.name: progress, and the same map in any batch size", async ({ method, given }) => {
    const seen: Progress[] = [];
    const one = await explain(method, given, { ...on, onProgress: (progress) => seen.push(progress) });
    const other = await explain(method, given, { ...on, batch: 5 });
    expect(one.map).toHaveLength(PIXELS);
    expect(new Set(one.map).size).toBeGreaterThan(10);
    expect(worstError(other.map as Float32Array, one.map as Float32Array)).toBeLessThan(1e-5);
    expect(one.facts).toMatchObject({ batch: 8 });
    expect(one.passes.forward).toBeGreaterThanOrEqual(one.samples);
    expect(one.passes.forward).toBeLessThan(one.samples + 9);
    // A stage of a small teacher may be shorter than a tick of the browser's clock.
    for (const seconds of Object.values(one.seconds)) expect(seconds).toBeGreaterThanOrEqual(0);
    expect(one.seconds.teacher).toBeGreaterThan(0);
    const done = seen.filter(({ stage }) => stage === "sample").map((progress) => progress.done);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect([done[0], done.at(-1)]).toEqual([0, seen.at(-1)?.total]);
  });

  test.each([rise, lime])("$name: the seed decides", async (method) => {
    const given = method === rise ? { masks: 20 } : { samples: 20, segmentation: "slic" };
    const run = (seed: number) => explain(method as Any, given, { ...on, seed });
    const [first, again, other] = [await run(1), await run(1), await run(2)];
    expect(again.map).toEqual(first.map);
    expect(worstError(other.map as Float32Array, first.map as Float32Array)).toBeGreaterThan(1e-3);
  });

  test.each(METHODS)("$method.name: an abort from 32 images on keeps the map so far, one before does not", async ({ method, given }) => {
    const run = (last: number) => {
      const controller = new AbortController();
      const onProgress = ({ stage, done }: Progress) => {
        if (stage === "sample" && done === last) controller.abort();
      };
      return explain(method, given, { ...on, signal: controller.signal, onProgress });
    };
    expect(await rejected(run(24))).toMatchObject({ code: "ABORTED" });
    const part = await run(32);
    const photos = method.name === "occlusion" ? 1 : 0;
    expect(part).toMatchObject({ aborted: true, samples: 32 - photos, passes: { backward: 0 } });
    expect(part.map?.every(Number.isFinite)).toBe(true);
  });

  test("an aborted RISE is a shorter RISE, and so is its map so far", async () => {
    const controller = new AbortController();
    let late = 0;
    const clock = performance.now.bind(performance);
    const spy = vi.spyOn(performance, "now").mockImplementation(() => clock() + late);
    let preview: Float32Array | undefined;
    const onProgress = ({ done, map }: Progress) => {
      if (done === 24) late = 2500;
      if (done === 32) preview = map;
      if (done === 32) controller.abort();
    };
    const part = await explain(rise, { masks: 96 }, { ...on, signal: controller.signal, onProgress });
    spy.mockRestore();
    expect(part).toMatchObject({ aborted: true, samples: 32 });
    expect(part.map).toEqual((await explain(rise, { masks: 32 }, on)).map);
    expect(preview).toEqual(part.map);
  });

  test("an aborted occlusion has been everywhere, since its windows are visited far apart", async () => {
    const controller = new AbortController();
    const { map } = await explain(
      occlusion,
      { window: 32, stride: 16 },
      { ...on, signal: controller.signal, onProgress: ({ done }) => void (done === 56 && controller.abort()) },
    );
    const thirds = [0, 1, 2].map((third) => map?.subarray((third * PIXELS) / 3, ((third + 1) * PIXELS) / 3));
    for (const third of thirds) expect(third?.filter((value) => value !== 0).length).toBeGreaterThan((0.4 * PIXELS) / 3);
  });

  test("the batch is what a memory budget allows, and RISE's memory does not grow with the masks", async () => {
    const memory = 16e6;
    const tight = await Engine.create({ device: engine.device, memory });
    const small = await load(tight);
    const photo = makeScene(tight, small.input);
    photo.crop.write(await on.scene.crop.read());
    const run = (masks: number) => {
      const settings = { ...settleParameters(rise, { masks }), seed: 3 };
      return rise.run({
        engine: tight,
        teacher: small,
        vae: undefined,
        scene: photo,
        settings,
        target: 0,
        batch: { most: 128, exact: false },
      });
    };
    const { facts, map } = await run(130);
    const { peak } = tight.memory;
    expect(peak).toBeLessThanOrEqual(memory);
    expect(facts.batch).toBeGreaterThan(1);
    expect(facts.batch).toBeLessThan(128);
    expect(worstError(map as Float32Array, (await explain(rise, { masks: 130 }, on)).map as Float32Array)).toBeLessThan(1e-5);
    await run(260);
    expect(tight.memory.peak).toBe(peak);
    photo.dispose();
    small.dispose();
    tight.dispose();
  });

  test.each(METHODS)("$method.name: where nothing varies there is no map, and the reason", async ({ method, given }) => {
    const photo = await on.scene.crop.read();
    on.scene.crop.write(new Float32Array(PIXELS * 4).fill(0.5));
    const result = await explain(method, given, on);
    on.scene.crop.write(photo);
    expect(result).toMatchObject({ map: undefined, degenerate: expect.stringMatching(/\. Choose another/) });
  });

  test("Score-CAM takes any layer or the last of a module, and names those there are", async () => {
    const { facts, samples } = await explain(scoreCam, { layer: "stem" }, on);
    expect(facts.layerSize).toBe("12 x 16 x 8");
    expect(samples).toBe(8 - Number(facts.constantChannels));
    expect(await rejected(explain(scoreCam, { layer: "stem2" }, on))).toMatchObject({
      code: "BAD_OPTION",
      fix: expect.stringContaining("stem.relu, deep.relu"),
    });
  });
});
