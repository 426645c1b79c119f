import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Engine } from "../../src/engine/engine.ts";
import { PlanBuilder } from "../../src/engine/plan.ts";
import { sizeOf } from "../../src/engine/tensor.ts";
import type { Node, Shape } from "../../src/graph/graph.ts";
import { Net } from "../../src/nets/net.ts";
import { GraphBuilder } from "../../src/ops/builder.ts";
import { tensorShape } from "../../src/ops/shape.ts";
import { worstError } from "../support/golden.ts";
import { LONG } from "../support/long.ts";
import { cutChannels, padChannels } from "../support/padded-channels.ts";
import { Random } from "../support/random.ts";
import { randomTensors, sourceOf } from "../support/random-weights.ts";
import { backward } from "../support/reference-backward.ts";
import { evaluate } from "../support/reference-net.ts";
import { sharedDevice } from "../support/shared-engine.ts";

const CHANNELS = [1, 3, 5, 26, 58];
const SIZES = [
  [1, 1],
  [1, 37],
  [5, 7],
] as const;
const BATCH = 5;
/** Of the largest value. */
const FORWARD = 1e-5;
const GRADIENT = 1e-4;

type Build = (g: GraphBuilder, x: Node) => Node;

/** What every operation makes of an image of any size and number of channels; the definitions are PyTorch's in operations.gpu.test.ts. */
const BUILDS: Readonly<Record<string, Build>> = {
  conv: (g, x) => g.conv(x, "a", { outputs: 26, kernel: 3, padding: 1, bias: true }),
  "conv of stride 2, dilated": (g, x) =>
    g.conv(x, "a", { outputs: 5, kernel: [1, 3], stride: [2, 1], dilation: [1, 2], padding: [0, 2, 0, 3] }),
  "conv in as many groups, two outputs each": (g, x) =>
    g.conv(x, "a", { outputs: 2 * x.shape[2], kernel: 3, padding: 1, groups: x.shape[2] }),
  depthwiseConv: (g, x) => g.depthwiseConv(x, "a", { kernel: 5, stride: 2, padding: 2, bias: true }),
  linear: (g, x) => g.linear(x, "a", 5),
  batchNorm: (g, x) => g.batchNorm(x, "a", 1e-3),
  affine: (g, x) => g.affine(x, { scale: -1.5, shift: 0.25 }),
  prelu: (g, x) => g.prelu(x, "a"),
  layerNorm: (g, x) => g.layerNorm(x, "a", 1e-2),
  localResponseNorm: (g, x) => g.localResponseNorm(x, { size: 5, alpha: 0.5 }),
  multiply: (g, x) => g.multiply(x, g.activation(g.conv(g.globalPool(x), "a", { outputs: x.shape[2], kernel: 1, bias: true }), "sigmoid")),
  subtract: (g, x) => g.subtract(x, g.globalPool(x)),
  divide: (g, x) => g.divide(x, g.affine(g.activation(g.conv(x, "a", { outputs: 1, kernel: 1 }), "sigmoid"), { shift: 1 })),
  add: (g, x) => g.add(g.globalPool(x), x),
  maxPool: (g, x) => g.maxPool(x, 3, 2, { padding: 1, ceil: true }),
  averagePool: (g, x) => g.averagePool(x, 3, 2, { padding: 1, ceil: true }),
  globalPool: (g, x) => g.globalPool(x),
  adaptiveAveragePool: (g, x) => g.adaptiveAveragePool(x, [3, 2]),
  concat: (g, x) => g.concat([x, g.affine(x, { scale: 2 }), x]),
  slice: (g, x) => g.slice(x, Math.floor(x.shape[2] / 3), Math.ceil(x.shape[2] / 2)),
  shuffle: (g, x) => g.shuffle(x, x.shape[2] % 2 === 0 ? 2 : 1),
  pad: (g, x) => g.pad(x, [1, 0, 2, 3], { value: 0.5 }),
  "pad by reflection": (g, x) => g.pad(x, [0, x.shape[1] - 1, x.shape[0] - 1, 0], { mode: "reflect" }),
  crop: (g, x) => g.crop(x, [0, 0, 0, x.shape[1] - 1]),
  resizeNearest: (g, x) => g.resizeNearest(x, [x.shape[0] + 2, 2 * x.shape[1]]),
  upsample: (g, x) => g.upsample(x, 2),
  ...Object.fromEntries(
    (["relu", "relu6", "sigmoid", "tanh", "silu", "hardSigmoid", "hardSwish", "gelu", "geluTanh", "mish"] as const).map(
      (name): [string, Build] => [name, (g, x) => g.activation(g.conv(x, "a", { outputs: x.shape[2], kernel: 1, bias: true }), name)],
    ),
  ),
};

