import { expect, test } from "vitest";
import { checkDefinition, EngineError, overlay, overlayScale, Session } from "../../src/faces/all.ts";
import { rejected } from "../support/errors.ts";

const map = new Float32Array(4);
const detached = new Float32Array(4);
structuredClone(detached.buffer, { transfer: [detached.buffer] });

test.each<[string, (argument: never) => unknown, unknown[]]>([
  ["overlay's map", (wrong) => overlay(wrong, new Uint8ClampedArray(16)), [undefined, null, "map", {}, [1, 2], detached]],
  ["overlay's input", (wrong) => overlay(map, wrong), [undefined, null, "rgba", 5, {}, new Uint8ClampedArray(15), detached]],
  ["overlayScale's map", (wrong) => overlayScale(wrong), [undefined, null, 5, {}, new Float32Array(0), detached]],
  ["a session's options", (wrong) => Session.create(wrong), [undefined, null, 5, "resnet50", {}, { batch: "8" }, { memory: {} }]],
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
