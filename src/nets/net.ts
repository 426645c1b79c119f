import type { Engine } from "../engine/engine.ts";
import { throwIfAborted } from "../engine/errors.ts";
import type { PlanBuilder } from "../engine/plan.ts";
import { roundUp, type Tensor } from "../engine/tensor.ts";
import * as kernels from "../shaders/index.ts";
import { type FusedOp, fuse, isStem } from "./fuse.ts";
import type { Activation, Node, NodeOf, Shape } from "./graph.ts";
import { disposeWeights, type PackedWeights, type Precision, WeightLoader, type WeightPart } from "./pack.ts";
import type { WeightSource } from "./safetensors.ts";

const LARGEST = 3.4e38;
const POOL_MODES = { max: 0, inside: 1, whole: 2 };

/** Clamp bounds that an activation is: every one of the vocabulary is a clamp. */
export function bounds(activation: Activation | undefined): { low: number; high: number } {
  return { low: activation ? 0 : -LARGEST, high: activation === "relu6" ? 6 : LARGEST };
}

interface LoweredOp extends FusedOp {
  weights?: PackedWeights;
}

export interface LoadOptions {
  precision?: Precision | undefined;
  signal?: AbortSignal | undefined;
}

/** A net whose weights are on the GPU, packed for its kernels. Plans of any batch size share them. */
export class Net {
  readonly #engine: Engine;
  readonly #ops: readonly LoweredOp[];
  readonly #precision: Precision;
  readonly #input: Node;
  readonly #output: Node;

  private constructor(engine: Engine, ops: readonly LoweredOp[], precision: Precision, input: Node, output: Node) {
    this.#engine = engine;
    this.#ops = ops;
    this.#precision = precision;
    this.#input = input;
    this.#output = output;
  }

  /**
   * Uploads and packs the weights layer by layer; `precision` says how matrices of dense layers are kept. Throws BAD_WEIGHTS, LIMIT,
   * OUT_OF_MEMORY.
   */
  static load(
    engine: Engine,
    label: string,
    nodes: readonly Node[],
    source: WeightSource,
    { precision = "f32", signal }: LoadOptions = {},
  ): Promise<Net> {
    return engine.guard(label, async () => {
      const ops: LoweredOp[] = [];
      const net = new Net(engine, ops, precision, nodes[0] as Node, nodes.at(-1) as Node);
      const loader = new WeightLoader(engine, source, precision);
      try {
        for (const op of fuse(nodes)) {
          throwIfAborted(signal);
          const { node } = op;
          ops.push(node.op === "conv" || node.op === "linear" ? { ...op, weights: await loader.load(op, node) } : op);
        }
        return net;
      } catch (error) {
        net.dispose();
        throw error;
      } finally {
        loader.dispose();
      }
    });
  }

  get inputShape(): Shape {
    return this.#input.shape;
  }

  get outputShape(): Shape {
    return this.#output.shape;
  }

