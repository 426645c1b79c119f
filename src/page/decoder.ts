/** The page's worker for one photo, which decodes it, keeps its pixels and draws what the page shows of it; decode.ts starts it. */
import type { Rectangle } from "../faces/all.ts";
import { overlay, type Size, whiteCanvas } from "../faces/canvas.ts";
import { type Colours, convertToSrgb } from "../pictures/colours.ts";
import { damaged, PictureError } from "../pictures/errors.ts";
import { HEAD_BYTES, kindOf } from "../pictures/kind.ts";
import { checkBytes } from "../pictures/limits.ts";
import { prepare } from "../pictures/prepare.ts";
import { webpOrientation } from "../pictures/webp.ts";
import { enlarge } from "./enlarge.ts";
import type { FigureRequest } from "./exports/figure.ts";
import type { Problem } from "./problem.ts";
import { type Look, overlayOf, type Scale, scaleOf } from "./stage/look.ts";
import { type Cut, drawPart, pixelsOf } from "./view.ts";

/** Pixels, RGBA. */
export interface Pixels extends Size {
  data: Uint8ClampedArray<ArrayBuffer>;
}

/** What the page asks for: the first is "decode". */
export type Ask =
  /** The photo's size. */
  | { decode: Blob }
  /** A copy of its pixels, all or those of a part of whole pixels. */
  | { pixels: Rectangle | undefined }
  /** A part of it, see `drawPart`. */
  | { view: Cut }
  /** A part of it with a map over it, which has a value a pixel of the input and is of the part `crop`. */
  | { map: Float32Array; input: Size; cut: Cut; look: Look; scale: Scale | undefined; crop: Rectangle }
  /** The whole photo with a map over it, as a file. */
  | { figure: FigureRequest };

export type Answer = Size | Pixels | { file: Blob } | { problem: Problem };

type Context = OffscreenCanvasRenderingContext2D;

async function decode(file: Blob): Promise<Pixels> {
  checkBytes(file.size);
  const kind = kindOf(new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer()));
  if (kind === "TIFF") throw new PictureError("TIFF is read by the command line only", "Save it as PNG, or use `npm run explain`.");
  const original = new Uint8Array(await file.arrayBuffer());
  const { bytes, colours, transparent } = await prepare(original, kind);
  // Browsers approximate curves in 16 bits; a canvas loses colours where it is nearly transparent.
  const own = colours !== undefined && colours !== "table" && !transparent;
  const bitmap = await open(new Blob([bytes]), own ? "none" : "default");
  const whole = upright(own ? convert(bitmap, colours) : bitmap, kind === "WebP" ? webpOrientation(original) : 1);
  const { width, height } = whole.canvas;
  const { data } = whole.getImageData(0, 0, width, height);
  return { width, height, data };
}

async function open(file: Blob, colorSpaceConversion: ColorSpaceConversion): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(file, { imageOrientation: "from-image", colorSpaceConversion, premultiplyAlpha: "none" });
  } catch (cause) {
    throw damaged(cause instanceof Error ? cause.message.replace(/\.$/, "") : String(cause), { cause });
  }
}

/** The picture in sRGB. */
function convert(bitmap: ImageBitmap, colours: Colours): OffscreenCanvas {
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true }) as Context;
  context.drawImage(bitmap, 0, 0);
  const image = context.getImageData(0, 0, width, height);
  convertToSrgb(image.data, 4, colours);
  context.putImageData(image, 0, 0);
  return context.canvas;
}

/** Draws a picture as its EXIF orientation says that it is to be seen. */
function upright(picture: ImageBitmap | OffscreenCanvas, orientation: number): Context {
  const { width: w, height: h } = picture;
  const turns: Record<number, [number, number, number, number, number, number]> = {
    2: [-1, 0, 0, 1, w, 0],
    3: [-1, 0, 0, -1, w, h],
    4: [1, 0, 0, -1, 0, h],
    5: [0, 1, 1, 0, 0, 0],
    6: [0, 1, -1, 0, h, 0],
    7: [0, -1, -1, 0, h, w],
    8: [0, -1, 1, 0, 0, w],
  };
  const context = orientation > 4 ? whiteCanvas(h, w) : whiteCanvas(w, h);
  context.setTransform(...(turns[orientation] ?? [1, 0, 0, 1, 0, 0]));
  context.drawImage(picture, 0, 0);
  return context;
}

let photo: Pixels;
/** The part that the last map was laid over: the next one is mostly of the same. */
let last: { key: string; image: ImageData } | undefined;

function partUnder(cut: Cut): ImageData {
  const key = JSON.stringify(cut);
  if (last?.key !== key) last = { key, image: drawPart(photo, cut) };
  return last.image;
}

/** Where what is drawn lies on the map, in values of it. */
function valuesUnder({ input, cut: { part }, crop }: Extract<Ask, { map: unknown }>): Rectangle {
  const [across, down] = [input.width / crop.width, input.height / crop.height];
  const place = { left: (part.left - crop.left) * across, top: (part.top - crop.top) * down };
  return { ...place, width: part.width * across, height: part.height * down };
}

async function answer(ask: Ask): Promise<Exclude<Answer, { problem: Problem }>> {
  if ("decode" in ask) {
    photo = await decode(ask.decode);
    return { width: photo.width, height: photo.height };
  }
  if ("pixels" in ask) {
    const { width, height } = ask.pixels ?? photo;
    return { width, height, data: ask.pixels ? pixelsOf(photo, ask.pixels) : photo.data.slice() };
  }
  if ("view" in ask) {
    const { width, height, data } = drawPart(photo, ask.view);
    return { width, height, data: data as Pixels["data"] };
  }
  if ("figure" in ask) {
    const { drawFigure } = await import("./exports/figure.ts");
    return { file: await drawFigure(photo, ask.figure) };
  }
  const under = partUnder(ask.cut);
  const { width, height } = under;
  const { map, options } = overlayOf(ask.map, ask.look, ask.scale ?? scaleOf(ask.map, ask.look));
  return { width, height, data: overlay(enlarge(map, ask.input, under, valuesUnder(ask)), under.data, options) };
}

addEventListener("message", async ({ data: { call, ask } }: MessageEvent<{ call: number; ask: Ask }>) => {
  const reply = (given: Answer) => postMessage({ call, answer: given }, { transfer: "data" in given ? [given.data.buffer] : [] });
  try {
    reply(await answer(ask));
  } catch (error) {
    const { message, fix } = error instanceof PictureError ? error : damaged(String(error));
    reply({ problem: { message, fix } });
  }
});
