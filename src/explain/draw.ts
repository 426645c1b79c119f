/** Draws an explanation over the photo as it was taken. */
import { isPhoto } from "../classify/is-photo.ts";
import { checkPhoto } from "../classify/photo.ts";
import { openPicture, type PhotoSource } from "../classify/photo-sources.ts";
import { whiteCanvas } from "../classify/white-canvas.ts";
import { checkNames, type Names } from "../engine/check-names.ts";
import { EngineError } from "../engine/errors.ts";
import { describeValue } from "../engine/printable.ts";
import { explainedPhoto } from "./explained-photo.ts";
import type { Explanation } from "./explanation.ts";
import { OVERLAY, type OverlayOptions, painterOf } from "./overlay.ts";

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** How a map is drawn over the photo, and which photo that is. */
export interface DrawOptions extends OverlayOptions {
  /**
   * The photo, by default the one that `explain` was given. To be given where the explanation was made elsewhere, as in a worker or another
   * page.
   */
  photo?: PhotoSource;
}

/** What of an explanation is drawn. */
export type Drawable = Pick<Explanation, "map" | "height" | "width" | "photo" | "crop">;

/**
 * Draws the whole photo with the map over the part that the classifier saw, as large as the canvas allows and in its middle; what else is on
 * the canvas is cleared. Without a map, as after an early abort, it is the photo alone. Throws BAD_OPTION, BAD_IMAGE.
 */
export async function draw(
  canvas: HTMLCanvasElement | OffscreenCanvas | Context,
  explanation: Drawable,
  options: DrawOptions = {},
): Promise<void> {
  const context = contextOf(canvas);
  checkNames("draw", options, { ...OVERLAY, photo: 1 } satisfies Names<DrawOptions>);
  if (!isDrawable(explanation))
    throw new EngineError("BAD_OPTION", "There is no explanation to draw.", "Give what session.explain resolves to.");
  const { map, photo: size } = explanation;
  const source = options.photo ?? explainedPhoto(explanation);
  if (!source) {
    throw new EngineError(
      "BAD_OPTION",
      "The explanation's photo is not known here: it was explained elsewhere.",
      "Give it: draw(canvas, explanation, { photo }).",
    );
  }
  const paint = map && painterOf(map, options);
  const picture = await drawablePhoto(source);
  try {
    if (picture.width !== size.width || picture.height !== size.height) {
      const [given, explained] = [picture, size].map(({ width, height }) => `${width} x ${height}`);
      throw new EngineError("BAD_OPTION", `The photo is ${given}, and ${explained} was explained.`, "Give the photo that was explained.");
    }
    const { width, height } = context.canvas;
    const scale = Math.min(width / size.width, height / size.height);
    const [w, h] = [Math.max(1, Math.round(size.width * scale)), Math.max(1, Math.round(size.height * scale))];
    const page = whiteCanvas(w, h);
    page.imageSmoothingQuality = "high";
    page.drawImage(picture, 0, 0, w, h);
    if (paint) layMap(page, explanation, paint);
    context.save();
    context.setTransform(1, 0, 0, 1, 0, 0);
    Object.assign(context, { globalAlpha: 1, globalCompositeOperation: "source-over", filter: "none" });
    context.clearRect(0, 0, width, height);
    context.drawImage(page.canvas, Math.floor((width - w) / 2), Math.floor((height - h) / 2));
    context.restore();
  } finally {
    if (picture instanceof ImageBitmap) picture.close();
  }
}

/** Whether places and sizes are there, and the map, where there is one, has that many values. */
function isDrawable(given: Drawable): boolean {
  const { photo, crop, height, width, map } = given ?? {};
  const sizes = [height, width, photo?.width, photo?.height, crop?.left, crop?.top, crop?.width, crop?.height];
  return sizes.every(Number.isFinite) && (map === undefined || map.length === height * width);
}

function contextOf(canvas: HTMLCanvasElement | OffscreenCanvas | Context): Context {
  const given = canvas as Partial<HTMLCanvasElement & Context> | null | undefined;
  const context = (given?.canvas ? given : given?.getContext?.("2d")) as Context | null | undefined;
  if (context?.canvas && "drawImage" in context) return context;
  throw new EngineError(
    "BAD_OPTION",
    given?.getContext ? "The canvas has a context of another kind." : `The canvas is ${describeValue(canvas)}.`,
    'Give a canvas on which nothing but getContext("2d") was called, or its 2d context.',
  );
}

/** Lays the map, in between whose values it interpolates, over the page's part that the classifier saw. */
function layMap(page: Context, { map, width, height, photo, crop }: Drawable, paint: ReturnType<typeof painterOf>): void {
  const columns = along(crop.left, crop.width, page.canvas.width / photo.width, page.canvas.width, width);
  const rows = along(crop.top, crop.height, page.canvas.height / photo.height, page.canvas.height, height);
  if (columns.at.length === 0 || rows.at.length === 0) return;
  const values = map as Float32Array;
  const image = page.getImageData(columns.first, rows.first, columns.at.length, rows.at.length);
  let pixel = 0;
  for (const y of rows.at) {
    const above = Math.floor(y);
    const below = Math.min(above + 1, height - 1);
    for (const x of columns.at) {
      const left = Math.floor(x);
      const right = Math.min(left + 1, width - 1);
      const upper = mix(values[above * width + left] as number, values[above * width + right] as number, x - left);
      const lower = mix(values[below * width + left] as number, values[below * width + right] as number, x - left);
      paint(mix(upper, lower, y - above), image.data, 4 * pixel++);
    }
  }
  page.putImageData(image, columns.first, rows.first);
}

const mix = (a: number, b: number, share: number) => a + (b - a) * share;

/**
 * The page's pixels with centres inside of a stretch of the photo, and where in the map each lies: 0 is the centre of its first value.
 * `scale`: pixels of the page a pixel of the photo; `size`: of the page; `values`: of the map.
 */
function along(start: number, length: number, scale: number, size: number, values: number): { first: number; at: number[] } {
  const first = Math.max(0, Math.ceil(start * scale - 0.5));
  const end = Math.min(size, Math.ceil((start + length) * scale - 0.5));
  const step = values / (length * scale);
  const place = (index: number) => Math.min(values - 1, Math.max(0, (first + index + 0.5 - start * scale) * step - 0.5));
  return { first, at: Array.from({ length: Math.max(0, end - first) }, (_, index) => place(index)) };
}

/** The source as it is drawn on a canvas, upright. Of bytes, the fourth of a pixel says nothing, as to the classifier. Throws BAD_IMAGE. */
async function drawablePhoto(source: PhotoSource): Promise<ImageBitmap | OffscreenCanvas> {
  if (!isPhoto(source)) return openPicture(source);
  checkPhoto(source);
  const { width, height, data } = source;
  const pixels = new Uint8ClampedArray(data);
  for (let at = 3; at < pixels.length; at += 4) pixels[at] = 255;
  const context = whiteCanvas(width, height);
  context.putImageData(new ImageData(pixels, width, height), 0, 0);
  return context.canvas;
}
