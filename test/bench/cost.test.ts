import { expect, test } from "vitest";
import { costOf, multiplyAdds } from "../../bench/cost.ts";
import { distinctLayers, gemm, type Layer } from "../../bench/layers.ts";
import type { Node } from "../../src/graph/graph.ts";
import { GraphBuilder } from "../../src/ops/builder.ts";
import { findTeacher } from "../../src/zoo/teachers.ts";

const nodesOf = async (name: string) => findTeacher(name).nodes();
const gigaMultiplyAdds = (nodes: readonly Node[]) => nodes.reduce((sum, node) => sum + multiplyAdds(node), 0) / 1e9;
const find = (layers: readonly Layer[], name: string) => layers.find((layer) => layer.name === name) as Layer;

test("ResNet-50 has 4.1 and VGG16 15.5 thousand million multiply-adds, as their papers count them", async () => {
  expect(gigaMultiplyAdds(await nodesOf("resnet50"))).toBeCloseTo(4.089, 3);
  expect(gigaMultiplyAdds(await nodesOf("vgg16"))).toBeCloseTo(15.47, 2);
});

test("operations and bytes of a 3x3 convolution", async () => {
  const layer = find(distinctLayers([{ name: "vgg16", nodes: await nodesOf("vgg16") }]), "conv3x3 56x56 128>256 relu");
  expect(costOf(layer.nodes, 8)).toEqual({
    flops: 2 * 8 * 56 * 56 * 256 * 128 * 9,
    bytes: 4 * (8 * 56 * 56 * 128 + 8 * 56 * 56 * 256 + 256 * 128 * 9 + 256),
  });
});

test("a residual is read too, and half-precision weights take half", async () => {
  const layer = find(distinctLayers([{ name: "resnet50", nodes: await nodesOf("resnet50") }]), "conv1x1 56x56 64>256 relu +add");
  const pixels = 56 * 56;
  const images = 4 * pixels * (64 + 256 + 256);
  expect(costOf(layer.nodes, 1)).toEqual({ flops: 2 * pixels * 64 * 256, bytes: images + 4 * (64 * 256 + 256) });
  expect(costOf(layer.nodes, 1, "f16").bytes).toBe(images + 2 * 64 * 256 + 4 * 256);
});

test("a depthwise convolution, and a pooling, which has no multiply-adds", () => {
  const g = new GraphBuilder();
  g.maxPool(g.depthwiseConv(g.input([10, 12, 8]), "a", { kernel: 5, padding: 2, stride: 2 }), 2, 2);
  const [depthwise, pool] = distinctLayers([{ name: "net", nodes: g.nodes }]) as [Layer, Layer];
  expect(depthwise.name).toBe("depthwise5x5/2 10x12 8");
  expect(costOf(depthwise.nodes, 1)).toEqual({ flops: 2 * 5 * 6 * 8 * 25, bytes: 4 * (10 * 12 * 8 + 5 * 6 * 8 + 8 * 25 + 8) });
  expect(pool.name).toBe("maxpool2x2/2 5x6 8");
  expect(costOf(pool.nodes, 1)).toEqual({ flops: 0, bytes: 4 * (5 * 6 * 8 + 2 * 3 * 8) });
});

test("a plain product counts its rows as the batch", () => {
  expect(costOf(gemm(2, 3, 5).nodes, 2)).toEqual({ flops: 2 * 2 * 3 * 5, bytes: 4 * (2 * 3 + 2 * 5 + 3 * 5 + 5) });
});
