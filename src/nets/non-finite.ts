/** Finds the layer where a photo makes a net overflow. */
import type { Engine } from "../engine/engine.ts";
import { PlanBuilder, type RunOptions } from "../engine/plan.ts";
import type { Tensor } from "../engine/tensor.ts";
import type { Node } from "../graph/graph.ts";
import { tensorShape, vectors } from "../ops/shape.ts";
import * as kernels from "../shaders/index.ts";
import type { Net } from "./net.ts";

/** Where in a net numbers first stop being finite. */
export interface NonFinite {
  readonly layer: string;
  /** Of the layer's first value that is not finite. */
  readonly row: number;
  readonly column: number;
  readonly channel: number;
  readonly value: "NaN" | "Infinity" | "-Infinity";
}

/**
 * Runs one image through a net and looks at every value of every layer, in f16 where the net keeps them so: the first layer with one that is NaN
 * or infinite, or undefined. All layers' values are in memory at once. `append` writes the image, 1 x height x width x 4. Throws OUT_OF_MEMORY, LIMIT, ABORTED, DEVICE_LOST.
 */
export async function findNonFinite(
  engine: Engine,
  net: Net,
  append: (plan: PlanBuilder, image: Tensor) => void,
  options: RunOptions = {},
): Promise<NonFinite | undefined> {
  const plan = new PlanBuilder(engine, "find non-finite");
  const [height, width] = net.inputShape;
  const image = plan.temporary("image", [1, height, width, 4]);
  append(plan, image);
  const { layers } = net;
  const tensorOf = (node: Node) => {
    if (node === net.input) return image;
    return plan.temporary(node.label, tensorShape(1, node.shape), node === net.output ? "f32" : net.valueType);
  };
  const values = new Map(layers.map((node) => [node, tensorOf(node)]));
  net.append(plan, 1, image, undefined, values);
  const found = engine.tensor("first values that are not finite", [layers.length, 2], undefined, "u32");
  try {
    layers.forEach((node, layer) => {
      const tensor = values.get(node) as Tensor;
      plan.dispatch(kernels.findNonFinite, {
        label: node.label,
        bindings: { values: tensor, found },
        uniforms: { count: tensor.size, layer },
        threads: [kernels.findNonFinite.constants.WORKGROUP_X],
        flops: tensor.size,
      });
    });
    await plan.once(options);
    const pairs = await found.readUint();
    const at = layers.findIndex((node, layer) => (pairs[2 * layer] as number) < (values.get(node) as Tensor).size);
    const node = layers[at];
    if (!node) return undefined;
    const [index, bits] = [pairs[2 * at] as number, pairs[2 * at + 1] as number];
    const padded = 4 * vectors(node.shape[2]);
    const pixel = Math.floor(index / padded);
    const value = (bits & 0x7fffff) !== 0 ? "NaN" : bits >>> 31 ? "-Infinity" : "Infinity";
    return { layer: node.label, row: Math.floor(pixel / node.shape[1]), column: pixel % node.shape[1], channel: index % padded, value };
  } finally {
    found.dispose();
  }
}
