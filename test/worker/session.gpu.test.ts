import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { check, drawCurves, embed, evaluate, METRICS } from "../../src/faces/evaluate.ts";
import { type SessionInterface, Session as SessionInWorker, type WorkerSessionOptions } from "../../src/faces/worker.ts";
import { draw, EngineError, type ExplainOptions, METHODS, type Photo, type PhotoSource, Session } from "../../src/index.ts";
import { encodeSafetensors, type TensorValues } from "../../src/nets/weights/encode-safetensors.ts";
import { CLASSIFIER, patchwork } from "../explain/calls.ts";
import { rejected } from "../support/errors.ts";
import { LONG } from "../support/long.ts";
import { Random } from "../support/random.ts";
import { sharedDevice } from "../support/shared-engine.ts";

const SIDE = 32;
const classifier = { ...CLASSIFIER, labels: ["ash", "beech", "cedar", "elm", "fir", "hazel", "larch", "maple", "oak", "pine"] };
const SHORT = { student: "correlation", fill: ["grey"] } as const;
const RELABEL: ExplainOptions = { samples: 16, seed: 3, ...(LONG ? {} : SHORT) };
const RISE = { method: "rise", parameters: { masks: 8 }, seed: 5 } as const;

const thread = () => new Worker(new URL("../support/worker-thread.ts", import.meta.url), { type: "module" });
const createThere = (options: WorkerSessionOptions) => SessionInWorker.create({ worker: thread(), ...options });

let page: Session;
let worker: SessionInWorker;

beforeAll(async () => {
  [page, worker] = await Promise.all([
    Session.create({ model: classifier, device: await sharedDevice() }),
    createThere({ model: classifier }),
  ]);
}, 120_000);

afterAll(() => {
  page.dispose();
  worker.dispose();
});

function noise(width: number, height: number, opaque = true): Photo {
  const values = new Random(3).floats(width * height * 4);
  return { width, height, data: Uint8ClampedArray.from(values, (value, i) => (opaque && i % 4 === 3 ? 255 : value * 256)) };
}

function canvasOf({ width, height, data }: Photo): HTMLCanvasElement {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  canvas.getContext("2d")?.putImageData(new ImageData(new Uint8ClampedArray(data), width, height), 0, 0);
  return canvas;
}

const fileOf = (photo: Photo) => new Promise<Blob>((resolve) => canvasOf(photo).toBlob((blob) => resolve(blob as Blob)));

/** What of a result says nothing of how long it took and how much memory was used before. */
function lasting<T extends object>(result: T): Omit<T, "seconds" | "memory"> {
  const { seconds: _, memory: __, ...rest } = result as T & { seconds?: unknown; memory?: unknown };
  return rest;
}

test("says of itself what the session of a page does", () => {
  const said = ({ adapter, teacher, input, outputs, ignored, layers, labels, tuning }: SessionInterface) => ({
    ...{ adapter, teacher, input, outputs, ignored, layers, labels, tuning },
  });
  expect(said(worker)).toEqual(said(page));
});

test("refuses beforehand what the session of a page does", async () => {
  const wrong: ExplainOptions = { method: "grad-cam", parameters: { layer: "nowhere" } };
  expect(await worker.findRefusal(wrong)).toEqual(await page.findRefusal(wrong));
  expect((await worker.findRefusal(wrong))?.message).toMatch(/nowhere/);
  expect(await worker.findRefusal(RISE)).toBeUndefined();
});

