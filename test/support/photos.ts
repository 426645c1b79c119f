import type { Photo } from "../../src/nets/photo.ts";

/** A photo of examples/, decoded by the browser. */
export async function decodeExample(name: string): Promise<Photo> {
  const bitmap = await createImageBitmap(await (await fetch(`/examples/${name}`)).blob());
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d") as OffscreenCanvasRenderingContext2D;
  context.drawImage(bitmap, 0, 0);
  const { width, height, data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
  return { width, height, data: new Uint8ClampedArray(data) };
}

/** A file of weights/. */
export async function fetchWeights(file: string): Promise<ArrayBuffer> {
  return (await fetch(`/weights/${file}`)).arrayBuffer();
}
