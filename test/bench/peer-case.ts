import type { ConcatSpec, DenseSpec, NetSpec } from "../../bench/peers/peer.ts";
import type { PeerActivation } from "../../bench/peers/program.ts";
import type { Node } from "../../src/graph/graph.ts";
import { GraphBuilder } from "../../src/ops/builder.ts";
import { isConv } from "../../src/ops/conv.ts";
import { isDepthwiseConv } from "../../src/ops/depthwise-conv.ts";
import { isLinear } from "../../src/ops/linear.ts";
import { Random } from "../support/random.ts";
import { randomTensors } from "../support/random-weights.ts";
import { evaluate } from "../support/reference-net.ts";

/** What a peer is given and what it must make of it, in float64. */
export interface Case<Spec> {
  readonly spec: Spec;
  readonly expected: Float64Array;
}

const BATCH = 2;

/** A net of every operation that is compared, in shapes that are multiples of nothing. */
export function netCase(): Case<NetSpec> {
  const g = new GraphBuilder();
  const relu6 = (x: Node) => g.activation(x, "relu6");
  const stem = relu6(g.batchNorm(g.conv(g.input([13, 9, 3]), "stem", { outputs: 8, kernel: 3, stride: 2, padding: "same" }), "bn0", 1e-3));
  const depthwise = relu6(g.batchNorm(g.depthwiseConv(stem, "dw", { kernel: 5, padding: "same" }), "bn1", 1e-3));
  const block = g.activation(g.add(g.batchNorm(g.conv(depthwise, "pw", { outputs: 8, kernel: 1 }), "bn2", 1e-3), stem), "relu");
  const max = g.concat([g.maxPool(block, 3, 2, 1), g.averagePool(block, 3, 2, 1), g.maxPool(depthwise, 3, 2, 1)]);
  const dense = g.activation(g.conv(max, "dense", { outputs: 10, kernel: 3, padding: 1, bias: true }), "relu");
  const sum = g.add(g.averagePool(dense, 3, 1, 1), g.averagePool(dense, 3, 1, 1, false));
  const image = g.activation(g.linear(sum, "image", 12), "relu");
  const pooled = g.linear(g.globalPool(g.conv(sum, "mix", { outputs: 7, kernel: 2 })), "pooled", 12, { bias: false });
  const first = g.linear(sum, "first", 12, { flatten: "nhwc" });
  g.activation(g.add(g.add(pooled, image), first), "relu");
  const { nodes } = g;
  const tensors = randomTensors(nodes, 1);
  const images = Array.from({ length: BATCH }, (_, n) => new Random(10 + n).floats(13 * 9 * 3));
  return {
    spec: {
      ...{ name: "every operation", batch: BATCH, nodes },
      tensor: (key) => tensors.get(key) as Float32Array<ArrayBuffer>,
      input: joined(images),
    },
    expected: joined(images.map((input) => evaluate(nodes, input, tensors).get(nodes.at(-1) as Node) as Float64Array)),
  };
}

type Build = (g: GraphBuilder) => Node;

/** A layer each, without what is added and clamped after it. */
const LAYERS = {
  gemm: (g) => g.linear(g.input([1, 1, 20]), "x", 12),
  "conv 1x1": (g) => g.conv(g.input([6, 5, 16]), "x", { outputs: 12, kernel: 1, bias: true }),
  "conv 3x3": (g) => g.conv(g.input([7, 6, 5]), "x", { outputs: 12, kernel: 3, padding: 1, bias: true }),
  "conv 3x3 of stride 2, padded below and right": (g) =>
    g.conv(g.input([8, 8, 3]), "x", { outputs: 12, kernel: 3, stride: 2, padding: "same", bias: true }),
  "conv 1x1 of stride 2": (g) => g.conv(g.input([6, 7, 8]), "x", { outputs: 12, kernel: 1, stride: 2, bias: true }),
  "conv 1x5 of stride 1 and 2, four paddings": (g) =>
    g.conv(g.input([5, 9, 8]), "x", { outputs: 12, kernel: [1, 5], stride: [1, 2], padding: [1, 2, 0, 3], bias: true }),
  "conv 3x3, dilated": (g) => g.conv(g.input([7, 8, 8]), "x", { outputs: 12, kernel: 3, dilation: 2, padding: 2, bias: true }),
  grouped: (g) => g.conv(g.input([7, 6, 16]), "x", { outputs: 24, kernel: 3, stride: 2, padding: 1, groups: 2, bias: true }),
  "several outputs a channel": (g) => g.conv(g.input([7, 6, 8]), "x", { outputs: 16, kernel: 3, padding: 1, groups: 8, bias: true }),
  depthwise: (g) => g.depthwiseConv(g.input([9, 8, 12]), "x", { kernel: 3, stride: 2, padding: 1, bias: true }),
} satisfies Record<string, Build>;

