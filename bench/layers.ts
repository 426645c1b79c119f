import { type FusedOp, fuse, isStem } from "../src/graph/fuse.ts";
import { type Activation, GraphBuilder, type Node, type NodeOf } from "../src/graph/graph.ts";

/** A net of one layer, as the engine fuses it: what one row of the suite `kernels` measures. */
export interface Layer {
  /** Says everything that tells it from others, such as `conv3x3/2 56x56 64>128 relu +add`. */
  readonly name: string;
  /** What it is compared among: gemm, linear, 1x1, 3x3, stem, depthwise, pool, add, upsample. */
  readonly group: string;
  /** The input, a second one where a tensor is added, and the layer with what its kernel absorbs. */
  readonly nodes: readonly Node[];
  readonly node: Node;
  /** The second input. */
  readonly added: Node | undefined;
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
    for (const op of fuse(nodes)) {
      const name = describe(op);
      const layer = layers.get(name) ?? { name, group: groupOf(op.node), ...isolate(op), uses: new Map<string, number>() };
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
  const [op] = fuse(g.nodes) as [FusedOp];
  return { name: `gemm ${rows}x${inner}x${columns}`, group: "gemm", ...isolate(op), uses: new Map() };
}

function groupOf(node: Node): string {
  if (node.op === "conv") return node.depthwise ? "depthwise" : isStem(node) ? "stem" : `${node.kernel}x${node.kernel}`;
  return node.op === "globalPool" ? "pool" : node.op;
}

function describe({ node, residual, activation }: FusedOp): string {
  const [height, width, channels] = (node.inputs[0] as Node).shape;
  const size = `${height}x${width}`;
  const extras = `${activation ? ` ${activation}` : ""}${residual ? " +add" : ""}`;
  const window = (side: number, stride: number) => `${side}x${side}${stride > 1 ? `/${stride}` : ""}`;
  switch (node.op) {
    case "conv": {
      const kind = node.depthwise ? "depthwise" : isStem(node) ? "stem" : "conv";
      const pad = node.pad.every((pixels) => pixels === (node.kernel - 1) / 2) ? "" : ` pad${node.pad[0]}`;
      const extents = node.depthwise ? channels : `${channels}>${node.shape[2]}`;
      return `${kind}${window(node.kernel, node.stride)} ${size} ${extents}${pad}${extras}`;
    }
    case "linear": {
      const outputs = node.shape[0] * node.shape[1] > 1 ? node.shape.join("x") : node.shape[2];
      const inputs = height * width > 1 ? `${size}x${channels}${node.flatten === "nchw" ? "" : " nhwc"}` : channels;
      return `linear ${inputs}>${outputs}${extras}`;
    }
    case "pool":
      return `${node.mode}pool${window(node.window, node.stride)} ${size} ${channels}`;
    case "upsample":
      return `upsample${node.shape[0] / height} ${size} ${channels}`;
    default:
      return `${node.op.toLowerCase()} ${size} ${channels}${extras}`;
  }
}

/** The op as a net of its own, with a bias wherever a batch norm would fold into one. */
function isolate({ node, residual, activation, output }: FusedOp): Pick<Layer, "nodes" | "node" | "added" | "activation"> {
  const nodes: Node[] = [];
  const append = <N extends Node>(next: Omit<N, "index">): N => {
    const complete = { ...next, index: nodes.length } as N;
    nodes.push(complete);
    return complete;
  };
  const input = append<NodeOf<"input">>({ op: "input", label: "input", shape: (node.inputs[0] as Node).shape, inputs: [] });
  const added =
    residual || node.op === "add" ? append<NodeOf<"input">>({ op: "input", label: "added", shape: output.shape, inputs: [] }) : undefined;
  const weighted = node.op === "conv" || node.op === "linear" ? { key: LAYER_KEY, label: LAYER_KEY, bias: true } : {};
  const layer = append({ ...node, ...weighted, inputs: node.op === "add" ? [input, added as Node] : [input] } as Node);
  let last = layer;
  if (residual) last = append<NodeOf<"add">>({ op: "add", label: "add", shape: layer.shape, inputs: [last, added as Node] });
  if (activation) append<NodeOf<"activation">>({ op: "activation", label: activation, activation, shape: layer.shape, inputs: [last] });
  return { nodes, node: layer, added, activation };
}
