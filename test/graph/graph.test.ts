import { describe, expect, test } from "vitest";
import { type Node, weightShapes } from "../../src/graph/graph.ts";
import { GraphBuilder } from "../../src/ops/builder.ts";
import { type ConvNode, isConv } from "../../src/ops/conv.ts";
import { isLinear } from "../../src/ops/linear.ts";
import { isMaxPool } from "../../src/ops/max-pool.ts";
import { fuseNet } from "../../src/ops/operations.ts";
import { isStem } from "../../src/ops/stem.ts";
import { findTeacher } from "../../src/zoo/teachers.ts";
import { vgg16 } from "../../src/zoo/vgg.ts";
import { thrown } from "../support/errors.ts";

describe("shapes", () => {
  test.each([
    // size, kernel, stride: extent and padding before, by TensorFlow's definition.
    { size: 224, kernel: 3, stride: 2, extent: 112, before: 0 },
    { size: 112, kernel: 5, stride: 2, extent: 56, before: 1 },
    { size: 7, kernel: 5, stride: 2, extent: 4, before: 2 },
    { size: 7, kernel: 3, stride: 1, extent: 7, before: 1 },
    { size: 6, kernel: 2, stride: 1, extent: 6, before: 0 },
    { size: 5, kernel: 1, stride: 2, extent: 3, before: 0 },
    { size: 1, kernel: 5, stride: 1, extent: 1, before: 2 },
  ])("TensorFlow's padding: size $size, kernel $kernel, stride $stride", ({ size, kernel, stride, extent, before }) => {
    const g = new GraphBuilder();
    const node = g.conv(g.input([size, size + 2 * stride, 8]), "conv", { outputs: 5, kernel, stride, padding: "same" }) as ConvNode;
    expect(node.shape).toEqual([extent, extent + 2, 5]);
    expect(node.pad[0]).toBe(before);
  });

  test("explicit padding, strides and windows round down, as in PyTorch", () => {
    const g = new GraphBuilder();
    const x = g.input([9, 6, 3]);
    expect(g.conv(x, "a", { outputs: 4, kernel: 3, stride: 2, padding: 1 }).shape).toEqual([5, 3, 4]);
    expect(g.depthwiseConv(x, "b", { kernel: 5, padding: 2 }).shape).toEqual([9, 6, 3]);
    expect(g.conv(x, "c", { outputs: 4, kernel: [1, 7], stride: [2, 1], padding: [0, 3] }).shape).toEqual([5, 6, 4]);
    expect(g.conv(x, "d", { outputs: 4, kernel: [3, 2], dilation: [4, 1], padding: [0, 1, 3, 2] }).shape).toEqual([4, 8, 4]);
    expect(g.maxPool(x, 3, 2, 1).shape).toEqual([5, 3, 3]);
    expect(g.averagePool(x, 2, 2).shape).toEqual([4, 3, 3]);
    expect(g.globalPool(x).shape).toEqual([1, 1, 3]);
    expect(g.linear(x, "c", 10).shape).toEqual([1, 1, 10]);
    expect(g.linear(x, "d", [2, 2, 5]).shape).toEqual([2, 2, 5]);
    expect(g.upsample(x, 3).shape).toEqual([27, 18, 3]);
  });

  test.each([
    ["windows larger than the image", { kernel: [3, 8] as const }, "its window covers 3 x 8 pixels of an image of 9 x 6"],
    ["taps too far apart", { kernel: 3, dilation: [5, 1] as const }, "its window covers 11 x 3 pixels of an image of 9 x 6"],
    ["windows of nothing", { kernel: 0 }, "a kernel of 0 x 0"],
    ["strides of nothing", { kernel: 1, stride: [1, 0] as const }, "stride 1 x 0"],
    ["paddings below 0", { kernel: 1, padding: [0, 0, -1, 0] as const }, "padding 0, 0, -1, 0"],
    ["groups that are not alike", { kernel: 1, groups: 2 }, "2 groups of 3 channels and 4 outputs"],
    ["half pixels", { kernel: 1, padding: 0.5 }, "padding 0.5"],
  ])("convolutions refuse %s", (_, options, message) => {
    const g = new GraphBuilder();
    const x = g.input([9, 6, 3]);
    const refusal = { code: "INVALID", message: expect.stringContaining(message) };
    expect(thrown(() => g.conv(x, "layer", { outputs: 4, ...options }))).toMatchObject(refusal);
    if (!("groups" in options)) expect(thrown(() => g.depthwiseConv(x, "layer", options))).toMatchObject(refusal);
  });

  test("operands have the shape that both fit, and others are refused by name", () => {
    const g = new GraphBuilder();
    const [image, vector, map] = [g.input([9, 6, 5], "image"), g.input([1, 1, 5], "vector"), g.input([9, 6, 1], "map")];
    expect(g.multiply(vector, image).shape).toEqual([9, 6, 5]);
    expect(g.divide(vector, map).shape).toEqual([9, 6, 5]);
    for (const operator of ["add", "subtract", "multiply", "divide"] as const) {
      const error = thrown(() => g[operator](image, g.input([1, 1, 4], "other")));
      expect(error).toMatchObject({ code: "INVALID", message: expect.stringContaining('"image" (9 x 6 x 5) and "other" (1 x 1 x 4)') });
    }
  });

  test("pools round up as PyTorch does, and those that are none are refused", () => {
    const g = new GraphBuilder();
    const x = g.input([6, 37, 3]);
    expect(g.maxPool(x, 3, 2, { ceil: true }).shape).toEqual([3, 18, 3]);
    // A last window that would begin in the padding behind the image is dropped.
    expect(g.averagePool(x, 2, 3, { padding: 1, ceil: true }).shape).toEqual([3, 13, 3]);
    expect(g.maxPool(x, 2, 2, { padding: [0, 1, 1, 0], label: "padded" })).toMatchObject({ shape: [3, 19, 3], label: "padded" });
    expect(g.adaptiveAveragePool(x, [7, 7]).shape).toEqual([7, 7, 3]);
    const wrong = [
      () => g.maxPool(x, 7, 1),
      () => g.maxPool(x, 2, 1, 2),
      () => g.averagePool(x, 2, 0),
      () => g.maxPool(x, 2, 1, { padding: -1 }),
    ];
    for (const build of [...wrong, () => g.adaptiveAveragePool(x, [0, 7])]) expect(thrown(build)).toMatchObject({ code: "INVALID" });
    expect(thrown(() => g.localResponseNorm(x, { size: 0 }))).toMatchObject({ code: "INVALID" });
  });

  test("an addition of two shapes goes into no other kernel's store, but takes an activation", () => {
    const g = new GraphBuilder();
    const x = g.input([4, 4, 4]);
    const shift = g.globalPool(x);
    const conv = g.conv(x, "conv", { outputs: 4, kernel: 1 });
    const sum = g.add(conv, shift);
    const out = g.activation(sum, "relu");
    expect(fuseNet(g.nodes)).toEqual([
      { node: shift, output: shift },
      { node: conv, output: conv },
      { node: sum, activation: "relu", output: out },
    ]);
  });

  test("weights are asked for in PyTorch's shapes", () => {
    const g = new GraphBuilder();
    const x = g.batchNorm(g.conv(g.input([4, 5, 6]), "conv", { outputs: 8, kernel: 3, padding: 1, bias: true }), "bn", 1e-5);
    g.linear(g.depthwiseConv(x, "dw", { kernel: 5, padding: 2 }), "fc", 7, { bias: false });
    expect(Object.fromEntries(weightShapes(g.nodes))).toEqual({
      "conv.weight": [8, 6, 3, 3],
      "conv.bias": [8],
      "bn.weight": [8],
      "bn.bias": [8],
      "bn.running_mean": [8],
      "bn.running_var": [8],
      "dw.weight": [8, 1, 5, 5],
      "fc.weight": [7, 160],
    });
  });

  test("VGG averages a last map of any size to 7 x 7, and refuses images that have none", () => {
    const pools = (height: number, width: number) =>
      vgg16({ input: [height, width, 3], classes: 10 }).flatMap(({ op, inputs: [x], shape }) =>
        op === "adaptiveAveragePool" ? [x?.shape, shape] : [],
      );
    expect(pools(224, 224)).toEqual([]);
    expect(pools(448, 672)).toEqual([
      [14, 21, 512],
      [7, 7, 512],
    ]);
    expect(pools(96, 64)).toEqual([
      [3, 2, 512],
      [7, 7, 512],
    ]);
    expect(thrown(() => pools(31, 224))).toMatchObject({ code: "INVALID", message: expect.stringContaining("features.") });
  });

  const BLOCKS = {
    D: [
      [64, 64],
      [128, 128],
      [256, 256, 256],
      [512, 512, 512],
      [512, 512, 512],
    ],
    E: [
      [64, 64],
      [128, 128],
      [256, 256, 256, 256],
      [512, 512, 512, 512],
      [512, 512, 512, 512],
    ],
  };

  /** All that tells one layer of a VGG from another. */
  function lineOf(node: Node & { epsilon?: number; activation?: string }): string {
    const key = Object.values(node.tensors).map((tensor) => `${tensor.key} [${tensor.shape}]`);
    if (isConv(node)) return `conv ${node.kernel} /${node.stride} +${node.pad} of ${key.join(", ")}`;
    if (isMaxPool(node)) return `maximum of ${node.window} /${node.stride} +${[...new Set(node.pads)]}`;
    if (isLinear(node)) return `linear ${node.flatten} of ${key.join(", ")}`;
    return node.epsilon ? `norm ${node.epsilon} of ${key.join(", ")}` : (node.activation ?? node.op);
  }

  // Its numbers are torchvision's in architectures.gpu.test.ts, in the long run.
  test.each([
    ["vgg16", BLOCKS.D, false],
    ["vgg16_bn", BLOCKS.D, true],
    ["vgg19", BLOCKS.E, false],
  ] as const)("%s is that of the paper in torchvision's order, layer by layer", async (name, blocks, norm) => {
    const lines = ["input"];
    let [at, inputs] = [0, 3];
    for (const block of blocks) {
      for (const outputs of block) {
        const key = `features.${at}`;
        lines.push(`conv 3,3 /1,1 +1,1,1,1 of ${key}.weight [${outputs},${inputs},3,3], ${key}.bias [${outputs}]`);
        const tensors = ["weight", "bias", "running_mean", "running_var"].map((part) => `features.${at + 1}.${part} [${outputs}]`);
        if (norm) lines.push(`norm 0.00001 of ${tensors.join(", ")}`);
        lines.push("relu");
        inputs = outputs;
        at += norm ? 3 : 2;
      }
      lines.push("maximum of 2,2 /2,2 +0");
      at++;
    }
    const linear = (layer: number, outputs: number, from: number) =>
      `linear nchw of classifier.${layer}.weight [${outputs},${from}], classifier.${layer}.bias [${outputs}]`;
    lines.push(linear(0, 4096, 7 * 7 * 512), "relu", linear(3, 4096, 4096), "relu", linear(6, 1000, 4096));
    const nodes = await findTeacher(name).nodes();
    expect(nodes.map(lineOf)).toEqual(lines);
    for (const [index, { inputs }] of nodes.entries()) expect(inputs).toEqual(nodes.slice(Math.max(index - 1, 0), index));
  });

  test.each([
    // Parameters as published, and the feature map that the head sees.
    ["efficientnet-lite0", 4_652_008, [7, 7, 1280]],
    ["resnet18", 11_689_512, [7, 7, 512]],
    ["resnet34", 21_797_672, [7, 7, 512]],
    ["resnet50", 25_557_032, [7, 7, 2048]],
    ["resnet101", 44_549_160, [7, 7, 2048]],
    ["vgg16", 138_357_544, [7, 7, 512]],
    ["vgg16_bn", 138_365_992, [7, 7, 512]],
    ["vgg19", 143_667_240, [7, 7, 512]],
    ["mobilenet_v2", 3_504_872, [7, 7, 1280]],
  ] as const)("%s has %i parameters and ends in 1000 logits", async (name, count, features) => {
    const nodes = await findTeacher(name).nodes();
    expect(nodes.at(-1)?.shape).toEqual([1, 1, 1000]);
    const learned = [...weightShapes(nodes)].filter(([key]) => !key.includes("running"));
    const parameters = learned.reduce((sum, [, shape]) => sum + shape.reduce((product, extent) => product * extent, 1), 0);
    expect(parameters).toBe(count);
    const head = nodes.find(({ op, shape }, index) => index > 1 && (op === "globalPool" || (op === "linear" && shape[2] === 4096)));
    expect(head?.inputs[0]?.shape).toEqual(features);
  });
});

