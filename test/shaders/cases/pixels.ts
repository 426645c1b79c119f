import { roundUp } from "../../../src/engine/tensor.ts";
import { pad, reflectTransposed, resizeNearest, resizeNearestTransposed } from "../../../src/shaders/index.ts";
import { type KernelCase, kernelCase, sumTolerance } from "../../support/kernels.ts";
import { Random } from "../../support/random.ts";

const EXACT = { absolute: 0, relative: 0 };
const padded = (channels: number) => roundUp(channels, 4);

type Size = readonly [height: number, width: number];
/** Which pixel of the image an output pixel reads along each axis; undefined beyond the edges. */
type Source = (y: number, x: number) => readonly [y: number, x: number] | undefined;

interface Images {
  batch: number;
  image: Size;
  out: Size;
  channels: number;
}

/** Calls back with every output value's index, and its source's or -1, the channels' padding included. */
function eachValue({ batch, image, out, channels }: Images, source: Source, visit: (to: number, from: number, channel: number) => void) {
  const width = padded(channels);
  for (let n = 0; n < batch; n++) {
    for (let y = 0; y < out[0]; y++) {
      for (let x = 0; x < out[1]; x++) {
        const read = source(y, x);
        for (let channel = 0; channel < width; channel++) {
          const from = read ? ((n * image[0] + read[0]) * image[1] + read[1]) * width + channel : -1;
          visit(((n * out[0] + y) * out[1] + x) * width + channel, from, channel);
        }
      }
    }
  }
}

function floats(seed: number, batch: number, [height, width]: Size, channels: number): Float32Array<ArrayBuffer> {
  const values = new Random(seed).floats(batch * height * width * padded(channels));
  return values.map((value, at) => (at % padded(channels) < channels ? value : 0));
}

function sizesOf({ batch, image, out, channels }: Images) {
  const [[height, width], [out_height, out_width]] = [image, out];
  return { batch, sizes: { height, width, out_height, out_width }, channels4: padded(channels) / 4 };
}

/** What an output holds by its sources, and what a gradient brings back to them. */
function forward(images: Images, source: Source, seed: number, value = 0) {
  const image = floats(seed, images.batch, images.image, images.channels);
  const expected = new Float64Array(images.batch * images.out[0] * images.out[1] * padded(images.channels));
  eachValue(images, source, (to, from, channel) => {
    expected[to] = from >= 0 ? (image[from] as number) : channel < images.channels ? Math.fround(value) : 0;
  });
  return { image, expected };
}

function backward(images: Images, source: Source, seed: number) {
  const gradient = floats(seed, images.batch, images.out, images.channels);
  const expected = new Float64Array(images.batch * images.image[0] * images.image[1] * padded(images.channels));
  eachValue(images, source, (to, from) => {
    if (from >= 0) expected[from] = (expected[from] as number) + (gradient[to] as number);
  });
  return { gradient, expected };
}

/** Walks to and fro between the edges, as a reflection does. */
function reflected(at: number, size: number): number {
  if (at < 0) return reflected(-at, size);
  return at < size ? at : reflected(2 * (size - 1) - at, size);
}

interface Pad extends Omit<Images, "out"> {
  sides: readonly [top: number, left: number, bottom: number, right: number];
  reflects?: boolean;
  value?: number;
}

function padding({ sides: [top, left, bottom, right], reflects, ...rest }: Pad) {
  const [height, width] = rest.image;
  const images = { ...rest, out: [height + top + bottom, width + left + right] as const };
  const source: Source = (y, x) => {
    const read = [y - top, x - left] as const;
    if (reflects) return [reflected(read[0], height), reflected(read[1], width)];
    return read[0] >= 0 && read[0] < height && read[1] >= 0 && read[1] < width ? read : undefined;
  };
  return { images, source, ...sizesOf(images), top, left };
}

function padCase(name: string, seed: number, given: Pad): KernelCase {
  const { images, source, batch, sizes, channels4, top, left } = padding(given);
  const { image, expected } = forward(images, source, seed, given.value);
  const lines = batch * sizes.out_height;
  return kernelCase(pad, name, {
    read: { image },
    written: { out: { expected } },
    uniforms: {
      ...{ lines, ...sizes, channels: given.channels, channels4, top, left },
      ...{ reflects: given.reflects ? 1 : 0, value: given.value ?? 0 },
    },
    threads: [channels4, sizes.out_width, lines],
    tolerance: EXACT,
  });
}

