/** Cuts nets into the layers that the suite `kernels` measures, each different one once. */
import type { FusedOp } from "../src/graph/fuse.ts";
import { type Activation, type Node, tensorsOf } from "../src/graph/graph.ts";
import { describeActivation } from "../src/ops/activation-functions.ts";
import { GraphBuilder } from "../src/ops/builder.ts";
import { fuseNet, operationOf } from "../src/ops/operations.ts";

/** A net of one layer, as the engine fuses it: what one row of the suite `kernels` measures. */
export interface Layer {
  /** Says everything that tells it from others, such as `conv3x3/2 56x56 64>128 relu +add`. */
  readonly name: string;
  /** What it is compared among: gemm, or the group of its operation: linear, 1x1, 3x3, stem, grouped, depthwise, pool, add, concat... */
  readonly group: string;
  /** The layer's inputs, what its store adds where it does, and the layer with what its kernel absorbs. */
  readonly nodes: readonly Node[];
  readonly node: Node;
  /** What the store adds. */
  readonly residual: Node | undefined;
  readonly activation: Activation | undefined;
  /** How often it occurs in which net. */
  readonly uses: ReadonlyMap<string, number>;
}

export interface NamedNet {
  readonly name: string;
  readonly nodes: readonly Node[];
}

/** Key of the layer's weights. */
export const LAYER_KEY = "layer";

/** The layers of the nets, each different one once, in the order of their first use. */
export function distinctLayers(nets: readonly NamedNet[]): Layer[] {
  const layers = new Map<string, Layer & { uses: Map<string, number> }>();
  for (const { name: net, nodes } of nets) {
    for (const op of fuseNet(nodes)) {
      const [group, described] = operationOf(op.node).describe(op.node);
      const name = `${described}${op.activation && op.node !== op.output ? ` ${describeActivation(op.activation)}` : ""}${op.residual ? " +add" : ""}`;
      const layer = layers.get(name) ?? { name, group, ...isolate(op), uses: new Map<string, number>() };
      layer.uses.set(net, (layer.uses.get(net) ?? 0) + 1);
      layers.set(name, layer);
    }
  }
  return [...layers.values()];
}

/** A plain matrix product: every image of the batch is one row. */
export function gemm(rows: number, inner: number, columns: number): Layer {
  const g = new GraphBuilder();
  g.linear(g.input([1, 1, inner]), LAYER_KEY, columns);
  const [op] = fuseNet(g.nodes) as [FusedOp];
  return { name: `gemm ${rows}x${inner}x${columns}`, group: "gemm", ...isolate(op), uses: new Map() };
}

/** The op as a net by itself, with a bias, which every kernel with weights adds. */
function isolate({ node, residual, activation, output }: FusedOp): Pick<Layer, "nodes" | "node" | "residual" | "activation"> {
  const g = new GraphBuilder();
  const inputs = node.inputs.map(({ shape }) => g.input(shape));
  const added = residual && g.input(output.shape, "added");
  const outputs = operationOf(node).layout?.(node, "f32").outputs;
  const shapes = Object.entries(node.tensors).map(([part, { shape }]) => [part, shape] as const);
  const layer = g.append<Node>({
    ...node,
    inputs,
    ...(outputs && { label: LAYER_KEY, tensors: tensorsOf(LAYER_KEY, { ...Object.fromEntries(shapes), bias: [outputs] }) }),
  });
  const sum = added ? g.add(layer, added) : layer;
  const behind = node === output ? undefined : activation;
  if (behind) g.activation(sum, behind);
  return { nodes: g.nodes, node: layer, residual: added, activation: behind };
}
