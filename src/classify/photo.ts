/** Prepares photos on the GPU as Pillow and torchvision do on the CPU. */
import type { Engine } from "../engine/engine.ts";
import { EngineError } from "../engine/errors.ts";
import { PlanBuilder } from "../engine/plan.ts";
import type { Tensor } from "../engine/tensor.ts";
import type { Filter, InputSpec } from "../nets/input-spec.ts";
import * as kernels from "../shaders/index.ts";
import { VAE_SIZE } from "../zoo/vae-size.ts";
import { fitSize } from "./fit.ts";

/** A decoded image: RGBA, 8 bits, row by row, upright (EXIF rotation applied). */
export interface Photo {
  width: number;
  height: number;
  data: Uint8Array | Uint8ClampedArray;
}

const STRIP_BYTES = 32 << 20;
/** Lines ride in the third dimension of the grid, which every adapter limits to 65535. */
const STRIP_LINES = 32768;

/** Throws BAD_IMAGE where the photo's data are no bytes, or do not belong to its size. */
export function checkPhoto({ width, height, data }: Photo): void {
  const bytes = width * height * 4;
  if (
    !(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0 && data.length === bytes && data.byteLength === bytes)
  ) {
    throw new EngineError(
      "BAD_IMAGE",
      `An image of ${width} x ${height} cannot have ${data.length} values in ${data.byteLength} bytes.`,
      "Give RGBA bytes: width x height x 4, in a Uint8ClampedArray.",
    );
  }
}

/** The same bytes as 32-bit words, a pixel each; a copy only where they do not lie on a word's boundary. */
function wordsOf(data: Photo["data"]): Uint32Array {
  const { buffer, byteOffset, length } = data.byteOffset % 4 === 0 ? data : data.slice();
  return new Uint32Array(buffer, byteOffset, length / 4);
}

const FRACTION_BITS = 22;

/** Half the width of a filter in pixels of the smaller image, and its weight at a distance. */
const WEIGHTS: Record<Filter, { support: number; weight: (distance: number) => number }> = {
  bilinear: { support: 1, weight: (x) => Math.max(1 - Math.abs(x), 0) },
  bicubic: { support: 2, weight: (x) => cubic(Math.abs(x)) },
};

