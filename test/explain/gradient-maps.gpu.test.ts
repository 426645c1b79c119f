import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Teacher } from "../../src/classify/teacher.ts";
import { Engine } from "../../src/engine/engine.ts";
import { excitationBackprop } from "../../src/explain/gradient/excitation-backprop.ts";
import { gradCam } from "../../src/explain/gradient/grad-cam.ts";
import { linearApproximation } from "../../src/explain/gradient/linear-approximation.ts";
import { type MethodDefinition, type MethodResult, type Parameter, settleParameters } from "../../src/explain/method.ts";
import type { Progress } from "../../src/explain/progress.ts";
import { makeScene } from "../../src/explain/scene.ts";
import { openWeights } from "../../src/nets/weights/open-weights.ts";
import { findTeacher, type TeacherDefinition } from "../../src/zoo/teachers.ts";
import { rejected } from "../support/errors.ts";
import { everyNth, type Golden, readGolden, worstError } from "../support/golden.ts";
import { exampleScene, fetchWeights } from "../support/photos.ts";
import { randomTensors } from "../support/random-weights.ts";
import { seededTeacher } from "../support/seeded-weights.ts";
import { sharedEngine } from "../support/shared-engine.ts";
import { loadTeacher, smallToyDefinition } from "../support/toy-teacher.ts";

let engine: Engine;

beforeAll(async () => {
  engine = await sharedEngine();
});

/** What of a method does not depend on its parameters. */
type Any = MethodDefinition<Record<string, Parameter>>;

const METHODS = [gradCam, linearApproximation, excitationBackprop] as unknown as Any[];

interface Run {
  teacher: Teacher;
  scene: ReturnType<typeof makeScene>;
  target?: number;
  seed?: number;
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
}

async function explain(
  method: Any,
  given: Readonly<Record<string, unknown>>,
  { teacher, scene, target = 0, seed = 0, signal, onProgress }: Run,
): Promise<MethodResult> {
  const settings = { ...settleParameters(method, given), seed } as Parameters<Any["run"]>[0]["settings"];
  const batch = { most: 8, exact: false };
  return method.run({ engine, teacher, scene, settings, target, signal, onProgress, vae: undefined, batch });
}

interface Facts {
  size: [height: number, width: number];
  first: number;
  step: number;
  targets: Record<string, { target: number; logit: number; probability: number }>;
  cases: { net: string; method: string; settings: Record<string, string>; largest: number; float32: number }[];
}

describe.each(["efficientnet-lite0", "resnet18"])("maps of %s equal the originals' in float64 to 2e-3 of the largest value", (name) => {
  let golden: Golden;
  let teacher: Teacher;
  let scene: Awaited<ReturnType<typeof exampleScene>>;

  beforeAll(async () => {
    golden = await readGolden("gradient-maps");
    const [height, width] = (golden.facts as Facts).size;
    const options = { input: { height, width } };
    const definition = findTeacher(name);
    teacher = definition.hub
      ? await seededTeacher(engine, definition, options)
      : await Teacher.load(engine, definition, await openWeights(await fetchWeights(definition.file), definition.file), options);
    scene = await exampleScene(engine, "cat.jpg", teacher.input);
  }, 60_000);

  afterAll(() => {
    scene.dispose();
    teacher.dispose();
  });

  test.each(METHODS.map((method) => [method.name, method] as const))("%s", async (_, method) => {
    const { first, step, targets, cases } = golden.facts as Facts;
    const { target, logit, probability } = targets[name] as Facts["targets"][string];
    const own = [...cases.entries()].filter(([_, { net, method: other }]) => net === name && other === method.name);
    expect(own.length).toBeGreaterThan(0);
    for (const [index, { settings, largest }] of own) {
      const { map, facts, degenerate } = await explain(method, settings, { teacher, scene, target });
      expect(degenerate).toBeUndefined();
      expect((facts.logit as number) / logit).toBeCloseTo(1, 5);
      expect((facts.probability as number) / probability).toBeCloseTo(1, 4);
      const reference = golden.tensors.get(`${index}`)?.values as Float32Array;
      const kept = everyNth(map as Float32Array, teacher.input, step, first);
      expect(kept).toHaveLength(reference.length);
      const errors = kept.map((value, i) => Math.abs(value - (reference[i] as number)) / largest).sort((a, b) => a - b);
      // Down at the image one unit of millions may lie on the other side of an activation's corner, as it does for PyTorch in float32.
      const moved = settings.layer === "input" ? 0.005 : 0;
      expect(errors[Math.ceil(errors.length * (1 - moved)) - 1], JSON.stringify(settings)).toBeLessThan(2e-3);
      expect(errors[errors.length >> 1], JSON.stringify(settings)).toBeLessThan(1e-5);
    }
  });
});

