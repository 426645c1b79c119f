import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { check, type ExplainOptions, embed, evaluate, METHODS, type Photo, Session, type SessionOptions } from "../../src/faces/all.ts";
import { rejected } from "../support/errors.ts";
import { LONG } from "../support/long.ts";
import { normalised, ownClassifier, type Size } from "../support/own-classifier.ts";
import { decodeExample, fetchWeights } from "../support/photos.ts";
import { evaluate as reference } from "../support/reference-net.ts";
import { sharedDevice } from "../support/shared-engine.ts";

let sessions: Session[] = [];
/** One device for all sessions, which has their kernels compiled. */
let device: GPUDevice;

beforeAll(async () => {
  device = await sharedDevice();
});

afterEach(() => {
  for (const session of sessions) session.dispose();
  sessions = [];
  vi.restoreAllMocks();
});

async function open(options: SessionOptions): Promise<Session> {
  const session = await Session.create({ batch: 8, device, ...options });
  sessions.push(session);
  return session;
}

/** Few passes of every method. */
const CHEAP: Record<string, Record<string, number | string>> = {
  relabel: { samples: 32 },
  occlusion: { window: 60, stride: 40 },
  rise: { masks: 32 },
  lime: { samples: 32, segmentation: "slic", segments: 20 },
  extremal: { iterations: 3, areas: "0.1" },
  fgvis: { iterations: 6 },
};

const sigmoid = (logit: number) => 1 / (1 + Math.exp(-logit));

function softmax(logits: ArrayLike<number>): number[] {
  const values = Array.from(logits, (logit) => Math.exp(logit - Math.max(...Array.from(logits))));
  const total = values.reduce((sum, value) => sum + value, 0);
  return values.map((value) => value / total);
}

let photo: Photo;

