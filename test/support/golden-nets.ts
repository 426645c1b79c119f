import { expect } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import { PlanBuilder } from "../../src/engine/plan.ts";
import { sizeOf, type Tensor } from "../../src/engine/tensor.ts";
import type { Node } from "../../src/graph/graph.ts";
import { Net } from "../../src/nets/net.ts";
import { appendScoreGradient } from "../../src/nets/score-gradient.ts";
import type { ActivationNode } from "../../src/ops/activation.ts";
import { isInvertible } from "../../src/ops/activation-functions.ts";
import { tensorShape } from "../../src/ops/shape.ts";
import type { WeightSource } from "../../src/ops/weight-source.ts";
import { type Golden, padPixels, readGolden, uniforms, worstError } from "./golden.ts";
import { distance, layerValues, norm, sampled } from "./golden-backward.ts";
import { calibration, seededValues } from "./seeded-weights.ts";

interface NetFacts extends Record<"target" | "activations" | "largest" | "norm", number> {
  size: [number, number];
  /** Whose weights have a factor, in the order of the factors. */
  layers: string[];
}

interface Facts extends Record<"seed" | "first" | "step", number> {
  mean: number[];
  std: number[];
  nets: Record<string, NetFacts>;
}

/** How a net is built: from the shape of its input and the number of classes. */
type Describe = (size: { input: [number, number, number]; classes: number }) => Node[] | Promise<Node[]>;

const seeded: WeightSource = {
  async read(key, shape, first = 0, count = shape[0] as number) {
    const row = sizeOf(shape.slice(1));
    return seededValues(key, shape, first * row, count * row);
  },
};

/** What reference/zoo.py computed of nets on calibrated weights, and what the engine makes of them: logits, and the gradient of the image. */
export class GoldenNets {
  readonly #engine: Engine;
  readonly #golden: Golden;
  readonly #facts: Facts;

  private constructor(engine: Engine, golden: Golden) {
    this.#engine = engine;
    this.#golden = golden;
    this.#facts = golden.facts as Facts;
  }

  static async open(engine: Engine, file: string): Promise<GoldenNets> {
    return new GoldenNets(engine, await readGolden(file));
  }

  get names(): string[] {
    return Object.keys(this.#facts.nets);
  }

  /** `prepare`: what a net's library makes of weights before it computes with them. */
  async check(name: string, describe: Describe, prepare = (source: WeightSource) => source): Promise<void> {
    const engine = this.#engine;
    const { mean, std, seed } = this.#facts;
    const {
      size: [height, width],
      target,
    } = this.#netFacts(name);
    const net = await Net.load(
      engine,
      await describe({ input: [height, width, 3], classes: 1000 }),
      this.#calibrated(name, prepare(seeded)),
    );
    const pixels = uniforms(seed, height * width * 3).map((u, i) => (u - (mean[i % 3] as number)) / (std[i % 3] as number));
    const input = engine.tensor("image", tensorShape(1, net.inputShape), padPixels(pixels));
    const values = layerValues(net, engine, 1);
    try {
      const forward = new PlanBuilder(engine, name);
      net.appendForward(forward, 1, input, values);
      await forward.once();
      expect(worstError(await (values.get(net.output) as Tensor).read(), this.#stored(name, "logits"))).toBeLessThan(1e-4);
      const all = new Map([...values, [net.input, input]]);
      const kept = this.#stored(name, "gradient");
      const raw = await this.#gradientOf(net, all, target);
      expect(distance(sampled(raw, this.#whole(name)), kept), "as f32 has it").toBeLessThan(2e-2);
      this.#settle(net, all, name);
      const gradient = await this.#gradientOf(net, all, target);
      expect(worstError(sampled(gradient, this.#whole(name)), kept), "where all units are on float64's side").toBeLessThan(2e-5);
      // The pixels that are not stored are held by these.
      const largest = gradient.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      expect(largest / this.#whole(name).largest).toBeCloseTo(1, 4);
      expect(norm(gradient) / this.#whole(name).norm).toBeCloseTo(1, 4);
    } finally {
      net.dispose();
      for (const tensor of [input, ...values.values()]) tensor.dispose();
    }
  }

  #netFacts = (name: string) => this.#facts.nets[name] as NetFacts;

  #stored = (name: string, what: string) => this.#golden.tensors.get(`${name}.${what}`)?.values as Float32Array;

  #whole(name: string) {
    const {
      size: [height, width],
      largest,
      norm,
    } = this.#netFacts(name);
    return { height, width, first: this.#facts.first, step: this.#facts.step, largest, norm };
  }

  /** The weights of a layer times its factor. */
  #calibrated(name: string, source: WeightSource): WeightSource {
    const calibrate = calibration(this.#netFacts(name).layers, this.#stored(name, "factors"));
    return { read: async (key, ...rest) => calibrate(key, await source.read(key, ...rest)) };
  }

  async #gradientOf(net: Net, values: ReadonlyMap<Node, Tensor>, target: number): Promise<Float32Array> {
    const output = this.#engine.tensor("gradient", tensorShape(1, net.inputShape));
    const plan = new PlanBuilder(this.#engine, "backward");
    const { gradient } = appendScoreGradient(plan, 1, net.outputShape[2], target);
    await net.appendBackward(plan, 1, values, { seed: { node: net.output, gradient }, until: net.input, output });
    await plan.once();
    const found = await output.read();
    output.dispose();
    return found;
  }

  /** Gives units beside a corner, or beside another maximum of a pool, the values that they have in float64. */
  #settle(net: Net, values: ReadonlyMap<Node, Tensor>, name: string): void {
    const { activations } = net;
    expect(activations).toHaveLength(this.#netFacts(name).activations);
    const rows = this.#stored(name, "doubts");
    for (let at = 0; at < rows.length; at += 3) {
      const [activation, index, value] = rows.subarray(at, at + 3) as unknown as [number, number, number];
      const node = activations[activation] as Node;
      const kept = isInvertible((node as ActivationNode).activation) ? node : (node.inputs[0] as Node);
      const [, , channels] = kept.shape;
      const padded = Math.floor(index / channels) * 4 * Math.ceil(channels / 4) + (index % channels);
      (values.get(kept) as Tensor).write(Float32Array.of(value), padded);
    }
  }
}
