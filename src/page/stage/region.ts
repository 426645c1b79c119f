/** Which part of a photo the classifier sees: its usual crop, a square that the user placed, or all of it. Geometry alone. */
import { cropOf, type Explanation, type Fit, type InputSpec, type Rectangle, type Size } from "../../faces/all.ts";

/** What the user chose of a photo. */
export interface Framing {
  /** The classifier's own where it is undefined. */
  readonly fit: Fit | undefined;
  /** Whole pixels of the photo, in the input's proportions. The classifier's central crop where it is undefined; "squash" makes nothing of it. */
  readonly region: Rectangle | undefined;
}

/** The least pixels of a region's width, where the photo has as many. */
const LEAST = 16;

/** How photos are taken: by the user's choice, or as the classifier was trained. */
export function fitOf({ resize }: InputSpec, { fit = resize }: Framing): Fit {
  return fit;
}

/** The region that the user placed, where it counts. */
export function placedRegion(input: InputSpec, framing: Framing): Rectangle | undefined {
  return fitOf(input, framing) === "crop" ? framing.region : undefined;
}

/** The part that the classifier sees, in pixels of the photo and fractions of them. */
export function partOf(photo: Size, input: InputSpec, framing: Framing): Rectangle {
  return placedRegion(input, framing) ?? cropOf(photo, { ...input, resize: fitOf(input, framing) });
}

/** Widths that a region may have, in pixels. */
export function widthsOf(photo: Size, input: Size): { least: number; most: number } {
  const most = Math.max(1, Math.floor(Math.min(photo.width, (photo.height * input.width) / input.height)));
  return { least: Math.min(LEAST, most), most };
}

/** A region of about this width and place, within the photo. */
export function regionAt(photo: Size, input: Size, { left, top, width: wanted }: Omit<Rectangle, "height">): Rectangle {
  const { least, most } = widthsOf(photo, input);
  const width = clamp(Math.round(wanted), least, most);
  const height = clamp(Math.round((width * input.height) / input.width), 1, photo.height);
  return { left: clamp(Math.round(left), 0, photo.width - width), top: clamp(Math.round(top), 0, photo.height - height), width, height };
}

/** The region of this width and place, where it lies on the photo and may be as small; else undefined. */
export function regionOn(photo: Size, input: Size, asked: Omit<Rectangle, "height">): Rectangle | undefined {
  const region = regionAt(photo, input, asked);
  return isSame(region, { ...asked, height: region.height }) ? region : undefined;
}

/** Part of its width and height from the upper left: where a rectangle is held while its size changes. */
export interface Anchor {
  readonly x: number;
  readonly y: number;
}

/** A rectangle of another width that stays where it is held. A corner keeps its place; elsewhere the photo's edges have the last word. */
export function resized(photo: Size, input: Size, part: Rectangle, width: number, { x, y }: Anchor = { x: 0.5, y: 0.5 }): Rectangle {
  const [across, down] = [part.left + x * part.width, part.top + y * part.height];
  const slope = input.height / input.width;
  const most = Math.min(...[room(across, photo.width, x), room(down, photo.height, y) / slope]);
  const held = x === 0.5 ? width : Math.min(width, Math.floor(most));
  return regionAt(photo, input, { left: across - x * held, top: down - y * held * slope, width: held });
}

/** Pixels from a place to the edge that a side may grow to, held at its start or its end. */
const room = (place: number, length: number, anchor: number) => (anchor === 0 ? length - place : place);

const clamp = (value: number, low: number, high: number) => Math.min(Math.max(value, low), Math.max(low, high));

/** Whether two rectangles are the same. */
export function isSame(a: Rectangle, b: Rectangle): boolean {
  return a.left === b.left && a.top === b.top && a.width === b.width && a.height === b.height;
}

/** What was explained of a region's pixels, as an explanation of the photo. */
export function placed(explanation: Explanation, photo: Size, region: Rectangle): Explanation {
  return { ...explanation, photo, crop: region, settings: { ...explanation.settings, fit: "crop" } };
}

/** The part in words, such as "the photo's central square". */
export function describePart(input: InputSpec, framing: Framing): string {
  const region = placedRegion(input, framing);
  const shape = input.height === input.width ? "square" : "part";
  const part = region
    ? `${describeRegion(region)} of the photo`
    : fitOf(input, framing) === "squash"
      ? "the whole photo, squashed"
      : `the photo's central ${shape}`;
  return input.channels === "grey" ? `${part}, in grey` : part;
}

/** "200 x 200 pixels at 10, 20": from the left, from the top. */
export function describeRegion({ left, top, width, height }: Rectangle): string {
  const [across, down, x, y] = [width, height, left, top].map(Math.round);
  return `${across} x ${down} pixels at ${x}, ${y}`;
}
