/** Refuses methods for nets in which they are not defined. */
import { EngineError } from "../engine/errors.ts";
import type { FusedOp } from "../graph/fuse.ts";
import { describeActivation, isSigned } from "../ops/activation-functions.ts";
import { operationOf } from "../ops/operations.ts";
import { undefinedRelevance } from "./backward-weights.ts";

/** Throws INVALID, naming the first of the layers whose activation gives numbers below 0. */
export function refuseSigned(method: string, ops: readonly FusedOp[]): void {
  const op = ops.find(({ node, activation }) => operationOf(node).signed || (activation && isSigned(activation)));
  if (!op) return;
  const end = op.activation && isSigned(op.activation) ? describeActivation(op.activation) : op.node.op;
  throw new EngineError(
    "INVALID",
    `${method} is not defined for this net: layer "${op.output.label}" ends in ${end}, which gives numbers below 0.`,
    "Choose another method, or for excitation backprop a layer behind the last such activation.",
  );
}

/** Throws INVALID, naming the first of the layers through which excitation backprop is not defined. */
export function refuseUndefined(ops: readonly FusedOp[]): void {
  for (const { node } of ops) {
    const { relevance } = operationOf(node).backward ?? {};
    if (relevance && relevance(node, 0) === undefined) throw undefinedRelevance(node);
  }
}
