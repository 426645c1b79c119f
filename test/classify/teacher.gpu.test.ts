import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Teacher } from "../../src/classify/teacher.ts";
import { Engine } from "../../src/engine/engine.ts";
import { PlanBuilder } from "../../src/engine/plan.ts";
import type { Tensor } from "../../src/engine/tensor.ts";
import { type Node, tensorsOf } from "../../src/graph/graph.ts";
import { Net } from "../../src/nets/net.ts";
import { openWeights } from "../../src/nets/weights/open-weights.ts";
import type { Safetensors } from "../../src/nets/weights/safetensors.ts";

import { findTeacher } from "../../src/zoo/teachers.ts";
import { type CountingDevice, countCreations } from "../support/counting-device.ts";
import { rejected } from "../support/errors.ts";
import { padPixels, readGolden, uniforms, worstError } from "../support/golden.ts";
import { GoldenBackward, layerValues } from "../support/golden-backward.ts";
import { encodeSafetensors, f32 } from "../support/safetensors-file.ts";
import { sharedDevice } from "../support/shared-engine.ts";

const definition = findTeacher("efficientnet-lite0");

let counting: CountingDevice;
let engine: Engine;
let file: Safetensors;

beforeAll(async () => {
  counting = countCreations(await sharedDevice());
  engine = await Engine.create({ device: counting.device });
  file = await openWeights(new URL(`/weights/${definition.file}`, location.href), definition.file);
});

afterAll(() => engine.dispose());

/** The node whose value each stage hands on, under the oracle's names. */
function stageOutputs(nodes: readonly Node[]): Map<string, Node> {
  const before = (key: RegExp) => nodes.find(({ op, label }) => /conv$/i.test(op) && key.test(label))?.inputs[0] as Node;
  const outputs = new Map([["stem", before(/^blocks\.0\.0/)]]);
  for (let stage = 0; stage < 6; stage++) outputs.set(`stage${stage}`, before(new RegExp(`^blocks\\.${stage + 1}\\.0`)));
  outputs.set("stage6", before(/^conv_head/));
  outputs.set("head", nodes.find(({ op }) => op === "globalPool")?.inputs[0] as Node);
  return outputs;
}

describe("EfficientNet-Lite0", () => {
  test("gives PyTorch's logits, its activations after every stage, and what goes back from a logit", async () => {
    const golden = await readGolden("efficientnet-lite0");
    const facts = golden.facts as { seeds: number[]; stages: string[]; mean: number[]; std: number[] };
    const batch = facts.seeds.length;
    expect([...definition.input.mean, ...definition.input.deviation]).toEqual([...facts.mean, ...facts.std]);
    const images = facts.seeds.flatMap((seed) => [
      ...padPixels(uniforms(seed, 224 * 224 * 3).map((u, i) => (u - (facts.mean[i % 3] as number)) / (facts.std[i % 3] as number))),
    ]);
    const nodes = await definition.nodes();
    const net = await Net.load(engine, nodes, file);
    const input = engine.tensor("images", [batch, 224, 224, 4], Float32Array.from(images));
    const stages = stageOutputs(nodes);
    const taps = layerValues(net, engine, batch);
    const plan = new PlanBuilder(engine, "teacher");
    net.appendForward(plan, batch, input, taps);
    await plan.once();

    facts.stages.forEach((name, s) => {
      expect([...stages.keys()][s]).toBe(name);
    });
    const reference = (key: string) => golden.tensors.get(key)?.values as Float32Array;
    for (const [s, node] of [...stages.values()].entries()) {
      const values = await (taps.get(node) as Tensor).read();
      for (let n = 0; n < batch; n++) {
        const image = values.subarray((n * values.length) / batch, ((n + 1) * values.length) / batch);
        const mean = image.reduce((sum, value) => sum + value, 0) / image.length;
        const deviation = Math.sqrt(image.reduce((sum, value) => sum + (value - mean) ** 2, 0) / image.length);
        const [wantedMean, wantedDeviation] = [reference("mean"), reference("deviation")].map((all) => all[n * stages.size + s] as number);
        expect(Math.abs(mean - (wantedMean as number)) / (wantedDeviation as number), facts.stages[s]).toBeLessThan(1e-4);
        expect(deviation / (wantedDeviation as number), facts.stages[s]).toBeCloseTo(1, 4);
      }
    }
    const actual = await (taps.get(net.output) as Tensor).read();
    // Both sides round every layer to f32; fifty layers deep.
    expect(worstError(actual, reference("logits"))).toBeLessThan(2e-4);
    for (let n = 0; n < batch; n++) {
      const row = (values: Float32Array) => [...values.subarray(n * 1000, (n + 1) * 1000)];
      const largest = (values: number[]) => values.indexOf(Math.max(...values));
      expect(largest(row(actual))).toBe(largest(row(reference("logits"))));
    }
    const back = await GoldenBackward.open(engine, net, definition.name);
    await back.check(new Map([...taps, [net.input, input]]));
    net.dispose();
    for (const tensor of [input, ...taps.values()]) tensor.dispose();
  });

  test("a file that is not its own is refused before anything is uploaded", async () => {
    const before = counting.total();
    const other = await openWeights(encodeSafetensors({ "conv_stem.weight": f32([1], [1]) }), "other.safetensors");
    expect(await rejected(Teacher.load(engine, definition, other))).toMatchObject({
      code: "BAD_WEIGHTS",
      message: expect.stringMatching(/other\.safetensors holds 1 tensors, such as "conv_stem\.weight", and matches no known architecture/),
    });
    expect(counting.total()).toBe(before);
  });

  test("a file with one tensor of another shape is refused before anything is uploaded", async () => {
    const before = counting.total();
    const wrong = {
      ...definition,
      nodes: async () =>
        (await definition.nodes()).map((node) =>
          node.label === "conv_stem" ? { ...node, tensors: tensorsOf("conv_stem", { weight: [32, 3, 5, 5] }) } : node,
        ),
    };
    expect(await rejected(Teacher.load(engine, wrong, file))).toMatchObject({
      code: "BAD_WEIGHTS",
      message: expect.stringContaining('"conv_stem.weight" has shape [32,3,3,3] where [32,3,5,5] is needed'),
    });
    expect(counting.total()).toBe(before);
  });
});