/** Keys' kernel with a = -1/2, in the order of Pillow's operations. */
function cubic(x: number): number {
  const a = -0.5;
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

/**
 * The table of one pass for resize_photo: for each output start ... start + count of the full `outSize`, its first tap, their number and
 * their weights, computed in double precision and rounded to 2^-22 as Pillow rounds them; negative ones in two's complement.
 */
export function resizeTaps(
  size: number,
  outSize: number,
  start: number,
  count: number,
  filter: Filter = "bilinear",
): { taps: Uint32Array; reach: number } {
  const { support: radius, weight: weigh } = WEIGHTS[filter];
  const scale = size / outSize;
  const stretch = Math.max(scale, 1);
  const support = radius * stretch;
  const reach = Math.ceil(support) * 2 + 1;
  const taps = new Uint32Array(count * (2 + reach));
  for (let output = 0; output < count; output++) {
    const center = (output + start + 0.5) * scale;
    const first = Math.max(Math.trunc(center - support + 0.5), 0);
    const end = Math.min(Math.trunc(center + support + 0.5), size);
    const weights = Array.from({ length: end - first }, (_, tap) => weigh((tap + first - center + 0.5) * (1 / stretch)));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const whole = (weight: number) => Math.trunc((weight / total) * 2 ** FRACTION_BITS + (weight < 0 ? -0.5 : 0.5));
    taps.set([first, end - first, ...weights.map(whole)], output * (2 + reach));
  }
  return { taps, reach };
}

/**
 * Resizes a photo on the GPU as Pillow does, antialiased, into `crop` (height x width x 4 of the input, in [0, 1], values rounded to 8 bits as
 * Pillow's are; of a grey input all three are the luma) and, if given, that crop into `small` (64 x 64 x 4, the VAE's input). Throws
 * BAD_IMAGE, ABORTED, DEVICE_LOST.
 */
export async function preparePhoto(engine: Engine, photo: Photo, input: InputSpec, crop: Tensor, small?: Tensor): Promise<void> {
  checkPhoto(photo);
  const { width, height } = photo;
  const full = fitSize(width, height, input);
  const plan = new PlanBuilder(engine, `photo ${width} x ${height}`);
  const owned: Tensor[] = [];
  const upload = (label: string, data: Uint32Array) => {
    const tensor = engine.work("upload", () => engine.tensor(label, [data.length], data));
    owned.push(tensor);
    return tensor;
  };
  try {
    const across = engine.work("resampling", () => resizeTaps(width, full.width, full.left, input.width, input.filter));
    const down = engine.work("resampling", () => resizeTaps(height, full.height, full.top, input.height, input.filter));
    const narrow = plan.temporary("photo, horizontally resized", [height, input.width], "u32");
    const bytes = plan.temporary("crop, in bytes", [input.height, input.width], "u32");
    const acrossTaps = upload("horizontal taps", across.taps);
    const pixels = wordsOf(photo.data);
    const strip = Math.max(1, Math.min(STRIP_LINES, Math.floor(STRIP_BYTES / (4 * width))));
    for (let first = 0; first < height; first += strip) {
      const lines = Math.min(strip, height - first);
      plan.dispatch(kernels.resizePhoto, {
        bindings: {
          bytes: upload(`photo lines ${first}`, pixels.subarray(first * width, (first + lines) * width)),
          taps: acrossTaps,
          out: narrow,
        },
        uniforms: { lines, first_line: first, size: width, inner: 1, out_count: input.width, reach: across.reach },
        constants: { GREY: input.channels === "grey" ? 1 : 0 },
        threads: [1, input.width, lines],
        flops: lines * width * 8,
      });
    }
    plan.dispatch(kernels.resizePhoto, {
      bindings: { bytes: narrow, taps: upload("vertical taps", down.taps), out: bytes },
      uniforms: { lines: 1, first_line: 0, size: height, inner: input.width, out_count: input.height, reach: down.reach },
      threads: [input.width, input.height],
      flops: height * input.width * 8,
    });
    appendUnpack(plan, bytes, crop);
    if (small) appendShrink(plan, crop, small);
    await plan.once();
  } finally {
    for (const tensor of owned) tensor.dispose();
  }
}

/** RGBA bytes (lines x pixels) to floats in [0, 1]. */
export function appendUnpack(plan: PlanBuilder, bytes: Tensor, out: Tensor): void {
  const line = bytes.shape[1] as number;
  plan.dispatch(kernels.unpackPhoto, {
    bindings: { bytes, out },
    uniforms: { pixels: bytes.size, line },
    threads: [line, bytes.size / line],
  });
}

/** Images of height x width x 4 to 64 x 64 x 4, antialiased, not rounded. */
export function appendShrink(plan: PlanBuilder, images: Tensor, small: Tensor, batch = 1): void {
  const [height, width] = images.shape.slice(-3) as [number, number];
  const columns = plan.temporary("images, horizontally resized", [batch, height, VAE_SIZE, 4]);
  const rows = batch * height;
  for (let first = 0; first < rows; first += STRIP_LINES) {
    const lines = Math.min(STRIP_LINES, rows - first);
    plan.dispatch(kernels.resize, {
      bindings: { image: images, out: columns },
      uniforms: { first_line: first, lines, inner: 1, size: width, out_size: VAE_SIZE },
      threads: [1, VAE_SIZE, lines],
    });
  }
  plan.dispatch(kernels.resize, {
    bindings: { image: columns, out: small },
    uniforms: { first_line: 0, lines: batch, inner: VAE_SIZE, size: height, out_size: VAE_SIZE },
    threads: [VAE_SIZE, VAE_SIZE, batch],
  });
}
