import { channelExtents, scoreCamImages, scoreCamSum } from "../../../src/shaders/index.ts";
import { type KernelCase, kernelCase, roundings, sumTolerance } from "../../support/kernels.ts";
import { Random } from "../../support/random.ts";

type Size = readonly [width: number, height: number];

/** Channel `channel` of a feature map stretched to `size`. */
function stretch(features: ArrayLike<number>, [height, width, channels]: readonly number[], channel: number, size: Size): number[] {
  const [rows, columns, stride] = [height as number, width as number, channels as number];
  const place = (at: number, extent: number, out: number) => Math.min(Math.max(((at + 0.5) * extent) / out - 0.5, 0), extent - 1);
  return Array.from({ length: size[0] * size[1] }, (_, pixel) => {
    const [v, u] = [place(Math.floor(pixel / size[0]), rows, size[1]), place(pixel % size[0], columns, size[0])];
    let sum = 0;
    for (let row = Math.floor(v); row <= Math.min(Math.floor(v) + 1, rows - 1); row++) {
      for (let column = Math.floor(u); column <= Math.min(Math.floor(u) + 1, columns - 1); column++) {
        const weight = (1 - Math.abs(v - row)) * (1 - Math.abs(u - column));
        sum += weight * (features[(row * columns + column) * stride + channel] as number);
      }
    }
    return sum;
  });
}

function extentsOf(features: ArrayLike<number>, shape: readonly number[], size: Size): number[] {
  const extents: number[] = [];
  for (let channel = 0; channel < (shape[2] as number); channel++) {
    const values = stretch(features, shape, channel, size);
    extents[8 * (channel >> 2) + (channel & 3)] = Math.min(...values);
    extents[8 * (channel >> 2) + 4 + (channel & 3)] = Math.max(...values);
  }
  return extents;
}

function channelExtentsCase(name: string, seed: number, shape: readonly [number, number, number], size: Size): KernelCase {
  const [height, width, channels] = shape;
  const image = new Random(seed).floats(height * width * channels);
  return kernelCase(channelExtents, name, {
    read: { image },
    written: { extents: { expected: extentsOf(image, shape, size) } },
    uniforms: { height, width, channels4: channels / 4, out_height: size[1], out_width: size[0] },
    threads: [channels / 4],
    tolerance: roundings(8 * Math.max(height, width) + 12),
  });
}

interface Channels {
  shape: readonly [number, number, number];
  size: Size;
  channels: readonly number[];
  firstSample?: number;
  samples: number;
}

function scoreCamImagesCase(name: string, seed: number, { shape, size, channels, firstSample = 0, samples }: Channels): KernelCase {
  const random = new Random(seed);
  const [height, width, all] = shape;
  const [WIDTH, HEIGHT] = size;
  const photo = random.floats(HEIGHT * WIDTH * 4, -2, 2);
  const features = random.floats(height * width * all);
  const extents = Float32Array.from(extentsOf(features, shape, size));
  const expected = channels.slice(firstSample, firstSample + samples).flatMap((channel) => {
    const values = stretch(features, shape, channel, size);
    const low = Math.min(...values);
    const range = Math.max(...values) - low;
    return Array.from(photo, (value, at) => (value * ((values[at >> 2] as number) - low)) / range);
  });
  return kernelCase(scoreCamImages, name, {
    read: { photo, features, extents, channels: Uint32Array.from(channels) },
    written: { out: { expected } },
    uniforms: { samples, first_sample: firstSample, height, width, channels4: all / 4 },
    constants: { HEIGHT, WIDTH },
    threads: [WIDTH, HEIGHT, samples],
    // Divided by a range of at least 1/2, times a pixel of at most 2.
    tolerance: roundings(12 * Math.max(height, width) + 20, 4),
  });
}

function scoreCamSumCase(name: string, seed: number, { shape, channels, firstSample = 0, samples }: Omit<Channels, "size">): KernelCase {
  const random = new Random(seed);
  const [height, width, all] = shape;
  const features = random.floats(height * width * all);
  const labels = random.floats(samples * 4, 0, 1);
  const initial = random.floats(height * width * 4);
  const expected = Float64Array.from(initial, (value, at) => {
    if (at % 4 > 0) return value;
    const used = channels.slice(firstSample, firstSample + samples);
    return used.reduce((sum, channel, i) => sum + (labels[4 * i] as number) * (features[(at >> 2) * all + channel] as number), value);
  });
  return kernelCase(scoreCamSum, name, {
    read: { features, channels: Uint32Array.from(channels), labels },
    written: { sum: { initial, expected } },
    uniforms: { samples, first_sample: firstSample, positions: height * width, channels4: all / 4 },
    threads: [height * width],
    tolerance: sumTolerance(samples + 1),
  });
}

export const scoreCamCases: KernelCase[] = [
  channelExtentsCase("one pixel: constant", 61, [1, 1, 4], [5, 3]),
  channelExtentsCase("a whole factor, whose extremes lie beside the centres", 62, [3, 3, 8], [12, 12]),
  channelExtentsCase("odd factors, sides that differ", 63, [5, 2, 4], [13, 17]),
  channelExtentsCase("the same size", 64, [4, 4, 4], [4, 4]),
  channelExtentsCase("more channels than one workgroup", 65, [2, 3, 264], [7, 5]),
  channelExtentsCase("grown along one axis, shrunk along the other", 66, [7, 2, 4], [19, 3]),
  channelExtentsCase("shrunk along x", 67, [3, 9, 4], [4, 14]),

  scoreCamImagesCase("one channel", 71, { shape: [3, 3, 4], size: [12, 12], channels: [2], samples: 1 }),
  scoreCamImagesCase("channels in any order, from a later sample on", 72, {
    ...{ shape: [4, 2, 12], size: [9, 14], channels: [0, 11, 5, 7, 1] },
    ...{ firstSample: 2, samples: 3 },
  }),
  scoreCamImagesCase("more pixels than one workgroup", 73, { shape: [2, 5, 4], size: [21, 6], channels: [3, 0], samples: 2 }),

  scoreCamSumCase("one channel is added to the sum so far", 81, { shape: [2, 2, 4], channels: [3], samples: 1 }),
  scoreCamSumCase("later samples of the list", 82, { shape: [3, 2, 8], channels: [0, 7, 2, 5, 4], firstSample: 1, samples: 3 }),
  scoreCamSumCase("more positions than one workgroup", 83, { shape: [9, 9, 4], channels: [1, 2], samples: 2 }),
];