describe("maps are those of the session in the page, byte for byte", () => {
  test.each([
    ["relabel", RELABEL],
    ["rise", RISE],
    ["grad-cam, a class by its name", { method: "grad-cam", target: "cedar", fit: "squash" }],
    ["one of METHODS", { ...RISE, method: METHODS.find(({ name }) => name === "rise") as never, target: 1 }],
  ] as const)("%s", async (_, options) => {
    const photo = patchwork();
    const { length } = photo.data;
    const [there, here] = [await worker.explain(photo, options), await page.explain(photo, options)];
    expect(there.map).toBeInstanceOf(Float32Array);
    expect(lasting(there)).toEqual(lasting(here));
    // The page keeps what it gave.
    expect(photo.data).toHaveLength(length);
  });

  test.each<[string, (photo: Photo) => PhotoSource | Promise<PhotoSource>]>([
    ["an ImageData", ({ width, height, data }) => new ImageData(new Uint8ClampedArray(data), width, height)],
    ["a file", fileOf],
    ["an address", async (photo) => new URL(URL.createObjectURL(await fileOf(photo)))],
    ["a canvas", canvasOf],
    ["an OffscreenCanvas", (photo) => offscreen(canvasOf(photo))],
    ["an ImageBitmap", (photo) => createImageBitmap(canvasOf(photo))],
    ["an image", async (photo) => Object.assign(new Image(), { src: URL.createObjectURL(await fileOf(photo)) })],
    ["a video frame", (photo) => new VideoFrame(canvasOf(photo), { timestamp: 0 })],
  ])("of %s that is partly transparent, which the page keeps", async (_, make) => {
    const source = await make(noise(40, 50, false));
    const here = await page.explain(source, RISE);
    expect(lasting(await worker.explain(source, RISE))).toEqual(lasting(here));
    expect(lasting(await worker.explain(source, RISE))).toEqual(lasting(here));
    if (source instanceof VideoFrame) source.close();
  });

  test("of a photo that was opened, and only by the session that opened it", async () => {
    const canvas = canvasOf(noise(40, 40));
    const [opened, here] = [await worker.open(canvas), await page.open(canvas)];
    expect([opened.input, opened.size]).toEqual([here.input, here.size]);
    canvas.getContext("2d")?.clearRect(0, 0, 40, 40);
    expect(lasting(await worker.explain(opened, RISE))).toEqual(lasting(await page.explain(here, RISE)));
    expect(await worker.classify(opened, { top: 2 })).toEqual(await page.classify(here, { top: 2 }));
    expect(await rejected(worker.classify(here))).toMatchObject({
      code: "BAD_OPTION",
      message: "The photo was opened by another session.",
    });
  });
});

describe("scores and checks are those of a session in the page", () => {
  const target = 2;

  test("scores of maps and yardsticks, of an opened photo", async () => {
    const photo = patchwork();
    const map = Float32Array.from({ length: page.input.height * page.input.width }, (_, i) => Math.sin(i));
    const options = { target, metrics: ["causal", "road"], parameters: { causal: { protocol: "rise-fast" } }, seed: 4 } as const;
    const seen: number[] = [];
    const opened = await worker.open(photo);
    const there = await worker.evaluate(opened, { mine: map }, { ...options, onProgress: ({ done }) => seen.push(done) });
    expect(lasting(there)).toEqual(lasting(await evaluate(page, photo, { mine: map }, options)));
    expect(seen.length).toBeGreaterThan(1);
    expect(map.length).toBeGreaterThan(0);
  });

  test("checks of a method", async () => {
    const options = { ...RISE, target, checks: ["seeds", "sensitivity"], neighbours: 2 } as const;
    expect(lasting(await worker.check(patchwork(), options))).toEqual(lasting(await check(page, patchwork(), options)));
  });

  test("synthetic images in the plane", async () => {
    const options = { samples: 16, seed: 3, perplexity: 4, fill: ["grey"] } as const;
    expect(lasting(await worker.embed(patchwork(), options))).toEqual(lasting(await embed(page, patchwork(), options)));
  });

  test("pictures of curves", async () => {
    const map = Float32Array.from({ length: page.input.height * page.input.width }, (_, i) => Math.cos(i));
    const there = await worker.drawCurves(patchwork(), map);
    expect(there).toEqual(await drawCurves(page, patchwork(), map));
    expect(there.start).not.toEqual(there.photo);
  });

  test("they are stopped", async () => {
    const abort = new AbortController();
    const stopped = worker.check(patchwork(), { ...RISE, signal: abort.signal, onProgress: () => abort.abort() });
    expect(await rejected(stopped)).toMatchObject({ code: "ABORTED" });
  });
});

