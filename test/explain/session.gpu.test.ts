import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Explanation, type Photo, type Progress, Session, SOFTWARE_SAMPLES } from "../../src/faces/all.ts";
import { type CountingDevice, countCreations } from "../support/counting-device.ts";
import { rejected } from "../support/errors.ts";
import { worstError } from "../support/golden.ts";
import { ownClassifier } from "../support/own-classifier.ts";
import { decodeExample, fetchWeights } from "../support/photos.ts";
import { sharedDevice } from "../support/shared-engine.ts";
import { readToyWeights, TOY } from "../support/toy-teacher.ts";
import { CLASSIFIER } from "./calls.ts";

const [HEIGHT, WIDTH, CLASSES] = [48, 64, 10];
const SAMPLES = 32;
/** A hundred times as fast as EfficientNet-Lite0. The seed: one whose weights waver on the photo. */
const SMALL = { model: ownClassifier({ height: HEIGHT, width: WIDTH, channels: 3, classes: CLASSES }, {}, 10).classifier };
const OTHER_CLASS = 2;

let photo: Photo;
let counting: CountingDevice;
let session: Session;

beforeAll(async () => {
  photo = await decodeExample("cat.jpg");
  counting = countCreations(await sharedDevice());
  session = await Session.create({ ...SMALL, device: counting.device, batch: 8 });
});

afterAll(() => session.dispose());

describe("Session", () => {
  test("of EfficientNet-Lite0 says what it runs on, and names the cat", async () => {
    const real = await Session.create({ device: counting.device, weights: fetchWeights, batch: 8 });
    expect(real.adapter).toMatchObject({ architecture: "swiftshader", software: true });
    expect(real.teacher).toBe("efficientnet-lite0");
    const { top5, logits, probabilities } = await real.classify(photo);
    expect(logits).toHaveLength(1000);
    expect(probabilities.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 4);
    expect(top5).toHaveLength(5);
    expect(top5[0]?.label).toMatch(/cat/);
    for (const { index, probability } of top5) expect(probability).toBe(probabilities[index]);
    expect(top5.map(({ probability }) => probability)).toEqual(top5.map(({ probability }) => probability).sort((a, b) => b - a));
    real.dispose();
  });

  test("a software adapter draws fewer samples unless asked for more, and the explanation says so", async () => {
    const totals = new Set<number>();
    const controller = new AbortController();
    const onProgress = ({ stage, done, total }: Progress) => {
      if (stage === "sample") totals.add(total);
      if (stage === "sample" && done >= 32) controller.abort();
    };
    const explanation = await session.explain(photo, { signal: controller.signal, onProgress });
    expect([...totals]).toEqual([SOFTWARE_SAMPLES]);
    expect(explanation).toMatchObject({ aborted: true, settings: { samples: SOFTWARE_SAMPLES } });
  });

  test("calls at the same time do not disturb each other", async () => {
    const [one, other, again] = await Promise.all([
      session.classify(photo),
      session.classify(photo, { fit: "squash", top: 2 }),
      session.classify(photo),
    ]);
    expect(again.logits).toEqual(one.logits);
    expect(other.logits).not.toEqual(one.logits);
    expect(other.top5).toHaveLength(2);
  });

  test("bad options and photos are refused, and the session goes on", async () => {
    expect(await rejected(session.explain(photo, { samples: 0 }))).toMatchObject({ code: "BAD_OPTION" });
    expect(await rejected(session.explain(photo, { target: CLASSES }))).toMatchObject({
      code: "BAD_OPTION",
      fix: expect.stringContaining(`${CLASSES - 1}`),
    });
    expect(await rejected(session.classify({ ...photo, width: 3 }))).toMatchObject({ code: "BAD_IMAGE" });
    expect(await rejected(Session.create({ weights: fetchWeights, batch: 0 }))).toMatchObject({ code: "BAD_OPTION" });
    expect(await rejected(Session.create({ weights: fetchWeights, model: "nobody" }))).toMatchObject({ code: "BAD_OPTION" });
    const page = async () => new TextEncoder().encode("<!doctype html><title>404</title>").buffer as ArrayBuffer;
    expect(await rejected(Session.create({ weights: page }))).toMatchObject({
      code: "BAD_WEIGHTS",
      message: expect.stringContaining("web page"),
    });
    expect((await session.classify(photo)).top5).toHaveLength(5);
  });
});

