import { expect, test } from "vitest";
import { DEFAULTS, NETS, SAMPLED_NETS } from "../../bench/bench-options.ts";
import { distinctLayers } from "../../bench/layers.ts";
import { squeezeBlocks } from "../../bench/squeeze-blocks.ts";
import { kernelTasks } from "../../bench/suites/kernels.ts";
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

test("a sample of other nets has layers of every group that the suite's own nets lack, and each of its patterns finds some", async () => {
  const [own, all] = [await kernelTasks({ ...DEFAULTS, nets: ["resnet50"] }, new Map()), await kernelTasks(DEFAULTS, new Map())];
  const groups = new Set(all.map(({ group }) => group));
  expect([...groups]).toEqual(expect.arrayContaining(["grouped", "squeeze", "concat", "norm", "slice", "shuffle", "arithmetic"]));
  expect(own.some(({ group }) => group === "squeeze")).toBe(false);
  expect(new Set(all.map(({ name, batch }) => `${name} ${batch}`)).size).toBe(all.length);
  const names = all.map(({ name }) => name);
  for (const [net, pattern] of SAMPLED_NETS)
    expect(
      names.some((name) => pattern.test(name)),
      net,
    ).toBe(true);
});

test("a block of squeeze-and-excitation is cut out whole, by whichever net it is of", () => {
  const named = ["mobilenet_v3_small", "seresnet50"].map((name) => nets.find((net) => net.name === name) as (typeof nets)[number]);
  const blocks = squeezeBlocks(named);
  expect(blocks.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["squeeze 14x14 96>24>96 relu hardSigmoid", "squeeze 56x56 256>16>256 relu sigmoid"]),
  );
  for (const { name, nodes } of blocks) {
    expect(
      fuseNet(nodes).map(({ node }) => node.op),
      name,
    ).toEqual(["globalPool", "conv", "conv", "multiply"]);
  }
});
