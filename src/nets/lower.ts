/** Turns a fused op into kernels of a plan, through the table of operations. */
import type { PlanBuilder } from "../engine/plan.ts";
import type { DataType, Tensor } from "../engine/tensor.ts";
import type { FusedOp } from "../graph/fuse.ts";
import type { Node } from "../graph/graph.ts";
import { appendCopiedChannels } from "../ops/copied-channels.ts";
import type { DenseLayer } from "../ops/dense/dense-layer.ts";
import type { LoweredOp } from "../ops/operation.ts";
import { operationOf } from "../ops/operations.ts";
import type { Precision } from "../ops/packed-weights.ts";
import { tensorShape } from "../ops/shape.ts";
import type { Placements } from "./placement.ts";

/** Tensors of the nodes that have been computed. */
export type Values = ReadonlyMap<Node, Tensor>;

/** Appends the kernel of an op to a plan. `values`: the tensors of the nodes before it, in which some are placed. */
export function appendOp(
  plan: PlanBuilder,
  batch: number,
  op: LoweredOp,
  values: Values,
  out: Tensor,
  precision: Precision,
  placements: Placements = new Map(),
): void {
  const { forward, strips } = operationOf(op.node);
  if (!forward) throw new Error(`No kernel computes ${op.node.op}.`);
  const given = op.node.inputs.map((input) => values.get(input) as Tensor);
  // Kernels read their inputs alike, and what is added as they write.
  const mixed = given.some(({ type }) => type === "f32");
  const inputs = given.map((tensor, which) => {
    const node = op.node.inputs[which] as Node;
    return mixed && tensor !== out ? inType("f32", plan, batch, node, tensor) : tensor;
  });
  const from = strips === "reads" ? placements.get(op.node.inputs[0] as Node) : undefined;
  const residual = op.residual && inType(out.type, plan, batch, op.residual, values.get(op.residual) as Tensor);
  forward({ plan, batch, op, inputs, residual, out, into: placements.get(op.output), from, precision });
}

/** The value in a tensor of this type, which is its own where that has it. */
function inType(type: DataType, plan: PlanBuilder, batch: number, { label, shape }: Node, value: Tensor): Tensor {
  if (value.type === type) return value;
  const out = plan.temporary(`${label} in ${type}`, tensorShape(batch, shape), type);
  appendCopiedChannels(plan, { label: out.label, batch, shape, out }, { image: value, channels: shape[2] }, 0);
  return out;
}

/** The op as a dense layer of a batch; undefined where it is none. */
export const denseLayer = (batch: number, op: FusedOp): DenseLayer | undefined => operationOf(op.node).dense?.(batch, op);