describe("explain", () => {
  const seen: Progress[] = [];
  /** Objects created up to each report of a batch. */
  const creations: number[] = [];
  let first: Explanation;

  beforeAll(async () => {
    first = await session.explain(photo, {
      samples: SAMPLES,
      seed: 3,
      onProgress: (progress) => {
        seen.push(progress);
        if (progress.stage === "sample") creations.push(counting.total());
      },
    });
  });

  test("gives a finite map, what was explained, every setting and the time of every stage", () => {
    expect(first.map).toHaveLength(HEIGHT * WIDTH);
    expect(first.map?.every(Number.isFinite)).toBe(true);
    expect(new Set(first.map).size).toBeGreaterThan(1000);
    expect(first.input).toHaveLength(HEIGHT * WIDTH * 4);
    expect(first).toMatchObject({
      height: HEIGHT,
      width: WIDTH,
      aborted: false,
      method: "relabel",
      synthesis: "gated",
      samples: SAMPLES,
      seed: 3,
    });
    expect(first.degenerate).toBeUndefined();
    expect(first.target).toEqual(first.top5[0]);
    expect(first.settings).toMatchObject({
      batch: 8,
      gates: "balanced",
      fill: ["inpaint"],
      student: "correlation",
    });
    for (const share of [first.shiftedShare, first.studentAgreement].map(Number)) expect(share >= 0 && share <= 1).toBe(true);
    const { total, ...stages } = first.seconds;
    // A stage of a small classifier may be shorter than a tick of the browser's clock.
    for (const seconds of Object.values(stages)) expect(seconds).toBeGreaterThanOrEqual(0);
    expect(stages.teacher).toBeGreaterThan(0);
    expect(Object.values(stages).reduce((sum, seconds) => sum + seconds, 0)).toBeLessThan(1.05 * total);
  });

  test("reports progress stage by stage, sample by sample", () => {
    expect([...new Set(seen.map(({ stage }) => stage))]).toEqual(["classify", "encode", "sample", "distil"]);
    expect(seen.filter(({ stage }) => stage === "sample").map(({ done }) => done)).toEqual([0, 8, 16, 24, 32]);
    expect(seen.every(({ done, total }) => done <= total)).toBe(true);
    expect(seen.at(-1)).toMatchObject({ stage: "distil", done: 1, map: first.map });
  });

  test("creates no GPU object from batch to batch", () => {
    const [, one, ...later] = creations;
    expect(later).toEqual([one, one, one]);
  });

  test("the same seed gives the identical map", async () => {
    const again = await session.explain(photo, { samples: SAMPLES, seed: 3 });
    expect(again.map).toEqual(first.map);
    expect(again).toMatchObject({ shiftedShare: first.shiftedShare, studentAgreement: first.studentAgreement });
  });

  test("another batch size gives the same map to 1e-5", async () => {
    const other = await Session.create({ ...SMALL, device: counting.device, batch: 5 });
    const { map, shiftedShare } = await other.explain(photo, { samples: SAMPLES, seed: 3 });
    expect(shiftedShare).toBe(first.shiftedShare);
    expect(worstError(map as Float32Array, first.map as Float32Array)).toBeLessThan(1e-5);
    other.dispose();
    // The device was adopted: the first session goes on.
    expect((await session.classify(photo)).top5[0]?.index).toBe(first.target.index);
  });

  test("an abort before 32 samples gives no map but ABORTED; the session goes on", async () => {
    const controller = new AbortController();
    const error = await rejected(
      session.explain(photo, {
        samples: SAMPLES,
        target: OTHER_CLASS,
        signal: controller.signal,
        onProgress: ({ stage, done }) => {
          if (stage === "sample" && done === 0) controller.abort();
        },
      }),
    );
    expect(error).toMatchObject({ code: "ABORTED" });
    expect((await session.classify(photo)).top5[0]?.index).toBe(first.target.index);
  });

  test("an abort from 32 samples on keeps the map of the samples so far", async () => {
    const controller = new AbortController();
    const result = await session.explain(photo, {
      samples: 1000,
      student: "correlation",
      signal: controller.signal,
      onProgress: ({ stage, done }) => {
        if (stage === "sample" && done === 32) controller.abort();
      },
    });
    expect(result).toMatchObject({ aborted: true, samples: 32 });
    expect(result.map?.every(Number.isFinite)).toBe(true);
  });
});

