import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type Classifier,
  check,
  draw,
  Engine,
  EngineError,
  embed,
  evaluate,
  openWeights,
  pointingGame,
  requestDevice,
  Session,
} from "../../src/faces/all.ts";
import { ownClassifier } from "../support/own-classifier.ts";
import { sharedDevice } from "../support/shared-engine.ts";
import { patchwork } from "./calls.ts";

const photo = patchwork();
const map = new Float32Array(32 * 48);
let session: Session;
let classifier: Classifier;

beforeAll(async () => {
  classifier = ownClassifier({ height: 32, width: 48, channels: 3, classes: 4 }).classifier;
  session = await Session.create({ device: await sharedDevice(), model: classifier });
});

afterAll(() => session.dispose());

const NO_OBJECTS = [null, 5, "text", true];
const NO_PHOTOS = [
  undefined,
  null,
  5,
  true,
  {},
  [],
  { width: 2, height: 2 },
  { width: 2, height: 2, data: new Uint8Array(3) },
  Symbol("photo"),
];
const NO_SIGNALS = [5, "now", {}];

const DRAWN = { map, height: 32, width: 48, photo: { width: 256, height: 256 }, crop: { left: 0, top: 0, width: 256, height: 256 } };
const SPOILT = [
  { ...DRAWN, photo: 5 },
  { ...DRAWN, crop: {} },
  { ...DRAWN, height: undefined },
  { ...DRAWN, map: new Float32Array(3) },
];

test.each<[string, (argument: never) => unknown, readonly unknown[]]>([
  ["classify's photo", (wrong) => session.classify(wrong), NO_PHOTOS],
  ["classify's options", (wrong) => session.classify(photo, wrong), NO_OBJECTS],
  ["a fit", (fit) => session.classify(photo, { fit }), [5, "stretch", null, {}]],
  ["the fit of a search for non-finite numbers", (fit) => session.findNonFinite(photo, { fit }), [5, "stretch"]],
  ["findNonFinite's options", (wrong) => session.findNonFinite(photo, wrong), NO_OBJECTS],
  ["open's options", (wrong) => session.open(photo, wrong), NO_OBJECTS],
  ["new", (wrong) => new (Session as unknown as new (options: unknown) => Session)(wrong), [undefined, {}]],
  ["classify's count", (top) => session.classify(photo, { top }), [0, -1, 1.5, "5", NaN, {}]],
  ["classify's signal", (signal) => session.classify(photo, { signal }), NO_SIGNALS],
  ["explain's photo", (wrong) => session.explain(wrong), NO_PHOTOS],
  ["explain's options", (wrong) => session.explain(photo, wrong), NO_OBJECTS],
  ["explain's method", (method) => session.explain(photo, { method }), [5, {}, "grad-cam2", null, []]],
  ["explain's target", (target) => session.explain(photo, { target }), [-1, 4, 1.5, NaN, "nobody", {}, [], null, true]],
  ["explain's samples", (samples) => session.explain(photo, { samples }), [0, 1, -2, 2.5, "16", NaN, Infinity, {}]],
  ["explain's seed", (seed) => session.explain(photo, { seed }), [-1, 1.5, "1", NaN, {}, 2 ** 32]],
  [
    "explain's parameters",
    (parameters) => session.explain(photo, { method: "rise", parameters }),
    [5, "masks=5", { masks: {} }, { nobody: 1 }, null],
  ],
  ["the sgd student's options", (sgd) => session.explain(photo, { sgd }), [5, null, { rat: 1 }, { rate: "1" }]],
  ["explain's fill", (fill) => session.explain(photo, { fill }), [5, "grey", [], ["red"], {}]],
  ["explain's student", (student) => session.explain(photo, { student }), [5, "pupil", {}]],
  ["explain's gates", (gates) => session.explain(photo, { gates }), [5, "doors", {}]],
  ["explain's synthesis", (synthesis) => session.explain(photo, { synthesis }), [5, "moog", {}]],
  ["explain's fit", (fit) => session.explain(photo, { fit }), [5, "stretch", {}]],
  ["explain's signal", (signal) => session.explain(photo, { signal }), NO_SIGNALS],
  ["explain's onProgress", (onProgress) => session.explain(photo, { samples: 16, onProgress }), [5, "yes", {}]],
  ["tune's options", (wrong) => session.tune(wrong), NO_OBJECTS],
  ["open's photo", (wrong) => session.open(wrong), NO_PHOTOS],
  ["evaluate's session", (wrong) => evaluate(wrong, photo, { map }, { target: 0 }), [undefined, null, 5, {}]],
  ["evaluate's photo", (wrong) => evaluate(session, wrong, { map }, { target: 0 }), NO_PHOTOS],
  [
    "evaluate's maps",
    (wrong) => evaluate(session, photo, wrong, { target: 0 }),
    [...NO_OBJECTS, undefined, { map: 5 }, { map: new Float32Array(3) }],
  ],
  ["evaluate's options", (wrong) => evaluate(session, photo, { map }, wrong), NO_OBJECTS],
  ["evaluate's metrics", (metrics) => evaluate(session, photo, { map }, { target: 0, metrics }), [5, "road", ["nobody"], [null], {}]],
  ["evaluate's yardsticks", (yardsticks) => evaluate(session, photo, { map }, { target: 0, yardsticks }), [5, "edges", ["nobody"], {}]],
  ["evaluate's shares", (shares) => evaluate(session, photo, { map }, { target: 0, metrics: ["road"], shares }), [5, "0.5", {}, ["x"]]],
  [
    "evaluate's parameters",
    (parameters) => evaluate(session, photo, { map }, { target: 0, parameters }),
    [5, null, { nobody: {} }, { causal: 5 }],
  ],
  ["evaluate's other photo", (other) => evaluate(session, photo, { map }, { target: 0, other }), NO_PHOTOS.filter(Boolean)],
  [
    "evaluate's inside",
    (inside) => evaluate(session, photo, { map }, { target: 0, metrics: ["truth"], inside }),
    [undefined, null, 5, "left", {}, { left: 0, top: 0, right: 5 }],
  ],
  ["evaluate's fit", (fit) => evaluate(session, photo, { map }, { target: 0, fit }), [5, "stretch"]],
  ["check's session", (wrong) => check(wrong, photo), [undefined, null, 5, {}]],
  ["check's photo", (wrong) => check(session, wrong), NO_PHOTOS],
  ["check's options", (wrong) => check(session, photo, wrong), NO_OBJECTS],
  ["check's checks", (checks) => check(session, photo, { checks, method: "grad-cam" }), [5, "seeds", ["nobody"], {}]],
  ["embed's description", (of) => embed(session, photo, { of, samples: 32 }), [5, "nobody", null]],
  ["embed's session", (wrong) => embed(wrong, photo), [undefined, null, 5, {}]],
  ["embed's photo", (wrong) => embed(session, wrong), NO_PHOTOS],
  ["embed's options", (wrong) => embed(session, photo, wrong), NO_OBJECTS],
  ["draw's canvas", (wrong) => draw(wrong, {} as never), [undefined, null, 5, {}, "canvas"]],
  ["draw's explanation", (wrong) => draw(new OffscreenCanvas(8, 8), wrong), [undefined, null, 5, {}, { map }, ...SPOILT]],
  ["draw's options", (wrong) => draw(new OffscreenCanvas(8, 8), DRAWN, wrong), [...NO_OBJECTS, { opacity: "half" }, { photo: 5 }]],
  ["pointingGame's map", (wrong) => pointingGame(wrong, [{ left: 0, top: 0, right: 1, bottom: 1 } as never]), [undefined, null, 5, {}]],
  ["the engine's options", (wrong) => Engine.create(wrong), [...NO_OBJECTS, { device: 5 }, { gpu: {} }, { memory: -1 }]],
  ["a GPU", (wrong) => requestDevice(wrong), [null, 5, {}]],
  ["weights", (wrong) => openWeights(wrong, "file"), [undefined, null, 5, {}, []]],
])("%s: what cannot be is refused with what to do", async (_, call, given) => {
  const wrong: string[] = [];
  for (const argument of given) {
    const outcome = await (async () => call(argument as never))().catch((error: unknown) => error);
    const shown = typeof argument === "object" ? JSON.stringify(argument) : String(argument);
    if (!(outcome instanceof EngineError)) wrong.push(`${shown}: ${outcome instanceof Error ? outcome.stack?.slice(0, 250) : "no error"}`);
    else if (!/\S/.test(outcome.fix)) wrong.push(`${shown}: no fix`);
  }
  expect(wrong).toEqual([]);
});

