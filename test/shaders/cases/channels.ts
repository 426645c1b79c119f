import { copyChannels, shuffle } from "../../../src/shaders/index.ts";
import { type KernelCase, kernelCase, POISON, roundings } from "../../support/kernels.ts";
import { Random } from "../../support/random.ts";

const EXACT = { absolute: 0, relative: 0 };
const padded = (channels: number) => Math.ceil(channels / 4) * 4;

/** An image of random numbers whose padding is 0. */
function imageOf(random: Random, pixels: number, channels: number): Float32Array<ArrayBuffer> {
  return random.floats(pixels * padded(channels)).map((value, at) => (at % padded(channels) < channels ? value : 0));
}

interface Copy {
  pixels: number;
  /** Of each image. */
  images: readonly number[];
  /** Of what is written. */
  channels: number;
  skip?: number;
  start?: number;
  /** The vec4s of a pixel that are written; all by default. */
  written?: readonly [first: number, count: number];
  residual?: boolean;
  line?: number;
}

function copyCase(name: string, seed: number, copy: Copy): KernelCase {
  const { pixels, images, channels, skip = 0, start = 0, residual = false, written = [0, padded(channels) / 4] } = copy;
  const random = new Random(seed);
  const given = Array.from({ length: 4 }, (_, which) => imageOf(random, images[which] ? pixels : 1, images[which] ?? 4));
  const added = imageOf(random, residual ? pixels : 1, channels);
  const width = padded(channels);
  // What the other vec4s hold is another dispatch's.
  const expected = new Float64Array(pixels * width).fill(POISON);
  const starts = [start];
  for (const [which, count] of images.entries()) starts.push((starts[which] as number) + count - (which === 0 ? skip : 0));
  const valueAt = (pixel: number, channel: number): number => {
    const which = images.findIndex((_, at) => channel >= (starts[at] as number) && channel < (starts[at + 1] as number));
    if (which < 0 || channel >= channels) return 0;
    const own = channel - (starts[which] as number) + (which === 0 ? skip : 0);
    return given[which]?.[pixel * padded(images[which] as number) + own] as number;
  };
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let channel = 4 * written[0]; channel < 4 * (written[0] + written[1]); channel++) {
      const at = pixel * width + channel;
      expected[at] = valueAt(pixel, channel) + (residual ? (added[at] as number) : 0);
    }
  }
  const from = (which: number) => Math.min(starts[which] ?? (starts.at(-1) as number), channels);
  const image4 = (which: number) => padded(images[which] ?? 0) / 4;
  const vectors = pixels * written[1];
  const line = copy.line ?? vectors;
  const [a, b, c, d] = given as [KernelCase["read"][string], typeof added, typeof added, typeof added];
  return kernelCase(copyChannels, name, {
    read: { a, b, c, d, residual: added },
    written: { out: { expected } },
    uniforms: {
      ...{ vectors, line, channels4: width / 4, first4: written[0], count4: written[1], skip, has_residual: residual ? 1 : 0 },
      ...{ a4: image4(0), b4: image4(1), c4: image4(2), d4: image4(3) },
      ...{ start_a: from(0), start_b: from(1), start_c: from(2), start_d: from(3), end: from(4) },
    },
    threads: [line, Math.ceil(vectors / line)],
    tolerance: residual ? roundings(1, 2) : EXACT,
  });
}

function shuffleCase(name: string, seed: number, pixels: number, channels: number, groups: number, lines = 1): KernelCase {
  const image = imageOf(new Random(seed), pixels, channels);
  const width = padded(channels);
  const expected = new Float64Array(image.length);
  // Where each channel goes, the other way about than the kernel, which looks up where it comes from.
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let row = 0; row < groups; row++) {
      for (let column = 0; column < channels / groups; column++)
        expected[pixel * width + column * groups + row] = image[pixel * width + (row * channels) / groups + column] as number;
    }
  }
  const vectors = image.length / 4;
  const line = Math.ceil(vectors / lines);
  return kernelCase(shuffle, name, {
    read: { image },
    written: { out: { expected } },
    uniforms: { vectors, line, channels, channels4: width / 4, groups },
    threads: [line, lines],
    tolerance: EXACT,
  });
}

export const channelCases: KernelCase[] = [
  copyCase("two aligned images: whole vec4s", 1, { pixels: 6, images: [8, 4], channels: 12 }),
  copyCase("a border within a vec4, padding behind the last", 2, { pixels: 5, images: [26, 5], channels: 31 }),
  copyCase("borders at every remainder, in 2 lines of the grid", 3, { pixels: 7, images: [5, 9, 13, 6], channels: 33, line: 40 }),
  copyCase("four images of 1 channel share a vec4", 4, { pixels: 3, images: [1, 1, 1, 1], channels: 4 }),
  copyCase("images of 1 and 2 channels: a vec4 of three images", 5, { pixels: 1, images: [2, 1, 2], channels: 5 }),
  copyCase("one vec4 of the middle: what other dispatches write stays", 6, {
    pixels: 4,
    images: [6, 3, 1, 7],
    channels: 17,
    written: [1, 1],
  }),
  copyCase("a slice from 58 channels on", 7, { pixels: 3, images: [116], channels: 58, skip: 58 }),
  copyCase("a slice that is shorter than a vec4: channels behind it stay out", 8, { pixels: 5, images: [26], channels: 3, skip: 7 }),
  copyCase("channels amid zeros", 9, { pixels: 3, images: [5], channels: 26, start: 9 }),
  copyCase("one channel amid zeros", 10, { pixels: 2, images: [1], channels: 7, start: 6 }),
  copyCase("amid zeros, with a sum", 11, { pixels: 3, images: [29], channels: 58, start: 29, residual: true }),
  copyCase("a slice, with a sum", 12, { pixels: 67, images: [13], channels: 5, skip: 4, residual: true }),

  shuffleCase("whole vec4s, more than a workgroup, in 2 lines of the grid", 21, 35, 16, 4, 2),
  shuffleCase("58 channels in 2 groups: padding stays 0", 22, 3, 58, 2),
  shuffleCase("3 channels in 3 groups: nothing moves", 23, 5, 3, 3),
  shuffleCase("26 channels in 13 groups", 24, 1, 26, 13),
];
