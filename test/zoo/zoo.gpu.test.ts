import { beforeAll, describe, expect, test } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import { PlanBuilder } from "../../src/engine/plan.ts";
import { sizeOf, type Tensor } from "../../src/engine/tensor.ts";
import type { Node } from "../../src/graph/graph.ts";
import { Net } from "../../src/nets/net.ts";
import { appendScoreGradient } from "../../src/nets/score-gradient.ts";
import type { ActivationNode } from "../../src/ops/activation.ts";
import { isInvertible } from "../../src/ops/activation-functions.ts";
import { tensorShape } from "../../src/ops/shape.ts";
import type { WeightSource } from "../../src/ops/weight-source.ts";
import { findTeacher } from "../../src/zoo/teachers.ts";
import { type Golden, padPixels, readGolden, uniforms, worstError } from "../support/golden.ts";
import { distance, layerValues, norm, sampled } from "../support/golden-backward.ts";
import { LONG } from "../support/long.ts";
import { seededValues } from "../support/seeded-weights.ts";
import { sharedEngine } from "../support/shared-engine.ts";

/** Each has an operation that the others of the short run have not; all of them are in `npm run test:long`. */
const SHORT = ["mobilenet_v3_small", "shufflenet_v2_x1_0", "regnet_y_400mf"];

interface NetFacts extends Record<"target" | "activations" | "largest" | "norm", number> {
  size: [number, number];
  /** Whose weights have a factor, in the order of the factors. */
  layers: string[];
}

interface Facts extends Record<"seed" | "first" | "step", number> {
  mean: number[];
  std: number[];
  nets: Record<string, NetFacts>;
}

let engine: Engine;
let golden: Golden;
let facts: Facts;

beforeAll(async () => {
  engine = await sharedEngine();
  golden = await readGolden("zoo");
  facts = golden.facts as Facts;
});

const stored = (name: string, what: string) => golden.tensors.get(`${name}.${what}`)?.values as Float32Array;

/** Seeded weights, those of a layer times its factor. */
function calibrated(name: string): WeightSource {
  const factors = new Map(facts.nets[name]?.layers.map((layer, at) => [layer, stored(name, "factors")[at] as number]));
  return {
    async read(key, shape, first = 0, count = shape[0] as number) {
      const row = sizeOf(shape.slice(1));
      const values = seededValues(key, shape, first * row, count * row);
      const factor = factors.get(key) ?? (/\.(weight|bias)$/.test(key) ? factors.get(key.replace(/\.\w+$/, "")) : undefined);
      return factor === undefined ? values : values.map((value) => value * factor);
    },
  };
}

describe("nets with more than convolutions and ReLUs are torchvision's and timm's: logits, and the gradient of the image", () => {
  test.each(
    [
      ...["mobilenet_v3_small", "mobilenet_v3_large", "efficientnet_b0", "densenet121", "googlenet", "inception_v3", "squeezenet1_1"],
      ...["shufflenet_v2_x1_0", "resnext50_32x4d", "regnet_y_400mf", "convnext_tiny", "seresnet50"],
    ].filter((name) => LONG || SHORT.includes(name)),
  )(
    "%s",
    async (name) => {
      const { mean, std, nets } = facts;
      const {
        size: [height, width],
        target,
      } = nets[name] as NetFacts;
      const nodes = await findTeacher(name).nodes({ input: [height, width, 3], classes: 1000 });
      const net = await Net.load(engine, nodes, calibrated(name));
      const pixels = uniforms(facts.seed, height * width * 3).map((u, i) => (u - (mean[i % 3] as number)) / (std[i % 3] as number));
      const input = engine.tensor("image", tensorShape(1, net.inputShape), padPixels(pixels));
      const values = layerValues(net, engine, 1);
      try {
        const forward = new PlanBuilder(engine, name);
        net.appendForward(forward, 1, input, values);
        await forward.once();
        expect(worstError(await (values.get(net.output) as Tensor).read(), stored(name, "logits"))).toBeLessThan(1e-4);
        const all = new Map([...values, [net.input, input]]);
        const raw = await gradientOf(net, all, target);
        expect(distance(sampled(raw, whole(name)), stored(name, "gradient")), "as f32 has it").toBeLessThan(2e-2);
        settle(net, all, name);
        const gradient = await gradientOf(net, all, target);
        expect(worstError(sampled(gradient, whole(name)), stored(name, "gradient")), "where all units are on float64's side").toBeLessThan(
          2e-5,
        );
        // The pixels that are not stored are held by these.
        expect(gradient.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) / whole(name).largest).toBeCloseTo(1, 4);
        expect(norm(gradient) / whole(name).norm).toBeCloseTo(1, 4);
      } finally {
        net.dispose();
        for (const tensor of [input, ...values.values()]) tensor.dispose();
      }
    },
    400_000,
  );
});

function whole(name: string) {
  const {
    size: [height, width],
    largest,
    norm,
  } = facts.nets[name] as NetFacts;
  return { height, width, first: facts.first, step: facts.step, largest, norm };
}

async function gradientOf(net: Net, values: ReadonlyMap<Node, Tensor>, target: number): Promise<Float32Array> {
  const output = engine.tensor("gradient", tensorShape(1, net.inputShape));
  const plan = new PlanBuilder(engine, "backward");
  const { gradient } = appendScoreGradient(plan, 1, net.outputShape[2], target);
  await net.appendBackward(plan, 1, values, { seed: { node: net.output, gradient }, until: net.input, output });
  await plan.once();
  const found = await output.read();
  output.dispose();
  return found;
}

/** Gives units beside a corner, or beside another maximum of a pool, the values that they have in float64. */
function settle(net: Net, values: ReadonlyMap<Node, Tensor>, name: string): void {
  const { activations } = net;
  expect(activations).toHaveLength(facts.nets[name]?.activations as number);
  const rows = stored(name, "doubts");
  for (let at = 0; at < rows.length; at += 3) {
    const [activation, index, value] = rows.subarray(at, at + 3) as unknown as [number, number, number];
    const node = activations[activation] as Node;
    const kept = isInvertible((node as ActivationNode).activation) ? node : (node.inputs[0] as Node);
    const [, , channels] = kept.shape;
    const padded = Math.floor(index / channels) * 4 * Math.ceil(channels / 4) + (index % channels);
    (values.get(kept) as Tensor).write(Float32Array.of(value), padded);
  }
}