function offscreen(canvas: HTMLCanvasElement): OffscreenCanvas {
  const { width, height } = canvas;
  const copy = new OffscreenCanvas(width, height);
  copy.getContext("2d")?.drawImage(canvas, 0, 0);
  return copy;
}

test("an explanation is drawn over the photo as it was given, though it has changed since", async () => {
  const canvas = canvasOf(noise(SIDE, SIDE));
  const explanations = [await worker.explain(canvas, RISE), await page.explain(canvas, RISE)];
  canvas.getContext("2d")?.clearRect(0, 0, SIDE, SIDE);
  const drawings = explanations.map(async (explanation) => {
    const context = new OffscreenCanvas(SIDE, SIDE).getContext("2d") as OffscreenCanvasRenderingContext2D;
    await draw(context, explanation);
    return context.getImageData(0, 0, SIDE, SIDE).data;
  });
  const [there, here] = await Promise.all(drawings);
  expect(there).toEqual(here);
});

test("bytes of an opened photo are moved where the page wants that, and only then", async () => {
  const [kept, moved] = [noise(40, 50), noise(40, 50)];
  const here = await page.explain(kept, RISE);
  const opened = await worker.open(moved, { move: true });
  expect([moved.data.length, (await worker.open(kept)).source]).toEqual([0, kept]);
  expect(kept.data).toHaveLength(4 * 40 * 50);
  const there = await worker.explain(opened, RISE);
  expect(lasting(there)).toEqual(lasting(here));
  const canvas = new OffscreenCanvas(SIDE, SIDE);
  expect(await rejected(draw(canvas, there))).toMatchObject({
    code: "BAD_OPTION",
    message: expect.stringMatching(/photo is not known here/),
  });
  await draw(canvas, there, { photo: kept });
});

describe("on the way", () => {
  test("progress arrives in its order, and calls end in theirs", async () => {
    const heard: string[] = [];
    const order: string[] = [];
    const first = worker.explain(canvasOf(noise(60, 60)), { ...RISE, onProgress: ({ stage, done }) => heard.push(`${stage} ${done}`) });
    await Promise.all([first.then(() => order.push("first")), worker.classify(noise(8, 8)).then(() => order.push("second"))]);
    const there: string[] = [];
    await page.explain(canvasOf(noise(60, 60)), { ...RISE, onProgress: ({ stage, done }) => there.push(`${stage} ${done}`) });
    expect(heard).toEqual(there);
    expect(order).toEqual(["first", "second"]);
  });

  test("an abort ends the call, with the reason, and the session goes on", async () => {
    const reason = new Error("enough");
    const controller = new AbortController();
    const onProgress = () => controller.abort(reason);
    const error = await rejected(worker.explain(noise(40, 40), { samples: 5000, signal: controller.signal, onProgress }));
    expect(error).toBeInstanceOf(EngineError);
    expect(error).toMatchObject({ code: "ABORTED", cause: reason });
    const aborted = await rejected(worker.classify(noise(40, 40), { signal: controller.signal }));
    expect(aborted).toMatchObject({ code: "ABORTED", cause: reason });
    expect((await worker.classify(noise(40, 40))).top5).toHaveLength(5);
  });

  test("what a receiver of progress throws ends the call", async () => {
    const own = new TypeError("no such element");
    const onProgress = () => {
      throw own;
    };
    expect(await rejected(worker.explain(noise(40, 40), { samples: 5000, onProgress }))).toBe(own);
    expect((await worker.classify(noise(40, 40))).top5).toHaveLength(5);
  });

  test.each<[string, () => Promise<unknown>, (session: Session) => Promise<unknown>]>([
    ["a wrong option", () => worker.explain(noise(9, 9), { samples: 1 }), (session) => session.explain(noise(9, 9), { samples: 1 })],
    [
      "a wrong class",
      () => worker.explain(noise(9, 9), { target: "willow" }),
      (session) => session.explain(noise(9, 9), { target: "willow" }),
    ],
    ["no photo", () => worker.classify("cat" as never), (session) => session.classify("cat" as never)],
    ["no picture", () => worker.classify(new Blob(["x"])), (session) => session.classify(new Blob(["x"]))],
  ])("%s is the error that a session of the page throws", async (_, attempt, here) => {
    const [error, expected] = [await rejected(attempt()), (await rejected(here(page))) as EngineError];
    expect(error).toBeInstanceOf(EngineError);
    const { code, message, fix } = expected;
    expect(error).toMatchObject({ code, message, fix });
  });
});

