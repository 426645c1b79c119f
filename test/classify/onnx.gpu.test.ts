import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { METHODS, type OnnxInput, openOnnx, type Photo, PREPROCESSINGS, Session, type SessionOptions } from "../../src/faces/all.ts";
import { weightShapes } from "../../src/graph/graph.ts";
import { Session as WorkerSession } from "../../src/worker/session.ts";
import { rejected } from "../support/errors.ts";
import { type ModelForm, onnxOf } from "../support/onnx-of.ts";
import { ownClassifier, type Size } from "../support/own-classifier.ts";
import { decodeExample } from "../support/photos.ts";
import { sharedDevice } from "../support/shared-engine.ts";

const SIZE: Size = { height: 32, width: 48, channels: 3, classes: 10 };
const LABELS = ["apple", "banana", "cherry", "date", "elder", "fig", "grape", "hazel", "iris", "juniper"];

let device: GPUDevice;
let photo: Photo;
let sessions: { dispose(): void }[] = [];

beforeAll(async () => {
  device = await sharedDevice();
  photo = await decodeExample("cat.jpg");
});

afterEach(() => {
  for (const session of sessions) session.dispose();
  sessions = [];
});

async function open(options: SessionOptions): Promise<Session> {
  const session = await Session.create({ batch: 8, device, ...options });
  sessions.push(session);
  return session;
}

function modelOf(size: Size, form?: ModelForm) {
  const { classifier, tensors } = ownClassifier(size);
  const shapes = weightShapes(classifier.net);
  const written = onnxOf("fruit", classifier.net, (key) => tensors.get(key) as Float32Array<ArrayBuffer>, form);
  expect(shapes.size).toBe(6);
  return { classifier, ...written };
}

const named = (onnx: Uint8Array<ArrayBuffer>) => new File([onnx], "fruit.onnx");

describe("an ONNX file is a classifier", () => {
  test.each<[form: string, form: ModelForm]>([
    ["as PyTorch writes it", {}],
    ["with channels last", { layout: "NHWC" }],
    ["for a batch of 4", { batch: 4 }],
    ["with a softmax at its end", { end: "Softmax" }],
  ])("%s: the logits are those of the net in code", async (_, form) => {
    const { classifier, onnx } = modelOf(SIZE, form);
    const input = { mean: [0.4, 0.5, 0.6], deviation: [0.2, 0.3, 0.25], resize: "squash" } as const;
    const own = await (await open({ model: classifier, input })).classify(photo);
    const session = await open({ model: named(onnx), input, labels: LABELS });
    expect(session).toMatchObject({
      teacher: "fruit.onnx",
      labels: LABELS,
      outputs: "softmax",
      input: { height: 32, width: 48, ...input },
    });
    const { logits, top5 } = await session.classify(photo);
    const largest = Math.max(...own.logits.map(Math.abs));
    expect(Math.max(...logits.map((logit, at) => Math.abs(logit - (own.logits[at] as number)))) / largest).toBeLessThan(1e-6);
    expect(top5[0]?.label).toBe(LABELS[own.top5[0]?.index as number]);
  });

  test("one output with a sigmoid is a yes or no", async () => {
    const { onnx } = modelOf({ ...SIZE, classes: 1, channels: 1 }, { end: "Sigmoid" });
    const session = await open({ model: onnx, labels: ["ripe"], preprocess: "unit" });
    expect(session).toMatchObject({ outputs: "sigmoid", labels: ["ripe", "not ripe"], input: { channels: "grey", mean: [0, 0, 0] } });
    const { probabilities } = await session.classify(photo);
    expect((probabilities[0] as number) + (probabilities[1] as number)).toBeCloseTo(1, 6);
  });

  test("weights in other files are taken from where they are given, and missed by name", async () => {
    const many = { ...SIZE, classes: 400 };
    const { onnx, files } = modelOf(many, { external: true });
    const { onnx: whole } = modelOf(many);
    const [[location, data]] = [...files] as [[string, Uint8Array<ArrayBuffer>]];
    expect(files.size).toBe(1);
    const { logits } = await (await open({ model: whole })).classify(photo);
    const given: OnnxInput[] = [
      { onnx: named(onnx), data },
      { onnx, data: (file) => (file === location ? new Blob([data]) : Promise.reject(new Error(file))) },
    ];
    for (const model of given) expect((await (await open({ model })).classify(photo)).logits).toEqual(logits);
    expect(await rejected(Session.create({ device, model: named(onnx) }))).toMatchObject({
      code: "BAD_MODEL",
      message: expect.stringContaining(`fruit.onnx keeps its weights in ${location}, which is not given`),
      fix: expect.stringContaining("{ onnx, data }"),
    });
    expect(await rejected(Session.create({ device, model: { onnx: named(onnx), data: data.slice(0, 1000) } }))).toMatchObject({
      code: "BAD_MODEL",
      message: expect.stringMatching(/ends at byte \d+ of .*, which has 1000/),
    });
  });

  test("all methods explain it", async () => {
    const { onnx } = modelOf(SIZE, { end: "Softmax" });
    const session = await open({ model: onnx });
    for (const { name } of METHODS) {
      const cheap = {
        relabel: { samples: 32 },
        rise: { masks: 32 },
        lime: { samples: 32 },
        extremal: { iterations: 3 },
        fgvis: { iterations: 4 },
      };
      const parameters = (cheap as Record<string, Record<string, number>>)[name] ?? {};
      const { map, degenerate } = await session.explain(photo, { method: name, parameters });
      expect(map ?? degenerate, name).toBeDefined();
      if (map) expect(map.length, name).toBe(32 * 48);
    }
  });

  test("in a worker", async () => {
    const { onnx } = modelOf(SIZE);
    const session = await open({ model: onnx });
    const { logits } = await session.classify(photo);
    const thread = new Worker(new URL("../support/worker-thread.ts", import.meta.url), { type: "module" });
    const worker = await WorkerSession.create({ worker: thread, model: { onnx: named(onnx) } });
    sessions.push(worker);
    expect((await worker.classify(photo)).logits).toEqual(logits);
    const opened = await worker.open(photo);
    expect(await worker.comparePreprocessing(opened)).toEqual(await session.comparePreprocessing(photo));
  });

  test("its verdict under every preprocessing shows which one it was trained with", async () => {
    const { onnx } = modelOf(SIZE);
    const session = await open({ model: onnx, preprocess: "keras-tf" });
    const verdicts = await session.comparePreprocessing(photo);
    expect(verdicts.map(({ name }) => name)).toEqual([...PREPROCESSINGS]);
    expect(verdicts[1]?.top5).toEqual((await session.classify(photo)).top5);
    for (const { name, top5 } of verdicts) {
      const other = await open({ model: onnx, preprocess: name });
      expect((await other.classify(photo)).top5, name).toEqual(top5);
    }
  });

  test("openOnnx says what it is before anything is on a GPU", async () => {
    const { onnx } = modelOf(SIZE, { layout: "NHWC" });
    expect(await openOnnx({ onnx }, "fruit.onnx")).toMatchObject({
      ...{ classes: 10, channels: 3, files: [], preprocessing: { name: "keras-tf" } },
      definition: { name: "fruit.onnx", input: { height: 32, width: 48, mean: [0.5, 0.5, 0.5] } },
    });
  });
});
