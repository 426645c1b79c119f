import { beforeAll, describe, expect, test } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import { PlanBuilder } from "../../src/engine/plan.ts";
import type { Tensor } from "../../src/engine/tensor.ts";
import { Net } from "../../src/nets/net.ts";
import type { WeightSource } from "../../src/ops/weight-source.ts";
import { findTeacher } from "../../src/zoo/teachers.ts";
import { type Golden, padPixels, readGolden, uniforms, worstError } from "../support/golden.ts";
import { GoldenBackward, layerValues } from "../support/golden-backward.ts";
import { LONG } from "../support/long.ts";
import { seededValues } from "../support/seeded-weights.ts";
import { sharedEngine } from "../support/shared-engine.ts";

const NETS = ["mobilenet_v2", "resnet101", "resnet18", "resnet34", "resnet50", "vgg16", "vgg16_bn", "vgg19"];
const GATED = "resnet18";
/** More of the blocks of resnet18, resnet50 and vgg16_bn: `npm run test:long` has these. In the short run graph.test.ts holds every layer of the VGGs to the paper's. */
const LATER = ["resnet101", "resnet34", "vgg16", "vgg19"];

interface Facts extends Record<"mean" | "std", number[]> {
  nets: Record<string, { size: [number, number]; seeds: number[] }>;
}

/** Weights that Python makes, too. */
const seeded: WeightSource = {
  async read(key, shape, first = 0, count = shape[0] as number) {
    const row = shape.slice(1).reduce((product, extent) => product * extent, 1);
    return seededValues(key, shape, first * row, count * row);
  },
};

let engine: Engine;
let golden: Golden;

beforeAll(async () => {
  engine = await sharedEngine();
  golden = await readGolden("architectures");
});

describe("logits on seeded random weights are torchvision's, and so is what goes back from one image's", () => {
  test.each(NETS.filter((name) => LONG || !LATER.includes(name)))(
    "%s",
    async (name) => {
      const { nets, mean, std } = golden.facts as Facts;
      expect(Object.keys(nets).sort()).toEqual(NETS);
      const { size, seeds } = nets[name] as Facts["nets"][string];
      const [height, width] = size;
      const { nodes, ...definition } = findTeacher(name);
      expect([...definition.input.mean, ...definition.input.deviation]).toEqual([...mean, ...std]);
      const images = seeds.flatMap((seed) => [
        ...padPixels(uniforms(seed, height * width * 3).map((u, i) => (u - (mean[i % 3] as number)) / (std[i % 3] as number))),
      ]);
      const net = await Net.load(engine, await nodes({ input: [height, width, 3], classes: 1000 }), seeded);
      // The last map before pooling; a VGG's is pooled by its next layer.
      const scale = name.startsWith("vgg") ? 16 : 32;
      expect(net.layer(definition.cam as string).shape.slice(0, 2)).toEqual([height / scale, width / scale]);
      const input = engine.tensor("images", [seeds.length, height, width, 4], Float32Array.from(images));
      const values = layerValues(net, engine, seeds.length);
      const forward = new PlanBuilder(engine, name);
      net.appendForward(forward, seeds.length, input, values);
      // The second image alone, by which the first one's ReLUs are gated.
      const clean = name === GATED ? layerValues(net, engine, 1) : undefined;
      const other = engine.tensor("other image", [1, height, width, 4]);
      if (clean) net.appendForward(forward, 1, other.write(Float32Array.from(images.slice(height * width * 4))), clean);
      try {
        await forward.once();
        const reference = golden.tensors.get(`${name}.logits`)?.values as Float32Array;
        // Both sides round every layer to f32.
        expect(worstError(await (values.get(net.output) as Tensor).read(), reference)).toBeLessThan(1e-4);
        const back = await GoldenBackward.open(engine, net, name);
        await back.check(new Map([...values, [net.input, input]]), clean);
      } finally {
        net.dispose();
        for (const tensor of [input, other, ...values.values(), ...(clean?.values() ?? [])]) tensor.dispose();
      }
    },
    400_000,
  );
});
