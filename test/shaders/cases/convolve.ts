/** A convolution and the clamp behind it. */
import { POISON } from "../../support/kernels.ts";

export const NO_BOUND = 3.4e38;

/** Channels of wider pixels: behind how many, and of how many; multiples of 4. */
export interface Strip {
  first: number;
  of: number;
}

export interface Layer {
  image: readonly [batch: number, height: number, width: number, channels: number];
  out: readonly [height: number, width: number, columns: number];
  kernel: readonly [y: number, x: number];
  stride?: number | readonly [y: number, x: number];
  dilation?: readonly [y: number, x: number];
  pad?: readonly [top: number, left: number];
  residual?: boolean;
  /** What is written is part of wider pixels. */
  into?: Strip;
  low?: number;
  high?: number;
}

/**
 * Convolution of an NHWC image by its definition, before the clamp. `weight(ky, kx, channel, column)`; a pixel of the image holds
 * `pixelStride` values, of which the first `channels` count; `start` is what is added to a value.
 */
export function convolve(
  layer: Layer,
  image: ArrayLike<number>,
  pixelStride: number,
  weight: (ky: number, kx: number, channel: number, column: number) => number,
  start: (index: number, column: number) => number,
): Float64Array {
  const {
    image: [batch, height, width, channels],
    out: [outHeight, outWidth, columns],
    kernel,
  } = layer;
  const { dilation = [1, 1], pad: [top, left] = [0, 0] } = layer;
  const stride = stridesOf(layer);
  const value = (at: number) => {
    const [column, pixel] = [at % columns, Math.floor(at / columns)];
    const [ox, line] = [pixel % outWidth, Math.floor(pixel / outWidth)];
    const [oy, n] = [line % outHeight, Math.floor(line / outHeight)];
    let sum = start(at, column);
    for (let ky = 0; ky < kernel[0]; ky++) {
      for (let kx = 0; kx < kernel[1]; kx++) {
        const [y, x] = [oy * stride[0] + ky * dilation[0] - top, ox * stride[1] + kx * dilation[1] - left];
        if (y < 0 || y >= height || x < 0 || x >= width) continue;
        for (let channel = 0; channel < channels; channel++) {
          sum += (image[((n * height + y) * width + x) * pixelStride + channel] as number) * weight(ky, kx, channel, column);
        }
      }
    }
    return sum;
  };
  return Float64Array.from({ length: batch * outHeight * outWidth * columns }, (_, at) => value(at));
}

const stridesOf = ({ stride = 1 }: Layer) => (typeof stride === "number" ? ([stride, stride] as const) : stride);

/** Everything of the uniforms that the kernels share, and the clamp that they apply. */
export function common(layer: Layer) {
  const { image, out, kernel, into, pad: [top, left] = [0, 0], low = -NO_BOUND, high = NO_BOUND } = layer;
  const uniforms = { height: image[1], width: image[2], out_height: out[0], out_width: out[1], low, high };
  const [stride_y, stride_x] = stridesOf(layer);
  const window = { kernel_y: kernel[0], kernel_x: kernel[1], stride_y, stride_x, pad_top: top, pad_left: left };
  const [dilation_y, dilation_x] = layer.dilation ?? [1, 1];
  const clamp = (values: Float64Array) => values.map((value) => Math.min(Math.max(value, low), high));
  const { first4, of4 } = stripOf(out[2], into);
  return {
    uniforms: { ...uniforms, ...window },
    apart: { dilation_y, dilation_x },
    clamp,
    /** What is written. */
    written: (values: Float64Array) => ({ out: { expected: placed(clamp(values), out[2], into) } }),
    outColumns: { out_columns4: of4, out_first4: first4 },
    lines: image[0] * out[0],
    rows: image[0] * out[0] * out[1],
  };
}

/** Where a kernel writes that gives pixels of so many channels, in vec4s. */
export const stripOf = (channels: number, { first, of }: Strip = { first: 0, of: channels }) => ({ first4: first / 4, of4: of / 4 });

/** The values among those of wider pixels, which are poison. */
export function placed(values: Float64Array, channels: number, into?: Strip): Float64Array {
  if (!into) return values;
  const wide = new Float64Array((values.length / channels) * into.of).fill(POISON);
  for (const [at, value] of values.entries()) wide[Math.floor(at / channels) * into.of + into.first + (at % channels)] = value;
  return wide;
}

export const size = (shape: readonly number[]) => shape.reduce((product, extent) => product * extent, 1);

export const RELU6 = { low: 0, high: 6 };
