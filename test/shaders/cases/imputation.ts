import { imputeApply, imputeDot, imputeNoise, imputeStart, imputeStep, imputeTurn } from "../../../src/shaders/index.ts";
import { type KernelCase, kernelCase, roundings, sumTolerance } from "../../support/kernels.ts";
import { Random } from "../../support/random.ts";
import { referenceHash, toDeviates } from "../../support/reference-random.ts";

const NO_WRAP = "the interpreter's u32 products do not wrap at 2^32, which the hash needs";

/** What an image lacks: the map, the first rank that is removed and one past the last. */
type Job = readonly [map: number, first: number, end: number];

interface Holes {
  height: number;
  width: number;
  maps: number;
  jobs: readonly Job[];
  firstJob: number;
  images: number;
}

/** Ranks of every map, and for every image whether a pixel of it is removed. */
function cutHoles(random: Random, { height, width, maps, jobs, firstJob, images }: Holes) {
  const ranks = Array.from({ length: maps }, () => [...random.permutation(height * width)]);
  const removed = Array.from({ length: images }, (_, image) => {
    const [map, first, end] = jobs[Math.min(firstJob + image, jobs.length - 1)] as Job;
    return (ranks[map] as number[]).map((rank) => rank >= first && rank < end);
  });
  const uniforms = { images, first_job: firstJob, jobs: jobs.length };
  const read = { ranks: Uint32Array.from(ranks.flat()), jobs: Uint32Array.from(jobs.flatMap((job) => [...job, 0])) };
  return { removed, uniforms, read };
}

/** Pixels around a pixel, those beyond the image left out, with their weights. */
function neighbours({ height, width }: Holes, at: number): { near: number; weight: number }[] {
  const [x, y] = [at % width, Math.floor(at / width)];
  const found: { near: number; weight: number }[] = [];
  for (const row of [y - 1, y, y + 1]) {
    for (const column of [x - 1, x, x + 1]) {
      const inside = row >= 0 && row < height && column >= 0 && column < width;
      if (inside && !(row === y && column === x))
        found.push({ near: row * width + column, weight: row === y || column === x ? 1 / 6 : 1 / 12 });
    }
  }
  return found;
}

function startCase(name: string, seed: number, holes: Holes): KernelCase {
  const random = new Random(seed);
  const { height, width, images } = holes;
  const { removed, uniforms, read } = cutHoles(random, holes);
  const photo = random.floats(height * width * 4, -2, 2);
  const x = removed.flatMap((gone) => Array.from(photo, (value, i) => (gone[i >> 2] ? 0 : value)));
  const residual = removed.flatMap((gone) =>
    Array.from(photo, (_, i) => {
      if (!gone[i >> 2]) return 0;
      const known = neighbours(holes, i >> 2).filter(({ near }) => !gone[near]);
      return known.reduce((sum, { near, weight }) => sum + weight * (photo[4 * near + (i & 3)] as number), 0);
    }),
  );
  return kernelCase(imputeStart, name, {
    read: { ...read, photo },
    written: { x: { expected: x }, residual: { expected: residual }, direction: { expected: residual } },
    uniforms,
    constants: { HEIGHT: height, WIDTH: width },
    threads: [width, height, images],
    tolerance: sumTolerance(8, 2 / 6),
  });
}

function applyCase(name: string, seed: number, holes: Holes): KernelCase {
  const random = new Random(seed);
  const { height, width, images } = holes;
  const { removed, uniforms, read } = cutHoles(random, holes);
  const direction = random.floats(images * height * width * 4, -2, 2);
  const expected = removed.flatMap((gone, image) =>
    Array.from({ length: height * width * 4 }, (_, i) => {
      const value = (at: number) => direction[(image * height * width + at) * 4 + (i & 3)] as number;
      if (!gone[i >> 2]) return 0;
      return neighbours(holes, i >> 2).reduce((sum, { near, weight }) => sum + weight * (value(i >> 2) - value(near)), 0);
    }),
  );
  return kernelCase(imputeApply, name, {
    read: { ...read, direction },
    written: { product: { expected } },
    uniforms,
    constants: { HEIGHT: height, WIDTH: width },
    threads: [width, height, images],
    tolerance: sumTolerance(8, 4 / 6),
  });
}

function dotCase(name: string, seed: number, images: number, pixels: number, slot: number): KernelCase {
  const random = new Random(seed);
  const [a, b] = [random.floats(images * pixels * 4), random.floats(images * pixels * 4)];
  const initial = random.floats((slot + 2) * images * 4);
  const expected = Float64Array.from(initial);
  for (let image = 0; image < images; image++) {
    for (let channel = 0; channel < 4; channel++) {
      let sum = 0;
      for (let at = 0; at < pixels; at++) {
        const i = 4 * (image * pixels + at) + channel;
        sum += (a[i] as number) * (b[i] as number);
      }
      expected[4 * (slot * images + image) + channel] = sum;
    }
  }
  return kernelCase(imputeDot, name, {
    read: { a, b },
    written: { dots: { initial, expected } },
    uniforms: { images, pixels, slot },
    threads: [imputeDot.constants.WORKGROUP_X, images],
    tolerance: sumTolerance(pixels),
  });
}