describe("a classifier built in code", () => {
  test.each<[string, Size, SessionOptions, (logits: number[]) => number[]]>([
    ["RGB, 48 x 80, softmax", { height: 48, width: 80, channels: 3, classes: 10 }, {}, softmax],
    [
      "BGR, 48 x 80, sigmoid",
      { height: 48, width: 80, channels: 3, classes: 5 },
      { input: { channels: "bgr" }, outputs: "sigmoid" },
      (z) => z.map(sigmoid),
    ],
    ["grey, 33 x 57, logits", { height: 33, width: 57, channels: 1, classes: 7 }, { outputs: "logits" }, (z) => z],
    [
      "grey, 64 x 32, one output",
      { height: 64, width: 32, channels: 1, classes: 1 },
      {},
      ([z]) => [sigmoid(z as number), sigmoid(-(z as number))],
    ],
  ])("%s: probabilities, ten methods, scores, checks and t-SNE", async (_, size, options, probabilitiesOf) => {
    photo ??= await decodeExample("cat.jpg");
    const { classifier, tensors } = ownClassifier(size);
    const session = await open({ model: classifier, weights: fetchWeights, ...options });
    const { probabilities, top5 } = await session.classify(photo);
    expect(session.labels).toHaveLength(Math.max(2, size.classes));
    expect(top5[0]?.label).toBe(session.labels[top5[0]?.index as number]);

    const maps: Record<string, Float32Array> = {};
    // The default student costs the most, and sees nothing of the classifier but probabilities: one classifier has it, in the long run all.
    const student: ExplainOptions = LONG || options.outputs === "logits" ? {} : { student: "correlation" };
    for (const { name } of METHODS) {
      const { map, input, height, width, degenerate, target } = await session.explain(photo, {
        ...(name === "relabel" ? student : {}),
        method: name,
        parameters: CHEAP[name] ?? {},
      });
      expect([height, width, input.length]).toEqual([size.height, size.width, 4 * size.height * size.width]);
      if (name === "relabel") {
        const values = reference(classifier.net, normalised(input, session.input), tensors);
        const logits = Array.from(values.get(classifier.net.at(-1) as never) as Float64Array);
        const expected = probabilitiesOf(logits);
        expected.forEach((value, index) => {
          expect(Math.abs((probabilities[index] as number) - value)).toBeLessThan(1e-5 * Math.max(1, Math.abs(value)));
        });
        expect(target.index).toBe(expected.indexOf(Math.max(...expected)));
      }
      if (!map) expect(degenerate, name).toBeTruthy();
      else {
        expect(map.length, name).toBe(size.height * size.width);
        expect(map.every(Number.isFinite), name).toBe(true);
        maps[name] = map;
      }
    }
    // Random nets are stubborn: some methods find nothing, most do.
    expect(Object.keys(maps).length).toBeGreaterThan(5);

    const target = top5[0]?.index as number;
    const few = Object.fromEntries(Object.entries(maps).slice(0, 1));
    const judged = await evaluate(session, photo, few, {
      ...{ target, metrics: ["causal", "road", "infidelity"], protocol: "xplique", samples: 20, shares: [0.2], yardsticks: ["edges"] },
    });
    expect(Object.keys(judged.maps)).toEqual([...Object.keys(few), "edges"]);
    for (const scores of Object.values(judged.maps)) expect(Number.isFinite(scores.causal?.difference)).toBe(true);
    expect(judged.causal?.ends.original).toBeCloseTo(probabilities[target] as number, 4);
    const report = await check(session, photo, { method: "grad-cam", seeds: 2, neighbours: 1, modules: 1 });
    expect(report.degenerate ?? report.explanations).toBeTruthy();
    const placed = await embed(session, photo, { samples: 32, fill: ["grey"], perplexity: 8 });
    expect([placed.points.length, placed.kept.length]).toEqual([64, 32]);
    expect(placed.shiftedShare).toBeCloseTo(1 - placed.kept.reduce((sum, kept) => sum + kept, 0) / 32, 6);
  });

  test("methods that decode take luma and any proportions", async () => {
    photo ??= await decodeExample("cat.jpg");
    const { classifier } = ownClassifier({ height: 48, width: 96, channels: 1, classes: 3 });
    const session = await open({ model: classifier, weights: fetchWeights });
    const { map, reconstruction } = await session.explain(photo, { synthesis: "residual", noiseScale: 1, samples: 8 });
    expect(reconstruction?.probability).toBeGreaterThan(0);
    if (map) expect(map.length).toBe(48 * 96);
    const without = await open({ model: classifier, weights: "/examples/" });
    expect(await rejected(without.explain(photo, { synthesis: "residual", noiseScale: 1, samples: 8 }))).toMatchObject({
      code: "BAD_WEIGHTS",
      message: expect.stringContaining("vae.safetensors"),
    });
  });

  test("the same seed is the same map in any batch", async () => {
    photo ??= await decodeExample("cat.jpg");
    const { classifier } = ownClassifier({ height: 48, width: 80, channels: 3, classes: 10 });
    const [one, other] = [await open({ model: classifier, batch: 8 }), await open({ model: classifier, batch: 5 })];
    const options = { method: "rise", parameters: { masks: 40 } };
    const [first, second] = [await one.explain(photo, options), await other.explain(photo, options)];
    const most = (first.map as Float32Array).reduce((high, value) => Math.max(high, Math.abs(value)), 0);
    const apart = (first.map as Float32Array).map((value, at) => Math.abs(value - (second.map?.[at] as number)));
    expect(Math.max(...apart)).toBeLessThanOrEqual(1e-5 * most);
  });

  test("the target of a sigmoid keeps its label on its side of one half", async () => {
    photo ??= await decodeExample("cat.jpg");
    const { classifier } = ownClassifier({ height: 48, width: 80, channels: 3, classes: 1 }, { labels: ["cat"] });
    const session = await open({ model: classifier });
    expect(session.labels).toEqual(["cat", "not cat"]);
    const { probabilities, logits } = await session.classify(photo);
    expect(logits[1]).toBe(-(logits[0] as number));
    expect((probabilities[0] as number) + (probabilities[1] as number)).toBeCloseTo(1, 6);
    // What speaks for one class speaks against the other, label by label.
    const [yes, no] = [
      await session.explain(photo, { target: "cat", samples: 64, student: "correlation" }),
      await session.explain(photo, { target: "not cat", samples: 64, student: "correlation" }),
    ];
    expect(yes.shiftedShare).toBe(no.shiftedShare);
    const [linear, negated] = [
      await session.explain(photo, { target: 0, method: "linear" }),
      await session.explain(photo, { target: 1, method: "linear" }),
    ];
    expect(linear.map?.every((value, at) => Math.abs(value + (negated.map?.[at] as number)) < 1e-5)).toBe(true);
  });
});

