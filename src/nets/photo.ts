import type { Engine } from "../engine/engine.ts";
import { EngineError } from "../engine/errors.ts";
import { PlanBuilder } from "../engine/plan.ts";
import type { Tensor } from "../engine/tensor.ts";
import * as kernels from "../shaders/index.ts";
import { INPUT_SIZE } from "./teacher.ts";
import { VAE_SIZE } from "./vae.ts";

/** A decoded image: RGBA, 8 bits, row by row, upright (EXIF rotation applied). */
export interface Photo {
  width: number;
  height: number;
  data: Uint8Array | Uint8ClampedArray;
}

/** crop: the shorter side to 256, then the central 224 x 224. squash: straight to 224 x 224, as RISE does. */
export type Fit = "crop" | "squash";

const CROP_FROM = 256;
const STRIP_BYTES = 32 << 20;
/** Lines ride in the third dimension of the grid, which every adapter limits to 65535. */
const STRIP_LINES = 32768;

/** Nearest whole number, halves to the even one, as Python rounds. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  return value - floor === 0.5 ? floor + (floor & 1) : Math.round(value);
}

/** Size of the whole resized image and the start of the 224 x 224 that is kept of it (torchvision's Resize and CenterCrop). */
export function fitSize(width: number, height: number, fit: Fit): { width: number; height: number; left: number; top: number } {
  if (fit === "squash") return { width: INPUT_SIZE, height: INPUT_SIZE, left: 0, top: 0 };
  const short = Math.min(width, height);
  const [w, h] = [Math.floor((CROP_FROM * width) / short), Math.floor((CROP_FROM * height) / short)];
  return { width: w, height: h, left: roundHalfEven((w - INPUT_SIZE) / 2), top: roundHalfEven((h - INPUT_SIZE) / 2) };
}

/** Throws BAD_IMAGE where the photo's size and data do not belong together. */
function checkPhoto({ width, height, data }: Photo): void {
  if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0) || data.length !== width * height * 4) {
    throw new EngineError(
      "BAD_IMAGE",
      `An image of ${width} x ${height} cannot have ${data.length} bytes.`,
      "Give RGBA bytes: width x height x 4.",
    );
  }
}

/** The same bytes as 32-bit words, a pixel each; a copy only where they do not lie on a word's boundary. */
function wordsOf(data: Photo["data"]): Uint32Array {
  const { buffer, byteOffset, length } = data.byteOffset % 4 === 0 ? data : data.slice();
  return new Uint32Array(buffer, byteOffset, length / 4);
}

const FRACTION_BITS = 22;

/**
 * The table of one pass for resize_photo: for each output start ... start + count of the full `outSize`, its first tap, their number and
 * their weights, computed in double precision and rounded to 2^-22 as Pillow rounds them.
 */
export function resizeTaps(size: number, outSize: number, start: number, count: number): { taps: Uint32Array; reach: number } {
  const scale = size / outSize;
  const support = Math.max(scale, 1);
  const reach = Math.ceil(support) * 2 + 1;
  const taps = new Uint32Array(count * (2 + reach));
  for (let output = 0; output < count; output++) {
    const center = (output + start + 0.5) * scale;
    const first = Math.max(Math.trunc(center - support + 0.5), 0);
    const end = Math.min(Math.trunc(center + support + 0.5), size);
    const weights = Array.from({ length: end - first }, (_, tap) => Math.max(1 - Math.abs((tap + first - center + 0.5) / support), 0));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const row = [first, end - first, ...weights.map((weight) => Math.trunc((weight / total) * 2 ** FRACTION_BITS + 0.5))];
    taps.set(row, output * (2 + reach));
  }
  return { taps, reach };
}

/**
 * Resizes a photo on the GPU with Pillow's antialiased bilinear filter into `crop` (224 x 224 x 4 in [0, 1], values rounded to 8 bits as
 * Pillow's are) and, if given, that crop into `small` (64 x 64 x 4, the VAE's input). Throws BAD_IMAGE, ABORTED, DEVICE_LOST.
 */
export async function preparePhoto(engine: Engine, photo: Photo, fit: Fit, crop: Tensor, small?: Tensor): Promise<void> {
  checkPhoto(photo);
  const { width, height } = photo;
  const full = fitSize(width, height, fit);
  const plan = new PlanBuilder(engine, `photo ${width} x ${height}`);
  const owned: Tensor[] = [];
  const upload = (label: string, data: Uint32Array) => {
    const tensor = engine.work("upload", () => engine.tensor(label, [data.length], data));
    owned.push(tensor);
    return tensor;
  };
  try {
    const across = engine.work("resampling", () => resizeTaps(width, full.width, full.left, INPUT_SIZE));
    const down = engine.work("resampling", () => resizeTaps(height, full.height, full.top, INPUT_SIZE));
    const narrow = plan.temporary("photo, horizontally resized", [height, INPUT_SIZE], "u32");
    const bytes = plan.temporary("crop, in bytes", [INPUT_SIZE, INPUT_SIZE], "u32");
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
        uniforms: { lines, first_line: first, size: width, inner: 1, out_count: INPUT_SIZE, reach: across.reach },
        threads: [1, INPUT_SIZE, lines],
        flops: lines * width * 8,
      });
    }
    plan.dispatch(kernels.resizePhoto, {
      bindings: { bytes: narrow, taps: upload("vertical taps", down.taps), out: bytes },
      uniforms: { lines: 1, first_line: 0, size: height, inner: INPUT_SIZE, out_count: INPUT_SIZE, reach: down.reach },
      threads: [INPUT_SIZE, INPUT_SIZE],
      flops: height * INPUT_SIZE * 8,
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

/** Images of 224 x 224 x 4 to 64 x 64 x 4, antialiased, not rounded. */
export function appendShrink(plan: PlanBuilder, images: Tensor, small: Tensor, batch = 1): void {
  const columns = plan.temporary("images, horizontally resized", [batch, INPUT_SIZE, VAE_SIZE, 4]);
  const axis = { size: INPUT_SIZE, out_size: VAE_SIZE };
  plan.dispatch(kernels.resize, {
    bindings: { image: images, out: columns },
    uniforms: { lines: batch * INPUT_SIZE, inner: 1, ...axis },
    threads: [1, VAE_SIZE, batch * INPUT_SIZE],
  });
  plan.dispatch(kernels.resize, {
    bindings: { image: columns, out: small },
    uniforms: { lines: batch, inner: VAE_SIZE, ...axis },
    threads: [VAE_SIZE, VAE_SIZE, batch],
  });
}
