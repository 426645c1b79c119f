import { beforeAll, describe, expect, test } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import { PlanBuilder } from "../../src/engine/plan.ts";
import { sizeOf, type Tensor } from "../../src/engine/tensor.ts";
import type { Node } from "../../src/graph/graph.ts";
import { Net } from "../../src/nets/net.ts";
import { GraphBuilder } from "../../src/ops/builder.ts";
import { tensorShape } from "../../src/ops/shape.ts";
import type { WeightSource } from "../../src/ops/weight-source.ts";
import { findTeacher } from "../../src/zoo/teachers.ts";
import { worstError } from "../support/golden.ts";
import { cutChannels, padChannels } from "../support/padded-channels.ts";
import { Random } from "../support/random.ts";
import { randomTensors, sourceOf } from "../support/random-weights.ts";
import { evaluate } from "../support/reference-net.ts";
import { seededValues } from "../support/seeded-weights.ts";
import { sharedEngine } from "../support/shared-engine.ts";

const POISON = 1e30;

let engine: Engine;

beforeAll(async () => {
  engine = await sharedEngine();
});

/** Counts the copies of a plan. */
class Counting extends PlanBuilder {
  copies = 0;

  override dispatch: PlanBuilder["dispatch"] = (definition, dispatch) => {
    if (definition.name === "copy_channels") this.copies++;
    return super.dispatch(definition, dispatch);
  };
}

type Build = (g: GraphBuilder) => Node;

const relu = (g: GraphBuilder, x: Node, key: string, outputs: number, kernel = 1, groups = 1) =>
  g.activation(g.conv(x, key, { outputs, kernel, padding: (kernel - 1) / 2, groups, bias: true }), "relu");

const channels =
  (...counts: number[]): Build =>
  (g) => {
    const x = g.input([5, 7, 6]);
    return g.concat(counts.map((count, i) => relu(g, x, "abcdef"[i] as string, count, i % 2 === 0 ? 3 : 1)));
  };

/** Nets that end in a concat, and what remains to be copied. */
const CASES: Readonly<Record<string, readonly [Build, copies: number]>> = {
  "4 + 8": [channels(4, 8), 0],
  "12 + 5": [channels(12, 5), 0],
  "26 + 26": [channels(26, 26), 2],
  "8 + 4 + 3": [channels(8, 4, 3), 0],
  "12 + 5 + 7 + 8": [channels(12, 5, 7, 8), 2],
  "every kernel that writes strips": [
    (g) => {
      const x = g.input([5, 7, 3]);
      const wide = relu(g, x, "wide", 16, 3);
      const one = { kernel: 3, stride: 1, padding: 1 };
      return g.concat([
        relu(g, x, "stem", 12, 3),
        relu(g, wide, "grouped", 16, 3, 2),
        g.conv(wide, "dilated", { outputs: 8, ...one, dilation: 2, padding: 2 }),
        g.activation(g.depthwiseConv(wide, "depthwise", one), "relu6"),
        g.maxPool(wide, 3, 1, 1),
        g.averagePool(wide, 3, 1, 1),
        g.slice(wide, 3, 9),
      ]);
    },
    1,
  ],
  "concats in a concat, one of them partly copied": [
    (g) => {
      const x = g.input([5, 7, 6]);
      const inner = g.concat([relu(g, x, "a", 8), g.concat([relu(g, x, "b", 5), relu(g, x, "c", 7)], "cut")], "inner");
      return g.concat([relu(g, x, "d", 4), inner, relu(g, x, "e", 7, 3)]);
    },
    2,
  ],
  "a norm reads a strip in the middle": [
    (g) => {
      const x = g.input([5, 7, 6]);
      const read = relu(g, x, "read", 8);
      const normed = g.activation(g.batchNorm(read, "norm", 1e-5), "relu");
      return g.concat([relu(g, x, "a", 12), read, relu(g, normed, "b", 4)]);
    },
    0,
  ],
  "a block of DenseNet: norms read strips": [
    (g) => {
      let x: Node = g.maxPool(relu(g, g.input([9, 11, 3]), "stem", 8, 3), 3, 2, 1);
      for (const key of ["a", "b", "c"]) {
        const normed = g.activation(g.batchNorm(x, `${key}.norm`, 1e-5), "relu");
        x = g.concat([x, relu(g, relu(g, normed, `${key}.before`, 12), key, 4, 3)], `${key}.concat`);
      }
      return x;
    },
    0,
  ],
};

