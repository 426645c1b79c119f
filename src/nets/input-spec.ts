/** Describes how a photo becomes the input of a classifier; everything that depends on its size asks here. */

import { checkNames } from "../engine/check-names.ts";
import { EngineError } from "../engine/errors.ts";
import { describeValue, refuseOption } from "../engine/printable.ts";

export const RESIZES = ["crop", "squash"] as const;
export const CHANNELS = ["rgb", "bgr", "grey"] as const;
export const FILTERS = ["bilinear", "bicubic"] as const;

/**
 * crop: resized until a share of it is as large as the input, of which the centre is kept (torchvision's Resize and CenterCrop). squash:
 * straight to the input's size, whatever the proportions, as RISE does.
 */
export type Resize = (typeof RESIZES)[number];
/** The order in which the net takes colours; grey is one channel of luma, as Pillow's "L". */
export type Channels = (typeof CHANNELS)[number];
/** Of resizing, as Pillow computes them: antialiased. */
export type Filter = (typeof FILTERS)[number];
/** A number for each channel, as the mean of pixels in [0, 1]. */
export type Colour = readonly [red: number, green: number, blue: number];

/** How a photo becomes what a classifier takes. */
export interface InputSpec {
  /** In pixels. */
  readonly height: number;
  readonly width: number;
  readonly channels: Channels;
  readonly resize: Resize;
  /** What `crop` keeps of the resized photo, a side; above 0 and up to 1. */
  readonly share: number;
  readonly filter: Filter;
  /** The net sees (x - mean) / deviation, x in [0, 1]. Always in the order red, green, blue; of grey all three are the same. */
  readonly mean: Colour;
  readonly deviation: Colour;
}

/** Of photos, inputs and maps, in pixels. */
export type Size = Pick<InputSpec, "height" | "width">;

/** As torchvision's classifiers take photos, and timm's by default. */
export const IMAGENET_INPUT: InputSpec = {
  ...{ height: 224, width: 224, channels: "rgb", resize: "crop", share: 224 / 256, filter: "bilinear" },
  ...{ mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] },
};

/** Lengths that methods have in pixels of 224 x 224 are multiplied by this: the square root of the input's share of that area. */
export function pixelUnit({ height, width }: Size): number {
  return Math.sqrt(height * width) / 224;
}

/** Text constants of kernels that draw images of the input's size. */
export function sizeConstants({ height, width }: Size): { HEIGHT: number; WIDTH: number } {
  return { HEIGHT: height, WIDTH: width };
}

/** Shape of `batch` images of the input's size, in vec4 pixels. */
export function imageShape({ height, width }: Size, batch?: number): number[] {
  return [...(batch === undefined ? [] : [batch]), height, width, 4];
}

/** An upper bound that keeps sizes from being mistaken for anything else; memory ends far below. */
const MAX_SIDE = 4096;

/** Throws BAD_OPTION for what describes no input, whatever its values. */
export function checkInput(given: Partial<InputSpec>): void {
  const side = typeof given === "number" ? given : 224;
  if (typeof given !== "object" || !given || Array.isArray(given))
    refuseOption("input is", given, `Give an object, such as { height: ${side}, width: ${side} }.`);
  checkNames("The input", given, IMAGENET_INPUT);
}

/** Puts what is given in the place of what a classifier brings. Throws BAD_OPTION. */
export function settleInput(own: InputSpec, given: Partial<InputSpec> = {}): InputSpec {
  checkInput(given);
  const input = { ...own, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) } as InputSpec;
  const refuse = (what: string, fix: string): never => {
    throw new EngineError("BAD_OPTION", what, fix);
  };
  const { height, width, share, mean, deviation } = input;
  for (const [name, value] of Object.entries({ height, width })) {
    if (!(Number.isInteger(value) && value >= 1 && value <= MAX_SIDE)) {
      refuse(`The ${name} of the input is ${describeValue(value)}.`, `Give a whole number of pixels from 1 to ${MAX_SIDE}.`);
    }
  }
  for (const [name, value, known] of [
    ["resize", input.resize, RESIZES],
    ["channels", input.channels, CHANNELS],
    ["filter", input.filter, FILTERS],
  ] as const) {
    if (!(known as readonly string[]).includes(value)) {
      refuse(`"${name}" of the input is ${describeValue(value)}.`, `Choose one of: ${known.join(", ")}.`);
    }
  }
  if (!(share > 0 && share <= 1)) refuse(`The share that a crop keeps is ${describeValue(share)}.`, "Give a number above 0 and up to 1.");
  const isColour = (value: unknown) => Array.isArray(value) && value.length === 3 && value.every(Number.isFinite);
  if (!isColour(mean)) refuse(`The mean is ${describeValue(mean)}.`, "Give three numbers: red, green, blue, for pixels in [0, 1].");
  if (!(isColour(deviation) && deviation.every((value) => value > 0))) {
    refuse(`The deviation is ${describeValue(deviation)}.`, "Give three numbers above 0: red, green, blue, for pixels in [0, 1].");
  }
  if (input.channels === "grey" && [mean, deviation].some(([red, green, blue]) => red !== green || green !== blue)) {
    refuse("A grey input has one mean and one deviation.", "Give the same number for red, green and blue.");
  }
  return input;
}

/**
 * The input of a net with a first layer of `channels` channels. Where nothing is said of one channel it is grey, with the average of the
 * colours' numbers. Throws BAD_OPTION.
 */
export function inputOf(own: InputSpec, channels: number, given: Partial<InputSpec> = {}): InputSpec {
  const average = (colour: Colour): Colour => {
    const value = colour.reduce((sum, part) => sum + part, 0) / colour.length;
    return [value, value, value];
  };
  const grey = channels === 1 && (given.channels ?? "grey") === "grey";
  const usual: InputSpec = grey ? { ...own, channels: "grey", mean: average(own.mean), deviation: average(own.deviation) } : own;
  const input = settleInput(usual, given);
  if ((input.channels === "grey" ? 1 : 3) === channels) return input;
  const fix = channels === 1 ? 'Choose the channels "grey".' : channels === 3 ? 'Choose "rgb" or "bgr".' : "Give a net of 1 or 3 channels.";
  throw new EngineError("BAD_OPTION", `The net takes ${channels} ${channels === 1 ? "channel" : "channels"}, not ${input.channels}.`, fix);
}

/** A colour as the net sees it: normalised, in its order; of grey the luma alone. */
export function normalisedColour({ channels, mean, deviation }: InputSpec, colour: readonly number[]): [number, number, number] {
  const [red, green, blue] = mean.map((value, i) => ((colour[i] as number) - value) / (deviation[i] as number)) as [number, number, number];
  if (channels === "grey") return [LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue, 0, 0];
  return channels === "bgr" ? [blue, green, red] : [red, green, blue];
}

/** ITU-R 601-2, as Pillow's "L" has it. */
export const LUMA = [0.299, 0.587, 0.114] as const;
