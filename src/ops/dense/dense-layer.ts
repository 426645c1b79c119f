/** What the ways to compute a dense layer agree on: the layer, its tensors, and the interface of a way. */
import type { Engine } from "../../engine/engine.ts";
import type { PlanBuilder } from "../../engine/plan.ts";
import type { Tensor } from "../../engine/tensor.ts";
import type { Activation } from "../../graph/graph.ts";
import { parametersOf } from "../activation-functions.ts";
import { describePrecision, type PackedWeights, type Precision, type TransformName, type WeightPart } from "../packed-weights.ts";
import { type Sides, type Strip, stripOf } from "../shape.ts";

/** A dense layer for one batch, as its kernels see it: a linear layer is a 1x1 convolution of images of one pixel. */
export interface DenseLayer {
  readonly label: string;
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels4: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly outputs4: number;
  readonly kernel: Sides;
  readonly stride: Sides;
  /** Distance of neighbouring taps, [1, 1] by default. */
  readonly dilation?: Sides;
  /** Below 0 it crops. */
  readonly pad: readonly [top: number, left: number];
  /** Blocks of channels, each of which makes a block of the outputs by itself; 1 by default. */
  readonly blocks?: number;
  /** Whether every channel has a filter of its own. */
  readonly depthwise?: boolean;
  readonly activation?: Activation | undefined;
  readonly flops: number;
}

export interface DenseTensors {
  readonly image: Tensor;
  readonly weights: PackedWeights;
  readonly residual: Tensor | undefined;
  readonly out: Tensor;
  /** Where in a wider `out` the columns go. */
  readonly into?: Strip | undefined;
}

/** Weights that a variant multiplies with in place of the packed ones. They cost memory, so only layers that use the variant have them. */
export interface Transform {
  readonly name: TransformName;
  /** Whether the device and the layer allow it. */
  suits(engine: Engine, layer: DenseLayer, precision: Precision): boolean;
  /** Whether layers that were not measured use it. */
  prefers(engine: Engine, layer: DenseLayer, precision: Precision): boolean;
  /** Throws OUT_OF_MEMORY, LIMIT. */
  make(engine: Engine, layer: DenseLayer, weights: PackedWeights, precision: Precision): Promise<Tensor>;
}

/** One way to compute a dense layer. */
export interface Variant {
  readonly name: string;
  /** Whether the device and the layer allow it. */
  fits(engine: Engine, layer: DenseLayer, weights: PackedWeights): boolean;
  append(plan: PlanBuilder, layer: DenseLayer, tensors: DenseTensors, precision: Precision): void;
  readonly transform?: Transform;
  /** Whether layers that were not measured use it; all by default, where it needs no transform. */
  prefers?(layer: DenseLayer): boolean;
}

/**
 * Names what decides which variant is the fastest, the batch apart: "3x3/1 56x56>56x56 64>128 f32", the last being the weights' precision, or
 * "... f32 on f16" where `activations` are f16. A residual costs all the same.
 */
export function shapeKey(layer: DenseLayer, precision: Precision, activations: Precision = "f32") {
  const { kernel, stride, dilation = [1, 1], depthwise = false, height, width, outHeight, outWidth, channels4, outputs4 } = layer;
  const short = ([y, x]: Sides) => (y === x ? `${y}` : `${y}x${x}`);
  const apart = isCompact(layer) ? "" : ` dilated ${short(dilation)}`;
  const sizes = `${height}x${width}>${outHeight}x${outWidth}`;
  const kinds = describePrecision(precision, activations);
  return `${depthwise ? "depthwise " : ""}${kernel.join("x")}/${short(stride)}${apart} ${sizes} ${channels4 * 4}>${outputs4 * 4} ${kinds}`;
}

/** A shape's name with the batch, under which the engine keeps the choice of the variant. */
export const choiceKey = (shape: string, batch: number) => `${shape} x${batch}`;

const isOne = ([y, x]: Sides) => y === 1 && x === 1;

/** Whether no two taps lie apart. */
export const isCompact = ({ dilation = [1, 1] }: Pick<DenseLayer, "dilation">) => isOne(dilation);
export const tapsOf = ({ kernel: [y, x] }: Pick<DenseLayer, "kernel">) => y * x;
/** Whether the layer is a plain matrix product: one tap at every pixel of the image. */
export const isProduct = ({ kernel, stride, pad: [top, left], height, width, outHeight, outWidth }: DenseLayer) =>
  isOne(kernel) && isOne(stride) && top === 0 && left === 0 && outHeight === height && outWidth === width;
/** Rows of the product: output pixels of the batch. */
export const rowsOf = ({ batch, outHeight, outWidth }: DenseLayer) => batch * outHeight * outWidth;

/** Every part of the weights with its share of the work. */
export function eachPart(
  { weights }: DenseTensors,
  { outputs4, flops }: DenseLayer,
  append: (part: WeightPart, flops: number) => void,
): void {
  for (const part of weights.parts) append(part, (flops * part.columns4) / outputs4);
}

/** What the convolution kernels take that compute a part of the columns. */
export function partUniforms(layer: DenseLayer, part: WeightPart, into?: Strip) {
  return { rows: rowsOf(layer), ...convUniforms(layer), columns4: part.columns4, first4: part.first4, ...outUniforms(layer, into, part) };
}

/** Where kernels write the columns, or a part of them. */
export function outUniforms({ outputs4 }: DenseLayer, into?: Strip, { first4 } = { first4: 0 }) {
  const strip = stripOf(4 * outputs4, into);
  return { out_columns4: strip.of4, out_first4: strip.first4 + first4 };
}

/** What all convolution kernels take. */
export function convUniforms({ height, width, channels4, outHeight, outWidth, kernel, stride, pad, activation }: DenseLayer) {
  const [kernel_y, kernel_x] = kernel;
  const [stride_y, stride_x] = stride;
  const [pad_top, pad_left] = pad;
  const sizes = { height, width, channels4, out_height: outHeight, out_width: outWidth };
  return { ...sizes, kernel_y, kernel_x, stride_y, stride_x, pad_top, pad_left, ...parametersOf(activation) };
}
