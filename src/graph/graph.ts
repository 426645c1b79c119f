/** Describes a net as nodes that name their inputs and weights, before anything is on the GPU. */

/** Height, width and channels of one image of the batch. A vector is 1 x 1 x length. */
export type Shape = readonly [height: number, width: number, channels: number];

/** What a family of nets leaves open. */
export interface NetSize {
  readonly input: Shape;
  readonly classes: number;
  /** Whose names the file has, where the library trained another variant than torchvision did. */
  readonly library?: "torchvision" | "timm";
}

/** A function of every value, with its parameters where it has some; src/ops/activation.ts has their formulas. */
export type Activation =
  | "relu"
  | "relu6"
  | "sigmoid"
  | "tanh"
  | "silu"
  | "hardSigmoid"
  | "hardSwish"
  | "gelu"
  | "geluTanh"
  | "mish"
  | AnyActivation;

export type AnyActivation =
  /** Between two bounds. */
  | { readonly name: "clip"; readonly low: number; readonly high: number }
  /** Times `slope` below 0. */
  | { readonly name: "leakyRelu"; readonly slope: number }
  /** alpha (e^x - 1) below 0. */
  | { readonly name: "elu"; readonly alpha: number }
  /** slope x + offset between 0 and 1. */
  | { readonly name: "hardSigmoid"; readonly slope: number; readonly offset: number };

/** A tensor of the weights file: its name and its shape there. */
export interface TensorRef {
  readonly key: string;
  readonly shape: readonly number[];
}

/** A layer. Operations (src/ops) add fields. */
export interface Node {
  readonly index: number;
  /** Name of its operation. */
  readonly op: string;
  /** Of the module that computes it, where the net's library has one: what users call the layer by. */
  readonly label: string;
  readonly shape: Shape;
  readonly inputs: readonly Node[];
  /** The tensors that it reads, by what they are to it: weight, bias... */
  readonly tensors: Readonly<Record<string, TensorRef>>;
}

/** Nodes in the order in which they are computed. Batch size is not part of the description. */
export class Graph {
  readonly nodes: Node[] = [];

  append<N extends Node>(node: Omit<N, "index">): N {
    const complete = { ...node, index: this.nodes.length } as N;
    this.nodes.push(complete);
    return complete;
  }
}

/** Tensors that a file keeps under one name: `conv1` has `conv1.weight`, and `conv1.bias` where it has a shape. */
export function tensorsOf(key: string, shapes: Readonly<Record<string, readonly number[] | undefined>>): Record<string, TensorRef> {
  const tensors: Record<string, TensorRef> = {};
  for (const [part, shape] of Object.entries(shapes)) if (shape) tensors[part] = { key: `${key}.${part}`, shape };
  return tensors;
}

/** Every tensor that the net reads from its weights file, with its shape there. */
export function weightShapes(nodes: readonly Node[]): Map<string, readonly number[]> {
  return new Map(nodes.flatMap(({ tensors }) => Object.values(tensors).map(({ key, shape }) => [key, shape] as const)));
}