test.each<[string, (argument: never) => Promise<unknown>, object, RegExp]>([
  ["Session.create", (wrong) => Session.create(wrong), { modle: "resnet18" }, /^It takes: model, weights, /],
  ["The input", (wrong) => Session.create({ input: wrong }), { heigth: 96 }, /height, width/],
  ["open", (wrong) => session.open(photo, wrong), { target: 1 }, /^It takes: fit, signal\.$/],
  ["classify", (wrong) => session.classify(photo, wrong), { topp: 1 }, /top/],
  ["findNonFinite", (wrong) => session.findNonFinite(photo, wrong), { top: 1 }, /fit, signal\.$/],
  ["explain", (wrong) => session.explain(photo, wrong), { smaples: 10 }, /samples/],
  ["sgd", (sgd) => session.explain(photo, { sgd }), { epoch: 10 }, /epochs/],
  ["tune", (wrong) => session.tune(wrong), { batches: 10 }, /batch/],
  ["evaluate", (wrong) => evaluate(session, photo, { map }, Object.assign(wrong, { target: 0 })), { metric: "road" }, /metrics/],
  ["check", (wrong) => check(session, photo, wrong), { profile: true }, /checks/],
  ["embed", (wrong) => embed(session, photo, wrong), { student: "sgd" }, /perplexity/],
  ["draw", (wrong) => draw(new OffscreenCanvas(8, 8), DRAWN, wrong), { opactiy: 1 }, /opacity, signed, colours, scale, photo/],
  ["The classifier", (wrong) => Session.create({ model: Object.assign(wrong, classifier) }), { lables: [] }, /labels/],
])("%s refuses names that are no options, and says which there are", async (what, call, given, fix) => {
  const [name] = Object.keys(given);
  const outcome = await (async () => call(given as never))().catch((error: unknown) => error);
  expect(outcome).toMatchObject({ code: "BAD_OPTION", message: `${what} has no option "${name}".`, fix: expect.stringMatching(fix) });
});

test("what is undefined is not given", async () => {
  const { logits } = await session.classify(photo);
  expect((await session.classify(photo, { smaples: undefined } as never)).logits).toEqual(logits);
});
