import { EngineError } from "../engine/errors.ts";
import type { PlanBuilder } from "../engine/plan.ts";
import type { Tensor } from "../engine/tensor.ts";
import { isStem } from "../graph/fuse.ts";
import type { Node, NodeOf } from "../graph/graph.ts";
import * as kernels from "../shaders/index.ts";
import { type BackwardWeights, spreadsLast, transposedLayer } from "./backward-weights.ts";
import { appendDense } from "./dense/dense.ts";
import type { DenseLayer } from "./dense/dense-layer.ts";
import { denseLayer, type LoweredOp, poolMode, sizes, vectors, windowOf } from "./lower.ts";
import type { PackedWeights, Precision, WeightPart } from "./pack.ts";

/** Which weights of a linear layer count: all, the positive ones, or the negative ones as positive numbers. */
export type Sign = 0 | 1 | -1;

/** An op to transpose, for a batch. */
export interface Transposition {
  readonly plan: PlanBuilder;
  readonly batch: number;
  readonly op: LoweredOp;
  readonly weights: BackwardWeights | undefined;
  readonly precision: Precision;
  readonly sign: Sign;
  /** What the op read. */
  readonly image: Tensor;
}

/**
 * Appends what brings the gradient of an op's value, before its residual and activation, to what it read. `residual` is added, by dense
 * convolutions only. Weights of a convolution are rectified already where they are to be.
 */
export function appendTransposed(step: Transposition, gradient: Tensor, out: Tensor, residual?: Tensor): void {
  const { node } = step.op;
  switch (node.op) {
    case "conv":
      if (node.depthwise) appendDepthwiseTransposed(step, node, gradient, out);
      else if (isStem(node)) appendStemTransposed(step, node, gradient, out);
      else appendDenseTransposed(step, node, gradient, out, residual);
      break;
    case "linear":
      appendLinearTransposed(step, node, gradient, out);
      break;
    case "pool": {
      const { window, stride, pad } = node;
      appendPoolTransposed(step, node, gradient, out, { window_y: window, window_x: window, stride, pad, mode: poolMode(node) });
      break;
    }
    case "globalPool": {
      const [window_y, window_x] = (node.inputs[0] as Node).shape;
      appendPoolTransposed(step, node, gradient, out, { window_y, window_x, stride: 1, pad: 0, mode: 1 });
      break;
    }
    case "upsample":
      appendUpsampleTransposed(step, node, gradient, out);
      break;
    default:
      throw new EngineError("INVALID", `No kernel transposes ${node.op}.`, "This is a defect of the engine; report it.");
  }
}

const partsOf = ({ weights }: Transposition): readonly WeightPart[] => (weights as BackwardWeights).packed.parts;

/** Batch, lines and channels of what the op read, as the kernels of its transpose count them. */
function inputSizes({ batch }: Transposition, node: Node) {
  const [height, , channels] = (node.inputs[0] as Node).shape;
  return { ...sizes(batch, node), lines: batch * height, channels4: vectors(channels) };
}

function appendDenseTransposed(step: Transposition, node: NodeOf<"conv">, gradient: Tensor, out: Tensor, residual?: Tensor): void {
  const { plan, batch, precision } = step;
  const layer = transposedLayer(batch, node);
  const weights = step.weights?.transposed as PackedWeights;
  const { height, width, channels4 } = inputSizes(step, node);
  const [outHeight, outWidth] = node.shape;
  const spread = (image: Tensor, size: { height: number; width: number; channels4: number }, to: Tensor, added?: Tensor) =>
    plan.dispatch(kernels.dilate, {
      label: `${node.key} spread`,
      bindings: { image, residual: added ?? plan.engine.nothing, out: to },
      uniforms: {
        ...{ lines: batch * size.height, height: outHeight, width: outWidth, channels4: size.channels4 },
        ...{ out_height: size.height, out_width: size.width, stride: node.stride, has_residual: added ? 1 : 0 },
      },
      threads: [size.channels4, size.width, batch * size.height],
    });
  if (node.stride === 1) {
    appendDense(plan, layer, { image: gradient, weights, residual, out }, precision);
  } else if (spreadsLast(node)) {
    const small = plan.temporary(`${node.key} gradient`, [batch, outHeight, outWidth, channels4 * 4]);
    appendDense(plan, layer, { image: gradient, weights, residual: undefined, out: small }, precision);
    spread(small, { height, width, channels4 }, out, residual);
  } else {
    const large = plan.temporary(`${node.key} spread`, [batch, layer.height, layer.width, layer.channels4 * 4]);
    spread(gradient, layer, large);
    appendDense(plan, layer, { image: large, weights, residual, out }, precision);
  }
}