describe("explain by another method", () => {
  test("gives a map, every parameter, the passes and the time of every stage", async () => {
    const seen: Progress[] = [];
    const options = { method: "rise", parameters: { masks: 8 }, seed: 3 };
    const result = await session.explain(photo, { ...options, onProgress: (progress) => seen.push(progress) });
    expect(result).toMatchObject({
      method: "rise",
      seed: 3,
      height: HEIGHT,
      width: WIDTH,
      teacher: "own",
      aborted: false,
      samples: 8,
    });
    expect(result.degenerate).toBeUndefined();
    expect(result.map?.every(Number.isFinite)).toBe(true);
    expect(result.target).toEqual(result.top5[0]);
    expect(result.settings).toMatchObject({
      masks: 8,
      cells: 7,
      keep: 0.5,
      seed: 3,
      fit: "crop",
      batch: 8,
      meanProbability: expect.any(Number),
    });
    expect(result.passes).toEqual({ forward: 8, backward: 0 });
    const { total, ...stages } = result.seconds;
    expect(Object.keys(stages)).toEqual(expect.arrayContaining(["perturb", "teacher", "gather"]));
    expect(Object.values(stages).reduce((sum, seconds) => sum + seconds, 0)).toBeLessThan(1.05 * total);
    expect(seen.at(-1)).toMatchObject({ stage: "sample" });
    for (const finding of ["shiftedShare", "studentAgreement", "synthesis", "reconstruction"]) expect(result).not.toHaveProperty(finding);
  });

  test("the target, the fit, a profile and the memory budget hold for it too", async () => {
    const memory = 5e6;
    const tight = await Session.create({ ...SMALL, device: counting.device, memory });
    const options = { method: "occlusion", parameters: { window: 32, stride: 16 }, target: OTHER_CLASS, fit: "squash" as const };
    const result = await tight.explain(photo, { ...options, profile: true });
    expect(result.target.index).toBe(OTHER_CLASS);
    expect(result.settings.fit).toBe("squash");
    expect(result.profile?.spans.some(({ kernel }) => kernel === "occlude")).toBe(true);
    expect(result.memory).toEqual({ budget: memory, peak: expect.any(Number) });
    expect(result.memory.peak).toBeLessThanOrEqual(memory);
    tight.dispose();
  });

  test("a photo fits as the classifier has it unless told otherwise, and the settings say how", async () => {
    const teacher = { ...TOY, input: { ...TOY.input, resize: "squash" as const } };
    const squashing = await Session.create({ device: counting.device, weights: readToyWeights, model: teacher });
    const options = { method: "occlusion", parameters: { window: 224, stride: 224 } };
    const explain = (fit?: "crop" | "squash") => squashing.explain(photo, { ...options, fit });
    const [own, squash, crop] = await Promise.all([explain(), explain("squash"), explain("crop")]);
    expect([own, squash, crop].map(({ settings }) => settings.fit)).toEqual(["squash", "squash", "crop"]);
    expect(own.input).toEqual(squash.input);
    expect(own.input).not.toEqual(crop.input);
    expect((await squashing.classify(photo)).logits).toEqual((await squashing.classify(photo, { fit: "squash" })).logits);
    squashing.dispose();
  });

  test("an abort after a third keeps the map of the masks so far and says how many", async () => {
    const controller = new AbortController();
    const result = await session.explain(photo, {
      method: "rise",
      parameters: { masks: 96 },
      signal: controller.signal,
      onProgress: ({ stage, done }) => {
        if (stage === "sample" && done === 32) controller.abort();
      },
    });
    expect(result).toMatchObject({ method: "rise", aborted: true, samples: 32, settings: { masks: 96 } });
    expect(result.map?.every(Number.isFinite)).toBe(true);
  });
});

test.each(["precision", "activations"])("half precision of %s is refused where the adapter has none", async (name) => {
  const { features } = counting.device;
  const plain = new Proxy(counting.device, {
    get: (device, property) => {
      if (property === "features") return new Set([...features].filter((feature) => feature !== "shader-f16"));
      const value = Reflect.get(device, property);
      return typeof value === "function" ? value.bind(device) : value;
    },
  });
  expect(await rejected(Session.create({ ...SMALL, device: plain, [name]: "f16" }))).toMatchObject({
    code: "LIMIT",
    message: expect.stringContaining("shader-f16"),
    fix: `Give ${name} "f32", or leave it out.`,
  });
});

describe("a device of its own", () => {
  test("that is lost is replaced at the next call, and dispose destroys it", async () => {
    const devices: GPUDevice[] = [];
    const gpu = {
      async requestAdapter() {
        const adapter = (await navigator.gpu.requestAdapter()) as GPUAdapter;
        const requestDevice = async (descriptor: GPUDeviceDescriptor) => {
          const device = await adapter.requestDevice(descriptor);
          devices.push(device);
          return device;
        };
        return { features: adapter.features, limits: adapter.limits, requestDevice };
      },
    } as unknown as GPU;
    const own = await Session.create({ model: CLASSIFIER, gpu });
    const before = await own.classify(photo);
    devices[0]?.destroy();
    await devices[0]?.lost;
    const after = await own.classify(photo);
    expect(devices).toHaveLength(2);
    expect(after.logits).toEqual(before.logits);
    own.dispose();
    expect((await devices[1]?.lost)?.reason).toBe("destroyed");
    expect(await rejected(own.classify(photo))).toMatchObject({ code: "DISPOSED" });
  });
});
