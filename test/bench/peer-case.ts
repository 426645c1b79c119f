import type { DenseSpec, NetSpec } from "../../bench/peers/peer.ts";
import { sizeOf } from "../../src/engine/tensor.ts";
import type { Activation, Node } from "../../src/graph/graph.ts";
import { GraphBuilder } from "../../src/ops/builder.ts";
import { isConv } from "../../src/ops/conv.ts";
import { isDepthwiseConv } from "../../src/ops/depthwise-conv.ts";
import { isLinear } from "../../src/ops/linear.ts";
import { Random } from "../support/random.ts";
import { randomTensors, type Tensors } from "../support/random-weights.ts";
import { apply, evaluate } from "../support/reference-net.ts";

/** What a peer is given and what it must make of it, in float64. */
export interface Case<Spec> {
  readonly spec: Spec;
  readonly expected: Float64Array;
}

const BATCH = 2;

/** One of each kind, with parameters of its own where it takes some. */
export const ACTIVATIONS: readonly Activation[] = [
  ...(["relu", "relu6", "sigmoid", "tanh", "silu", "hardSigmoid", "hardSwish", "gelu", "geluTanh", "mish"] as const),
  { name: "clip", low: -0.5, high: 1.5 },
  { name: "leakyRelu", slope: 0.1 },
  { name: "elu", alpha: 1 },
  { name: "hardSigmoid", slope: 0.2, offset: 0.4 },
];

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
      inputs: [joined(images)],
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
export function layerCase(name: keyof typeof LAYERS, activation: Activation | undefined, withResidual: boolean): Case<DenseSpec> {
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

const PIXELS = [3, 5] as const;

/** A net of one layer each, with inputs that are images or vectors; channels are multiples of nothing. */
const SMALL_NETS = {
  concat: (g) => g.concat([5, 26, 1].map((channels) => g.input([...PIXELS, channels]))),
  "layer norm": (g) => g.layerNorm(g.input([...PIXELS, 26]), "x", 1e-3),
  "layer norm of a vector": (g) => g.linear(g.layerNorm(g.globalPool(g.input([...PIXELS, 26])), "x", 1e-3), "y", 7),
  "batch norm": (g) => g.activation(g.batchNorm(g.input([...PIXELS, 5]), "x", 1e-3), "relu"),
  gate: (g) => g.multiply(g.input([...PIXELS, 5]), g.input([1, 1, 5])),
  "gate before the image": (g) => g.activation(g.multiply(g.input([1, 1, 5]), g.input([...PIXELS, 5])), "relu"),
  difference: (g) => g.subtract(g.input([...PIXELS, 5]), g.input([...PIXELS, 1])),
  slice: (g) => g.slice(g.input([...PIXELS, 26]), 3, 10),
  shuffle: (g) => g.shuffle(g.input([...PIXELS, 26]), 2),
  "global pool": (g) => g.globalPool(g.input([...PIXELS, 26])),
  "layer scale": (g) => {
    const x = g.input([...PIXELS, 6]);
    return g.add(g.affine(g.conv(x, "x", { outputs: 6, kernel: 1, bias: true }), { scale: "scale" }), x);
  },
  "squeeze and excitation": (g) => {
    const x = g.input([...PIXELS, 6]);
    const dense = (from: Node, key: string, outputs: number) => g.conv(from, key, { outputs, kernel: 1, bias: true });
    const inner = g.activation(dense(g.globalPool(x), "fc1", 3), "silu");
    return g.multiply(x, g.activation(dense(inner, "fc2", 6), "hardSigmoid"));
  },
} satisfies Record<string, Build>;

export const SMALL_NET_NAMES = Object.keys(SMALL_NETS) as (keyof typeof SMALL_NETS)[];

export const smallNetCase = (name: keyof typeof SMALL_NETS): Case<NetSpec> => caseOf(name, SMALL_NETS[name]);

/** A function of every value, by itself. */
export const activationCase = (activation: Activation): Case<NetSpec> =>
  caseOf("an activation", (g) => g.activation(g.input([...PIXELS, 5]), activation));

function caseOf(name: string, build: Build): Case<NetSpec> {
  const g = new GraphBuilder();
  const last = build(g);
  const { nodes } = g;
  const tensors = randomTensors(nodes, 5);
  const random = new Random(4);
  const inputs = nodes.filter(({ inputs }) => inputs.length === 0);
  const images = Array.from({ length: BATCH }, () => inputs.map(({ shape }) => random.floats(sizeOf(shape), -4, 4)));
  return {
    spec: {
      ...{ name, batch: BATCH, nodes },
      tensor: (key) => tensors.get(key) as Float32Array<ArrayBuffer>,
      inputs: inputs.map((_, which) => joined(images.map((image) => image[which] as Float32Array<ArrayBuffer>))),
    },
    expected: joined(
      images.map((image) => exactValue(last, new Map(inputs.map((input, which) => [input, image[which] as Float32Array])), tensors)),
    ),
  };
}

/** The value of a node for given images, in float64. */
function exactValue(node: Node, given: ReadonlyMap<Node, Float32Array>, tensors: Tensors): Float64Array {
  const image = given.get(node);
  return image
    ? Float64Array.from(image)
    : apply(
        node,
        node.inputs.map((input) => exactValue(input, given, tensors)),
        tensors,
      );
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

/** A classifier behind masks; `others`: what its inputs must not keep. */
export function maskedCase(): Case<NetSpec> & { others: Float32Array<ArrayBuffer>[] } {
  const [height, width, cells, target] = [6, 5, 3, 2];
  const g = new GraphBuilder();
  const features = g.activation(g.conv(g.input([height, width, 3]), "stem", { outputs: 6, kernel: 3, padding: 1 }), "relu");
  g.linear(g.globalPool(features), "classes", 5);
  const { nodes } = g;
  const tensors = randomTensors(nodes, 4);
  const random = new Random(31);
  const photo = random.floats(height * width * 3);
  const sizes = [height * cells, cells * cells, cells * width];
  const [rows, grids, columns] = sizes.map((size) => random.floats(BATCH * size, 0, 1)) as [Float32Array, Float32Array, Float32Array];
  const expected = new Float64Array(height * width);
  const sum = (count: number, value: (at: number) => number) =>
    Array.from({ length: count }, (_, at) => value(at)).reduce((a, b) => a + b, 0);
  for (let n = 0; n < BATCH; n++) {
    const mask = Float64Array.from(expected, (_, at) => {
      const [y, x] = [Math.floor(at / width), at % width];
      const cell = (i: number, j: number) => grids[(n * cells + i) * cells + j] as number;
      return sum(
        cells,
        (i) =>
          (rows[(n * height + y) * cells + i] as number) * sum(cells, (j) => cell(i, j) * (columns[(n * cells + j) * width + x] as number)),
      );
    });
    const image = photo.map((value, at) => value * (mask[Math.floor(at / 3)] as number));
    const logits = evaluate(nodes, image, tensors).get(nodes.at(-1) as Node) as Float64Array;
    const probability = Math.exp(logits[target] as number) / logits.reduce((total, logit) => total + Math.exp(logit), 0);
    for (const [at, value] of mask.entries()) expected[at] = (expected[at] as number) + probability * value;
  }
  return {
    spec: {
      ...{ name: "behind masks", batch: BATCH, nodes, masks: { cells, photo, target } },
      tensor: (key) => tensors.get(key) as Float32Array<ArrayBuffer>,
      inputs: [rows, grids, columns] as Float32Array<ArrayBuffer>[],
    },
    expected,
    others: sizes.map((size) => random.floats(BATCH * size, 0, 1)),
  };
}
