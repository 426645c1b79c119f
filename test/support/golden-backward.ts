import { expect } from "vitest";
import { PlanBuilder } from "../../src/engine/plan.ts";
import type { Tensor } from "../../src/engine/tensor.ts";
import type { Node } from "../../src/graph/graph.ts";
import type { BackwardOptions, Rule } from "../../src/nets/backward.ts";
import type { Values } from "../../src/nets/lower.ts";
import type { Net } from "../../src/nets/net.ts";
import { appendScoreGradient } from "../../src/nets/score-gradient.ts";
import { tensorShape } from "../../src/ops/shape.ts";
import { readGolden, worstError } from "./golden.ts";

const SIZE = 224;
const STEP = 7;
/** Share of the values that may differ by more than a thousandth of the largest. */
const MOVED = 0.05;
/** Distance of gradients from float64 where all units are on the same side. */
const EXACT = 2e-5;
/** Nets through which a second pass takes long, and SwiftShader needs one; reference/README.md has what it gave. */
const LONG = ["resnet101", "vgg16", "vgg16_bn"];

interface Facts {
  target: number;
  layers: Record<string, [saliency: string, contrast: string | null, last: string | null]>;
  gradients: Record<string, { largest: number; norm: number }>;
}

/** Appends passes whose results reference/oracles.py knows, of the first image of the values' batch, and holds them to it after the run. */
export class GoldenBackward {
  readonly #checks: { key: string; output: Tensor; node: Node }[] = [];
  #plan!: PlanBuilder;
  #images!: Tensor;

  private constructor(
    readonly net: Net,
    readonly name: string,
    readonly facts: Facts,
    readonly tensors: ReadonlyMap<string, { values: Float32Array | Uint8Array }>,
  ) {}

  static async open(net: Net, name: string): Promise<GoldenBackward> {
    const { facts, tensors } = await readGolden("gradients");
    return new GoldenBackward(net, name, facts as Facts, tensors);
  }

  /** The gradient of the image, and the map and the contrast of excitation backprop where the oracle has them. */
  async append(plan: PlanBuilder, values: Values): Promise<void> {
    this.#plan = plan;
    this.#images = values.get(this.net.input) as Tensor;
    await this.#append(plan, values, "gradient", this.net.input);
    const [saliency, contrast] = this.facts.layers[this.name] ?? [];
    if (saliency) await this.#append(plan, values, "excitation", this.net.layer(saliency));
    if (contrast) await this.#append(plan, values, "contrast", this.net.layer(contrast));
  }

  /** The gradient through ReLUs that are gated by another image of one, which is input. */
  async appendGated(plan: PlanBuilder, values: Values, other: Tensor): Promise<Tensor[]> {
    const { engine } = plan;
    const clean = new Map(this.net.activations.map((node) => [node, engine.tensor(node.label, tensorShape(1, node.shape))]));
    const forward = new PlanBuilder(engine, "clean image");
    this.net.appendForward(forward, 1, other, clean);
    await forward.once();
    await this.#append(plan, values, "gated", this.net.input, clean);
    return [...clean.values()];
  }

  async #append(plan: PlanBuilder, values: Values, key: Rule | "gated", until: Node, clean?: Values): Promise<void> {
    const output = plan.engine.tensor(`${this.name} ${key}`, tensorShape(1, until.shape));
    await this.#appendPass(plan, values, { until, rule: key === "gated" ? "gradient" : key, clean, output });
    this.#checks.push({ key: `${this.name}.${key}`, output, node: until });
  }

  #appendPass(plan: PlanBuilder, values: Values, options: Omit<BackwardOptions, "seed">): Promise<Tensor> {
    const { gradient } = appendScoreGradient(plan, 1, 1000, this.facts.target);
    return this.net.appendBackward(plan, 1, values, { ...options, seed: { node: this.net.output, gradient } });
  }

  /**
   * Most values are right to a few roundings. A few may be off: f32 moves units to the other side of an activation's corner, which the pixels
   * that such a unit sees notice, most of them little: of ResNet-50, PyTorch itself has 6 % of the values beyond a thousandth in float32.
   * Gradients of the image are right everywhere once no unit is in doubt.
   */
  async check(): Promise<void> {
    for (const { key, output, node } of this.#checks) {
      const values = await output.read();
      const reference = this.tensors.get(key)?.values as Float32Array;
      const whole = this.facts.gradients[key];
      const compared = whole ? sampled(values) : key.endsWith("contrast") ? values : channelSums(values, node.shape[2]);
      const largest = whole?.largest ?? Math.max(...reference.map(Math.abs));
      const errors = Array.from(reference, (value, i) => Math.abs((compared[i] as number) - value) / largest).sort((a, b) => a - b);
      expect(errors[errors.length >> 1], `${key}, median`).toBeLessThan(1e-4);
      expect(errors[Math.floor(errors.length * (1 - MOVED))], key).toBeLessThan(1e-3);
      if (whole) expect(norm(values) / whole.norm, `${key}, norm`).toBeCloseTo(1, 2);
      if (key.endsWith(".gradient") && !LONG.includes(this.name)) {
        const right = distance(compared, reference) < EXACT ? compared : sampled(await this.#withoutDoubt());
        expect(distance(right, reference), `${key}, no unit in doubt`).toBeLessThan(EXACT);
        expect(worstError(right, reference), `${key}, no unit in doubt`).toBeLessThan(EXACT);
      }
      output.dispose();
    }
  }

  /** The gradient of the image where every unit that is near a corner, in float64, has the value that it has there. */
  async #withoutDoubt(): Promise<Float32Array> {
    const { net } = this;
    const { engine } = this.#plan;
    const values = new Map(net.layers.slice(1).map((node) => [node, engine.tensor(node.label, tensorShape(1, node.shape))]));
    const output = engine.tensor("gradient", tensorShape(1, net.inputShape));
    try {
      const forward = new PlanBuilder(engine, "forward");
      net.appendForward(forward, 1, this.#images, values);
      await forward.once();
      const doubts = this.tensors.get(`${this.name}.doubts`)?.values as Float32Array;
      for (let at = 0; at < doubts.length; at += 3) {
        const [activation, index] = doubts.subarray(at, at + 2) as unknown as [number, number];
        values.get(net.activations[activation] as Node)?.write(doubts.slice(at + 2, at + 3), index);
      }
      const plan = new PlanBuilder(engine, "backward");
      await this.#appendPass(plan, new Map([...values, [net.input, this.#images]]), { until: net.input, output });
      await plan.once();
      return await output.read();
    } finally {
      for (const tensor of [...values.values(), output]) tensor.dispose();
    }
  }
}

function channelSums(values: Float32Array, channels: number): Float64Array {
  const sums = new Float64Array(values.length / channels);
  for (const [i, value] of values.entries()) sums[Math.floor(i / channels)] = (sums[Math.floor(i / channels)] as number) + value;
  return sums;
}

/** Of two lists, beside the norm of the second. */
function distance(actual: ArrayLike<number>, reference: Float32Array): number {
  return norm(reference.map((value, i) => (actual[i] as number) - value)) / norm(reference);
}

function norm(values: Float32Array): number {
  return Math.sqrt(values.reduce((total, value) => total + value * value, 0));
}

/** The pixels that the oracle keeps. */
function sampled(gradient: Float32Array): number[] {
  const kept: number[] = [];
  for (let y = 3; y < SIZE; y += STEP) {
    for (let x = 3; x < SIZE; x += STEP) kept.push(...gradient.subarray((y * SIZE + x) * 4, (y * SIZE + x) * 4 + 3));
  }
  return kept;
}
