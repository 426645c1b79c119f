/** Height, width and channels of one image of the batch. A vector is 1 x 1 x length. */
export type Shape = readonly [height: number, width: number, channels: number];

/** What a family of nets leaves open. */
export interface NetSize {
  readonly input: Shape;
  readonly classes: number;
}

export type Activation = "relu" | "relu6";

interface Base {
  readonly index: number;
  /** Of the module that computes it, where the net's library has one: what users call the layer by. */
  readonly label: string;
  readonly shape: Shape;
  readonly inputs: readonly Node[];
}

/** The layer vocabulary. Keys name tensors of the weights file. */
export type Node = Base &
  (
    | { readonly op: "input" }
    | {
        readonly op: "conv";
        readonly key: string;
        readonly kernel: number;
        readonly stride: number;
        readonly pad: readonly [top: number, left: number];
        readonly depthwise: boolean;
        readonly bias: boolean;
      }
    | { readonly op: "batchNorm"; readonly key: string; readonly epsilon: number }
    | { readonly op: "activation"; readonly activation: Activation }
    | { readonly op: "add" }
    | {
        readonly op: "pool";
        readonly mode: "max" | "average";
        readonly window: number;
        readonly stride: number;
        readonly pad: number;
        readonly countPadding: boolean;
      }
    | { readonly op: "globalPool" }
    | { readonly op: "linear"; readonly key: string; readonly bias: boolean; readonly flatten: "nhwc" | "nchw" }
    | { readonly op: "upsample" }
  );

export type NodeOf<Op extends Node["op"]> = Extract<Node, { op: Op }>;

export interface ConvOptions {
  outputs: number;
  kernel: number;
  stride?: number;
  /** Pixels on every side, or TensorFlow's "same": as little as keeps ceil(size / stride), the odd pixel at the bottom and right. */
  padding?: number | "same";
  bias?: boolean;
}

/** Describes a net layer by layer; every method appends a node and returns it. Batch size is not part of the description. */
export class GraphBuilder {
  readonly nodes: Node[] = [];

  #append<N extends Omit<Node, "index">>(node: N): Node {
    const complete = { ...node, index: this.nodes.length } as unknown as Node;
    this.nodes.push(complete);
    return complete;
  }

  input(shape: Shape): Node {
    return this.#append({ op: "input", label: "input", shape, inputs: [] });
  }

  conv(x: Node, key: string, options: ConvOptions): Node {
    return this.#conv(x, key, options, false);
  }

  depthwiseConv(x: Node, key: string, options: Omit<ConvOptions, "outputs">): Node {
    return this.#conv(x, key, { ...options, outputs: x.shape[2] }, true);
  }

  #conv(x: Node, key: string, { outputs, kernel, stride = 1, padding = 0, bias = false }: ConvOptions, depthwise: boolean): Node {
    const [height, width] = x.shape;
    const extent = (size: number) =>
      padding === "same" ? Math.ceil(size / stride) : Math.floor((size + 2 * padding - kernel) / stride) + 1;
    const before = (size: number) =>
      padding === "same" ? Math.floor(Math.max((extent(size) - 1) * stride + kernel - size, 0) / 2) : padding;
    return this.#append({
      op: "conv",
      label: key,
      shape: [extent(height), extent(width), outputs],
      inputs: [x],
      key,
      kernel,
      stride,
      pad: [before(height), before(width)],
      depthwise,
      bias,
    });
  }

  batchNorm(x: Node, key: string, epsilon: number): Node {
    return this.#append({ op: "batchNorm", label: key, shape: x.shape, inputs: [x], key, epsilon });
  }

  activation(x: Node, activation: Activation, label: string = activation): Node {
    return this.#append({ op: "activation", label, shape: x.shape, inputs: [x], activation });
  }

  add(a: Node, b: Node, label = "add"): Node {
    return this.#append({ op: "add", label, shape: a.shape, inputs: [a, b] });
  }

  maxPool(x: Node, window: number, stride: number, pad = 0, label = "max pool"): Node {
    return this.#pool(x, label, "max", window, stride, pad, false);
  }

  /** `countPadding`: divide by the whole window at the edges (PyTorch's default) instead of by the pixels inside. */
  averagePool(x: Node, window: number, stride: number, pad = 0, countPadding = true): Node {
    return this.#pool(x, "average pool", "average", window, stride, pad, countPadding);
  }

  #pool(x: Node, label: string, mode: "max" | "average", window: number, stride: number, pad: number, countPadding: boolean): Node {
    const extent = (size: number) => Math.floor((size + 2 * pad - window) / stride) + 1;
    const shape: Shape = [extent(x.shape[0]), extent(x.shape[1]), x.shape[2]];
    return this.#append({ op: "pool", label, shape, inputs: [x], mode, window, stride, pad, countPadding });
  }

  globalPool(x: Node, label = "global pool"): Node {
    return this.#append({ op: "globalPool", label, shape: [1, 1, x.shape[2]], inputs: [x] });
  }

  /** `flatten`: the order in which the weights see the values of an image. `outputs`: a length, or an image's shape (NHWC order). */
  linear(
    x: Node,
    key: string,
    outputs: number | Shape,
    { bias = true, flatten = "nchw" }: { bias?: boolean; flatten?: "nhwc" | "nchw" } = {},
  ): Node {
    const shape: Shape = typeof outputs === "number" ? [1, 1, outputs] : outputs;
    return this.#append({ op: "linear", label: key, shape, inputs: [x], key, bias, flatten });
  }

  /** Bilinear, half-pixel centres, by a whole factor. */
  upsample(x: Node, factor: number): Node {
    return this.#append({ op: "upsample", label: "upsample", shape: [x.shape[0] * factor, x.shape[1] * factor, x.shape[2]], inputs: [x] });
  }
}

/** Every tensor that the net reads from its weights file, with its shape there. */
export function weightShapes(nodes: readonly Node[]): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  for (const node of nodes) {
    const inputs = node.inputs[0]?.shape ?? [1, 1, 0];
    const channels = node.shape[2];
    if (node.op === "conv") {
      shapes.set(`${node.key}.weight`, [channels, node.depthwise ? 1 : inputs[2], node.kernel, node.kernel]);
      if (node.bias) shapes.set(`${node.key}.bias`, [channels]);
    } else if (node.op === "batchNorm") {
      for (const part of ["weight", "bias", "running_mean", "running_var"]) shapes.set(`${node.key}.${part}`, [channels]);
    } else if (node.op === "linear") {
      const outputs = node.shape[0] * node.shape[1] * channels;
      shapes.set(`${node.key}.weight`, [outputs, inputs[0] * inputs[1] * inputs[2]]);
      if (node.bias) shapes.set(`${node.key}.bias`, [outputs]);
    }
  }
  return shapes;
}
