import { BORDERS } from "../../../src/evaluate/protocols.ts";
import { convolveAxis, hideRectangles, jitterPhoto, replacePixels } from "../../../src/shaders/index.ts";
import { type KernelCase, kernelCase, roundings, sumTolerance } from "../../support/kernels.ts";
import { Random } from "../../support/random.ts";
import { referenceHash, toUniform } from "../../support/reference-random.ts";

const NO_WRAP = "the interpreter's u32 products do not wrap at 2^32, which the hash needs";

const EXACT = { absolute: 0, relative: 0 };

/** A job of deletion or insertion: map, pixels replaced, what those show that stay, what the others. */
type Job = readonly [map: number, replaced: number, stays: number, comes: number];

interface Steps {
  height: number;
  width: number;
  maps: number;
  jobs: readonly Job[];
  firstJob: number;
  samples: number;
}

function replacePixelsCase(name: string, seed: number, { height, width, maps, jobs, firstJob, samples }: Steps): KernelCase {
  const random = new Random(seed);
  const pixels = height * width;
  const photo = random.floats(pixels * 4, -2, 2);
  const images = [random.floats(pixels * 4, -2, 2), random.floats(pixels * 4, -2, 2)];
  const ranks = Array.from({ length: maps }, () => [...random.permutation(pixels)]);
  const sources = [photo, new Float32Array(pixels * 4), ...images];
  const expected = Array.from({ length: samples }, (_, sample) => {
    const [map, replaced, stays, comes] = jobs[Math.min(firstJob + sample, jobs.length - 1)] as Job;
    const order = ranks[map] as number[];
    return Array.from(photo, (_, at) => sources[(order[at >> 2] as number) < replaced ? comes : stays]?.[at] as number);
  });
  return kernelCase(replacePixels, name, {
    read: {
      ranks: Uint32Array.from(ranks.flat()),
      photo,
      images: Float32Array.from(images.flatMap((image) => [...image])),
      jobs: Uint32Array.from(jobs.flat()),
    },
    written: { out: { expected: expected.flat() } },
    uniforms: { samples, first_job: firstJob, jobs: jobs.length },
    constants: { HEIGHT: height, WIDTH: width },
    threads: [width, height, samples],
    tolerance: EXACT,
  });
}

interface Axis {
  lines: number;
  size: number;
  inner: number;
  reach: number;
  border: (typeof BORDERS)[number];
}

function convolveAxisCase(name: string, seed: number, { lines, size, inner, reach, border }: Axis): KernelCase {
  const random = new Random(seed);
  const image = random.floats(lines * size * inner * 4);
  const taps = random.floats(reach + 1, 0, 1);
  // The image with what lies beyond it, written out.
  const around = (at: number): number => {
    if (border === "zero" || (at >= 0 && at < size)) return at;
    if (border === "repeat") return at < 0 ? 0 : size - 1;
    return size === 1 ? 0 : around(at < 0 ? -at : 2 * (size - 1) - at);
  };
  const expected = Array.from(image, (_, index) => {
    const [component, at] = [index % (4 * inner), Math.floor(index / (4 * inner)) % size];
    const line = index - component - at * 4 * inner;
    let sum = 0;
    for (let tap = -reach; tap <= reach; tap++) {
      const place = around(at + tap);
      if (place >= 0 && place < size) sum += (taps[Math.abs(tap)] as number) * (image[line + place * 4 * inner + component] as number);
    }
    return sum;
  });
  return kernelCase(convolveAxis, name, {
    read: { image, taps },
    written: { out: { expected } },
    uniforms: { lines, size, inner, reach, border: BORDERS.indexOf(border) },
    threads: [inner, size, lines],
    tolerance: sumTolerance(2 * reach + 1),
  });
}

interface Rectangles {
  height: number;
  width: number;
  rectangles: readonly (readonly [left: number, top: number, right: number, bottom: number])[];
  /** Beside the mean grey. */
  images?: number;
  firstSample: number;
  samples: number;
}

function hideRectanglesCase(
  name: string,
  seed: number,
  { height, width, rectangles, images = 0, firstSample, samples }: Rectangles,
): KernelCase {
  const random = new Random(seed);
  const each = height * width * 4;
  const photo = random.floats(each, -2, 2);
  const fills = random.floats(Math.max(1, images) * each, -2, 2);
  const drawn = [...Array(1 + images).keys()].flatMap((fill) => rectangles.map((rectangle) => ({ fill, rectangle })));
  const expected = Array.from({ length: samples }, (_, sample) => {
    const { fill, rectangle } = drawn[firstSample + sample] ?? {};
    if (fill === undefined || !rectangle) return [...photo];
    const [left, top, right, bottom] = rectangle;
    return Array.from(photo, (value, i) => {
      const [x, y] = [(i >> 2) % width, Math.floor((i >> 2) / width)];
      if (x < left || x >= right || y < top || y >= bottom) return value;
      return fill === 0 ? 0 : (fills[(fill - 1) * each + i] as number);
    });
  });
  return kernelCase(hideRectangles, name, {
    read: { photo, images: fills, rectangles: Uint32Array.from(rectangles.flat()) },
    written: { out: { expected: expected.flat() } },
    uniforms: { samples, first_sample: firstSample, rectangles: rectangles.length, fills: 1 + images },
    constants: { HEIGHT: height, WIDTH: width },
    threads: [width, height, samples],
    tolerance: EXACT,
  });
}