  /**
   * Appends the net to a plan: `input` holds `batch` images of the input shape, NHWC, channels padded to 4. Returns the tensor of the
   * output node, which is `output` if one is given. `taps` asks for further nodes' values by their tensors.
   */
  append(plan: PlanBuilder, batch: number, input: Tensor, output?: Tensor, taps: ReadonlyMap<Node, Tensor> = new Map()): Tensor {
    const values = new Map<Node, Tensor>([[this.#input, input]]);
    for (const op of this.#ops) {
      const given = op.output === this.#output ? (taps.get(op.output) ?? output) : taps.get(op.output);
      const out = given ?? plan.temporary(`${op.output.label} out`, tensorShape(batch, op.output.shape));
      this.#emit(plan, batch, op, values, out);
      values.set(op.output, out);
    }
    return values.get(this.#output) as Tensor;
  }

  #emit(plan: PlanBuilder, batch: number, op: LoweredOp, values: ReadonlyMap<Node, Tensor>, out: Tensor): void {
    const { node } = op;
    const image = values.get(node.inputs[0] as Node) as Tensor;
    const [height, width, channels] = (node.inputs[0] as Node).shape;
    const [outHeight, outWidth, outputs] = node.shape;
    const channels4 = roundUp(channels, 4) / 4;
    const columns4 = roundUp(outputs, 4) / 4;
    const lines = batch * outHeight;
    const clamp = bounds(op.activation);
    const size = { height, width, out_height: outHeight, out_width: outWidth };
    switch (node.op) {
      case "conv":
        this.#emitConv(plan, batch, op, node, values, image, out);
        break;
      case "linear": {
        const inner4 = height * width * channels4;
        const wide = outHeight * outWidth * columns4;
        this.#emitMatmul(plan, op, values, image, out, batch, inner4, wide);
        break;
      }
      case "add": {
        const vectors = lines * outWidth * columns4;
        const line = Math.min(vectors, 65536);
        const b = values.get(node.inputs[1] as Node) as Tensor;
        plan.dispatch(kernels.add, {
          bindings: { a: image, b, out },
          uniforms: { vectors, line, ...clamp },
          threads: [line, Math.ceil(vectors / line)],
        });
        break;
      }
      case "pool": {
        const mode = node.mode === "max" ? POOL_MODES.max : node.countPadding ? POOL_MODES.whole : POOL_MODES.inside;
        plan.dispatch(kernels.pool, {
          label: node.label,
          bindings: { image, out },
          uniforms: { lines, ...size, channels4, window: node.window, stride: node.stride, pad: node.pad, mode },
          threads: [channels4, outWidth, lines],
          flops: lines * outWidth * outputs * node.window ** 2,
        });
        break;
      }
      case "globalPool":
        plan.dispatch(kernels.globalPool, {
          bindings: { image, out },
          uniforms: { batch, pixels: height * width, channels4 },
          threads: [channels4, batch],
          flops: batch * height * width * channels,
        });
        break;
      case "upsample":
        plan.dispatch(kernels.upsample, {
          bindings: { image, out },
          uniforms: { lines, ...size, channels4 },
          threads: [channels4, outWidth, lines],
          flops: lines * outWidth * outputs * 8,
        });
        break;
      default:
        throw new Error(`No kernel computes ${node.op}.`);
    }
  }

  #emitConv(
    plan: PlanBuilder,
    batch: number,
    op: LoweredOp,
    node: NodeOf<"conv">,
    values: ReadonlyMap<Node, Tensor>,
    image: Tensor,
    out: Tensor,
  ): void {
    const [height, width, channels] = (node.inputs[0] as Node).shape;
    const [outHeight, outWidth, outputs] = node.shape;
    const { kernel, stride, pad } = node;
    const channels4 = roundUp(channels, 4) / 4;
    const columns4 = roundUp(outputs, 4) / 4;
    const lines = batch * outHeight;
    const rows = lines * outWidth;
    const { weights } = op as Required<LoweredOp>;
    const { bias } = weights;
    const [{ matrix }] = weights.parts as [WeightPart];
    const window = { kernel_y: kernel, kernel_x: kernel, stride, pad_top: pad[0], pad_left: pad[1] };
    const size = { height, width, out_height: outHeight, out_width: outWidth };
    const flops = 2 * rows * outputs * kernel ** 2 * (node.depthwise ? 1 : channels);
    if (node.depthwise) {
      plan.dispatch(kernels.depthwise, {
        label: node.key,
        bindings: { image, weights: matrix, bias, out },
        uniforms: { lines, ...size, channels4, ...window, ...bounds(op.activation) },
        threads: [channels4, Math.ceil(outWidth / kernels.depthwise.constants.TILE_PIXELS), lines],
        flops,
      });
    } else if (isStem(node)) {
      const { TILE_COLUMNS, TILE_PIXELS } = kernels.convStem.constants;
      plan.dispatch(kernels.convStem, {
        label: node.key,
        bindings: { image, weights: matrix, bias, out },
        uniforms: { lines, ...size, columns4, ...window, ...bounds(op.activation) },
        threads: [Math.ceil(columns4 / TILE_COLUMNS), Math.ceil(outWidth / TILE_PIXELS), lines],
        flops,
      });
    } else if (kernel === 1 && stride === 1) {
      this.#emitMatmul(plan, op, values, image, out, rows, channels4, columns4);
    } else {
      const { TILE_COLUMNS, TILE_ROWS } = kernels.conv.constants;
      plan.dispatch(kernels.conv, {
        label: node.key,
        constants: { Weight: this.#precision },
        bindings: { image, weights: matrix, bias, residual: this.#residual(op, values), out },
        uniforms: {
          rows,
          ...size,
          channels4,
          columns4,
          ...window,
          has_bias: 1,
          has_residual: op.residual ? 1 : 0,
          ...bounds(op.activation),
        },
        threads: [Math.ceil(columns4 / TILE_COLUMNS), Math.ceil(rows / TILE_ROWS)],
        flops,
      });
    }
  }

  #emitMatmul(
    plan: PlanBuilder,
    op: LoweredOp,
    values: ReadonlyMap<Node, Tensor>,
    a: Tensor,
    out: Tensor,
    rows: number,
    inner4: number,
    wide4: number,
  ): void {
    const { weights } = op as Required<LoweredOp>;
    const { TILE_COLUMNS, TILE_ROWS } = kernels.matmul.constants;
    for (const { matrix, first4, columns4 } of weights.parts) {
      plan.dispatch(kernels.matmul, {
        label: op.node.label,
        bindings: { a, b: matrix, bias: weights.bias, residual: this.#residual(op, values), out },
        constants: { Weight: this.#precision },
        uniforms: {
          ...{ rows, inner4, columns4, first4, out_columns4: wide4 },
          ...{ has_bias: 1, has_residual: op.residual ? 1 : 0, ...bounds(op.activation) },
        },
        threads: [Math.ceil(columns4 / TILE_COLUMNS), Math.ceil(rows / TILE_ROWS)],
        flops: 2 * rows * inner4 * 4 * columns4 * 4,
      });
    }
  }

  #residual(op: LoweredOp, values: ReadonlyMap<Node, Tensor>): Tensor {
    return op.residual ? (values.get(op.residual) as Tensor) : this.#engine.nothing;
  }

  dispose(): void {
    for (const { weights } of this.#ops) if (weights) disposeWeights(weights);
  }
}

/** NHWC shape of a batch, channels padded to 4. */
export function tensorShape(batch: number, [height, width, channels]: Shape): number[] {
  return [batch, height, width, roundUp(channels, 4)];
}
