/** How a layer's weights lie on the GPU, and how large ones are cut so that bindings can hold them. */
import type { Engine } from "../engine/engine.ts";
import { EngineError } from "../engine/errors.ts";
import { refuseOption } from "../engine/printable.ts";
import { roundUp, type Tensor } from "../engine/tensor.ts";
import type { TensorRef } from "../graph/graph.ts";

/** How matrices are kept on the GPU; computation is in f32 either way. f16 needs the device's feature `shader-f16`. */
export type Precision = (typeof PRECISIONS)[number];
const PRECISIONS = ["f32", "f16"] as const;

/** Throws BAD_OPTION for a precision that there is not. */
export function checkPrecision(precision: Precision = "f32", what = "precision is"): void {
  if (!PRECISIONS.includes(precision)) refuseOption(what, precision, `Choose one of: ${PRECISIONS.join(", ")}.`);
}

/** Throws LIMIT where one of the options is f16 and the device's shaders have no such type. */
export function requireHalves({ device }: Pick<Engine, "device">, options: Readonly<Record<string, Precision>>): void {
  const [name] = Object.entries(options).find(([, precision]) => precision === "f16") ?? [];
  if (!name || device.features.has("shader-f16")) return;
  throw new EngineError("LIMIT", "This device has no half precision in shaders (shader-f16).", `Give ${name} "f32", or leave it out.`);
}

/** Of weights, and of the values between layers where those are not f32: "f32", "f16", "f32 on f16". */
export const describePrecision = (precision: Precision, activations: Precision): string =>
  activations === "f32" ? precision : `${precision} on ${activations}`;

/** Weights that some ways to compute a layer make from the packed ones: how many planes Winograd's F(2x2, 3x3) and F(4x4, 3x3) multiply. */
export const PLANES = { winograd: 16, winograd4: 36 } as const;
export type TransformName = keyof typeof PLANES;
const TRANSFORMS = Object.keys(PLANES) as TransformName[];

/** A layer's weights on the GPU in the order its kernel reads: channels padded to 4 with zeros, batch norm folded in. */
export interface PackedWeights extends Readonly<Partial<Record<TransformName, Tensor>>> {
  /** Whole, or cut by columns where a binding cannot hold it all. */
  readonly parts: readonly WeightPart[];
  readonly bias: Tensor;
  /** Of the batch norm that was folded in, a value a column. */
  readonly scale?: Tensor | undefined;
}

export interface WeightPart {
  /** (taps, inputs) x columns. */
  readonly matrix: Tensor;
  /** First vec4 of columns, and how many there are. */
  readonly first4: number;
  readonly columns4: number;
}

/** Where a matrix's values lie in its file, and what they become. */
export interface Layout {
  /** None where all are 1. */
  readonly weight?: TensorRef;
  readonly inputs: number;
  readonly inputsPadded: number;
  readonly taps: number;
  readonly outputStep: number;
  readonly inputStep: number;
  readonly tapStep: number;
  readonly outputs: number;
  /** Of a convolution in groups: how many are packed as one, whose inputs are `inputs` each, and the outputs of each. None for one group. */
  readonly groups?: { readonly merged: number; readonly outputs: number };
  /** Outputs of one pixel, where the output is an image; else all. */
  readonly group: number;
  readonly precision: Precision;
}

/** Ranges of `all4` vec4 columns that a binding holds each: as few as can be, of about the same size, in multiples of `step`. */
export function cutColumns(engine: Engine, rows: number, all4: number, step: number, precision: Precision): Omit<WeightPart, "matrix">[] {
  const bytes = rows * (precision === "f16" ? 8 : 16);
  const most = Math.max(step, Math.floor(engine.largestTensor / bytes / step) * step);
  const columns4 = roundUp(Math.ceil(all4 / Math.ceil(all4 / most)), step);
  return Array.from({ length: Math.ceil(all4 / columns4) }, (_, part) => {
    const first4 = part * columns4;
    return { first4, columns4: Math.min(columns4, all4 - first4) };
  });
}

export function disposeWeights(weights: PackedWeights): void {
  for (const { matrix } of weights.parts) matrix.dispose();
  weights.bias.dispose();
  weights.scale?.dispose();
  for (const name of TRANSFORMS) weights[name]?.dispose();
}