interface Jitter {
  height: number;
  width: number;
  sample: number;
  radius: readonly [number, number, number];
  grey?: boolean;
}

function jitterCase(name: string, seed: number, { height, width, sample, radius, grey = false }: Jitter): KernelCase {
  const random = new Random(seed);
  const key = random.integer(0, 2 ** 32 - 1);
  const photo = random.floats(height * width * 4, 0, 1);
  const expected = Float64Array.from(photo, (value, i) => {
    if ((i & 3) === 3) return 0;
    const noise = 2 * toUniform(referenceHash(key, 22, sample, i >> 2)[grey ? 0 : i & 3] as number) - 1;
    return Math.min(Math.max(value + (radius[i & 3] as number) * noise, 0), 1);
  });
  const [radius_r, radius_g, radius_b] = radius;
  return kernelCase(jitterPhoto, name, {
    read: { photo },
    written: { out: { expected } },
    uniforms: { seed: key, sample, radius_r, radius_g, radius_b },
    constants: { HEIGHT: height, WIDTH: width, GREY: grey ? 1 : 0 },
    threads: [height * width],
    tolerance: roundings(4),
    gpuOnly: NO_WRAP,
  });
}

export const evaluationCases: KernelCase[] = [
  replacePixelsCase("nothing, one pixel, all pixels", 1, {
    ...{ height: 5, width: 5, maps: 1, firstJob: 0, samples: 3 },
    jobs: [
      [0, 0, 0, 1],
      [0, 1, 0, 1],
      [0, 25, 2, 0],
    ],
  }),
  replacePixelsCase("several maps, every pair of sources, more pixels than one workgroup", 2, {
    ...{ height: 13, width: 28, maps: 3, firstJob: 1, samples: 5 },
    jobs: [
      [2, 300, 0, 1],
      [2, 100, 2, 0],
      [1, 200, 1, 0],
      [0, 7, 2, 2],
      [0, 123, 3, 2],
      [1, 350, 0, 3],
    ],
  }),
  replacePixelsCase("a batch that goes beyond the last job", 3, {
    ...{ height: 16, width: 4, maps: 2, firstJob: 1, samples: 4 },
    jobs: [
      [0, 3, 0, 1],
      [1, 40, 0, 2],
    ],
  }),

  convolveAxisCase("along a row, zeros beyond", 11, { lines: 3, size: 17, inner: 1, reach: 5, border: "zero" }),
  convolveAxisCase("along columns, mirrored, nearly as far as the image goes", 12, {
    lines: 2,
    size: 9,
    inner: 11,
    reach: 8,
    border: "mirror",
  }),
  convolveAxisCase("one tap", 13, { lines: 1, size: 10, inner: 3, reach: 0, border: "mirror" }),
  convolveAxisCase("mirrored along a row, an even size", 14, { lines: 5, size: 24, inner: 1, reach: 6, border: "mirror" }),
  convolveAxisCase("mirrored again and again, farther than the image goes", 15, {
    lines: 2,
    size: 3,
    inner: 5,
    reach: 8,
    border: "mirror",
  }),
  convolveAxisCase("a single pixel, its own mirror image", 16, { lines: 4, size: 1, inner: 2, reach: 3, border: "mirror" }),
  convolveAxisCase("repeated along a row", 17, { lines: 3, size: 19, inner: 1, reach: 4, border: "repeat" }),
  convolveAxisCase("repeated, farther than the image goes", 18, { lines: 2, size: 5, inner: 7, reach: 13, border: "repeat" }),

  hideRectanglesCase("nothing, one pixel, everything, then the photo", 21, {
    ...{ height: 7, width: 7, firstSample: 0, samples: 5 },
    rectangles: [
      [0, 0, 0, 0],
      [6, 3, 7, 4],
      [0, 0, 7, 7],
    ],
  }),
  hideRectanglesCase("three fills, more pixels than one workgroup, a later batch", 22, {
    ...{ height: 22, width: 35, images: 2, firstSample: 1, samples: 7 },
    rectangles: [
      [0, 0, 2, 22],
      [4, 9, 30, 12],
      [13, 0, 35, 8],
    ],
  }),
  hideRectanglesCase("a batch beyond the last rectangle", 23, {
    ...{ height: 9, width: 6, images: 1, firstSample: 1, samples: 4 },
    rectangles: [[2, 5, 5, 8]],
  }),

  jitterCase("a little noise, each channel its own", 31, { height: 9, width: 9, sample: 0, radius: [0.01, 0.02, 0.03] }),
  jitterCase("so much that it is cut off", 32, { height: 8, width: 21, sample: 7, radius: [1, 2, 0.5] }),
  jitterCase("none", 33, { height: 5, width: 5, sample: 1234, radius: [0, 0, 0] }),
  jitterCase("of grey the same in all channels", 34, { height: 12, width: 7, sample: 3, radius: [0.2, 0.2, 0.2], grey: true }),
];