function reflectTransposedCase(name: string, seed: number, given: Pad): KernelCase {
  const { images, source, batch, sizes, channels4, top, left } = padding({ ...given, reflects: true });
  const { gradient, expected } = backward(images, source, seed);
  const lines = batch * sizes.height;
  return kernelCase(reflectTransposed, name, {
    read: { gradient },
    written: { out: { expected } },
    uniforms: { lines, ...sizes, channels4, top, left },
    threads: [channels4, sizes.width, lines],
    tolerance: sumTolerance(9),
  });
}

const nearest =
  ({ image, out }: Images): Source =>
  (y, x) => [Math.floor((y * image[0]) / out[0]), Math.floor((x * image[1]) / out[1])];

function resizeCase(name: string, seed: number, images: Images): KernelCase {
  const { batch, sizes, channels4 } = sizesOf(images);
  const { image, expected } = forward(images, nearest(images), seed);
  const lines = batch * sizes.out_height;
  return kernelCase(resizeNearest, name, {
    read: { image },
    written: { out: { expected } },
    uniforms: { lines, ...sizes, channels4 },
    threads: [channels4, sizes.out_width, lines],
    tolerance: EXACT,
  });
}

function resizeTransposedCase(name: string, seed: number, images: Images): KernelCase {
  const { batch, sizes, channels4 } = sizesOf(images);
  const { gradient, expected } = backward(images, nearest(images), seed);
  const lines = batch * sizes.height;
  return kernelCase(resizeNearestTransposed, name, {
    read: { gradient },
    written: { out: { expected } },
    uniforms: { lines, ...sizes, channels4 },
    threads: [channels4, sizes.width, lines],
    tolerance: sumTolerance(16),
  });
}

export const pixelCases: KernelCase[] = [
  padCase("a constant stays out of the channels' padding", 1, { batch: 2, image: [3, 4], channels: 5, sides: [1, 2, 0, 3], value: 2.5 }),
  padCase("zeros around one pixel", 2, { batch: 1, image: [1, 1], channels: 1, sides: [2, 1, 1, 2] }),
  padCase("sides of both signs", 3, { batch: 2, image: [5, 6], channels: 3, sides: [-2, 3, 1, -4] }),
  padCase("a crop, more columns and channels than a workgroup", 4, { batch: 1, image: [3, 14], channels: 58, sides: [-1, -2, -1, -1] }),
  padCase("reflections as wide as can be", 5, { batch: 2, image: [3, 4], channels: 4, sides: [2, 3, 2, 3], reflects: true }),
  padCase("reflections of a line of pixels", 6, { batch: 1, image: [1, 37], channels: 2, sides: [0, 5, 0, 9], reflects: true }),
  padCase("reflections across what a crop takes away", 7, { batch: 1, image: [4, 5], channels: 3, sides: [1, -2, -1, 3], reflects: true }),

  reflectTransposedCase("pixels at an edge are not reflected by it", 11, { batch: 1, image: [2, 3], channels: 4, sides: [1, 1, 1, 1] }),
  reflectTransposedCase("three places along each axis", 12, { batch: 2, image: [3, 4], channels: 5, sides: [2, 3, 2, 3] }),
  reflectTransposedCase("a line of pixels, more than a workgroup", 13, { batch: 2, image: [1, 37], channels: 3, sides: [0, 5, 0, 9] }),
  reflectTransposedCase("sides of both signs", 14, { batch: 1, image: [4, 5], channels: 26, sides: [1, -2, -1, 3] }),

  resizeCase("by 2, a batch", 21, { batch: 2, image: [3, 5], out: [6, 10], channels: 8 }),
  resizeCase("sizes that are no multiples", 22, { batch: 2, image: [3, 5], out: [7, 11], channels: 3 }),
  resizeCase("to fewer pixels: some are not read", 23, { batch: 1, image: [7, 9], out: [3, 4], channels: 36 }),
  resizeCase("one pixel to many", 24, { batch: 1, image: [1, 1], out: [3, 37], channels: 1 }),

  resizeTransposedCase("by 3, a batch", 31, { batch: 2, image: [2, 4], out: [6, 12], channels: 8 }),
  resizeTransposedCase("sizes that are no multiples", 32, { batch: 2, image: [3, 5], out: [7, 11], channels: 26 }),
  resizeTransposedCase("from fewer pixels: 0 where none was read", 33, { batch: 1, image: [7, 9], out: [3, 4], channels: 5 }),
  resizeTransposedCase("the same size, a line longer than a workgroup", 34, { batch: 1, image: [1, 37], out: [1, 37], channels: 1 }),
];
