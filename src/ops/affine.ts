/** The operation `affine`: layer scales, and multiplication by or addition of constants. */
import { EngineError } from "../engine/errors.ts";
import { sizeOf } from "../engine/tensor.ts";
import type { Graph, Node, TensorRef } from "../graph/graph.ts";
import { defineOperation, describeSize, indexOf, sumOf } from "./operation.ts";
import { scaling } from "./scaling.ts";

export interface AffineNode extends Node {
  readonly op: "affine";
  readonly tensors: { readonly weight?: TensorRef; readonly bias?: TensorRef };
  /** Of every channel, where no tensor says. */
  readonly scale: number;
  readonly shift: number;
}

/** A number for all channels, or the name of a tensor with one for each. */
export interface AffineOptions {
  scale?: number | string;
  shift?: number | string;
  /** Of the tensors in the file, as [768, 1, 1]; [channels] by default. */
  shape?: readonly number[];
  label?: string;
}

/** scale * x + shift. */
export const affine = defineOperation({
  build: (graph: Graph, x: Node, { scale = 1, shift = 0, shape = [x.shape[2]], label }: AffineOptions) => {
    if (sizeOf(shape) !== x.shape[2]) {
      throw new EngineError(
        "INVALID",
        `Tensors of [${shape.join(", ")}] have no value for each of ${x.shape[2]} channels.`,
        "Give their shape.",
      );
    }
    const tensor = (given: number | string) => (typeof given === "string" ? { key: given, shape } : undefined);
    const [weight, bias] = [tensor(scale), tensor(shift)];
    return graph.append<AffineNode>({
      ...{ op: "affine", label: label ?? weight?.key ?? bias?.key ?? "affine", shape: x.shape, inputs: [x] },
      tensors: { ...(weight && { weight }), ...(bias && { bias }) },
      scale: typeof scale === "number" ? scale : 1,
      shift: typeof shift === "number" ? shift : 0,
    });
  },

  ...scaling,

  /** Throws BAD_WEIGHTS where the tensors do. */
  affine: async ({ tensors, scale, shift, shape: [, , channels] }: AffineNode, source) => {
    const read = async (tensor: TensorRef | undefined, value: number) =>
      tensor ? await source.read(tensor.key, tensor.shape) : new Float32Array(channels).fill(value);
    return { scale: await read(tensors.weight, scale), shift: Float64Array.from(await read(tensors.bias, shift)) };
  },

  describe: (node: AffineNode) => ["affine", `affine ${describeSize(node)} ${node.shape[2]}`],

  exact: (node: AffineNode, { input, tensor }, place) => {
    const part = (name: "weight" | "bias", value: number) => (node.tensors[name] ? tensor(name, place.channel) : value);
    return sumOf([part("weight", node.scale) * input(0, indexOf(node.shape, place)), part("bias", node.shift)]);
  },
});
