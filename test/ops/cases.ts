import type { Activation, Node } from "../../src/graph/graph.ts";
import { describeActivation } from "../../src/ops/activation-functions.ts";
import { GraphBuilder } from "../../src/ops/builder.ts";
import type { OperationName } from "../../src/ops/operations.ts";

export interface OperationCase {
  readonly name: string;
  readonly operation: OperationName;
  readonly nodes: readonly Node[];
}

type Build = (g: GraphBuilder) => Node;

const ACTIVATIONS: readonly Activation[] = [
  ...(["sigmoid", "tanh", "silu", "hardSigmoid", "hardSwish", "gelu", "geluTanh", "mish"] as const),
  { name: "clip", low: -1, high: 2 },
  { name: "leakyRelu", slope: 0.1 },
  { name: "elu", alpha: 1.5 },
  { name: "hardSigmoid", slope: 0.2, offset: 0.5 },
];

const list = (operation: OperationName, builds: Readonly<Record<string, Build>>): OperationCase[] =>
  Object.entries(builds).map(([rest, build]) => {
    const g = new GraphBuilder();
    build(g);
    return { name: operation + rest, operation, nodes: g.nodes };
  });

/** Between 0 and 1: a vector where x is one, or of `channels` 1 a map; of an image otherwise its pooled vector. */
const gate = (g: GraphBuilder, x: Node, key: string, channels: number) =>
  g.activation(g.conv(channels === 1 ? x : g.globalPool(x), key, { outputs: channels, kernel: 1, bias: true }), "sigmoid");

