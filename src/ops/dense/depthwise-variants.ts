/** The ways to compute a depthwise convolution of 3 x 3 or 5 x 5 taps. */
import * as kernels from "../../shaders/index.ts";
import { constantsOf, parametersOf } from "../activation-functions.ts";
import { matrixOf } from "../convolution.ts";
import { appendLines } from "../depthwise.ts";
import { stripOf } from "../shape.ts";
import type { DenseLayer, Variant } from "./dense-layer.ts";

/** Whether a window is one that the kernel in tiles computes. */
export function fitsTiles({ kernel, stride, dilation = [1, 1] }: Pick<DenseLayer, "kernel" | "stride" | "dilation">): boolean {
  const [side, step] = [kernel[0], stride[0]];
  const square = kernel[1] === side && stride[1] === step;
  return square && (side === 3 || side === 5) && (step === 1 || step === 2) && Math.max(...dilation) === 1;
}

const sizesOf = ({ height, width, outHeight, outWidth }: DenseLayer) => ({ height, width, out_height: outHeight, out_width: outWidth });

/** A thread makes 7 pixels of a line: any window, and few registers. */
export const depthwiseLines: Variant = {
  name: "lines",
  fits: () => true,
  append(plan, layer, { image, weights, out, into }) {
    const { label, batch, channels4, outHeight, kernel, stride, pad, activation, flops } = layer;
    const window = {
      ...{ kernel_y: kernel[0], kernel_x: kernel[1], stride_y: stride[0], stride_x: stride[1], dilation_y: 1, dilation_x: 1 },
      ...{ pad_top: pad[0], pad_left: pad[1] },
    };
    const sizes = { lines: batch * outHeight, ...sizesOf(layer) };
    appendLines(plan, { label, sizes, channels: 4 * channels4, window, activation, flops, into }, image, weights, out);
  },
};

/**
 * Operations of a layer that make up for what tiles take to compile, up to half a second more than lines: batches come one after the other, a
 * single image alone.
 */
const WORTH_TILES = { batch: 2 ** 22, image: 2 ** 24 };
/** Lines of a tile, at most: the two to four above and below that it shares with others are few then, and there are many tiles still. */
const MOST_LINES = 28;

/** A thread makes a tile of 4 or 7 pixels by some lines: every value is loaded once a tile, which takes many registers. */
export const depthwiseTiles: Variant = {
  name: "tiles",
  fits: (_, layer) => fitsTiles(layer),
  prefers: ({ batch, flops }) => flops >= (batch > 1 ? WORTH_TILES.batch : WORTH_TILES.image),
  append(plan, layer, { image, weights, out, into }) {
    const { label, batch, channels4, outHeight, outWidth, pad, activation, flops } = layer;
    const [[TAPS], [STRIDE]] = [layer.kernel, layer.stride];
    const TILE_PIXELS = STRIDE === 1 ? 7 : 4;
    const tiles = Math.ceil(outHeight / MOST_LINES);
    const written = stripOf(4 * channels4, into);
    plan.dispatch(kernels.depthwiseTile, {
      label,
      bindings: { image, weights: matrixOf(weights), bias: weights.bias, out },
      constants: { ...constantsOf(activation), TAPS, STRIDE, TILE_PIXELS },
      uniforms: {
        ...{ batch, ...sizesOf(layer), channels4, out_channels4: written.of4, out_first4: written.first4 },
        ...{ pad_top: pad[0], pad_left: pad[1], tile_lines: Math.ceil(outHeight / tiles), ...parametersOf(activation) },
      },
      threads: [channels4, Math.ceil(outWidth / TILE_PIXELS), batch * tiles],
      flops,
    });
  },
};
