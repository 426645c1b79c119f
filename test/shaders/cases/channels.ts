import { roundUp } from "../../../src/engine/tensor.ts";
import { copyChannels, shuffle } from "../../../src/shaders/index.ts";
import { type KernelCase, kernelCase, POISON, roundings } from "../../support/kernels.ts";
import { Random } from "../../support/random.ts";

const EXACT = { absolute: 0, relative: 0 };
const padded = (channels: number) => roundUp(channels, 4);

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
  /** What is written begins before the first image's first channel by so many, or behind it where the number is negative. */
  start?: number;
  /** The vec4s of a pixel that are written; all by default. */
  written?: readonly [first: number, count: number];
  residual?: boolean;
  line?: number;
}

function copyCase(name: string, seed: number, copy: Copy): KernelCase {
  const { pixels, images, channels, start = 0, residual = false, written = [0, padded(channels) / 4] } = copy;
  const random = new Random(seed);
  const given = Array.from({ length: 4 }, (_, which) => imageOf(random, images[which] ? pixels : 1, images[which] ?? 4));
  const added = imageOf(random, residual ? pixels : 1, channels);
  const width = padded(channels);
  // What the other vec4s hold is another dispatch's.
  const expected = new Float64Array(pixels * width).fill(POISON);
  const starts = [start];
  for (const [which, count] of images.entries()) starts.push((starts[which] as number) + count);
  const valueAt = (pixel: number, channel: number): number => {
    const which = images.findIndex((_, at) => channel >= (starts[at] as number) && channel < (starts[at + 1] as number));
    if (which < 0 || channel >= channels) return 0;
    return given[which]?.[pixel * padded(images[which] as number) + channel - (starts[which] as number)] as number;
  };
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let channel = 4 * written[0]; channel < 4 * (written[0] + written[1]); channel++) {
      const at = pixel * width + channel;
      expected[at] = valueAt(pixel, channel) + (residual ? (added[at] as number) : 0);
    }
  }
  const offset = (which: number) => 0 - (starts[which] ?? 0);
  const image4 = (which: number) => padded(images[which] ?? 0) / 4;
  const vectors = pixels * written[1];
  const line = copy.line ?? vectors;
  const [a, b, c, d] = given as [KernelCase["read"][string], typeof added, typeof added, typeof added];
  return kernelCase(copyChannels, name, {
    read: { a, b, c, d, residual: added },
    written: { out: { expected } },
    constants: { IMAGES: images.length, SHIFT: -start & 3 },
    uniforms: {
      ...{ vectors, line, channels4: width / 4, first4: written[0], count4: written[1], end: channels, has_residual: residual ? 1 : 0 },
      ...{ a4: image4(0), b4: image4(1), c4: image4(2), d4: image4(3) },
      ...{ offset_a: offset(0), offset_b: offset(1), offset_c: offset(2), offset_d: offset(3) },
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
  copyCase("whole vec4s of an aligned image: what other dispatches write stays", 1, {
    ...{ pixels: 6, images: [8], channels: 24, start: 4, written: [1, 2] },
  }),
  copyCase("a border in the last vec4, the next image's other vec4s left out", 2, {
    ...{ pixels: 5, images: [26, 13], channels: 39, written: [0, 7] },
  }),
  ...[1, 2, 3].map((start) =>
    copyCase(`an image from channel ${start} on, in 2 lines of the grid`, 2 + start, {
      ...{ pixels: 7, images: [13, 6], channels: start + 19, start, written: [1, 3], line: 12 },
    }),
  ),
  copyCase("four images of 1 channel share a vec4", 6, { pixels: 3, images: [1, 1, 1, 1], channels: 4 }),
  copyCase("images of 2, 1 and 1 channels behind one that ends with a vec4's first channel", 7, {
    ...{ pixels: 3, images: [5, 2, 1, 1], channels: 12, written: [0, 2] },
  }),
  copyCase("the last image: its padding is out's", 8, { pixels: 2, images: [7], channels: 17, start: 10, written: [3, 2] }),
  copyCase("a slice from channel 58 on", 9, { pixels: 3, images: [116], channels: 58, start: -58 }),
  copyCase("a slice that is shorter than a vec4: channels behind it stay out", 10, { pixels: 5, images: [26], channels: 3, start: -7 }),
  copyCase("an aligned slice that ends within a vec4", 11, { pixels: 5, images: [26], channels: 6, start: -8 }),
  copyCase("channels amid zeros", 12, { pixels: 3, images: [5], channels: 26, start: 9 }),
  copyCase("one channel amid zeros", 13, { pixels: 2, images: [1], channels: 7, start: 6 }),
  copyCase("amid zeros, with a sum", 14, { pixels: 3, images: [29], channels: 58, start: 29, residual: true }),
  copyCase("a slice, with a sum, more pixels than a workgroup", 15, { pixels: 67, images: [13], channels: 5, start: -4, residual: true }),
  shuffleCase("whole vec4s, more than a workgroup, in 2 lines of the grid", 21, 35, 16, 4, 2),
  shuffleCase("58 channels in 2 groups: padding stays 0", 22, 3, 58, 2),
  shuffleCase("3 channels in 3 groups: nothing moves", 23, 5, 3, 3),
  shuffleCase("26 channels in 13 groups", 24, 1, 26, 13),
];
