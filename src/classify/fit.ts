/** Which part of a photo becomes the classifier's input, and at which size. */
import { refuseOption } from "../engine/printable.ts";
import { type InputSpec, RESIZES, type Resize, type Size } from "../nets/input-spec.ts";

/** A choice of `resize` for one call. */
export type Fit = Resize;

/** A classifier's input, resized as one call asks for where it does. Throws BAD_OPTION. */
export function withFit(input: InputSpec, fit: Fit | undefined): InputSpec {
  if (fit !== undefined && !RESIZES.includes(fit)) refuseOption("fit is", fit, `Choose one of: ${RESIZES.join(", ")}.`);
  return { ...input, resize: fit ?? input.resize };
}

/** Nearest whole number, halves to the even one, as Python rounds. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  return value - floor === 0.5 ? floor + (floor & 1) : Math.round(value);
}

/** The side of which `share` is `size`, rounded down: a share such as 224 / 232 is not exact, and its 232 must not become 231. */
function cropFrom(size: number, share: number): number {
  return Math.floor(size / share + 1e-9);
}

/**
 * Size of the whole resized image and the start of the height x width that is kept of it, in pixels. For square inputs it is that of
 * torchvision's Resize and CenterCrop; of others, the side decides that the photo covers last.
 */
export function fitSize(width: number, height: number, input: InputSpec): { width: number; height: number; left: number; top: number } {
  if (input.resize === "squash") return { width: input.width, height: input.height, left: 0, top: 0 };
  const [across, down] = [cropFrom(input.width, input.share), cropFrom(input.height, input.share)];
  // Whole numbers are compared, so that neither side can round to less than what is to be covered.
  const [w, h] =
    across * height >= down * width ? [across, Math.floor((across * height) / width)] : [Math.floor((down * width) / height), down];
  return { width: w, height: h, left: roundHalfEven((w - input.width) / 2), top: roundHalfEven((h - input.height) / 2) };
}

/** A part of a photo, in its pixels; fractions where it was resized. */
export interface Rectangle {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** The part of a photo that the input shows. */
export function cropOf({ width, height }: Size, input: InputSpec): Rectangle {
  const full = fitSize(width, height, input);
  const [across, down] = [width / full.width, height / full.height];
  return { left: full.left * across, top: full.top * down, width: input.width * across, height: input.height * down };
}
