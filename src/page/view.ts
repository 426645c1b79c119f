import type { InputSpec, Photo } from "../index.ts";

/** Longer side in pixels of what is on show: twice a usual map's, for sharp screens. */
const VIEW_SIDE = 448;

/** Size in pixels of what is on show: the input's proportions. */
export function viewSize({ height, width }: Pick<InputSpec, "height" | "width">): { height: number; width: number } {
  const scale = VIEW_SIDE / Math.max(height, width);
  return { height: Math.max(1, Math.round(height * scale)), width: Math.max(1, Math.round(width * scale)) };
}

/** The part of a photo that the classifier sees, in pixels of the photo. */
export function seenPart({ width, height }: Pick<Photo, "width" | "height">, input: Omit<InputSpec, "filter" | "mean" | "deviation">) {
  if (input.resize === "squash") return { left: 0, top: 0, width, height };
  const scale = Math.min((width * input.share) / input.width, (height * input.share) / input.height);
  const [seenWidth, seenHeight] = [input.width * scale, input.height * scale];
  return { left: (width - seenWidth) / 2, top: (height - seenHeight) / 2, width: seenWidth, height: seenHeight };
}

/** What the classifier sees of a photo, for the eye only: finer than its input, and in grey where that is. */
export function drawView(photo: Photo, input: InputSpec): ImageData {
  const whole = new OffscreenCanvas(photo.width, photo.height);
  whole.getContext("2d")?.putImageData(new ImageData(Uint8ClampedArray.from(photo.data), photo.width, photo.height), 0, 0);
  const { height, width } = viewSize(input);
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true }) as OffscreenCanvasRenderingContext2D;
  context.imageSmoothingQuality = "high";
  // What is transparent shows as on white paper.
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  const part = seenPart(photo, input);
  context.drawImage(whole, part.left, part.top, part.width, part.height, 0, 0, width, height);
  const view = context.getImageData(0, 0, width, height);
  if (input.channels === "grey") makeGrey(view.data);
  return view;
}

/** As Pillow's "L" does, in place. */
function makeGrey(data: Uint8ClampedArray): void {
  for (let at = 0; at < data.length; at += 4) {
    const [red, green, blue] = data.subarray(at, at + 3) as unknown as [number, number, number];
    data.fill(Math.round(0.299 * red + 0.587 * green + 0.114 * blue), at, at + 3);
  }
}

/** What of the photo is on show, in words. */
export function describeView({ resize, height, width }: InputSpec): string {
  if (resize === "squash") return "The classifier looks at the whole photo, squashed.";
  return `The classifier looks at the photo's central ${height === width ? "square" : "part"}.`;
}
