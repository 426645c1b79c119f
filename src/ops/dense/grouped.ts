/** Convolutions in groups: which groups are computed together, and the way to the kernel that computes them apart. */
import type { PlanBuilder } from "../../engine/plan.ts";
import type { ConvolutionNode } from "../convolution.ts";
import type { Precision } from "../packed-weights.ts";
import { inputShape } from "../shape.ts";
import type { DenseLayer, DenseTensors } from "./dense-layer.ts";

/** What computes is loaded with the first weights in groups. */
let kernels: typeof import("./grouped-kernels.ts");

/**
 * How many neighbouring groups are computed as one, with zeros where they do not meet: as few as make whole vec4s of their inputs and of
 * their outputs, or all, where no fewer do.
 */
export function mergedGroups(node: ConvolutionNode): number {
  const { groups } = node;
  const widths = [inputShape(node)[2] / groups, node.shape[2] / groups];
  return [1, 2, 4].find((count) => groups % count === 0 && widths.every((width) => (count * width) % 4 === 0)) ?? groups;
}

/** Blocks of channels that are computed apart; 1 for a dense layer. */
export const blocksOf = (node: ConvolutionNode): number => node.groups / mergedGroups(node);

export async function loadGrouped(): Promise<void> {
  kernels = await import("./grouped-kernels.ts");
}

export const appendGrouped = (plan: PlanBuilder, layer: DenseLayer, tensors: DenseTensors, precision: Precision): void =>
  kernels.appendGrouped(plan, layer, tensors, precision);