describe("what it is created with", () => {
  const weights = encodeSafetensors(classifier.weights as Record<string, TensorValues>) as ArrayBuffer;

  test("shards from a function, sources of bytes and a store of tunings of the page", async () => {
    const read = async (start: number, end: number) => new Uint8Array(weights.slice(start, end));
    class Source {
      readonly name = "own.safetensors";
      readonly size = weights.byteLength;
      read = read;
    }
    const keys: string[] = [];
    const stored = { choices: {}, saved: 0.25 };
    const load = async (key: string) => {
      keys.push(key);
      return stored;
    };
    const input = { index: ["one"], shard: async () => new Source() };
    const session = await createThere({ model: { ...classifier, weights: input }, tuning: { load, save: async () => {} } });
    expect(lasting(await session.explain(patchwork(), RISE))).toEqual(lasting(await page.explain(patchwork(), RISE)));
    expect(session.tuning).toEqual(stored);
    expect(keys).toEqual([expect.stringContaining("own")]);
    const controller = new AbortController();
    const tuned = session.tune({ batch: 1, signal: controller.signal, onProgress: () => controller.abort() });
    expect(await rejected(tuned)).toMatchObject({ code: "ABORTED" });
    session.dispose();
  });

  test("what a function of the page throws is thrown as it is", async () => {
    const own = new RangeError("no such file");
    const shard = () => Promise.reject(own);
    const attempt = createThere({ model: { ...classifier, weights: { index: ["one"], shard } } });
    expect(await rejected(attempt)).toBe(own);
  });

  test.each<[string, () => Promise<unknown>, RegExp, RegExp]>([
    ["a device", async () => SessionInWorker.create({ device: await sharedDevice() } as never), /^A device cannot/, /share a device/],
    ["a definition", () => worker.explain(noise(9, 9), { method: { ...METHODS[1], run: async () => {} } as never }), /has code/, /METHODS/],
    ["what cannot be cloned", () => worker.explain(noise(9, 9), { target: Symbol("cat") as never }), /cannot be given this/, /plain data/],
    ["a lease", () => worker.lend(), /from a worker/, /of "relabel"/],
    [
      "a metric with code",
      () => worker.evaluate(noise(9, 9), {}, { target: 0, metrics: [METRICS[0] as never] }),
      /have code/,
      /names of METRICS/,
    ],
    ["what a worker does", () => check(worker as never, noise(9, 9)), /in a worker/, /check\(\) of the session itself/],
  ])("%s is refused by name", async (_, attempt, message, fix) => {
    const error = await rejected(attempt());
    expect(error).toBeInstanceOf(EngineError);
    expect(error).toMatchObject({ code: "BAD_OPTION", message: expect.stringMatching(message), fix: expect.stringMatching(fix) });
  });

  test("a worker that does not run is an error, not silence", async () => {
    const missing = new Worker("/no-such-file.js", { type: "module" });
    const error = await rejected(SessionInWorker.create({ model: classifier, worker: missing }));
    expect(error).toMatchObject({ code: "NO_WORKER", message: expect.stringMatching(/^The worker does not run/) });
  });

  test("dispose ends the worker and what is under way", async () => {
    const session = await createThere({ model: classifier });
    const underWay = rejected(session.explain(noise(40, 40), { ...RELABEL, samples: 5000 }));
    session.dispose();
    session.dispose();
    expect(await underWay).toMatchObject({ code: "DISPOSED" });
    expect(await rejected(session.classify(noise(9, 9)))).toMatchObject({ code: "DISPOSED" });
  });
});
