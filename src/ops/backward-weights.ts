import type { Engine } from "../engine/engine.ts";
import { PlanBuilder } from "../engine/plan.ts";
import type { Tensor } from "../engine/tensor.ts";
import { isDenseConv } from "../graph/fuse.ts";
import type { Node, NodeOf } from "../graph/graph.ts";
import * as kernels from "../shaders/index.ts";
import { transformWanted } from "./dense/dense.ts";
import { bounds, type DenseLayer } from "./dense/dense-layer.ts";
import { type LoweredOp, vectors } from "./lower.ts";
import { cutColumns, disposeWeights, type PackedWeights, type Precision } from "./pack.ts";

/** The weights of an op as its backward pass reads them. */
export interface BackwardWeights {
  /** As the forward pass reads them, or their positive part without bias. */
  readonly packed: PackedWeights;
  /** Of dense convolutions: inputs and outputs exchanged, the taps in reverse order, no bias. */
  readonly transposed?: PackedWeights;
}

/** Whether the transpose of a strided convolution is computed at the size of its output, and spread afterwards. */
export const spreadsLast = ({ kernel, pad: [top, left] }: NodeOf<"conv">) => kernel === 1 && top === 0 && left === 0;

/**
 * The dense layer that brings the gradient of a convolution's output to its input: of stride 1, on the output's pixels spread by the
 * stride.
 */
export function transposedLayer(batch: number, node: NodeOf<"conv">): DenseLayer {
  const [height, width, channels] = (node.inputs[0] as Node).shape;
  const [outHeight, outWidth, outputs] = node.shape;
  const { key, kernel, stride, pad } = node;
  const spread = (size: number) => (spreadsLast(node) ? size : (size - 1) * stride + 1);
  const [toHeight, toWidth] = spreadsLast(node) ? [outHeight, outWidth] : [height, width];
  return {
    ...{ label: `${key} transposed`, batch, height: spread(outHeight), width: spread(outWidth), channels4: vectors(outputs) },
    ...{ outHeight: toHeight, outWidth: toWidth, outputs4: vectors(channels), kernel, stride: 1, ...bounds(undefined) },
    pad: [kernel - 1 - pad[0], kernel - 1 - pad[1]],
    flops: 2 * batch * toHeight * toWidth * channels * kernel ** 2 * outputs,
  };
}

/** What backward passes need of a net's weights, made from the packed ones on the GPU when it is first asked for. */
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
  async get(engine: Engine, op: LoweredOp, rectified: boolean): Promise<BackwardWeights | undefined> {
    if (!op.weights) return undefined;
    // The largest matrices are those of linear layers, whose kernels transpose and rectify as they read.
    if (op.node.op !== "conv") return { packed: op.weights };
    const key = `${op.node.index} ${rectified}`;
    const made = this.#made.get(key) ?? this.#make(engine, op.node, op.weights, rectified);
    this.#made.set(key, made);
    try {
      return await made;
    } catch (error) {
      this.#made.delete(key);
      throw error;
    }
  }

  async #make(engine: Engine, node: NodeOf<"conv">, weights: PackedWeights, rectified: boolean): Promise<BackwardWeights> {
    const packed = rectified ? await this.#keep(engine, () => rectify(engine, node, weights, this.#precision)) : weights;
    if (!isDenseConv(node)) return { packed };
    return { packed, transposed: await this.#keep(engine, () => transpose(engine, node, packed, this.#precision, this.#lean)) };
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

/** Makes weights of `parts`, whose matrices `append` fills, without bias. */
async function make(
  engine: Engine,
  label: string,
  { rows, outputs4, precision }: { rows: number; outputs4: number; precision: Precision },
  append: (plan: PlanBuilder, part: PackedWeights["parts"][number]) => void,
): Promise<PackedWeights> {
  const bias = engine.tensor(`${label} bias`, [outputs4 * 4]);
  const parts = cutColumns(engine, rows, outputs4, 2, precision).map(({ first4, columns4 }) => {
    return { matrix: engine.tensor(`${label} weights`, [rows, columns4 * 4], undefined, precision), first4, columns4 };
  });
  const plan = new PlanBuilder(engine, label);
  for (const part of parts) append(plan, part);
  await plan.once();
  return { parts, bias };
}

/** The positive part of the weights, as they were before a batch norm turned the sign of some outputs. */
function rectify(engine: Engine, node: NodeOf<"conv">, { parts, scale }: PackedWeights, precision: Precision): Promise<PackedWeights> {
  const matrix = parts[0]?.matrix as Tensor;
  const [rows, outputs4] = [matrix.shape[0] as number, vectors(node.shape[2])];
  const own = isDenseConv(node) ? precision : "f32";
  return make(engine, `${node.key} rectified`, { rows, outputs4, precision: own }, (plan, part) => {
    const weights = parts.find(({ first4 }) => first4 === part.first4)?.matrix as Tensor;
    plan.dispatch(kernels.rectifyWeights, {
      label: node.key,
      bindings: { weights, scale: scale ?? engine.nothing, rectified: part.matrix },
      constants: { Weight: own },
      uniforms: { rows, columns4: part.columns4, first4: part.first4, has_scale: scale ? 1 : 0 },
      threads: [part.columns4, rows],
    });
  });
}

/** `lean`: without what only saves time. */
async function transpose(
  engine: Engine,
  node: NodeOf<"conv">,
  { parts }: PackedWeights,
  precision: Precision,
  lean: boolean,
): Promise<PackedWeights> {
  const layer = transposedLayer(1, node);
  const { channels4: outputs4, outputs4: inputs4, kernel, label } = layer;
  const taps = kernel ** 2;
  const made = await make(engine, label, { rows: taps * outputs4 * 4, outputs4: inputs4, precision }, (plan, to) => {
    for (const { matrix, first4, columns4 } of parts) {
      plan.dispatch(kernels.transposeWeights, {
        label,
        bindings: { weights: matrix, transposed: to.matrix },
        constants: { Weight: precision },
        uniforms: { taps, inputs4, columns4, outputs4, out_columns4: to.columns4, first_input4: to.first4, first_output4: first4 },
        threads: [to.columns4, taps * columns4],
      });
    }
  });
  return lean ? made : transformWanted(engine, layer, made, precision);
}
