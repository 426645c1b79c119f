import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Engine } from "../../src/engine/engine.ts";
import { PlanBuilder } from "../../src/engine/plan.ts";
import { roundUp, sizeOf, type Tensor } from "../../src/engine/tensor.ts";
import { type Node, weightShapes } from "../../src/graph/graph.ts";
import { Net } from "../../src/nets/net.ts";
import type { ActivationNode } from "../../src/ops/activation.ts";
import { describeActivation, isSigned } from "../../src/ops/activation-functions.ts";
import { OPERATIONS, operationOf } from "../../src/ops/operations.ts";
import { tensorShape } from "../../src/ops/shape.ts";
import { type Golden, readGolden, uniforms, worstError } from "../support/golden.ts";
import { cutChannels, padChannels } from "../support/padded-channels.ts";
import { sourceOf } from "../support/random-weights.ts";
import { backward } from "../support/reference-backward.ts";
import { evaluate } from "../support/reference-net.ts";
import { seededValues } from "../support/seeded-weights.ts";
import { sharedDevice } from "../support/shared-engine.ts";
import { CASES } from "./cases.ts";

/** Of the largest value: what storing goldens in f32 costs, and rounding on the GPU. */
const STORED = 1e-6;
const ON_GPU = 1e-5;

let device: GPUDevice;
let engine: Engine;
let golden: Golden;

beforeAll(async () => {
  device = await sharedDevice();
  engine = await Engine.create({ device });
  golden = await readGolden("operations");
});

afterAll(() => {
  engine.dispose();
});

test("every operation has a case here and in the goldens", () => {
  const cased = new Set(CASES.map(({ operation }) => operation));
  expect([...cased].sort()).toEqual(
    Object.keys(OPERATIONS)
      .filter((name) => name !== "input")
      .sort(),
  );
  expect(CASES.map(({ name }) => name)).toEqual((golden.facts as { cases: string[] }).cases);
});

const weightsOf = (nodes: readonly Node[]) =>
  new Map([...weightShapes(nodes)].map(([key, shape]) => [key, seededValues(key, shape, 0, sizeOf(shape))]));

const centred = (seed: number, count: number) => uniforms(seed, count).map((value) => value - 0.5);

