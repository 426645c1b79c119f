import { type Photo, preparePhoto } from "../../src/classify/photo.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { makeScene } from "../../src/explain/scene.ts";
import { IMAGENET_INPUT, type InputSpec } from "../../src/nets/input-spec.ts";

/** A photo of examples/, decoded by the browser. */
export async function decodeExample(name: string): Promise<Photo> {
  const bitmap = await createImageBitmap(await (await fetch(`/examples/${name}`)).blob());
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d") as OffscreenCanvasRenderingContext2D;
  context.drawImage(bitmap, 0, 0);
  const { width, height, data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
  return { width, height, data: new Uint8ClampedArray(data) };
}

/** A photo of examples/ as an input takes it, on the GPU. */
export async function exampleScene(engine: Engine, name: string, input: InputSpec = IMAGENET_INPUT): Promise<ReturnType<typeof makeScene>> {
  const scene = makeScene(engine, input);
  await preparePhoto(engine, await decodeExample(name), input, scene.crop);
  return scene;
}

/** A file of weights/. */
export async function fetchWeights(file: string): Promise<ArrayBuffer> {
  return (await fetch(`/weights/${file}`)).arrayBuffer();
}
