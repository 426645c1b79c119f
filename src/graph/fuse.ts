import type { Activation, Node, NodeOf } from "./graph.ts";

type Producer = NodeOf<"conv"> | NodeOf<"linear"> | NodeOf<"add">;

/** One kernel's worth of nodes: a producer, and what its store absorbs. */
export interface FusedOp {
  readonly node: Node;
  readonly norm?: NodeOf<"batchNorm">;
  readonly residual?: Node;
  readonly activation?: Activation;
  /** The node whose value the op produces. */
  readonly output: Node;
}

/** The nodes whose values the op reads. */
export function inputsOf({ node, residual }: FusedOp): readonly Node[] {
  return residual ? [...node.inputs, residual] : node.inputs;
}

const isProducer = (node: Node): node is Producer => node.op === "conv" || node.op === "linear" || node.op === "add";

/**
 * Groups the nodes of a net into kernels: batch norm folds into the convolution before it, a residual add and an activation go into
 * the store of the kernel that produces their (last) input, provided nothing else reads the value in between.
 * Stems and depthwise convolutions take no residual. Throws where a batch norm or an activation has no producer to absorb it.
 */
export function fuse(nodes: readonly Node[]): FusedOp[] {
  const readers = new Map<Node, Node[]>();
  for (const node of nodes) for (const input of node.inputs) readers.set(input, [...(readers.get(input) ?? []), node]);
  const absorbed = new Set<Node>();
  const ops: FusedOp[] = [];
  for (const node of nodes) {
    if (node.op === "input" || absorbed.has(node)) continue;
    if (node.op === "batchNorm" || node.op === "activation") {
      throw new Error(`${node.label} follows ${node.inputs[0]?.label}, which cannot absorb it.`);
    }
    const op: { -readonly [K in keyof FusedOp]: FusedOp[K] } = { node, output: node };
    if (isProducer(node)) {
      for (let next = only(readers.get(op.output)); next && !op.activation; next = only(readers.get(op.output))) {
        if (next.op === "batchNorm" && !op.norm && !op.residual && node.op === "conv") op.norm = next;
        else if (next.op === "activation") op.activation = next.activation;
        else if (next.op === "add" && !op.residual && takesResidual(node) && isReady(next, op.output, nodes, ops)) {
          op.residual = next.inputs.find((input) => input !== op.output) as Node;
        } else break;
        absorbed.add(next);
        op.output = next;
      }
    }
    ops.push(op);
  }
  return ops;
}

function only(nodes: readonly Node[] | undefined): Node | undefined {
  return nodes?.length === 1 ? nodes[0] : undefined;
}

/** True for a convolution of a 3-channel image, which has a kernel of its own. */
export function isStem(node: NodeOf<"conv">): boolean {
  return !node.depthwise && node.inputs[0]?.shape[2] === 3;
}

/** True for a convolution that is a dense layer. */
export function isDenseConv(node: Node): node is NodeOf<"conv"> {
  return node.op === "conv" && !node.depthwise && !isStem(node);
}

function takesResidual(node: Producer): boolean {
  return node.op === "linear" || isDenseConv(node);
}

/** Whether the other operand of an add has been produced already, so that the add may move up to this point. */
function isReady(add: NodeOf<"add">, mine: Node, nodes: readonly Node[], done: readonly FusedOp[]): boolean {
  const other = add.inputs.find((input) => input !== mine);
  return other !== undefined && (other.op === "input" || done.some((op) => op.output === other)) && nodes.includes(other);
}