describe.each(CASES)("$name", ({ name, nodes }) => {
  const [first, last] = [nodes[0] as Node, nodes.at(-1) as Node];
  const tensors = weightsOf(nodes);
  const seeds = () => golden.facts as { input: number; gradient: number };
  const given = () => ({ x: centred(seeds().input, sizeOf(first.shape)), seed: centred(seeds().gradient, sizeOf(last.shape)) });
  let net: Net;

  beforeAll(async () => {
    net = await Net.load(engine, nodes, sourceOf(tensors));
  });

  afterAll(() => net?.dispose());

  const expected = (what: "output" | "gradient") => golden.tensors.get(`${name}: ${what}`)?.values as Float32Array;

  test("its definition gives PyTorch's values, and the reference of backward passes PyTorch's gradients", () => {
    const { x, seed } = given();
    const values = evaluate(nodes, x, tensors);
    expect(worstError(values.get(last) as Float64Array, expected("output"))).toBeLessThan(STORED);
    const gradient = backward(nodes, { values, tensors, seed }).get(first) as Float64Array;
    expect(worstError(gradient, expected("gradient"))).toBeLessThan(STORED);
  });

  test.each([1, 5])(
    "its kernels give PyTorch's values and gradients in a batch of %i, and zeros in the channels that pad others",
    async (batch) => {
      const { x, seed } = given();
      // The images between are other ones: their results are not looked at, and must not reach the first and the last.
      const other = x.map((value) => 1 - value);
      const ends = [0, batch - 1];
      const images = Array.from({ length: batch }, (_, image) => (ends.includes(image) ? x : other));
      const upload = (node: Node, images: readonly Float64Array[]) =>
        engine.tensor(node.label, tensorShape(images.length, node.shape), padChannels(images, node.shape[2]));
      const [input, start] = [upload(first, images), upload(last, Array(batch).fill(seed))];
      const plan = new PlanBuilder(engine, name);
      const values = net.appendForward(plan, batch, input);
      const [out, gradient] = [values.get(net.output), engine.tensor("gradient", tensorShape(batch, first.shape))];
      await net.appendBackward(plan, batch, values, { seed: { node: net.output, gradient: start }, until: net.input, output: gradient });
      const kept = engine.tensor("out", tensorShape(batch, last.shape));
      net.append(plan, batch, input, kept);
      await plan.once();
      expect(out).toBeDefined();
      for (const [node, tensor, what] of [
        [last, kept, "output"],
        [first, gradient, "gradient"],
      ] as const) {
        const found = await tensor.read();
        const size = found.length / batch;
        expect(found.filter((value, i) => i % roundUp(node.shape[2], 4) >= node.shape[2] && value !== 0)).toEqual(new Float32Array());
        for (const image of ends) {
          const part = cutChannels(found.subarray(image * size, (image + 1) * size), node.shape[2]);
          expect(worstError(part, expected(what)), `${what} of image ${image}`).toBeLessThan(ON_GPU);
        }
      }
      for (const tensor of [input, start, gradient, kept]) tensor.dispose();
    },
  );

  test.each([Number.NaN, Number.POSITIVE_INFINITY])("%s in its input shows in its output", async (odd) => {
    // The first value that the output depends on: slices, crops and strides leave some out.
    const place = expected("gradient").findIndex((value) => value !== 0);
    const x = given().x.map((value, i) => (i === place ? odd : value));
    const input = engine.tensor("input", tensorShape(1, first.shape), padChannels([x], first.shape[2]));
    const plan = new PlanBuilder(engine, name);
    const out = engine.tensor("out", tensorShape(1, last.shape));
    net.append(plan, 1, input, out);
    await plan.once();
    expect((await out.read()).some((value) => !Number.isFinite(value))).toBe(true);
    for (const tensor of [input, out]) tensor.dispose();
  });

  test("its relevance by excitation backprop is the reference's", async () => {
    const x = given().x.map((value) => value + 0.5);
    const relevance = given().seed.map((value) => value + 0.5);
    const [input, start] = [first, last].map((node, at) =>
      engine.tensor("given", tensorShape(1, node.shape), padChannels([at ? relevance : x], node.shape[2])),
    ) as [Tensor, Tensor];
    const plan = new PlanBuilder(engine, name);
    const values = net.appendForward(plan, 1, input);
    const output = engine.tensor("relevance", tensorShape(1, first.shape));
    const options = { seed: { node: net.output, gradient: start }, until: net.input, output, rule: "excitation" } as const;
    const refusal = refusalOf(net, nodes);
    if (refusal) {
      await expect(net.appendBackward(plan, 1, values, options)).rejects.toThrow(refusal);
      return;
    }
    await net.appendBackward(plan, 1, values, options);
    await plan.once();
    const wanted = backward(nodes, { values: evaluate(nodes, x, tensors), tensors, seed: relevance, rule: "excitation" });
    expect(worstError(cutChannels(await output.read(), first.shape[2]), wanted.get(first) as Float64Array)).toBeLessThan(ON_GPU);
    for (const tensor of [input, start, output]) tensor.dispose();
  });
});

/** What excitation backprop says against a net, if it does. */
function refusalOf(net: Net, nodes: readonly Node[]): string | undefined {
  const signed = nodes.find((node) => operationOf(node).signed);
  if (signed) return `layer "${signed.label}" ends in ${signed.op}`;
  const [ends] = net.activations.filter((node) => isSigned((node as ActivationNode).activation)) as ActivationNode[];
  if (ends) return `layer "${ends.label}" ends in ${describeActivation(ends.activation)}`;
  const { label } = nodes.find((node) => {
    const { relevance } = operationOf(node).backward ?? {};
    return relevance && relevance(node, 0) === undefined;
  }) ?? { label: undefined };
  return label && `not defined for "${label}"`;
}
