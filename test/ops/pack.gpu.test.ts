import { beforeAll, expect, test } from "vitest";
import { Engine } from "../../src/engine/engine.ts";
import { PlanBuilder } from "../../src/engine/plan.ts";
import type { Node } from "../../src/graph/graph.ts";
import { Net } from "../../src/nets/net.ts";
import { GraphBuilder } from "../../src/ops/builder.ts";
import { tensorShape } from "../../src/ops/shape.ts";
import type { WeightSource } from "../../src/ops/weight-source.ts";
import { rejected } from "../support/errors.ts";
import { worstError } from "../support/golden.ts";
import { limitBinding } from "../support/limited-device.ts";
import { Random } from "../support/random.ts";
import { randomTensors, sourceOf } from "../support/random-weights.ts";
import { evaluate } from "../support/reference-net.ts";
import { sharedDevice } from "../support/shared-engine.ts";

let device: GPUDevice;

beforeAll(async () => {
  device = await sharedDevice();
});

async function run(engine: Engine, nodes: readonly Node[], source: WeightSource, image: Float32Array): Promise<Float32Array> {
  const net = await Net.load(engine, nodes, source);
  const input = engine.tensor("input", tensorShape(1, net.inputShape));
  const [, , channels] = net.inputShape;
  const padded = new Float32Array(input.size);
  for (const [i, value] of image.entries()) padded[Math.floor(i / channels) * (input.shape[3] as number) + (i % channels)] = value;
  input.write(padded);
  const output = engine.tensor("output", tensorShape(1, net.outputShape));
  const plan = new PlanBuilder(engine, "net");
  net.append(plan, 1, input, output);
  await plan.once();
  const values = await output.read();
  const [count, stride] = [net.outputShape[2], output.shape[3] as number];
  net.dispose();
  for (const tensor of [input, output]) tensor.dispose();
  return values.filter((_, i) => i % stride < count);
}

function layers(): Node[] {
  const g = new GraphBuilder();
  const x = g.activation(g.linear(g.input([3, 2, 7]), "first", 37), "relu");
  const image = g.activation(g.linear(x, "image", [2, 3, 5]), "relu");
  const residual = g.linear(x, "residual", 22);
  g.activation(g.add(g.linear(image, "last", 22, { flatten: "nhwc" }), residual), "relu6");
  return g.nodes;
}

test("a matrix that is too large for one binding is cut by columns, and the result stays the same", async () => {
  const nodes = layers();
  const tensors = randomTensors(nodes, 1);
  const image = new Random(2).floats(42);
  const reference = evaluate(nodes, image, tensors).get(nodes.at(-1) as Node) as Float64Array;
  const parts: number[] = [];
  // first: 48 rows x 40 columns, image: 40 rows x 48 columns, last: 48 rows x 24 columns.
  for (const bytes of [1 << 20, 4096, 2048, 1536]) {
    const engine = await Engine.create({ device: limitBinding(device, bytes) });
    let made = 0;
    const buffer = engine.buffer.bind(engine);
    engine.buffer = (label, size) => {
      if (label.endsWith(" weights")) made++;
      expect(size).toBeLessThanOrEqual(bytes);
      return buffer(label, size);
    };
    expect(worstError(await run(engine, nodes, sourceOf(tensors), image), reference)).toBeLessThan(1e-5);
    parts.push(made);
    engine.dispose();
  }
  expect(parts[0]).toBe(4);
  expect(parts).toEqual(parts.toSorted((a, b) => a - b));
  expect(parts.at(-1)).toBeGreaterThan(15);
});

test("columns that fit no binding are refused with the limit", async () => {
  const nodes = layers();
  const engine = await Engine.create({ device: limitBinding(device, 512) });
  expect(await rejected(Net.load(engine, nodes, sourceOf(randomTensors(nodes, 1))))).toMatchObject({
    code: "LIMIT",
    message: expect.stringContaining("512"),
  });
  expect(engine.memory.used).toBe(engine.nothing.bytes);
  engine.dispose();
});

test("a large tensor is read slab by slab, never whole", async () => {
  const g = new GraphBuilder();
  g.linear(g.input([1, 1, 3000]), "fc", 3001);
  const { nodes } = g;
  const tensors = randomTensors(nodes, 3);
  const asked: number[] = [];
  const whole = sourceOf(tensors);
  const source: WeightSource = {
    async read(key, shape, first, count) {
      const values = await whole.read(key, shape, first, count);
      asked.push(values.byteLength);
      return values;
    },
  };
  const image = new Random(4).floats(3000);
  const engine = await Engine.create({ device });
  const before = engine.memory.used;
  const actual = await run(engine, nodes, source, image);
  const reference = evaluate(nodes, image, tensors).get(nodes[1] as Node) as Float64Array;
  expect(worstError(actual, reference)).toBeLessThan(1e-5);
  expect(asked.filter((bytes) => bytes > 1e6)).toHaveLength(9);
  expect(Math.max(...asked)).toBeLessThanOrEqual(4 << 20);
  // What staging and nets took is given back, but for the staging of the last read.
  expect(engine.memory.used - before).toBeLessThan(65536);
  engine.dispose();
});

test("half precision stays within its rounding, where the adapter has it", async ({ skip }) => {
  if (!device.features.has("shader-f16")) skip("this adapter has no shader-f16");
  const nodes = layers();
  const tensors = randomTensors(nodes, 5);
  const image = new Random(6).floats(42);
  const reference = evaluate(nodes, image, tensors).get(nodes.at(-1) as Node) as Float64Array;
  const engine = await Engine.create({ device });
  const net = await Net.load(engine, nodes, sourceOf(tensors), { precision: "f16" });
  const input = engine.tensor("input", [1, 3, 2, 8]);
  input.write(Float32Array.from({ length: 48 }, (_, i) => (i % 8 < 7 ? (image[Math.floor(i / 8) * 7 + (i % 8)] as number) : 0)));
  const output = engine.tensor("output", [1, 1, 1, 24]);
  const plan = new PlanBuilder(engine, "net");
  net.append(plan, 1, input, output);
  await plan.once();
  // Three layers deep, each weight off by up to 2^-11.
  expect(worstError((await output.read()).slice(0, 22), reference)).toBeLessThan(5e-3);
  expect(worstError((await output.read()).slice(0, 22), reference)).toBeGreaterThan(1e-6);
  engine.dispose();
});