describe.each(Object.entries(CASES))("%s", (_, [build, copies]) => {
  const g = new GraphBuilder();
  const last = build(g);
  const first = g.nodes[0] as Node;
  const tensors = randomTensors(g.nodes, 7);

  test.each([1, 5])("is what it is in float64, in a batch of %i, tapped or not, and so are its taps", async (batch) => {
    const net = await Net.load(engine, g.nodes, sourceOf(tensors));
    const images = Array.from({ length: batch }, (_, n) => new Random(20 + n).floats(sizeOf(first.shape)));
    const tensorOf = (node: Node) => {
      const shape = tensorShape(batch, node.shape);
      return engine.tensor(node.label, shape, new Float32Array(sizeOf(shape)).fill(POISON));
    };
    const input = engine.tensor("input", tensorShape(batch, first.shape), padChannels(images, first.shape[2]));
    const references = images.map((image) => evaluate(g.nodes, Float64Array.from(image), tensors));
    const check = async (node: Node, tensor: Tensor) => {
      const found = await tensor.read();
      const reference = references.flatMap((values) => [...(values.get(node) as Float64Array)]);
      expect(worstError(cutChannels(found, node.shape[2]), reference), node.label).toBeLessThan(1e-5);
      expect(found.reduce((sum, value) => sum + Number(Math.abs(value) >= POISON), 0)).toBe(0);
      return found;
    };
    const out = tensorOf(last);
    const plan = new Counting(engine, "placed");
    net.append(plan, batch, input, out);
    expect(plan.copies).toBe(copies);
    await plan.once();
    const placed = await check(last, out);
    // All inputs of the concat by themselves: each is copied.
    const taps = new Map([last, ...last.inputs].map((node) => [node, tensorOf(node)]));
    const tapped = new Counting(engine, "tapped");
    net.append(tapped, batch, input, undefined, taps);
    expect(tapped.copies).toBeGreaterThanOrEqual(last.inputs.length);
    await tapped.once();
    for (const [node, tensor] of taps) await check(node, tensor);
    expect(await (taps.get(last) as Tensor).read()).toEqual(placed);
    net.dispose();
    for (const tensor of [input, out, ...taps.values()]) tensor.dispose();
  });
});

const seeded: WeightSource = {
  read: async (key, shape, first = 0, count = shape[0] as number) =>
    seededValues(key, shape, first * sizeOf(shape.slice(1)), count * sizeOf(shape.slice(1))),
};

test.each([
  ["densenet121", 32],
  ["googlenet", 32],
  ["squeezenet1_1", 33],
  ["inception_v3", 75],
  ["shufflenet_v2_x1_0", 32],
])("%s gives the same logits as where every value has a tensor of its own", async (name, side) => {
  const nodes = await findTeacher(name).nodes({ input: [side, side, 3], classes: 10 });
  const net = await Net.load(engine, nodes, seeded);
  const batch = 2;
  const input = engine.tensor("images", [batch, side, side, 4], new Random(3).floats(batch * side * side * 4));
  const [placed, apart] = ["placed", "apart"].map((label) => engine.tensor(label, tensorShape(batch, net.outputShape))) as [Tensor, Tensor];
  const plans = [new Counting(engine, "placed"), new Counting(engine, "apart")] as const;
  net.append(plans[0], batch, input, placed);
  net.appendForward(plans[1], batch, input, new Map([[net.output, apart]]));
  for (const plan of plans) await plan.once();
  expect(plans[0].copies).toBeLessThan(plans[1].copies);
  expect(plans[0].memory.bytes).toBeLessThanOrEqual(plans[1].memory.bytes);
  const found = await placed.read();
  expect(Math.max(...found)).toBeGreaterThan(Math.min(...found));
  expect(found).toEqual(await apart.read());
  net.dispose();
  for (const tensor of [input, placed, apart]) tensor.dispose();
});
