import { beforeAll, expect, test } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import { PlanBuilder } from "../../src/engine/plan.ts";
import type { Node } from "../../src/graph/graph.ts";
import { Net } from "../../src/nets/net.ts";
import { findNonFinite } from "../../src/nets/non-finite.ts";
import { GraphBuilder } from "../../src/ops/builder.ts";
import * as kernels from "../../src/shaders/index.ts";
import { randomTensors, sourceOf } from "../support/random-weights.ts";
import { sharedEngine } from "../support/shared-engine.ts";

let engine: Engine;

beforeAll(async () => {
  engine = await sharedEngine();
});

/** Every kind of layer that clamps or chooses, one behind the other. */
function nodes(): Node[] {
  const g = new GraphBuilder();
  const stem = g.activation(
    g.conv(g.input([16, 16, 3]), "stem", { outputs: 12, kernel: 3, stride: 2, padding: 1, bias: true }),
    "relu6",
    "stem.relu",
  );
  const deep = g.activation(g.depthwiseConv(stem, "deep", { kernel: 3, padding: 1, bias: true }), "relu", "deep.relu");
  const pooled = g.maxPool(deep, 2, 2);
  const wide = g.activation(g.conv(pooled, "wide", { outputs: 16, kernel: 1, bias: true }), "relu", "wide.relu");
  const other = g.conv(pooled, "other", { outputs: 16, kernel: 3, padding: 1, bias: true });
  const sum = g.activation(g.add(wide, other, "sum"), "relu6", "sum.relu");
  g.linear(g.globalPool(sum), "head", 8);
  return g.nodes;
}

/** Runs the net with weights in some of its layers that overflow in their sums. */
async function search(...overflowing: string[]) {
  const tensors = new Map(randomTensors(nodes(), 7));
  for (const key of overflowing) tensors.set(key, new Float32Array((tensors.get(key) as Float32Array).length).fill(3e37));
  const net = await Net.load(engine, nodes(), sourceOf(tensors));
  const photo = engine.tensor("photo", [1, 16, 16, 4], new Float32Array(16 * 16 * 4).fill(1));
  const found = await findNonFinite(engine, net, (plan, image) => {
    plan.dispatch(kernels.copy, {
      bindings: { input: photo, out: image },
      uniforms: { vectors: 256, line: 256 },
      threads: [256],
    });
  });
  net.dispose();
  photo.dispose();
  return found;
}

test("finds nothing where all numbers are finite", async () => {
  expect(await search()).toBeUndefined();
});

test.each([
  ["the first layer", ["stem.weight"], "stem.relu"],
  ["a depthwise one", ["deep.weight"], "deep.relu"],
  ["a pointwise one", ["wide.weight"], "wide.relu"],
  ["one that is added", ["other.weight"], "sum.relu"],
  ["the last one", ["head.weight"], "head"],
])("names %s", async (_, keys, layer) => {
  expect((await search(...keys))?.layer).toBe(layer);
});

test("what overflows reaches the end: neither a clamp nor a maximum makes a number of it", async () => {
  const tensors = new Map(randomTensors(nodes(), 7));
  tensors.set("stem.weight", new Float32Array(12 * 27).fill(3e37));
  const net = await Net.load(engine, nodes(), sourceOf(tensors));
  const photo = engine.tensor("photo", [1, 16, 16, 4], new Float32Array(16 * 16 * 4).fill(1));
  const plan = new PlanBuilder(engine, "net");
  const logits = engine.tensor("logits", [1, 8]);
  net.append(plan, 1, photo, logits);
  await plan.once();
  expect((await logits.read()).some(Number.isFinite)).toBe(false);
});