describe("fuse", () => {
  test("batch norm, residual and activation go into the store of the convolution before them", () => {
    const g = new GraphBuilder();
    const x = g.input([8, 8, 4]);
    const conv = g.conv(x, "conv", { outputs: 4, kernel: 3, padding: 1 });
    const norm = g.batchNorm(conv, "bn", 1e-3);
    const sum = g.add(norm, x);
    const out = g.activation(sum, "relu6");
    expect(fuseNet(g.nodes)).toEqual([{ node: conv, norm, residual: x, activation: "relu6", output: out }]);
  });

  test("EfficientNet-Lite0 becomes one kernel a convolution, one for the pool and one for the classifier", async () => {
    const nodes = await findTeacher("efficientnet-lite0").nodes();
    const ops = fuseNet(nodes);
    expect(ops.filter(({ node }) => node.op === "add")).toEqual([]);
    expect(ops).toHaveLength(nodes.filter(({ op }) => op === "conv" || op === "depthwiseConv").length + 2);
    expect(ops.filter(({ residual }) => residual)).toHaveLength(9);
  });

  test("a value that something else reads is not absorbed", () => {
    const g = new GraphBuilder();
    const conv = g.conv(g.input([4, 4, 4]), "conv", { outputs: 4, kernel: 1 });
    const pooled = g.globalPool(conv);
    const sum = g.add(conv, conv);
    expect(fuseNet(g.nodes).map(({ node, output }) => [node, output])).toEqual([
      [conv, conv],
      [pooled, pooled],
      [sum, sum],
    ]);
  });

  test("an add whose other operand comes later waits for it", () => {
    const g = new GraphBuilder();
    const x = g.input([4, 4, 4]);
    const a = g.conv(x, "a", { outputs: 4, kernel: 1 });
    const b = g.conv(x, "b", { outputs: 4, kernel: 1 });
    const sum = g.add(a, b);
    expect(fuseNet(g.nodes)).toEqual([
      { node: a, output: a },
      { node: b, residual: a, output: sum },
    ]);
  });

  test("stems and depthwise convolutions take no residual, but the add takes the activation", () => {
    for (const depthwise of [false, true]) {
      const g = new GraphBuilder();
      const x = g.input([4, 4, depthwise ? 8 : 3]);
      const conv = depthwise
        ? g.depthwiseConv(x, "dw", { kernel: 3, padding: 1 })
        : g.conv(x, "stem", { outputs: 3, kernel: 3, padding: 1 });
      expect(isConv(conv) && isStem(conv)).toBe(!depthwise);
      const sum = g.add(conv, x);
      const out = g.activation(sum, "relu");
      expect(fuseNet(g.nodes)).toEqual([
        { node: conv, output: conv },
        { node: sum, activation: "relu", output: out },
      ]);
    }
  });

  test("nothing is absorbed after an activation", () => {
    const g = new GraphBuilder();
    const x = g.input([4, 4, 4]);
    const relu = g.activation(g.conv(x, "conv", { outputs: 4, kernel: 1 }), "relu");
    const sum = g.add(relu, x);
    expect(fuseNet(g.nodes).map(({ output }) => output)).toEqual([relu, sum]);
  });

  test("a batch norm or an activation that nothing can absorb has a kernel to itself, which takes the activation behind it", () => {
    const g = new GraphBuilder();
    const pooled = g.globalPool(g.input([4, 4, 4]));
    const silu = g.activation(pooled, "silu");
    const norm = g.batchNorm(silu, "bn", 1e-5);
    const relu = g.activation(norm, "relu");
    expect(fuseNet(g.nodes)).toEqual([
      { node: pooled, output: pooled },
      { node: silu, activation: "silu", output: silu },
      { node: norm, activation: "relu", output: relu },
    ]);
  });

  test("an activation that makes something of 0 is absorbed only where no channel is padding", () => {
    for (const channels of [4, 5]) {
      const g = new GraphBuilder();
      g.activation(g.conv(g.input([2, 2, 4]), "conv", { outputs: channels, kernel: 1 }), "sigmoid");
      expect(fuseNet(g.nodes)).toHaveLength(channels === 4 ? 1 : 2);
    }
  });
});
