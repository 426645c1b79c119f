/** Every net of the zoo with its values between layers in f16, on made-up weights. */
import { expect, test } from "vitest";
import { NetData } from "../../bench/net-data.ts";
import { PlanBuilder } from "../../src/engine/plan.ts";
import { Net } from "../../src/nets/net.ts";
import { TEACHERS } from "../../src/zoo/teachers.ts";
import { worstError } from "../support/golden.ts";
import { HALF_ROUNDING } from "../support/kernels.ts";
import { LONG } from "../support/long.ts";
import { sharedEngine } from "../support/shared-engine.ts";

/** As large as the other nets together. */
const LARGE = /^vgg/;
/** Of the largest logit: roundings of many layers, most of which cancel. */
const TOLERANCE = 4 * HALF_ROUNDING;

test.for(TEACHERS.filter(({ name }) => LONG || !LARGE.test(name)))("$name", { timeout: 400_000 }, async ({ name, nodes }, { skip }) => {
  const engine = await sharedEngine();
  skip(!engine.device.features.has("shader-f16"), "this device has no shader-f16");
  const layers = await nodes({ input: [96, 96, 3], classes: 1000 });
  const data = new NetData(name, layers);
  const input = engine.tensor(
    "images",
    [1, 96, 96, 4],
    Float32Array.from({ length: 96 * 96 * 4 }, (_, at) => Math.sin(at * at)),
  );
  const logitsOf = async (activations: "f32" | "f16") => {
    const net = await Net.load(engine, layers, data.source, { activations });
    const out = engine.tensor("logits", [1, 1000]);
    const plan = new PlanBuilder(engine, name);
    net.append(plan, 1, input, out);
    await plan.once();
    const logits = await out.read();
    for (const thing of [net, out]) thing.dispose();
    return logits;
  };
  const [single, half] = [await logitsOf("f32"), await logitsOf("f16")];
  input.dispose();
  expect(half).not.toEqual(single);
  expect(worstError(half, single)).toBeLessThan(TOLERANCE);
});
