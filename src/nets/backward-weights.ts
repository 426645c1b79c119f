/** Keeps the transposed and rectified weights that backward passes need, for as long as there is memory for them. */
import type { Engine } from "../engine/engine.ts";
import { EngineError } from "../engine/errors.ts";
import type { Node } from "../graph/graph.ts";
import type { BackwardWeights, LoweredOp, WeightsRequest } from "../ops/operation.ts";
import { operationOf } from "../ops/operations.ts";
import { disposeWeights, type PackedWeights, type Precision } from "../ops/packed-weights.ts";

/** Makes the weights of each op from the packed ones, on the GPU, when they are first asked for. */
export class BackwardWeightsCache {
  readonly #precision: Precision;
  readonly #made = new Map<string, Promise<BackwardWeights>>();
  readonly #owned = new Set<PackedWeights>();
  /** Memory was short: nothing is made any more that only saves time. */
  #lean = false;

  constructor(precision: Precision) {
    this.#precision = precision;
  }

  /** `rectified`: their positive part, for excitation backprop. Throws OUT_OF_MEMORY, LIMIT. */
  async get(engine: Engine, { node, weights }: LoweredOp, rectified: boolean): Promise<BackwardWeights | undefined> {
    if (!weights) return undefined;
    const key = `${node.index} ${rectified}`;
    const request = { engine, node, weights, precision: this.#precision, lean: this.#lean };
    const made = this.#made.get(key) ?? this.#make(request, rectified);
    this.#made.set(key, made);
    try {
      return await made;
    } catch (error) {
      this.#made.delete(key);
      throw error;
    }
  }

  async #make(given: Omit<WeightsRequest, "kernels">, rectified: boolean): Promise<BackwardWeights> {
    const request = { ...given, kernels: await import("../shaders/backward/index.ts") };
    const { rectify, appendRectified, relevance, transpose } = operationOf(request.node).backward ?? {};
    if (rectified && !rectify && !appendRectified && !relevance) throw undefinedRelevance(request.node);
    const packed = rectified && rectify ? await this.#keep(request.engine, () => rectify(request)) : request.weights;
    if (!transpose?.wanted(request.node)) return { packed };
    return { packed, transposed: await this.#keep(request.engine, () => transpose.make({ ...request, weights: packed })) };
  }

  async #keep(engine: Engine, make: () => Promise<PackedWeights>): Promise<PackedWeights> {
    const made = await engine.keep(make);
    this.#owned.add(made);
    return made;
  }

  /** Frees all, to be made again when it is asked for, and takes less from now on. Returns whether there was anything to free. */
  release(): boolean {
    const { size } = this.#owned;
    this.dispose();
    this.#lean = true;
    return size > 0;
  }

  dispose(): void {
    for (const weights of this.#owned) disposeWeights(weights);
    this.#owned.clear();
    this.#made.clear();
  }
}

export function undefinedRelevance({ label, op }: Node): EngineError {
  return new EngineError("INVALID", `Excitation backprop is not defined for "${label}" (${op}).`, "Choose another method.");
}
