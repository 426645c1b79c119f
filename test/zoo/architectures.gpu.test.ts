import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Engine } from "../../src/engine/engine.ts";
import { PlanBuilder } from "../../src/engine/plan.ts";
import { Net } from "../../src/nets/net.ts";
import type { WeightSource } from "../../src/ops/weight-source.ts";
import { findTeacher } from "../../src/zoo/teachers.ts";
import { type Golden, padPixels, readGolden, uniforms, worstError } from "../support/golden.ts";
import { GoldenBackward } from "../support/golden-backward.ts";
import { seededValues } from "../support/seeded-weights.ts";

const NETS = ["mobilenet_v2", "resnet18", "resnet34", "resnet50", "resnet101", "vgg16", "vgg16_bn", "vgg19"];
const GATED = "resnet18";
const PIXELS = 224 * 224;

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
  engine = await Engine.create();
  golden = await readGolden("architectures");
});

afterAll(() => engine.dispose());

describe("logits of two images on seeded random weights are torchvision's, and so is what goes back from one image's", () => {
  test.each(NETS)(
    "%s",
    async (name) => {
      const { seeds, mean, std } = golden.facts as { seeds: number[]; mean: number[]; std: number[] };
      const { nodes, ...definition } = findTeacher(name);
      expect([...definition.input.mean, ...definition.input.deviation]).toEqual([...mean, ...std]);
      const images = seeds.flatMap((seed) => [
        ...padPixels(uniforms(seed, PIXELS * 3).map((u, i) => (u - (mean[i % 3] as number)) / (std[i % 3] as number))),
      ]);
      const net = await Net.load(engine, nodes(), seeded);
      // The last map before pooling; a VGG's is pooled by its next layer.
      expect(net.layer(definition.cam as string).shape.slice(0, 2)).toEqual(name.startsWith("vgg") ? [14, 14] : [7, 7]);
      const input = engine.tensor("images", [seeds.length, 224, 224, 4], Float32Array.from(images));
      const logits = engine.tensor("logits", [seeds.length, 1000]);
      const plan = new PlanBuilder(engine, name);
      const values = net.appendForward(plan, seeds.length, input, new Map([[net.output, logits]]));
      const back = await GoldenBackward.open(net, name);
      await back.append(plan, values);
      const other = engine.tensor("other image", [1, 224, 224, 4], Float32Array.from(images.slice(PIXELS * 4)));
      const clean = name === GATED ? await back.appendGated(plan, values, other) : [];
      try {
        await plan.once();
        const reference = golden.tensors.get(`${name}.logits`)?.values as Float32Array;
        // Both sides round every layer to f32.
        expect(worstError(await logits.read(), reference)).toBeLessThan(1e-4);
        await back.check();
      } finally {
        net.dispose();
        for (const tensor of [input, logits, other, ...clean]) tensor.dispose();
      }
    },
    400_000,
  );
});
