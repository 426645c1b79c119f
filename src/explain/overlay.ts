/** Colours a map over what the classifier saw; draw.ts lays the same colours over the whole photo. */
import { checkNames, type Names } from "../engine/check-names.ts";
import { EngineError } from "../engine/errors.ts";
import { refuseOption } from "../engine/printable.ts";
import inferno from "./inferno.json" with { type: "json" };
import { quantiles } from "./quantiles.ts";

/** Share of the most important pixels' values at which the colours saturate, so that one outlier does not darken the rest. */
const SATURATION = 0.995;
const MAX_OPACITY = 0.75;

/** The field's usual perceptually uniform scale: 256 RGB colours, of which the file has the hexadecimal digits one after the other. */
const COLOURS = /* @__PURE__ */ Array.from(
  { length: 256 },
  (_, i) => [0, 2, 4].map((at) => Number.parseInt(inferno.slice(6 * i + at, 6 * i + at + 2), 16)) as [number, number, number],
);

/** Throws BAD_OPTION where a map is something else. */
function checkMap(map: unknown): void {
  if (map instanceof Float32Array && map.length > 0) return;
  throw new EngineError(
    "BAD_OPTION",
    "The map is no Float32Array with values.",
    "Give the map of an explanation; it has none where `degenerate` says why.",
  );
}

/** The values of a map between which the overlay's colours grow: its median, or 0 where that is negative, and nearly its largest value. Throws BAD_OPTION. */
export function overlayScale(map: Float32Array): { low: number; high: number } {
  checkMap(map);
  const [median, top] = quantiles(map, [0.5, SATURATION]) as [number, number];
  const low = Math.max(0, median);
  return { low, high: Math.max(top, low + 1e-12) };
}

/** What the overlay lays over the photo for a strength in [0, 1]: RGB, 0 to 255, and its opacity, 0 to 1. Throws BAD_OPTION. */
export function overlayColour(strength: number): { colour: readonly [number, number, number]; opacity: number } {
  if (!(strength >= 0 && strength <= 1)) refuseOption("strength is", strength, "Give a number from 0 to 1.");
  return { colour: COLOURS[Math.round(strength * 255)] as [number, number, number], opacity: MAX_OPACITY * Math.sqrt(strength) };
}

/** Evidence for the class and against it where both are shown: RGB, the ends of ColorBrewer's scale RdBu. */
const FOR = [178, 24, 43] as const;
const AGAINST = [33, 102, 172] as const;

/** How a map is laid over what the classifier saw. */
export interface OverlayOptions {
  /** From 0, the photo in grey, to 1: how much the colours cover of it. */
  opacity?: number;
  /** Whether evidence against the class shows, too: blue, and evidence for it red. */
  signed?: boolean;
  /**
   * The colours, RGB of 0 to 255 at evenly spaced places, two or more: from no evidence to the most, by default those of the scale inferno; of a
   * signed map from the most against the class to the most for it.
   */
  colours?: readonly (readonly [red: number, green: number, blue: number])[];
  /** The values between which the colours grow, by default `overlayScale(map)`: the same for maps that are to be compared. */
  scale?: { low: number; high: number };
}

/** The names of these options. */
export const OVERLAY = { opacity: 1, signed: 1, colours: 1, scale: 1 } satisfies Names<OverlayOptions>;

type Colours = NonNullable<OverlayOptions["colours"]>;

function isTable(given: Colours): boolean {
  const isColour = (colour: Colours[number]) => colour?.length === 3 && colour.every((part) => part >= 0 && part <= 255);
  return Array.isArray(given) && given.length > 1 && given.every(isColour);
}

const entryOf = (colours: Colours, share: number) => colours[Math.round(share * (colours.length - 1))] as Colours[number];

/** Colours a pixel, RGBA at a place of an image, by the map's value there. Throws BAD_OPTION. */
export function painterOf(
  map: Float32Array,
  { opacity = 1, signed = false, colours, scale }: OverlayOptions = {},
): (value: number, image: Uint8ClampedArray, at: number) => void {
  checkMap(map);
  if (!(opacity >= 0 && opacity <= 1)) refuseOption("opacity is", opacity, "Give a number from 0 to 1.");
  if (colours !== undefined && !isTable(colours))
    refuseOption("colours are", colours, "Give a list of two colours or more, each [red, green, blue] of 0 to 255.");
  if (scale !== undefined && !(scale?.low < scale?.high))
    refuseOption("scale is", scale, "Give { low, high }, two numbers, low below high.");
  const { low, high } = scale ?? (signed ? { low: 0, high: overlayScale(map.map(Math.abs)).high } : overlayScale(map));
  return (value, image, at) => {
    const strength = Math.min(1, Math.max(0, ((signed ? Math.abs(value) : value) - low) / (high - low)));
    const laid = overlayColour(strength);
    const plain = signed ? (value < 0 ? AGAINST : FOR) : laid.colour;
    const colour = colours ? entryOf(colours, signed ? (value < 0 ? 1 - strength : 1 + strength) / 2 : strength) : plain;
    const share = laid.opacity * opacity;
    const grey = 0.299 * (image[at] as number) + 0.587 * (image[at + 1] as number) + 0.114 * (image[at + 2] as number);
    for (let c = 0; c < 3; c++) {
      const base = 0.6 * grey + 0.4 * (image[at + c] as number);
      image[at + c] = base * (1 - share) + (colour[c] as number) * share;
    }
    image[at + 3] = 255;
  };
}

/**
 * A heat map over what the classifier saw: what speaks for the class glows, the more opaque the stronger; what does not is the photo in grey.
 * `map`: a value a pixel; `input`: RGBA. Returns RGBA. Throws BAD_OPTION where they are of different sizes, or something else.
 */
export function overlay(map: Float32Array, input: Uint8ClampedArray, options: OverlayOptions = {}): Uint8ClampedArray<ArrayBuffer> {
  checkNames("overlay", options, OVERLAY);
  const paint = painterOf(map, options);
  if (input?.length !== 4 * map.length) {
    const what = `A map of ${map.length} pixels needs an input of ${4 * map.length} bytes, and this one has ${input?.length ?? 0}.`;
    throw new EngineError("BAD_OPTION", what, "Give map and input of the same explanation.");
  }
  const out = new Uint8ClampedArray(input);
  for (let i = 0; i < map.length; i++) paint(map[i] as number, out, 4 * i);
  return out;
}
