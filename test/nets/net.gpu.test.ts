import { beforeAll, describe, expect, test } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import { PlanBuilder } from "../../src/engine/plan.ts";
import { sizeOf, type Tensor } from "../../src/engine/tensor.ts";
import type { Node } from "../../src/graph/graph.ts";
import { Net } from "../../src/nets/net.ts";
import { GraphBuilder } from "../../src/ops/builder.ts";
import { tensorShape } from "../../src/ops/shape.ts";
import { worstError } from "../support/golden.ts";
import { Random } from "../support/random.ts";
import { randomTensors, sourceOf } from "../support/random-weights.ts";
import { evaluate } from "../support/reference-net.ts";
import { sharedEngine } from "../support/shared-engine.ts";

let engine: Engine;

beforeAll(async () => {
  engine = await sharedEngine();
});

/** Every operation of the vocabulary, on sizes and channel counts that are multiples of nothing; the nodes to look at. */
function everything(): { nodes: Node[]; watched: Node[] } {
  const g = new GraphBuilder();
  const relu6 = (x: Node) => g.activation(x, "relu6");
  const stem = relu6(g.batchNorm(g.conv(g.input([11, 9, 3]), "stem", { outputs: 6, kernel: 3, stride: 2, padding: "same" }), "bn0", 1e-3));
  const depthwise = relu6(g.batchNorm(g.depthwiseConv(stem, "dw", { kernel: 5, padding: "same" }), "bn1", 1e-3));
  const block = g.activation(g.add(g.batchNorm(g.conv(depthwise, "pw", { outputs: 6, kernel: 1 }), "bn2", 1e-3), stem), "relu");
  const max = g.maxPool(block, 3, 2, 1);
  const dense = g.activation(g.conv(max, "dense", { outputs: 10, kernel: 3, padding: 1, bias: true }), "relu");
  const whole = g.averagePool(dense, 3, 1, 1);
  const inside = g.averagePool(dense, 3, 1, 1, false);
  const sum = relu6(g.add(whole, inside));
  const large = g.upsample(sum, 2);
  const small = g.add(g.conv(large, "skip", { outputs: 10, kernel: 1, stride: 2, bias: true }), dense);
  const image = g.linear(small, "image", [2, 3, 5], { flatten: "nchw" });
  const pooled = g.globalPool(g.conv(image, "mix", { outputs: 7, kernel: 2, bias: true }));
  const first = g.linear(image, "first", 9, { flatten: "nhwc", bias: false });
  const out = g.activation(g.add(g.linear(pooled, "last", 9), first), "relu");
  return { nodes: g.nodes, watched: [stem, depthwise, block, max, dense, whole, inside, sum, large, small, image, pooled, first, out] };
}

describe("a net of every operation", () => {
  const { nodes, watched } = everything();
  const tensors = randomTensors(nodes, 1);

  test.each([1, 3])("gives the float64 values of every layer in a batch of %i", async (batch) => {
    const net = await Net.load(engine, nodes, sourceOf(tensors));
    const [height, width, channels] = net.inputShape;
    const pixels = height * width;
    const images = Array.from({ length: batch }, (_, n) => new Random(10 + n).floats(pixels * channels));
    // The fourth channel of a 3-channel image counts for nothing.
    const padded = images.flatMap((image) => Array.from({ length: pixels }, (_, i) => [...image.subarray(3 * i, 3 * i + 3), 1e6]).flat());
    const input = engine.tensor("input", tensorShape(batch, net.inputShape), Float32Array.from(padded));
    const taps = new Map<Node, Tensor>(watched.map((node, i) => [node, engine.tensor(`tap ${i}`, tensorShape(batch, node.shape))]));
    const plan = new PlanBuilder(engine, "everything");
    expect(net.append(plan, batch, input, undefined, taps)).toBe(taps.get(watched.at(-1) as Node));
    await plan.once();
    const references = images.map((image) => evaluate(nodes, image, tensors));
    for (const node of watched) {
      const tensor = taps.get(node) as Tensor;
      const values = await tensor.read();
      const stride = tensor.shape.at(-1) as number;
      const count = node.shape[2];
      const kept = values.filter((_, i) => i % stride < count);
      const padding = values.filter((_, i) => i % stride >= count);
      const reference = references.flatMap((all) => [...(all.get(node) as Float64Array)]);
      expect(kept).toHaveLength(batch * sizeOf(node.shape));
      // A layer of K <= 150 terms adds about K * 2^-24 to what it is given; the last one is ten layers deep.
      expect(worstError(kept, reference), node.label).toBeLessThan(1e-4);
      // Later layers count on it.
      expect(
        padding.every((value) => value === 0),
        `${node.label}: padding`,
      ).toBe(true);
    }
    net.dispose();
    for (const tensor of [input, ...taps.values()]) tensor.dispose();
  });

  test("keeps its values apart when temporaries share buffers", async () => {
    const net = await Net.load(engine, nodes, sourceOf(tensors));
    const image = new Random(10).floats(sizeOf(net.inputShape));
    const padded = Array.from({ length: image.length / 3 }, (_, i) => [...image.subarray(3 * i, 3 * i + 3), 0]).flat();
    const input = engine.tensor("input", tensorShape(1, net.inputShape), Float32Array.from(padded));
    const output = engine.tensor("output", tensorShape(1, net.outputShape));
    const builder = new PlanBuilder(engine, "shared buffers");
    net.append(builder, 1, input, output);
    const plan = await builder.compile();
    // A second run finds the buffers full of the first one's values.
    for (let run = 0; run < 2; run++) {
      await plan.run();
      const reference = evaluate(nodes, image, tensors).get(nodes.at(-1) as Node) as Float64Array;
      expect(worstError((await output.read()).slice(0, 9), reference)).toBeLessThan(1e-4);
    }
    const separate = nodes.slice(1).reduce((sum, node) => sum + 4 * sizeOf(tensorShape(1, node.shape)), 0);
    expect(plan.bytes).toBeLessThan(separate / 2);
    plan.dispose();
    net.dispose();
  });
});
