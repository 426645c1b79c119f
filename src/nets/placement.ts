/** Decides which values of a plan are computed right where a concat would copy them to. */
import { inputsOf } from "../graph/fuse.ts";
import type { Node } from "../graph/graph.ts";
import { isConcat } from "../ops/concat.ts";
import { startsOf } from "../ops/copied-channels.ts";
import type { LoweredOp } from "../ops/operation.ts";
import { operationOf } from "../ops/operations.ts";
import { type Strip, vectors } from "../ops/shape.ts";

/** A value that lies in the tensor of another: `root` is the outermost of the concats that it goes into. */
export interface Placement extends Strip {
  readonly root: Node;
}

export type Placements = ReadonlyMap<Node, Placement>;

/**
 * What goes into a concat lies in its tensor where whole vec4s hold it, its kernel writes strips, and whatever else reads it can read them; a
 * concat may itself lie in another. Values of the nodes in `apart` keep a tensor of their own.
 */
export function placeValues(ops: readonly LoweredOp[], apart: { has(node: Node): boolean }): Placements {
  const placements = new Map<Node, Placement>();
  const makers = new Map(ops.map((op) => [op.output, op]));
  const readers = new Map<Node, LoweredOp[]>();
  for (const op of ops) for (const input of inputsOf(op)) readers.set(input, [...(readers.get(input) ?? []), op]);
  const writes = (op: LoweredOp | undefined) => op !== undefined && !op.residual && operationOf(op.node).strips === "writes";
  const reads = (op: LoweredOp, value: Node) => op.residual !== value && operationOf(op.node).strips === "reads";
  // Those behind come first, so that it is known where a concat lies.
  for (const { node } of ops.toReversed()) {
    if (!isConcat(node)) continue;
    const { root, first4, of4 } = placements.get(node) ?? { root: node, first4: 0, of4: vectors(node.shape[2]) };
    const starts = startsOf(node.inputs.map(({ shape }) => shape[2]));
    for (const [which, input] of node.inputs.entries()) {
      const start = starts[which] as number;
      const whole = start % 4 === 0 && (input.shape[2] % 4 === 0 || which === node.inputs.length - 1);
      // A concat that reads it twice, or another one, has to copy it.
      const copies = (readers.get(input) as LoweredOp[]).filter((reader) => !reads(reader, input));
      if (!whole || apart.has(input) || !writes(makers.get(input)) || copies.length > 1) continue;
      placements.set(input, { root, first4: first4 + start / 4, of4 });
    }
  }
  return placements;
}
