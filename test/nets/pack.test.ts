import { describe, expect, test } from "vitest";
import { type FusedOp, fuse } from "../../src/nets/fuse.ts";
import { GraphBuilder, type NodeOf } from "../../src/nets/graph.ts";
import { packConv, packLinear } from "../../src/nets/pack.ts";
import type { WeightSource } from "../../src/nets/safetensors.ts";
import { Random } from "../support/random.ts";
import { randomWeights } from "../support/random-weights.ts";
import { evaluate } from "../support/reference-net.ts";

/** Weights that say where they come from: [output][input][ky][kx] as decimal digits, plus 1000 so that none is zero. */
const digits: WeightSource = {
  get(_, shape) {
    const [, inputs = 1, ky = 1, kx = 1] = shape;
    const count = shape.reduce((product, extent) => product * extent, 1);
    return Float32Array.from({ length: count }, (_, i) => {
      const [x, y, input, output] = [
        i % kx,
        Math.floor(i / kx) % ky,
        Math.floor(i / (kx * ky)) % inputs,
        Math.floor(i / (kx * ky * inputs)),
      ];
      return 10000 + 1000 * output + 100 * input + 10 * y + x;
    });
  },
};

function packedConv(build: (g: GraphBuilder) => unknown, source: WeightSource) {
  const g = new GraphBuilder();
  build(g);
  const [op] = fuse(g.nodes) as [FusedOp];
  return { ...packConv(op, op.node as NodeOf<"conv">, source), nodes: g.nodes, output: op.output };
}

describe("packConv", () => {
  test("dense: (ky, kx, input) x output, both padded to 4 with zeros", () => {
    const { weights, bias } = packedConv((g) => g.conv(g.input([5, 5, 5]), "c", { outputs: 6, kernel: 2 }), digits);
    expect(weights).toHaveLength(2 * 2 * 8 * 8);
    for (const [at, value] of weights.entries()) {
      const [output, input, tap] = [at % 8, Math.floor(at / 8) % 8, Math.floor(at / 64)];
      const expected = output < 6 && input < 5 ? 10000 + 1000 * output + 100 * input + 10 * (tap >> 1) + (tap & 1) : 0;
      expect(value).toBe(expected);
    }
    expect([...bias]).toEqual(new Array(8).fill(0));
  });

  test("a stem keeps its three inputs", () => {
    const { weights } = packedConv((g) => g.conv(g.input([5, 5, 3]), "c", { outputs: 4, kernel: 3 }), digits);
    expect(weights).toHaveLength(9 * 3 * 4);
    // Tap (2, 1), input 2, output 3.
    expect(weights[((2 * 3 + 1) * 3 + 2) * 4 + 3]).toBe(10000 + 3000 + 200 + 20 + 1);
  });

  test("depthwise: (ky, kx) x channel", () => {
    const { weights } = packedConv((g) => g.depthwiseConv(g.input([5, 5, 6]), "c", { kernel: 3 }), digits);
    expect(weights).toHaveLength(9 * 8);
    for (const [at, value] of weights.entries()) {
      const [channel, tap] = [at % 8, Math.floor(at / 8)];
      expect(value).toBe(channel < 6 ? 10000 + 1000 * channel + 10 * Math.floor(tap / 3) + (tap % 3) : 0);
    }
  });

  test.each([
    ["dense", (g: GraphBuilder) => g.batchNorm(g.conv(g.input([3, 3, 5]), "c", { outputs: 6, kernel: 3 }), "n", 1e-3)],
    [
      "dense with a bias",
      (g: GraphBuilder) => g.batchNorm(g.conv(g.input([3, 3, 5]), "c", { outputs: 6, kernel: 3, bias: true }), "n", 1e-2),
    ],
    ["depthwise", (g: GraphBuilder) => g.batchNorm(g.depthwiseConv(g.input([3, 3, 6]), "c", { kernel: 3 }), "n", 1e-3)],
    ["a stem", (g: GraphBuilder) => g.batchNorm(g.conv(g.input([3, 3, 3]), "c", { outputs: 6, kernel: 3 }), "n", 1e-5)],
  ])("%s: a folded batch norm gives what the norm after the convolution gives", (name, build) => {
    const g = new GraphBuilder();
    build(g);
    const source = randomWeights(g.nodes, 3);
    const { weights, bias, nodes, output } = packedConv(build, source);
    const channels = (nodes[0] as { shape: readonly number[] }).shape[2] as number;
    const image = new Random(4).floats(9 * channels);
    const reference = evaluate(nodes, image, source).get(output) as Float64Array;
    // The window covers the whole 3 x 3 image: one output pixel, a plain product with the packed weights.
    const rows = name === "depthwise" ? 1 : name === "a stem" ? 3 : 8;
    for (let o = 0; o < 6; o++) {
      let sum = bias[o] as number;
      for (let tap = 0; tap < 9; tap++) {
        if (name === "depthwise") sum += (weights[tap * 8 + o] as number) * (image[tap * channels + o] as number);
        else
          for (let i = 0; i < channels; i++) sum += (weights[(tap * rows + i) * 8 + o] as number) * (image[tap * channels + i] as number);
      }
      // Folded weights are rounded to f32 once; 46 terms of size 1.
      expect(Math.abs(sum - (reference[o] as number))).toBeLessThan(46 * 2 ** -23);
    }
  });
});

describe("packLinear", () => {
  const linear = (flatten: "nhwc" | "nchw", outputs: number | readonly [number, number, number]) => {
    const g = new GraphBuilder();
    return g.linear(g.input([2, 3, 5]), "fc", outputs, { flatten }) as NodeOf<"linear">;
  };

  test.each(["nhwc", "nchw"] as const)("%s: rows in padded NHWC order, whatever order the file's columns have", (flatten) => {
    const source: WeightSource = { get: (_, shape) => Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i + 1) };
    const { weights, bias } = packLinear(linear(flatten, 3), source);
    expect(weights).toHaveLength(2 * 3 * 8 * 4);
    for (const [at, value] of weights.entries()) {
      const [output, channel, pixel] = [at % 4, Math.floor(at / 4) % 8, Math.floor(at / 32)];
      const column = flatten === "nhwc" ? pixel * 5 + channel : channel * 6 + pixel;
      expect(value).toBe(output < 3 && channel < 5 ? output * 30 + column + 1 : 0);
    }
    expect([...bias]).toEqual([1, 2, 3, 0]);
  });

  test("an image as output: columns in padded NHWC order", () => {
    const source: WeightSource = { get: (_, shape) => Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i + 1) };
    const { weights, bias } = packLinear(linear("nhwc", [1, 2, 3]), source);
    expect(weights).toHaveLength(48 * 8);
    expect([...bias]).toEqual([1, 2, 3, 0, 4, 5, 6, 0]);
    // Input 0 and output 4, which is pixel 1, channel 1.
    expect(weights[5]).toBe(4 * 30 + 1);
  });
});
