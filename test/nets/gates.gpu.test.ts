import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Engine } from "../../src/engine/engine.ts";
import { PlanBuilder } from "../../src/engine/plan.ts";
import { sizeOf } from "../../src/engine/tensor.ts";
import type { Node } from "../../src/graph/graph.ts";
import { Net } from "../../src/nets/net.ts";
import { GraphBuilder } from "../../src/ops/builder.ts";
import { tensorShape } from "../../src/ops/shape.ts";
import { worstError } from "../support/golden.ts";
import { Random } from "../support/random.ts";
import { randomTensors, sourceOf } from "../support/random-weights.ts";
import { backward } from "../support/reference-backward.ts";
import { evaluate } from "../support/reference-net.ts";
import { sharedDevice } from "../support/shared-engine.ts";

const BATCH = 5;
const ROUNDING = 1e-5;

let engine: Engine;

beforeAll(async () => {
  engine = await Engine.create({ device: await sharedDevice() });
});

afterAll(() => {
  engine.dispose();
});

/** A residual block with squeeze-and-excitation; `x` is read by the pool, the product and the sum. */
function squeezeNet() {
  const g = new GraphBuilder();
  const input = g.input([5, 3, 8]);
  const x = g.activation(g.conv(input, "stem", { outputs: 8, kernel: 1, bias: true }), "relu", "x");
  const squeezed = g.activation(g.conv(g.globalPool(x), "squeeze", { outputs: 4, kernel: 1, bias: true }), "relu", "squeezed");
  const gate = g.activation(g.conv(squeezed, "expand", { outputs: 8, kernel: 1, bias: true }), "sigmoid", "gate");
  const gated = g.multiply(x, gate, "gated");
  g.conv(g.add(gated, x, "sum"), "head", { outputs: 4, kernel: 1, bias: true });
  return { nodes: g.nodes, x, gate };
}

describe("a gate of squeeze-and-excitation", () => {
  const { nodes, x, gate } = squeezeNet();
  const tensors = randomTensors(nodes, 1);
  const random = new Random(2);
  const [first, last] = [nodes[0] as Node, nodes.at(-1) as Node];
  const image = Float64Array.from(random.floats(sizeOf(first.shape), 0, 1));
  const seed = Float64Array.from(random.floats(sizeOf(last.shape), 0, 1));
  const values = evaluate(nodes, image, tensors);

  const repeated = (node: Node, one: Float64Array) =>
    engine.tensor(
      node.label,
      tensorShape(BATCH, node.shape),
      Float32Array.from({ length: BATCH * one.length }, (_, i) => one[i % one.length] as number),
    );

  /** The last of a batch, by a pass of its own that finds only what `valuesFrom` has it keep. */
  async function found(until: Node, rule: "gradient" | "excitation") {
    const net = await Net.load(engine, nodes, sourceOf(tensors));
    const kept = new Map(net.valuesFrom(until).map((node) => [node, engine.tensor(node.label, tensorShape(BATCH, node.shape))]));
    const forward = new PlanBuilder(engine, "forward");
    net.appendForward(forward, BATCH, repeated(first, image), kept);
    await forward.once();
    const plan = new PlanBuilder(engine, "backward");
    const output = engine.tensor("result", tensorShape(BATCH, until.shape));
    await net.appendBackward(plan, BATCH, kept, { seed: { node: net.output, gradient: repeated(last, seed) }, until, rule, output });
    await plan.once();
    const result = (await output.read()).slice(-sizeOf(until.shape));
    for (const tensor of [...kept.values(), output]) tensor.dispose();
    net.dispose();
    return result;
  }

  test.each(["gradient", "excitation"] as const)("%s of a value that gate, product and sum read is the reference's", async (rule) => {
    const wanted = backward(nodes, { values, tensors, seed, rule }).get(x) as Float64Array;
    expect(worstError(await found(x, rule), wanted)).toBeLessThan(ROUNDING);
  });

  test("a gradient may end at the gate, whose factor was computed before it", async () => {
    const wanted = backward(nodes, { values, tensors, seed }).get(gate) as Float64Array;
    expect(worstError(await found(gate, "gradient"), wanted)).toBeLessThan(ROUNDING);
  });

  test("relevance does not reach a gate: it is a constant", async () => {
    await expect(found(gate, "excitation")).rejects.toMatchObject({ code: "INVALID" });
  });
});
