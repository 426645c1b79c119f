import { afterAll, beforeAll, expect, test } from "vitest";
import {
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

beforeAll(async () => {
  const { classifier } = ownClassifier({ height: 32, width: 48, channels: 3, classes: 4 });
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

test.each<[string, (argument: never) => unknown, readonly unknown[]]>([
  ["classify's photo", (wrong) => session.classify(wrong), NO_PHOTOS],
  ["classify's options", (wrong) => session.classify(photo, wrong), NO_OBJECTS],
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
  ["check's session", (wrong) => check(wrong, photo), [undefined, null, 5, {}]],
  ["check's photo", (wrong) => check(session, wrong), NO_PHOTOS],
  ["check's options", (wrong) => check(session, photo, wrong), NO_OBJECTS],
  ["embed's session", (wrong) => embed(wrong, photo), [undefined, null, 5, {}]],
  ["embed's photo", (wrong) => embed(session, wrong), NO_PHOTOS],
  ["embed's options", (wrong) => embed(session, photo, wrong), NO_OBJECTS],
  ["draw's canvas", (wrong) => draw(wrong, {} as never), [undefined, null, 5, {}, "canvas"]],
  ["draw's explanation", (wrong) => draw(new OffscreenCanvas(8, 8), wrong), [undefined, null, 5, {}, { map }]],
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