export const LAYER_NAMES = Object.keys(LAYERS) as (keyof typeof LAYERS)[];

/** A layer, followed by an activation or by a residual and an activation. */
export function layerCase(name: keyof typeof LAYERS, activation: PeerActivation | undefined, withResidual: boolean): Case<DenseSpec> {
  const g = new GraphBuilder();
  const node = (LAYERS[name] as Build)(g);
  const tensors = randomTensors(g.nodes, 2);
  const [height, width, channels] = (node.inputs[0] as Node).shape;
  const [outHeight, outWidth, outputs] = node.shape;
  const random = new Random(3);
  const images = Array.from({ length: BATCH }, () => random.floats(height * width * channels, -1, 3));
  const residual = withResidual ? random.floats(BATCH * outHeight * outWidth * outputs) : undefined;
  const weights = tensors.get("x.weight") as Float32Array<ArrayBuffer>;
  const window =
    isConv(node) || isDepthwiseConv(node)
      ? node
      : { kernel: [1, 1] as const, stride: [1, 1] as const, dilation: [1, 1] as const, pad: [0, 0] as const, groups: 1 };
  const most = activation === "relu6" ? 6 : Number.POSITIVE_INFINITY;
  const plain = joined(images.map((input) => evaluate(g.nodes, input, tensors).get(node) as Float64Array));
  return {
    spec: {
      kind: isLinear(node) ? "gemm" : isDepthwiseConv(node) ? "depthwise" : "conv",
      ...{ name, batch: BATCH, height, width, channels, outHeight, outWidth, outputs, activation, residual },
      ...{
        kernel: window.kernel,
        stride: window.stride,
        dilation: window.dilation,
        pad: [window.pad[0], window.pad[1]],
        groups: window.groups,
      },
      input: joined(images),
      weights: isLinear(node)
        ? Float32Array.from(weights, (_, i) => weights[(i % outputs) * channels + Math.floor(i / outputs)] as number)
        : weights,
      bias: tensors.get("x.bias") as Float32Array<ArrayBuffer>,
    },
    expected: plain.map((value, i) => {
      const sum = value + (residual?.[i] ?? 0);
      return activation ? Math.min(Math.max(sum, 0), most) : sum;
    }),
  };
}

/** Three images side by side, of channels that are multiples of nothing. */
export function concatCase(): Case<ConcatSpec> {
  const g = new GraphBuilder();
  const [height, width] = [3, 5];
  const random = new Random(4);
  const inputs = [5, 26, 1].map((channels) => ({
    shape: [height, width, channels] as const,
    values: random.floats(BATCH * height * width * channels),
  }));
  const { shape } = g.concat(inputs.map((input) => g.input(input.shape)));
  const rows = Array.from({ length: BATCH * height * width }, (_, pixel) =>
    inputs.map(({ shape: [, , channels], values }) => Float64Array.from(values.subarray(pixel * channels, (pixel + 1) * channels))),
  );
  return { spec: { kind: "concat", name: "concat", batch: BATCH, shape, inputs }, expected: joined(rows.flat()) };
}

function joined<T extends Float32Array | Float64Array>(parts: readonly T[]): T {
  const [first] = parts as [T];
  const all = new (first.constructor as new (length: number) => T)(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
