import { expect, test } from "vitest";
import { NETS } from "../../bench/bench-options.ts";
import { distinctLayers } from "../../bench/layers.ts";
import { fuseNet } from "../../src/ops/operations.ts";

const nets = await Promise.all([...NETS].map(async ([name, nodes]) => ({ name, nodes: await nodes() })));

test("every layer fuses into one kernel again, with all that its net's kernel absorbs", () => {
  for (const layer of distinctLayers(nets)) {
    const ops = fuseNet(layer.nodes);
    expect(ops, layer.name).toHaveLength(1);
    expect(ops[0]).toMatchObject({ node: layer.node, output: layer.nodes.at(-1) });
    expect(ops[0]?.residual, layer.name).toBe(layer.residual);
  }
});

test("no layer of a net is lost, and none is there twice", () => {
  const layers = distinctLayers(nets);
  expect(new Set(layers.map(({ name }) => name)).size).toBe(layers.length);
  for (const { name, nodes } of nets) {
    const uses = layers.reduce((sum, layer) => sum + (layer.uses.get(name) ?? 0), 0);
    expect(uses, name).toBe(fuseNet(nodes).length);
  }
});

test("names say kind, window, size, channels and what is fused", () => {
  const [resnet] = [distinctLayers(nets.filter(({ name }) => name === "resnet50")).map(({ name }) => name)];
  expect(resnet).toEqual(
    expect.arrayContaining([
      "stem7x7/2 224x224 3>64 relu",
      "maxpool3x3/2 112x112 64",
      "conv1x1/2 56x56 256>512",
      "conv3x3/2 56x56 128>128 relu",
      "conv1x1 56x56 64>256 relu +add",
      "globalpool 7x7 2048",
      "linear 2048>1000",
    ]),
  );
});