/** Small nets of single operations, in sizes that are multiples of nothing; reference/operations.py has the same. */
export const CASES: readonly OperationCase[] = [
  ...list("conv", {
    "": (g) => g.conv(g.input([7, 5, 6]), "conv", { outputs: 5, kernel: 3, stride: 2, padding: 1, bias: true }),
    ", padded below and right": (g) =>
      g.conv(g.input([8, 6, 5]), "same", { outputs: 7, kernel: 3, stride: 2, padding: "same", bias: true }),
    " of three channels": (g) => g.conv(g.input([9, 7, 3]), "stem", { outputs: 6, kernel: 3, stride: 2, padding: 1, bias: true }),
    " of a line of 1 x 7, strides 1 and 2": (g) =>
      g.conv(g.input([7, 11, 5]), "line", { outputs: 26, kernel: [1, 7], stride: [1, 2], padding: [0, 3], bias: true }),
    " of 3 x 2, dilated by 2 and 3, four paddings": (g) =>
      g.conv(g.input([9, 8, 5]), "apart", {
        outputs: 3,
        kernel: [3, 2],
        stride: [2, 1],
        dilation: [2, 3],
        padding: [3, 0, 1, 4],
        bias: true,
      }),
    " of 1 x 1, padded": (g) => g.conv(g.input([4, 5, 58]), "frame", { outputs: 5, kernel: 1, padding: 1, bias: true }),
    " of 1 x 1 of stride 2, padded below": (g) =>
      g.conv(g.input([4, 5, 5]), "below", { outputs: 5, kernel: 1, stride: 2, padding: [0, 0, 2, 1], bias: true }),
    " of one pixel, padded by more than its kernel": (g) =>
      g.conv(g.input([1, 1, 5]), "far", { outputs: 5, kernel: 3, stride: 2, padding: 5, bias: true }),
    " of three channels, 3 x 5, dilated": (g) =>
      g.conv(g.input([9, 11, 3]), "slot", {
        outputs: 5,
        kernel: [3, 5],
        stride: [1, 2],
        dilation: [2, 1],
        padding: [2, 0, 1, 3],
        bias: true,
      }),
    ", 3 groups of 8 > 4": (g) => g.conv(g.input([6, 5, 24]), "narrowing", { outputs: 12, kernel: 3, padding: 1, groups: 3, bias: true }),
    ", 2 groups of 4 > 16, taps apart, strides 2 and 1": (g) =>
      g.conv(g.input([7, 9, 8]), "widening", {
        ...{ outputs: 32, kernel: [3, 2], stride: [2, 1], dilation: [1, 2], padding: [0, 3, 2, 1], groups: 2, bias: true },
      }),
    ", groups of 2 > 6 in pairs": (g) =>
      g.conv(g.input([1, 37, 8]), "pairs", { outputs: 24, kernel: [1, 3], stride: 2, groups: 4, bias: true }),
    ", several outputs a channel": (g) =>
      g.conv(g.input([9, 6, 8]), "multiplied", { outputs: 24, kernel: 3, stride: 2, padding: 1, groups: 8, bias: true }),
    ", 26 groups of 1 > 2: all as one": (g) =>
      g.conv(g.input([3, 4, 26]), "uneven", { outputs: 52, kernel: 3, padding: 1, groups: 26, bias: true }),
    ", 3 groups of 5 > 1 of 1 x 1, strided": (g) => g.conv(g.input([5, 5, 15]), "few", { outputs: 3, kernel: 1, stride: 2, groups: 3 }),
    " of three channels by themselves": (g) => g.conv(g.input([5, 7, 3]), "colours", { outputs: 6, kernel: 3, groups: 3, bias: true }),
    ", a group for every channel and output": (g) => g.conv(g.input([5, 4, 5]), "alone", { outputs: 5, kernel: 3, padding: 1, groups: 5 }),
    ", grouped, with a norm, a sum and an activation behind it": (g) => {
      const x = g.input([1, 1, 32]);
      const y = g.batchNorm(g.conv(x, "block", { outputs: 32, kernel: 3, padding: 1, groups: 4 }), "block_norm", 1e-5);
      return g.activation(g.add(y, x), "relu");
    },
    " of twelve channels in the first layer": (g) => {
      const x = g.conv(g.input([11, 9, 12]), "bands", { outputs: 10, kernel: 7, stride: 2, padding: 3, bias: true });
      return g.conv(g.activation(x, "relu"), "behind", { outputs: 3, kernel: 1, bias: true });
    },
    " of one channel": (g) => g.conv(g.input([6, 9, 1]), "grey", { outputs: 5, kernel: 3, padding: 1, bias: true }),
  }),
  ...list("depthwiseConv", {
    "": (g) => g.depthwiseConv(g.input([6, 7, 5]), "depthwise", { kernel: 5, stride: 2, padding: 2, bias: true }),
    " of a long line": (g) =>
      g.depthwiseConv(g.input([1, 37, 26]), "long", { kernel: [1, 5], stride: [2, 3], padding: [0, 2], bias: true }),
    ", dilated": (g) =>
      g.depthwiseConv(g.input([9, 8, 5]), "holes", { kernel: [3, 2], stride: [2, 1], dilation: [2, 3], padding: [3, 0, 1, 4], bias: true }),
  }),
  ...list("batchNorm", {
    "": (g) => g.batchNorm(g.conv(g.input([4, 3, 6]), "mixed", { outputs: 5, kernel: 1 }), "norm", 1e-3),
    " by itself": (g) => g.activation(g.batchNorm(g.input([4, 3, 26]), "alone", 1e-5), "relu"),
  }),
  ...list("layerNorm", {
    "": (g) => g.layerNorm(g.input([4, 3, 26]), "layer", 1e-6),
    " of a large mean": (g) => g.layerNorm(g.affine(g.input([1, 37, 5]), { scale: 2, shift: 20 }), "far", 1e-5),
    " of one channel, which has no gradient": (g) => {
      const x = g.input([5, 2, 1]);
      return g.add(g.layerNorm(x, "lone", 1e-5), x);
    },
    " of one pixel": (g) => g.layerNorm(g.globalPool(g.input([3, 3, 58])), "head", 1e-6),
  }),
  ...list("localResponseNorm", {
    "": (g) => g.localResponseNorm(g.affine(g.input([3, 4, 26]), { scale: 6 }), { size: 5, alpha: 0.5, k: 2 }),
    " of an even size": (g) => g.localResponseNorm(g.affine(g.input([1, 37, 5]), { scale: 6 }), { size: 4, alpha: 1, beta: 0.5 }),
    " of one channel": (g) => g.localResponseNorm(g.affine(g.input([2, 3, 1]), { scale: 6 }), { size: 5 }),
  }),
  ...list("affine", {
    " of tensors": (g) => g.affine(g.input([3, 1, 5]), { scale: "gamma", shift: "beta", shape: [5, 1, 1] }),
    " of numbers": (g) => g.affine(g.input([1, 4, 3]), { scale: -1.75, shift: 0.25 }),
    ", folded into a convolution": (g) => {
      const x = g.input([3, 3, 5]);
      return g.add(g.affine(g.conv(x, "scaled", { outputs: 5, kernel: 1, bias: true }), { scale: "layer_scale" }), x);
    },
  }),
  ...list("activation", {
    " relu": (g) => g.activation(g.conv(g.input([5, 4, 6]), "rectified", { outputs: 7, kernel: 1, bias: true }), "relu"),
    " relu6": (g) => {
      let x = g.input([5, 4, 6]);
      // 32 times as large, so that some values are beyond 6.
      for (let doubling = 0; doubling < 5; doubling++) x = g.add(x, x);
      return g.activation(g.conv(x, "clamped", { outputs: 7, kernel: 1, bias: true }), "relu6");
    },
    ...Object.fromEntries(
      ACTIVATIONS.map((activation): [string, Build] => [
        ` ${describeActivation(activation)}, in a store and by itself`,
        (g) => {
          const x = g.affine(g.input([5, 4, 3]), { scale: 6 });
          const y = g.activation(g.conv(x, "wide", { outputs: 8, kernel: 1, bias: true }), activation);
          return g.activation(g.add(g.conv(y, "narrow", { outputs: 3, kernel: 1, bias: true }), x), activation);
        },
      ]),
    ),
  }),
  ...list("add", {
    "": (g) => {
      const x = g.input([5, 6, 5]);
      return g.add(g.conv(x, "added", { outputs: 5, kernel: 3, padding: 1, bias: true }), x);
    },
  }),
  ...list("concat", {
    " of 8 and 5 channels": (g) => {
      const x = g.input([3, 5, 5]);
      return g.concat([g.conv(x, "eight", { outputs: 8, kernel: 1 }), x]);
    },
    " of 26, 1, 2 and 26 channels": (g) => {
      const x = g.input([2, 3, 26]);
      const [one, two] = ([1, 2] as const).map((outputs) => g.conv(x, `to${outputs}`, { outputs, kernel: 1 })) as [Node, Node];
      return g.concat([x, one, two, x]);
    },
    " of nine inputs of 1 channel": (g) => {
      const x = g.input([1, 37, 1]);
      const y = g.affine(x, { scale: 2 });
      return g.concat([x, y, x, x, y, y, x, y, x]);
    },
    " of 58 channels twice, normed and rectified": (g) => {
      const x = g.input([1, 1, 58]);
      return g.activation(g.batchNorm(g.concat([x, g.add(x, x)]), "joined", 1e-5), "relu");
    },
  }),
  ...list("slice", {
    ", halves of 58 channels, one doubled": (g) => {
      const x = g.input([3, 3, 58]);
      return g.add(g.slice(x, 0, 29), g.affine(g.slice(x, 29, 29), { scale: 2 }));
    },
    " of channels 3 to 7 of 26, and of 0 to 4": (g) => {
      const x = g.input([2, 5, 26]);
      return g.add(g.slice(x, 3, 5), g.slice(x, 0, 5));
    },
    " of 1 channel of 3, in an image of one pixel": (g) => g.slice(g.input([1, 1, 3]), 2, 1),
    " of 8 channels of 16": (g) => g.slice(g.input([1, 37, 16]), 4, 8),
  }),
  ...list("shuffle", {
    " of 58 channels in 2 groups": (g) => g.shuffle(g.input([3, 1, 58]), 2),
    " of 15 channels in 3 groups": (g) => g.shuffle(g.input([1, 37, 15]), 3),
    " of 3 channels in as many groups, twice": (g) => g.shuffle(g.shuffle(g.input([1, 1, 3]), 3), 1),
  }),
  ...list("pad", {
    " of zeros": (g) => g.pad(g.input([3, 4, 5]), [1, 2, 0, 3]),
    " of a constant, before a convolution of 26 channels": (g) => {
      const x = g.pad(g.input([2, 3, 26]), [1, 0, 2, 1], { value: -1.5 });
      return g.conv(x, "padded", { outputs: 3, kernel: 3, bias: true });
    },
    " by reflection": (g) => g.pad(g.input([4, 5, 3]), [3, 2, 1, 4], { mode: "reflect" }),
    " by reflection, of one pixel's height": (g) => g.pad(g.input([1, 37, 1]), [0, 36, 0, 1], { mode: "reflect" }),
    " by reflection and crop": (g) => g.pad(g.input([4, 5, 5]), [1, -1, -2, 2], { mode: "reflect" }),
    " and crop of an image, read twice": (g) => {
      const x = g.input([3, 5, 3]);
      return g.concat([g.pad(x, [-1, 2, 0, -3]), g.crop(x, [0, 0, 1, 1])]);
    },
  }),
  ...list("crop", {
    " of 58 channels": (g) => g.crop(g.input([5, 4, 58]), [1, 0, 2, 3]),
    " to one pixel": (g) => g.crop(g.input([1, 37, 5]), [0, 30, 0, 6]),
  }),
  ...list("resizeNearest", {
    " by 2": (g) => g.resizeNearest(g.input([3, 4, 5]), 2),
    " by 3, of one pixel": (g) => g.resizeNearest(g.input([1, 1, 26]), 3),
    " to a size that is no multiple": (g) => g.resizeNearest(g.input([3, 5, 3]), [7, 11]),
    " to fewer lines": (g) => g.resizeNearest(g.input([7, 37, 1]), [3, 41]),
  }),
  ...list("prelu", {
    "": (g) => g.prelu(g.input([5, 4, 26]), "prelu"),
    " of one slope": (g) => g.prelu(g.conv(g.input([3, 7, 3]), "bent", { outputs: 58, kernel: 1, bias: true }), "slope", { shared: true }),
  }),
  ...list("add", {
    " of a vector and an image": (g) => {
      const x = g.input([5, 6, 5]);
      return g.activation(g.add(g.conv(g.globalPool(x), "shift", { outputs: 5, kernel: 1, bias: true }), x), "relu");
    },
  }),
  ...list("multiply", {
    " by a gate": (g) => {
      const x = g.input([7, 3, 26]);
      return g.multiply(x, gate(g, x, "gate", 26));
    },
    ", the gate first, over a long line": (g) => {
      const x = g.input([1, 37, 5]);
      return g.multiply(gate(g, x, "first", 5), x);
    },
    " by a gate, over more pixels than a slice": (g) => {
      const x = g.input([25, 23, 3]);
      return g.multiply(x, gate(g, x, "sliced", 3));
    },
    " by a map of one channel": (g) => {
      const x = g.input([4, 5, 58]);
      return g.activation(g.multiply(gate(g, x, "map", 1), x), "sigmoid");
    },
    " by a number": (g) => {
      const x = g.input([5, 3, 3]);
      return g.multiply(x, gate(g, g.globalPool(x), "number", 1));
    },
    " of one pixel and one channel": (g) => {
      const x = g.input([1, 1, 1]);
      return g.multiply(x, g.conv(x, "single", { outputs: 1, kernel: 1, bias: true }));
    },
    " of images": (g) => {
      const x = g.input([5, 4, 5]);
      return g.multiply(g.conv(x, "left", { outputs: 5, kernel: 1, bias: true }), x);
    },
    " by itself": (g) => {
      const x = g.input([3, 4, 5]);
      return g.multiply(x, x);
    },
    " of a line and a column": (g) => {
      const x = g.input([4, 6, 5]);
      return g.multiply(g.averagePool(x, [4, 1], [4, 1]), g.averagePool(x, [1, 6], [1, 6]));
    },
  }),
  ...list("subtract", {
    " a vector": (g) => {
      const x = g.input([5, 3, 5]);
      return g.subtract(x, g.globalPool(x));
    },
    " an image from a map of one channel": (g) => {
      const x = g.input([2, 3, 5]);
      return g.subtract(g.conv(x, "minuend", { outputs: 1, kernel: 1, bias: true }), x);
    },
    " of images": (g) => {
      const x = g.input([5, 3, 1]);
      return g.subtract(x, g.conv(x, "subtrahend", { outputs: 1, kernel: 3, padding: 1, bias: true }));
    },
  }),
  ...list("divide", {
    " by a vector": (g) => {
      const x = g.input([4, 3, 5]);
      return g.divide(x, g.affine(gate(g, g.globalPool(x), "divisor", 5), { shift: 0.5 }));
    },
    " a map of one channel by an image": (g) => {
      const x = g.input([3, 4, 26]);
      return g.divide(g.conv(x, "dividend", { outputs: 1, kernel: 1, bias: true }), g.affine(x, { shift: 2 }));
    },
    " of images": (g) => {
      const x = g.input([3, 4, 3]);
      return g.divide(x, g.affine(x, { scale: -2, shift: 3 }));
    },
  }),
  ...list("maxPool", {
    "": (g) => g.maxPool(g.input([7, 9, 5]), 3, 2, 1),
    " of 3 x 2": (g) => g.maxPool(g.input([7, 9, 5]), [3, 2], [1, 2]),
    ", rounded up": (g) => g.maxPool(g.input([6, 8, 3]), 3, 2, { ceil: true }),
    ", rounded up, a window dropped": (g) => g.maxPool(g.input([1, 37, 26]), [1, 2], [1, 3], { padding: [0, 1, 0, 1], ceil: true }),
    ", padded below": (g) => g.maxPool(g.affine(g.input([5, 4, 1]), { shift: 2 }), 3, 2, { padding: [0, 1, 1, 0] }),
  }),
  ...list("averagePool", {
    ", padding counts": (g) => g.averagePool(g.input([7, 9, 5]), 3, 2, 1),
    ", padding does not count": (g) => g.averagePool(g.input([7, 9, 5]), 3, 2, 1, false),
    " of 2 x 3": (g) => g.averagePool(g.input([6, 9, 5]), [2, 3], [2, 3]),
    ", rounded up, padding counts": (g) => g.averagePool(g.input([6, 8, 5]), 3, 2, { padding: 1, ceil: true }),
    ", rounded up, padding does not count": (g) => g.averagePool(g.input([6, 7, 5]), 3, 2, { padding: 1, ceil: true, countPadding: false }),
    ", rounded up, without padding": (g) => g.averagePool(g.input([6, 37, 3]), [2, 3], [3, 2], { ceil: true }),
    ", padded below and right": (g) => g.averagePool(g.input([5, 4, 26]), 2, 1, { padding: [0, 0, 1, 1], countPadding: false }),
  }),
  ...list("adaptiveAveragePool", {
    ", bins share pixels": (g) => g.adaptiveAveragePool(g.input([7, 5, 5]), [3, 2]),
    ", more bins than pixels": (g) => g.adaptiveAveragePool(g.input([3, 4, 26]), [7, 7]),
    " of a long line": (g) => g.adaptiveAveragePool(g.input([1, 37, 1]), [1, 5]),
  }),
  ...list("globalPool", { "": (g) => g.globalPool(g.input([5, 3, 7])) }),
  ...list("linear", {
    ", channels first": (g) => g.linear(g.input([3, 4, 5]), "first", 9),
    ", channels last": (g) => g.linear(g.input([3, 4, 5]), "last", 9, { flatten: "nhwc" }),
    " to an image": (g) => g.linear(g.input([1, 1, 11]), "image", [2, 3, 5]),
  }),
  ...list("upsample", { "": (g) => g.upsample(g.input([3, 4, 5]), 2) }),
];
