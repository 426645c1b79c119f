import { expect } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import { PlanBuilder } from "../../src/engine/plan.ts";
import type { Tensor } from "../../src/engine/tensor.ts";
import type { Node } from "../../src/graph/graph.ts";
import type { Rule } from "../../src/nets/backward.ts";
import type { Values } from "../../src/nets/lower.ts";
import type { Net } from "../../src/nets/net.ts";
import { appendScoreGradient } from "../../src/nets/score-gradient.ts";
import { tensorShape } from "../../src/ops/shape.ts";
import { readGolden, worstError } from "./golden.ts";

/** Distance of what goes back from float64 where all units are on the same side, beside the largest value; a dozen roundings to f32. */
const EXACT = 2e-5;

interface Facts {
  target: number;
  layers: Record<string, [saliency: string, contrast: string | null, last: string | null]>;
  gradients: Record<string, Record<"height" | "width" | "first" | "step" | "largest" | "norm", number>>;
}

/** A pass whose result reference/oracles.py knows. */
interface Pass {
  readonly key: Rule | "gated";
  readonly until: Node;
  readonly clean?: Values | undefined;
}

/** Tensors for the values of all layers behind the input; `dispose` them. */
export function layerValues(net: Net, engine: Engine, batch: number): Map<Node, Tensor> {
  return new Map(
    net
      .valuesFrom(net.input)
      .slice(1)
      .map((node) => [node, engine.tensor(node.label, tensorShape(batch, node.shape))]),
  );
}

/** Holds what goes back from a logit of one image to what PyTorch brings back in float64. */
export class GoldenBackward {
  private constructor(
    readonly engine: Engine,
    readonly net: Net,
    readonly name: string,
    readonly facts: Facts,
    readonly tensors: ReadonlyMap<string, { values: Float32Array | Uint8Array }>,
  ) {}

  static async open(engine: Engine, net: Net, name: string): Promise<GoldenBackward> {
    const { facts, tensors } = await readGolden("gradients");
    return new GoldenBackward(engine, net, name, facts as Facts, tensors);
  }

  /**
   * Every value of the gradient of the image that the oracle keeps, and of the map and the contrast of excitation backprop where it has them.
   * `values`: of all layers, the image's first in its batch. `clean`: those of another image, by which the ReLUs are gated in one more pass.
   * In f32 some units lie on the other side of an activation's corner, which moves gradients by per cents, in PyTorch too. The oracle says
   * which units are so near that they may: these are given their float64 values.
   */
  async check(values: ReadonlyMap<Node, Tensor>, clean?: ReadonlyMap<Node, Tensor>): Promise<void> {
    const { net } = this;
    this.#settle(values, clean);
    const [saliency, contrast] = this.facts.layers[this.name] ?? [];
    const passes: Pass[] = [
      { key: "gradient", until: net.input },
      ...(saliency ? [{ key: "excitation", until: net.layer(saliency) } as const] : []),
      ...(contrast ? [{ key: "contrast", until: net.layer(contrast) } as const] : []),
      ...(clean ? [{ key: "gated", until: net.input, clean } as const] : []),
    ];
    const known = [...this.tensors.keys()].filter((key) => key.startsWith(`${this.name}.`) && !/\.(doubts|gates)$/.test(key));
    expect(passes.map(({ key }) => `${this.name}.${key}`).sort()).toEqual(known.sort());
    const plan = new PlanBuilder(this.engine, "backward");
    const outputs: Tensor[] = [];
    for (const { key, until, clean } of passes) {
      const output = this.engine.tensor(`${this.name} ${key}`, tensorShape(1, until.shape));
      const { gradient } = appendScoreGradient(plan, 1, 1000, this.facts.target);
      const seed = { node: net.output, gradient };
      await net.appendBackward(plan, 1, values, { seed, until, rule: key === "gated" ? "gradient" : key, clean, output });
      outputs.push(output);
    }
    await plan.once();
    for (const [i, { key, until }] of passes.entries()) {
      this.#compare(`${this.name}.${key}`, await (outputs[i] as Tensor).read(), until);
      outputs[i]?.dispose();
    }
  }

  /** Gives the units in doubt the values that they have in float64. */
  #settle(values: ReadonlyMap<Node, Tensor>, clean?: ReadonlyMap<Node, Tensor>): void {
    const { activations } = this.net;
    const write = (to: ReadonlyMap<Node, Tensor>, activation: number, index: number, value: number) =>
      (to.get(activations[activation] as Node) as Tensor).write(Float32Array.of(value), index);
    for (const [activation, index, value] of this.#rows("doubts", 3)) write(values, activation, index, value);
    if (!clean) return;
    for (const [activation, index, value, other] of this.#rows("gates", 4)) {
      write(values, activation, index, value);
      write(clean, activation, index, other as number);
    }
  }

  #rows(key: string, columns: number): [number, number, number, number?][] {
    const { values } = this.tensors.get(`${this.name}.${key}`) as { values: Float32Array };
    return Array.from({ length: values.length / columns }, (_, row) => [...values.subarray(row * columns, (row + 1) * columns)] as never);
  }

  #compare(key: string, values: Float32Array, { shape }: Node): void {
    const reference = this.tensors.get(key)?.values as Float32Array;
    const whole = this.facts.gradients[key];
    const compared = whole ? sampled(values, whole) : key.endsWith("contrast") ? values : channelSums(values, shape[2]);
    expect(distance(compared, reference), `${key}, distance`).toBeLessThan(EXACT);
    expect(worstError(compared, reference), `${key}, worst`).toBeLessThan(EXACT);
    if (!whole) return;
    // The pixels that the oracle does not keep are held by these.
    expect(values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) / whole.largest, `${key}, largest`).toBeCloseTo(1, 4);
    expect(norm(values) / whole.norm, `${key}, norm`).toBeCloseTo(1, 4);
  }
}

function channelSums(values: Float32Array, channels: number): Float64Array {
  const sums = new Float64Array(values.length / channels);
  for (const [i, value] of values.entries()) sums[Math.floor(i / channels)] = (sums[Math.floor(i / channels)] as number) + value;
  return sums;
}

/** Of two lists, beside the norm of the second. */
export function distance(actual: ArrayLike<number>, reference: Float32Array): number {
  return norm(reference.map((value, i) => (actual[i] as number) - value)) / norm(reference);
}

export function norm(values: Float32Array): number {
  return Math.sqrt(values.reduce((total, value) => total + value * value, 0));
}

/** The pixels that the oracle keeps. */
export function sampled(gradient: Float32Array, { height, width, first, step }: Facts["gradients"][string]): number[] {
  const kept: number[] = [];
  for (let y = first; y < height; y += step) {
    for (let x = first; x < width; x += step) kept.push(...gradient.subarray((y * width + x) * 4, (y * width + x) * 4 + 3));
  }
  return kept;
}
