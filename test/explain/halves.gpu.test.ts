/** Sessions that keep activations in f16. */
import { expect, test } from "vitest";
import { spearman } from "../../src/explain/rank-correlation.ts";
import { Session } from "../../src/faces/all.ts";
import { worstError } from "../support/golden.ts";
import { ownClassifier } from "../support/own-classifier.ts";
import { decodeExample } from "../support/photos.ts";
import { sharedDevice } from "../support/shared-engine.ts";

const MODEL = ownClassifier({ height: 48, width: 64, channels: 3, classes: 10 }, {}, 10).classifier;

test("activations in f16 hardly change logits and a map of labels, and what goes back through the net not at all", async ({ skip }) => {
  const device = await sharedDevice();
  if (!device.features.has("shader-f16")) skip("this adapter has no shader-f16");
  const photo = await decodeExample("cat.jpg");
  const explained = async (activations: "f32" | "f16") => {
    const session = await Session.create({ model: MODEL, device, activations });
    const { logits } = await session.classify(photo);
    const by = async (method: string, parameters: Record<string, number>) =>
      (await session.explain(photo, { method, parameters, target: 0 })).map;
    const maps = { rise: await by("rise", { masks: 64 }), extremal: await by("extremal", { iterations: 2 }) };
    session.dispose();
    return { logits, ...maps };
  };
  const [single, half] = [await explained("f32"), await explained("f16")];
  expect(worstError(half.logits, single.logits)).toBeLessThan(0.01);
  expect(half.logits).not.toEqual(single.logits);
  expect(spearman(half.rise as Float32Array, single.rise as Float32Array)).toBeGreaterThan(0.99);
  expect(half.rise).not.toEqual(single.rise);
  expect(half.extremal).toEqual(single.extremal);
});