let engine: Engine;

beforeAll(async () => {
  engine = await Engine.create({ device: await sharedDevice() });
});

afterAll(() => engine.dispose());

/** The short run has every sixth, in one size each. */
const BUILT = Object.entries(BUILDS).filter((_, at) => LONG || at % 6 === 0);

describe.each(BUILT)("%s", (name, build) => {
  const shapes = CHANNELS.flatMap((channels) => SIZES.map(([height, width]): Shape => [height, width, channels]));
  const offset = Object.keys(BUILDS).indexOf(name);

  test.each(shapes.filter((_, at) => LONG || (at + offset) % 15 === 0))(
    "of %i x %i x %i: values and gradients of the ends of a batch",
    async (...shape) => {
      const g = new GraphBuilder();
      const last = build(g, g.input(shape));
      const tensors = randomTensors(g.nodes, offset + 1);
      const random = new Random(sizeOf(shape) + offset);
      const images = Array.from({ length: BATCH }, () => random.floats(sizeOf(shape), -2, 2));
      const seeds = images.map(() => random.floats(sizeOf(last.shape)));
      const net = await Net.load(engine, g.nodes, sourceOf(tensors));
      const upload = (node: Node, given: readonly Float32Array[]) =>
        engine.tensor(node.label, tensorShape(BATCH, node.shape), padChannels(given, node.shape[2]));
      const [input, start] = [upload(net.input, images), upload(last, seeds)];
      const [out, gradient] = [last, net.input].map((node) => engine.tensor("found", tensorShape(BATCH, node.shape))) as [
        typeof input,
        typeof input,
      ];
      const plan = new PlanBuilder(engine, name);
      const values = net.appendForward(plan, BATCH, input, new Map([[last, out]]));
      await net.appendBackward(plan, BATCH, values, { seed: { node: last, gradient: start }, until: net.input, output: gradient });
      await plan.once();
      const found = { values: await out.read(), gradient: await gradient.read() };
      for (const image of [0, BATCH - 1]) {
        const exact = evaluate(g.nodes, Float64Array.from(images[image] as Float32Array), tensors);
        const back = backward(g.nodes, { values: exact, tensors, seed: Float64Array.from(seeds[image] as Float32Array) });
        for (const [which, node, wanted, tolerance] of [
          ["values", last, exact.get(last), FORWARD],
          ["gradient", net.input, back.get(net.input), GRADIENT],
        ] as const) {
          const size = found[which].length / BATCH;
          const part = cutChannels(found[which].subarray(image * size, (image + 1) * size), node.shape[2]);
          expect(errorOf(part, wanted as Float64Array), `${which} of image ${image}`).toBeLessThan(tolerance);
        }
      }
      for (const tensor of [input, start, out, gradient]) tensor.dispose();
      net.dispose();
    },
  );
});

/** Relative to the largest value; where all are 0, as the gradient of a norm over one channel, to 1. */
function errorOf(found: Float32Array, wanted: Float64Array): number {
  return wanted.every((value) => value === 0) ? Math.max(...found.map(Math.abs)) : worstError(found, wanted);
}
