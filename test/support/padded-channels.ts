import { roundUp } from "../../src/engine/tensor.ts";

/** Images as tensors hold them, one behind the other: the channels of every pixel padded to 4 with zeros. */
export function padChannels(images: readonly ArrayLike<number>[], channels: number): Float32Array<ArrayBuffer> {
  const width = roundUp(channels, 4);
  const size = ((images[0]?.length ?? 0) / channels) * width;
  const padded = new Float32Array(images.length * size);
  for (const [image, values] of images.entries()) {
    for (let i = 0; i < values.length; i++) padded[image * size + Math.floor(i / channels) * width + (i % channels)] = values[i] as number;
  }
  return padded;
}

/** The values without those that pad. */
export function cutChannels(values: Float32Array, channels: number): Float32Array {
  return values.filter((_, i) => i % roundUp(channels, 4) < channels);
}
