import { expect, test } from "vitest";
import { checkDefinition, EngineError, overlay, overlayColour, overlayScale, Session } from "../../src/faces/all.ts";
import { Session as SessionInWorker } from "../../src/faces/worker.ts";
import { rejected } from "../support/errors.ts";

const map = new Float32Array(4);
const detached = new Float32Array(4);
structuredClone(detached.buffer, { transfer: [detached.buffer] });

const input = { op: "input", shape: [8, 8, 3] };
const CLASSIFIERS = [
  { net: null },
  { net: [null] },
  { net: [input, 5], weights: {} },
  { net: [input], weights: undefined },
  { net: [input], weights: 5 },
  { net: [input], weights: {}, layers: null },
  { net: [input], weights: {}, lables: [] },
];
const WEIGHTS = [{ url: "file:///nowhere", sha265: "" }, () => undefined, () => 5, { index: 5, shard: 5 }, { index: ["a"], shard: 5 }];
const WORKERS = [{ worker: "x" }, { worker: {} }, { modle: "resnet18" }, { tuning: 5 }, { input: 96 }, { precision: "f8" }];

test.each<[string, (argument: never) => unknown, unknown[]]>([
  ["overlay's map", (wrong) => overlay(wrong, new Uint8ClampedArray(16)), [undefined, null, "map", {}, [1, 2], detached]],
  ["overlay's input", (wrong) => overlay(map, wrong), [undefined, null, "rgba", 5, {}, new Uint8ClampedArray(15), detached]],
  ["overlayScale's map", (wrong) => overlayScale(wrong), [undefined, null, 5, {}, new Float32Array(0), detached]],
  [
    "overlay's options",
    (wrong) => overlay(map, new Uint8ClampedArray(16), wrong),
    [null, 5, "half", { opactiy: 1 }, { opacity: "half" }, { scale: 5 }, { scale: { low: 1, high: 1 } }],
  ],
  ["overlayColour's strength", (wrong) => overlayColour(wrong), [undefined, "half", -1, 2, NaN, {}]],
  ["a session's options", (wrong) => Session.create(wrong), [undefined, null, 5, "resnet50", {}, { batch: "8" }, { memory: {} }]],
  ["a session's model", (model) => Session.create({ model }), [5, null, {}, [], "nobody", { net: 5 }, { net: [] }, ...CLASSIFIERS]],
  ["a session's weights", (weights) => Session.create({ weights }), [5, null, true, {}, [], { url: 5 }, { url: "nowhere" }, ...WEIGHTS]],
  ["a session's input", (input) => Session.create({ input }), [5, null, "96", [96, 96], { heigth: 96 }, { height: "96" }]],
  ["a session's precision", (precision) => Session.create({ precision }), ["f8", 16, null, {}]],
  ["a session's activations", (activations) => Session.create({ activations }), ["f8", 16, null, {}]],
  ["a session's tuning store", (tuning) => Session.create({ tuning }), [5, "auto", {}, { load: 5 }]],
  ["a session's labels", (labels) => Session.create({ labels }), [5, "cat", {}, [5]]],
  ["a session's signal", (signal) => Session.create({ signal }), [5, "now", {}]],
  ["a session in a worker", (wrong) => SessionInWorker.create(wrong), [null, 5, "resnet50", ...WORKERS]],
  ["a definition", (wrong) => checkDefinition(wrong), [undefined, null, 5, "blur", {}, { name: "blur" }]],
])("%s: what cannot be is refused with what to do", async (_, call, arguments_) => {
  for (const argument of arguments_) {
    const error = await rejected(async () => call(argument as never));
    expect(error).toBeInstanceOf(EngineError);
    expect(error).toMatchObject({
      code: expect.stringMatching(/^[A-Z_]+$/),
      message: expect.any(String),
      fix: expect.stringMatching(/\S/),
    });
  }
});

test("an input as one number is refused with what it would be", async () => {
  expect(await rejected(Session.create({ input: 96 as never }))).toMatchObject({
    message: "The input is 96.",
    fix: "Give an object, such as { height: 96, width: 96 }.",
  });
});

test("an address as the name of a model is refused with how addresses are given", async () => {
  expect(await rejected(Session.create({ model: "/fruit.safetensors" }))).toMatchObject({
    message: 'There is no classifier "/fruit.safetensors".',
    fix: expect.stringMatching(/efficientnet-lite0.*new URL\("\.\.\.", location\.href\)/),
  });
});

test("a precision that there is not is refused with those that there are", async () => {
  expect(await rejected(Session.create({ precision: "f8" as never }))).toMatchObject({
    message: "The precision is f8.",
    fix: "Choose one of: f32, f16.",
  });
});
