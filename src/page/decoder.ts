/** A worker that decodes one photo. */
import { VIEW_SIZE } from "./state.ts";

/** The share of the shorter side that the classifier sees: 224 of 256 pixels. */
const CROP = 224 / 256;

export type DecodeRequest = Blob;

export type DecodeReply = { width: number; height: number; data: Uint8ClampedArray<ArrayBuffer>; view: ImageData } | { failure: string };

function draw(width: number, height: number): OffscreenCanvasRenderingContext2D {
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true }) as OffscreenCanvasRenderingContext2D;
  context.imageSmoothingQuality = "high";
  // What is transparent shows as on white paper.
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  return context;
}

async function decode(file: Blob): Promise<DecodeReply> {
  const bitmap = await createImageBitmap(file, {
    imageOrientation: "from-image",
    colorSpaceConversion: "default",
    premultiplyAlpha: "none",
  });
  const { width, height } = bitmap;
  const whole = draw(width, height);
  whole.drawImage(bitmap, 0, 0);
  const { data } = whole.getImageData(0, 0, width, height);
  const side = CROP * Math.min(width, height);
  const crop = draw(VIEW_SIZE, VIEW_SIZE);
  crop.drawImage(bitmap, (width - side) / 2, (height - side) / 2, side, side, 0, 0, VIEW_SIZE, VIEW_SIZE);
  bitmap.close();
  return { width, height, data, view: crop.getImageData(0, 0, VIEW_SIZE, VIEW_SIZE) };
}

addEventListener("message", async ({ data: file }: MessageEvent<DecodeRequest>) => {
  try {
    const reply = await decode(file);
    const transfer = "data" in reply ? [reply.data.buffer] : [];
    postMessage(reply, { transfer });
  } catch (error) {
    postMessage({ failure: error instanceof Error ? error.message.replace(/\.$/, "") : String(error) } satisfies DecodeReply);
  }
});