function appendDepthwiseTransposed(step: Transposition, node: NodeOf<"conv">, gradient: Tensor, out: Tensor): void {
  const [{ matrix }] = partsOf(step) as [WeightPart];
  const size = inputSizes(step, node);
  step.plan.dispatch(kernels.depthwiseTransposed, {
    label: `${node.key} transposed`,
    bindings: { gradient, weights: matrix, out },
    uniforms: { ...size, ...windowOf(node) },
    threads: [size.channels4, size.width, size.lines],
    flops: 2 * step.batch * size.out_height * size.out_width * node.shape[2] * node.kernel ** 2,
  });
}

function appendStemTransposed(step: Transposition, node: NodeOf<"conv">, gradient: Tensor, out: Tensor): void {
  const [{ matrix }] = partsOf(step) as [WeightPart];
  const size = inputSizes(step, node);
  const outputs = node.shape[2];
  step.plan.dispatch(kernels.convStemTransposed, {
    label: `${node.key} transposed`,
    bindings: { gradient, weights: matrix, out },
    uniforms: { ...size, columns4: vectors(outputs), ...windowOf(node) },
    threads: [size.width, size.lines],
    flops: 2 * step.batch * size.out_height * size.out_width * outputs * node.kernel ** 2 * 3,
  });
}

function appendLinearTransposed(step: Transposition, node: NodeOf<"linear">, gradient: Tensor, out: Tensor): void {
  const { plan, batch, precision, sign } = step;
  const { channels4: inputs4, outputs4: gradient_columns4 } = denseLayer(batch, step.op) as DenseLayer;
  for (const { matrix, first4, columns4 } of partsOf(step)) {
    plan.dispatch(kernels.linearTransposed, {
      label: `${node.key} transposed`,
      bindings: { gradient, weights: matrix, out },
      constants: { Weight: precision },
      uniforms: { inputs4, columns4, first4, gradient_columns4, accumulate: first4 > 0 ? 1 : 0, sign },
      threads: [kernels.linearTransposed.constants.WORKGROUP_X, inputs4, batch],
      flops: 2 * batch * inputs4 * columns4 * 16,
    });
  }
}

/** A linear layer with the positive or negative part of its weights, and without bias. */
export function appendLinearRectified(step: Transposition, node: NodeOf<"linear">, out: Tensor): void {
  const { plan, batch, precision, sign, image } = step;
  const { channels4: inputs4, outputs4: out_columns4 } = denseLayer(batch, step.op) as DenseLayer;
  for (const { matrix, first4, columns4 } of partsOf(step)) {
    plan.dispatch(kernels.linearRectified, {
      label: `${node.key} rectified`,
      bindings: { image, weights: matrix, out },
      constants: { Weight: precision },
      uniforms: { batch, inputs4, columns4, first4, out_columns4, sign },
      threads: [columns4, batch],
      flops: 2 * batch * inputs4 * columns4 * 16,
    });
  }
}

type PoolWindow = Record<"window_y" | "window_x" | "stride" | "pad" | "mode", number>;

function appendPoolTransposed(step: Transposition, node: Node, gradient: Tensor, out: Tensor, window: PoolWindow): void {
  const size = inputSizes(step, node);
  step.plan.dispatch(kernels.poolTransposed, {
    label: `${node.label} transposed`,
    bindings: { image: step.image, gradient, out },
    uniforms: { ...size, ...window },
    threads: [size.channels4, size.width, size.lines],
    flops: size.lines * size.width * node.shape[2] * 16,
  });
}

function appendUpsampleTransposed(step: Transposition, node: Node, gradient: Tensor, out: Tensor): void {
  const { lines, height, width, channels4, out_height } = inputSizes(step, node);
  const factor = out_height / height;
  step.plan.dispatch(kernels.upsampleTransposed, {
    label: `${node.label} transposed`,
    bindings: { gradient, out },
    uniforms: { lines, height, width, channels4, factor },
    threads: [channels4, width, lines],
    flops: lines * width * channels4 * 4 * 9 * factor ** 2,
  });
}