describe("with a small teacher", () => {
  const [HEIGHT, WIDTH] = [48, 64];
  const TOY = smallToyDefinition({ height: HEIGHT, width: WIDTH });
  /** The teacher and its photo. */
  let on: Pick<Run, "teacher" | "scene">;

  beforeAll(async () => {
    on = { teacher: await load(engine, TOY), scene: await exampleScene(engine, "cat.jpg", TOY.input) };
  });

  afterAll(() => {
    on.scene.dispose();
    on.teacher.dispose();
  });

  async function load(by: Engine, definition: TeacherDefinition): Promise<Teacher> {
    return loadTeacher(by, definition, randomTensors(await definition.nodes(), 5));
  }

  /** The same with other weights of the last layer. */
  async function withHead(change: (value: number) => number): Promise<Teacher> {
    const tensors = new Map(randomTensors(TOY.nodes(), 5));
    tensors.set("head.weight", (tensors.get("head.weight") as Float32Array<ArrayBuffer>).map(change));
    return loadTeacher(engine, TOY, tensors);
  }

  const CASES = [
    { method: gradCam, given: {}, layer: "deep.relu", size: "6 x 8 x 20", backward: 1 },
    { method: linearApproximation, given: { layer: "input" }, layer: "input", size: "48 x 64 x 3", backward: 1 },
    { method: excitationBackprop, given: {}, layer: "stem.relu", size: "12 x 16 x 8", backward: 1 },
    { method: excitationBackprop, given: { contrast: "contrastive" }, layer: "stem.relu", size: "12 x 16 x 8", backward: 2 },
  ] as { method: Any; given: Record<string, string>; layer: string; size: string; backward: number }[];

  test.each(CASES)(
    "$method.name $given: progress, facts, the same map whatever the seed",
    async ({ method, given, layer, size, backward }) => {
      const seen: Progress[] = [];
      const one = await explain(method, given, { ...on, onProgress: (progress) => seen.push(progress) });
      expect(one.map).toHaveLength(HEIGHT * WIDTH);
      expect(one.map?.every(Number.isFinite)).toBe(true);
      expect(new Set(one.map).size).toBeGreaterThan(100);
      expect(one).toMatchObject({ aborted: false, degenerate: undefined, samples: 0, passes: { forward: 1, backward } });
      expect(one.facts).toMatchObject({ layer, layerSize: size });
      expect(Object.keys(one.seconds)).toEqual(["teacher", "backward"]);
      for (const seconds of Object.values(one.seconds)) expect(seconds).toBeGreaterThan(0);
      expect(seen).toEqual([0, 1, 1 + backward].map((done) => ({ stage: "backward", done, total: 1 + backward })));
      expect((await explain(method, given, { ...on, seed: 7 })).map).toEqual(one.map);
    },
  );

  test.each(CASES)("$method.name $given: an abort leaves no map and no memory", async ({ method, given }) => {
    await explain(method, given, on);
    const used = engine.memory.used;
    for (const last of [0, 1]) {
      const controller = new AbortController();
      const onProgress = ({ done }: Progress) => void (done === last && controller.abort());
      expect(await rejected(explain(method, given, { ...on, signal: controller.signal, onProgress }))).toMatchObject({ code: "ABORTED" });
      expect(engine.memory.used).toBe(used);
    }
  });

  test.each([gradCam, excitationBackprop] as Any[])(
    "$name: where nothing speaks for the target there is no map, and the reason",
    async (method) => {
      const against = await withHead((value) => -Math.abs(value));
      const degenerate = expect.stringMatching(/nothing speaks for the target\. Choose another/);
      expect(await explain(method, {}, { ...on, teacher: against })).toMatchObject({ map: undefined, degenerate, aborted: false });
      const { map } = await explain(linearApproximation as unknown as Any, {}, { ...on, teacher: against });
      expect(Math.max(...(map as Float32Array))).toBeLessThanOrEqual(0);
      expect(Math.min(...(map as Float32Array))).toBeLessThan(0);
      against.dispose();
    },
  );

  test.each(METHODS)("$name: where every position counts the same there is no map, and the reason", async (method) => {
    const degenerate = expect.stringMatching(/every position counts the same\. Choose another layer/);
    const single = await withHead(Math.abs);
    expect(await explain(method, { layer: "global pool" }, { ...on, teacher: single })).toMatchObject({ map: undefined, degenerate });
    single.dispose();
    const photo = await on.scene.crop.read();
    on.scene.crop.write(new Float32Array(HEIGHT * WIDTH * 4).fill(0.5));
    const flat = await explain(method, { layer: "deep" }, on);
    on.scene.crop.write(photo);
    expect(flat.degenerate).toMatch(/Choose another layer, class or photo/);
    expect(flat.map).toBeUndefined();
  });

  test.each(METHODS)("$name: layers and settings that there are not are refused", async (method) => {
    const refused = async (given: Record<string, string>) => rejected(explain(method, given, on));
    expect(await refused({ layer: "stem2" })).toMatchObject({ code: "BAD_OPTION", fix: expect.stringContaining("stem.relu, deep.relu") });
    expect(await refused({ layers: "stem" })).toMatchObject({ code: "BAD_OPTION", fix: expect.stringMatching(/^It has: layer/) });
  });

  test("relevance is contrasted behind the layer of the map only", async () => {
    const contrasted = (given: Record<string, string>) =>
      explain(excitationBackprop as unknown as Any, { contrast: "contrastive", ...given }, on);
    const { facts, map } = await contrasted({});
    expect(facts.contrastLayer).toBe("global pool");
    const early = await contrasted({ contrastLayer: "deep" });
    // Pooling hands relevance down alike from both passes.
    expect(early.facts.contrastLayer).toBe("deep.relu");
    expect(worstError(early.map as Float32Array, map as Float32Array)).toBeLessThan(1e-5);
    expect(Math.min(...(map as Float32Array))).toBe(0);
    expect(await rejected(contrasted({ contrastLayer: "input" }))).toMatchObject({
      code: "BAD_OPTION",
      fix: 'Choose one from "stem.relu" to "global pool".',
    });
    expect(await rejected(contrasted({ contrastLayer: "head" }))).toMatchObject({ code: "BAD_OPTION" });
    expect(await rejected(contrasted({ layer: "head" }))).toMatchObject({
      code: "BAD_OPTION",
      fix: expect.stringContaining("earlier layer"),
    });
    expect(await rejected(contrasted({ contrast: "some" }))).toMatchObject({ code: "BAD_OPTION" });
  });

  describe("in a memory budget", () => {
    /** Runs methods one after the other within a budget of their own. */
    async function within(memory: number | undefined, runs: readonly (readonly [Any, Record<string, string>])[]) {
      const tight = await Engine.create({ device: engine.device, memory });
      const small = await load(tight, TOY);
      const photo = makeScene(tight, TOY.input);
      photo.crop.write(await on.scene.crop.read());
      try {
        const results: { map: Float32Array | undefined; peak: number }[] = [];
        for (const [method, given] of runs) {
          const settings = { ...settleParameters(method, given), seed: 0 } as Parameters<Any["run"]>[0]["settings"];
          const request = { teacher: small, vae: undefined, scene: photo, settings, target: 0, batch: { most: 1, exact: false } };
          const { used } = tight.memory;
          const { map } = await method.run({ engine: tight, ...request }).catch((error) => {
            expect(tight.memory.used).toBe(used);
            throw error;
          });
          results.push({ map, peak: tight.memory.peak });
        }
        return results;
      } finally {
        photo.dispose();
        small.dispose();
        tight.dispose();
      }
    }

    const excitation = [excitationBackprop as unknown as Any, { contrast: "contrastive" }] as const;
    const linear = [linearApproximation as unknown as Any, { layer: "input" }] as const;

    test("what does not fit fails without a trace", async () => {
      expect(await rejected(within(300_000, [linear]))).toMatchObject({ code: "OUT_OF_MEMORY" });
    });

    test("weights that earlier maps have left on the GPU give way", async () => {
      // The second map finds the buffers that the first was read back through.
      const [, alone, , after] = await within(undefined, [linear, linear, excitation, linear]);
      // More than what excitation backprop is read back through beside, less than the weights that it leaves.
      const memory = (alone?.peak as number) + 5_000;
      expect(after?.peak).toBeGreaterThan(memory);
      const [, tight] = await within(memory, [excitation, linear]);
      expect(tight?.peak).toBeLessThanOrEqual(memory);
      expect(tight?.map).toEqual(alone?.map);
    });
  });
});
