/** Decides which layers of a net one kernel computes together. */
import type { Activation, Node } from "./graph.ts";

/** What of the nodes behind it a node's kernel computes in its store. */
export interface Store {
  /** A batch norm, folded into its weights. */
  readonly norm?: boolean;
  /** A tensor that is added. */
  readonly residual?: boolean;
  readonly activation?: boolean;
}

/** How a node goes together with others. */
export interface Fusing {
  readonly store?: Store;
  /** What it is to a store that takes it in. */
  readonly is?: "norm" | "sum" | "activation";
  readonly activation?: Activation;
  /** Makes of 0 something else: a store takes it in only where there are no channels that pad others, which have to stay 0. */
  readonly movesZero?: boolean;
}

/** One kernel's worth of nodes: a producer, and what its store absorbs. */
export interface FusedOp<N extends Node = Node> {
  readonly node: N;
  readonly norm?: Node;
  readonly residual?: Node;
  readonly activation?: Activation;
  /** The node whose value the op produces. */
  readonly output: Node;
}

/** The nodes whose values the op reads. */
export function inputsOf({ node, residual }: FusedOp): readonly Node[] {
  return residual ? [...node.inputs, residual] : node.inputs;
}

/**
 * Groups the nodes of a net into kernels: batch norm folds into the convolution before it, a residual add and an activation go into
 * the store of the kernel that produces their (last) input, provided nothing else reads the value in between. `fusing` says what each node
 * allows. What no store takes in has a kernel to itself.
 */
export function fuse(nodes: readonly Node[], fusing: (node: Node) => Fusing): FusedOp[] {
  const readers = new Map<Node, Node[]>();
  for (const node of nodes) for (const input of node.inputs) readers.set(input, [...(readers.get(input) ?? []), node]);
  const absorbed = new Set<Node>();
  const ops: FusedOp[] = [];
  for (const node of nodes) {
    if (node.inputs.length === 0 || absorbed.has(node)) continue;
    const { store = {}, activation } = fusing(node);
    const op: { -readonly [K in keyof FusedOp]: FusedOp[K] } = { node, output: node, ...(activation && { activation }) };
    for (let next = only(readers.get(node)); next && !op.activation; next = only(readers.get(op.output))) {
      const { is: role, activation, movesZero } = fusing(next);
      if (role === "norm") {
        if (!store.norm || op.norm || op.residual) break;
        op.norm = next;
      } else if (role === "sum") {
        if (!store.residual || op.residual || !isReady(next, op.output, nodes, ops)) break;
        op.residual = next.inputs.find((input) => input !== op.output) as Node;
      } else {
        if (!activation || !store.activation || (movesZero && next.shape[2] % 4 !== 0)) break;
        op.activation = activation;
      }
      absorbed.add(next);
      op.output = next;
    }
    ops.push(op);
  }
  return ops;
}

function only(nodes: readonly Node[] | undefined): Node | undefined {
  return nodes?.length === 1 ? nodes[0] : undefined;
}

/** Whether the other operand of an add has been produced already, so that the add may move up to this point. */
function isReady(add: Node, mine: Node, nodes: readonly Node[], done: readonly FusedOp[]): boolean {
  const other = add.inputs.find((input) => input !== mine);
  return other !== undefined && (other.inputs.length === 0 || done.some((op) => op.output === other)) && nodes.includes(other);
}