/** Dots of 3 slots; in the first image the third channel is solved: all its dots are 0. */
function dotsOf(random: Random, images: number): Float32Array<ArrayBuffer> {
  const dots = random.floats(3 * images * 4, 0.5, 2);
  // Solved: exactly, and as far as digits go.
  for (let slot = 0; slot < 3; slot++) {
    dots[4 * slot * images + 2] = 0;
    dots[4 * slot * images + 1] = 1e-30;
  }
  return dots;
}

const ratio = (above: number, below: number) => (below > 1e-24 ? above / below : 0);

function stepCase(name: string, seed: number, images: number, pixels: number, old: number, curvature: number): KernelCase {
  const random = new Random(seed);
  const values = () => random.floats(images * pixels * 4);
  const [direction, product, x, residual] = [values(), values(), values(), values()];
  const dots = dotsOf(random, images);
  const alpha = (i: number) => {
    const place = 4 * Math.floor(i / (4 * pixels)) + (i & 3);
    return ratio(dots[4 * old * images + place] as number, dots[4 * curvature * images + place] as number);
  };
  return kernelCase(imputeStep, name, {
    read: { direction, product, dots },
    written: {
      x: { initial: x, expected: Float64Array.from(x, (value, i) => value + alpha(i) * (direction[i] as number)) },
      residual: { initial: residual, expected: Float64Array.from(residual, (value, i) => value - alpha(i) * (product[i] as number)) },
    },
    uniforms: { images, pixels, old, curvature },
    threads: [pixels, images],
    tolerance: roundings(8, 4),
  });
}

function turnCase(name: string, seed: number, images: number, pixels: number, fresh: number, old: number): KernelCase {
  const random = new Random(seed);
  const [residual, direction] = [random.floats(images * pixels * 4), random.floats(images * pixels * 4)];
  const dots = dotsOf(random, images);
  const beta = (i: number) => {
    const place = 4 * Math.floor(i / (4 * pixels)) + (i & 3);
    return ratio(dots[4 * fresh * images + place] as number, dots[4 * old * images + place] as number);
  };
  return kernelCase(imputeTurn, name, {
    read: { residual, dots },
    written: {
      direction: { initial: direction, expected: Float64Array.from(residual, (value, i) => value + beta(i) * (direction[i] as number)) },
    },
    uniforms: { images, pixels, fresh, old },
    threads: [pixels, images],
    tolerance: roundings(8, 4),
  });
}

function noiseCase(name: string, seed: number, holes: Holes, deviation: number): KernelCase {
  const random = new Random(seed);
  const { height, width, images } = holes;
  const key = random.integer(0, 2 ** 32 - 1);
  const { removed, uniforms, read } = cutHoles(random, holes);
  const x = random.floats(images * height * width * 4);
  const expected = Float64Array.from(x, (value, i) => {
    const at = (i >> 2) % (height * width);
    const gone = removed[Math.floor((i >> 2) / (height * width))]?.[at];
    return gone && (i & 3) < 3 ? value + deviation * (toDeviates(referenceHash(key, 21, 0, at))[i & 3] as number) : value;
  });
  return kernelCase(imputeNoise, name, {
    read,
    written: { x: { initial: x, expected } },
    uniforms: { ...uniforms, seed: key, deviation },
    constants: { HEIGHT: height, WIDTH: width },
    threads: [width, height, images],
    // WGSL lets a sine be wrong by 2^-11; radii are at most 6.
    tolerance: { absolute: deviation * 6 * 2 ** -11, relative: 0 },
    gpuOnly: NO_WRAP,
  });
}

const LITTLE: Holes = { height: 5, width: 5, maps: 1, jobs: [[0, 0, 9]], firstJob: 0, images: 1 };
const WHOLE: Holes = { height: 4, width: 9, maps: 1, jobs: [[0, 0, 36]], firstJob: 0, images: 1 };
const SEVERAL: Holes = {
  ...{ height: 27, width: 12, maps: 3, firstJob: 1, images: 4 },
  jobs: [
    [0, 0, 5],
    [2, 0, 250],
    [1, 200, 324],
    [0, 300, 324],
  ],
};

export const imputationCases: KernelCase[] = [
  startCase("the most salient pixels removed", 1, LITTLE),
  startCase("everything removed: nothing to go by", 2, WHOLE),
  startCase("several maps, the least salient removed, a batch beyond the last job", 3, SEVERAL),

  applyCase("the most salient pixels removed", 11, LITTLE),
  applyCase("everything removed: edges and corners have fewer neighbours", 12, WHOLE),
  applyCase("several maps, the least salient removed, a batch beyond the last job", 13, SEVERAL),

  dotCase("fewer pixels than threads", 21, 1, 5, 0),
  dotCase("several images, a later slot", 22, 3, 300, 2),
  dotCase("as many pixels as threads", 23, 2, 256, 1),

  stepCase("one image, one channel solved", 31, 1, 40, 0, 1),
  stepCase("several images, other slots", 32, 3, 70, 2, 1),
  stepCase("a pixel each", 33, 4, 1, 1, 0),

  turnCase("one image, one channel solved", 41, 1, 40, 1, 0),
  turnCase("several images, other slots", 42, 3, 70, 0, 2),
  turnCase("a pixel each", 43, 4, 1, 2, 1),

  noiseCase("removed pixels only, three channels", 51, LITTLE, 0.01),
  noiseCase("everything removed", 52, WHOLE, 1),
  noiseCase("several images: the same noise in all", 53, SEVERAL, 0.5),
];