describe("what cannot be", () => {
  const size = { height: 48, width: 80, channels: 3, classes: 10 } as const;

  test.each<[string, () => SessionOptions, RegExp]>([
    [
      "another size than the net's",
      () => ({ model: ownClassifier(size).classifier, input: { height: 64 } }),
      /takes 48 x 80 pixels, not 64 x 80/,
    ],
    [
      "too few labels",
      () => ({ model: ownClassifier(size).classifier, labels: ["a"] }),
      /There are 1 labels, and the classifier has 10 classes/,
    ],
    [
      "grey of a colour net",
      () => ({ model: ownClassifier(size).classifier, input: { channels: "grey", mean: [0, 0, 0], deviation: [1, 1, 1] } }),
      /takes 3 channels, not grey/,
    ],
    ["softmax of one output", () => ({ model: ownClassifier({ ...size, classes: 1 }).classifier, outputs: "softmax" }), /single output/],
    ["no net", () => ({ model: { ...ownClassifier(size).classifier, net: [] } }), /has no input/],
    ["another type", () => ({ model: 3 as never }), /The model is 3/],
  ])("%s is refused by name", async (_, options, message) => {
    expect(await rejected(Session.create(options()))).toMatchObject({ code: "BAD_OPTION", message: expect.stringMatching(message) });
  });

  test("weights of another shape are named", async () => {
    const { classifier } = ownClassifier(size);
    const weights = { ...classifier.weights, "deep.bias": { shape: [3], values: new Float32Array(3) } } as never;
    expect(await rejected(Session.create({ model: { ...classifier, weights } }))).toMatchObject({
      code: "BAD_WEIGHTS",
      message: expect.stringMatching(/"deep\.bias" has shape \[3\] where \[12\] is needed/),
    });
  });
});

test("a file of a known architecture says itself which it is, at any size; the former names still work, with a warning", async () => {
  photo ??= await decodeExample("cat.jpg");
  const warnings: unknown[] = [];
  vi.spyOn(console, "warn").mockImplementation((line) => warnings.push(line));
  const file = await fetchWeights("efficientnet-lite0.safetensors");
  const own = await open({ model: new Blob([file]), input: { height: 96, width: 128 } });
  expect([own.teacher, own.input.height, own.input.width, own.labels[281]]).toEqual(["efficientnet-lite0", 96, 128, "tabby, tabby cat"]);
  const { map, height, width } = await own.explain(photo, { method: "grad-cam" });
  expect([height, width, map?.length]).toEqual([96, 128, 96 * 128]);
  expect(own.layers.layers.find(({ name }) => name === own.layers.cam)?.shape).toEqual([3, 4, 1280]);
  expect(warnings).toEqual([]);

  const now = await open({ model: "efficientnet-lite0", weights: fetchWeights, input: { height: 96, width: 128 } });
  const former = await open({ teacher: "efficientnet-lite0", readWeights: fetchWeights, input: { height: 96, width: 128 } });
  expect(warnings).toEqual([expect.stringContaining("use `model` and `weights`")]);
  expect((await former.classify(photo)).logits).toEqual((await now.classify(photo)).logits);
});
