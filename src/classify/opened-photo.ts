/** Brings photos to the GPU as the classifier takes them, at once or from a photo that was opened before. */
import type { Engine } from "../engine/engine.ts";
import { EngineError } from "../engine/errors.ts";
import type { Plan } from "../engine/plan.ts";
import type { Tensor } from "../engine/tensor.ts";
import { type InputSpec, imageShape, type Size } from "../nets/input-spec.ts";
import { VAE_SIZE } from "../zoo/vae-size.ts";
import { type Fit, withFit } from "./fit.ts";
import { isPhoto } from "./is-photo.ts";
import { type Photo, preparePhoto } from "./photo.ts";
import type { PhotoSource } from "./photo-sources.ts";

/** What a classifier says of a photo, a number a class. */
export interface Verdict {
  readonly logits: Float32Array;
  readonly probabilities: Float32Array;
}

/** What of an input decides on the pixels that a photo is prepared to. */
const GEOMETRY = ["height", "width", "channels", "resize", "share", "filter"] as const;

/**
 * A photo that is prepared once for any number of calls, and classified once. It has a copy of the prepared pixels and no GPU memory: it
 * outlives a lost device, needs no disposal, and does not change with the Photo that it was made from.
 */
export class OpenedPhoto {
  readonly #crop: Float32Array;
  readonly #small: Float32Array;
  #judged: { readonly by: Plan; readonly verdict: Verdict } | undefined;

  private constructor(
    /** How the photo was prepared. */
    readonly input: InputSpec,
    /** Of the photo as it was taken, in pixels. */
    readonly size: Size,
    /** The photo as it was taken, for drawing it. */
    readonly source: PhotoSource,
    crop: Float32Array,
    small: Float32Array,
  ) {
    this.#crop = crop;
    this.#small = small;
  }

  /** Throws BAD_IMAGE, OUT_OF_MEMORY, DEVICE_LOST. */
  static async open(engine: Engine, photo: PhotoSource, input: InputSpec): Promise<OpenedPhoto> {
    const [crop, small] = [engine.tensor("crop", imageShape(input)), engine.tensor("crop at 64", [VAE_SIZE, VAE_SIZE, 4])];
    try {
      const pixels = await pixelsOf(photo);
      await preparePhoto(engine, pixels, input, crop, small);
      return new OpenedPhoto(input, sizeOf(pixels), lasting(photo, pixels), await crop.read(), await small.read());
    } finally {
      crop.dispose();
      small.dispose();
    }
  }

  /** Copies the prepared pixels to the GPU, see `preparePhoto`. */
  show(crop: Tensor, small?: Tensor): void {
    crop.write(this.#crop);
    small?.write(this.#small);
  }

  /** What the plan said of the photo, asked once: a plan made since, as after tuning or on another device, is asked anew. */
  async judge(by: Plan, ask: () => Promise<Verdict>): Promise<Verdict> {
    if (this.#judged?.by !== by) this.#judged = { by, verdict: await ask() };
    return this.#judged.verdict;
  }
}

const sizeOf = ({ width, height }: Size): Size => ({ width, height });

/** What can be drawn later: a file stays as it is, and what may change or be closed by then, such as a video, is kept as it was. */
function lasting(photo: PhotoSource, pixels: Photo): PhotoSource {
  return photo instanceof URL || (typeof Blob !== "undefined" && photo instanceof Blob) ? photo : pixels;
}

/** What calls take as the photo. */
export type GivenPhoto = PhotoSource | OpenedPhoto;

/** Throws BAD_IMAGE. */
async function pixelsOf(photo: PhotoSource): Promise<Photo> {
  if (isPhoto(photo)) return photo;
  const { takePhoto } = await import("./seldom.ts");
  return takePhoto(photo);
}

/** A photo that was brought to the GPU: how it was prepared, its size as it was taken in pixels, and what draws it. */
export type Shown = Pick<OpenedPhoto, "input" | "size" | "source">;

/**
 * Brings a photo to the GPU as the classifier takes it: into `crop`, height x width x 4 in [0, 1], and into `small`, 64 x 64 x 4. Throws BAD_IMAGE, DEVICE_LOST; BAD_OPTION for a photo that was opened for another input, or by another fit.
 */
export async function showPhoto(
  engine: Engine,
  photo: GivenPhoto,
  own: InputSpec,
  fit: Fit | undefined,
  crop: Tensor,
  small?: Tensor,
): Promise<Shown> {
  if (!(photo instanceof OpenedPhoto)) {
    const input = withFit(own, fit);
    const pixels = await pixelsOf(photo);
    await preparePhoto(engine, pixels, input, crop, small);
    return { input, size: sizeOf(pixels), source: lasting(photo, pixels) };
  }
  const { input } = photo;
  const wanted = withFit(own, fit ?? input.resize);
  const other = GEOMETRY.find((field) => wanted[field] !== input[field]);
  if (other) {
    throw new EngineError(
      "BAD_OPTION",
      `The photo was opened with the ${other === "resize" ? "fit" : other} ${input[other]}, and ${wanted[other]} is wanted.`,
      "Open it with the session that uses it, and with the fit wanted.",
    );
  }
  photo.show(crop, small);
  return photo;
}
