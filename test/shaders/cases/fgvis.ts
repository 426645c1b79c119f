import { fgvisGradient, fgvisImage, fgvisStep, fgvisUpdate } from "../../../src/shaders/index.ts";
import { type KernelCase, kernelCase, poisoned, roundings } from "../../support/kernels.ts";
import { Random } from "../../support/random.ts";
import { referenceDeviates } from "../../support/reference-random.ts";

const STREAM = 9;

interface Deleted {
  size: readonly [width: number, height: number];
  mask?: number;
  noise?: number;
  reference?: readonly [number, number, number];
  iteration?: number;
}

function imageCase(name: string, seed: number, shape: Deleted): KernelCase {
  const { size, mask: constant, noise = 0, reference = [-2.1, 0.4, 1.3], iteration = 0 } = shape;
  const [width, height] = size;
  const random = new Random(seed);
  const photo = random.floats(height * width * 4, -2, 2);
  const mask = random.floats(height * width * 4, 0, 1).map((value) => constant ?? value);
  const key = random.integer(0, 2 ** 32 - 1);
  const expected = Float64Array.from(photo, (value, i) => {
    if (i % 4 === 3) return 0;
    const [kept, normal] = [mask[i] as number, noise > 0 ? (referenceDeviates(key, iteration, i >> 2, STREAM)[i % 4] as number) : 0];
    return kept * value + (1 - kept) * (reference[i % 4] as number) + noise * normal;
  });
  const [reference_r, reference_g, reference_b] = reference;
  return kernelCase(fgvisImage, name, {
    read: { photo, mask },
    written: { out: { expected } },
    uniforms: { seed: key, iteration, noise, reference_r, reference_g, reference_b },
    constants: { HEIGHT: height, WIDTH: width },
    threads: [width, height],
    // A logarithm near 1 may be wrong by 2^-21, which the root of a radius of 1 / 32 (about the least of a thousand) multiplies by 32. The
    // photo itself is exact.
    tolerance:
      constant === 1 && noise === 0 ? { absolute: 0, relative: 0 } : { ...roundings(6, 4), absolute: 2 ** -22 + 32 * noise * 2 ** -21 },
    ...(noise > 0 ? { gpuOnly: "the interpreter's u32 products do not wrap at 2^32, which the hash needs" } : {}),
  });
}

function gradientCase(name: string, seed: number, vectors: number, weight: number, mask?: number): KernelCase {
  const random = new Random(seed);
  const [gradient, photo] = [random.floats(vectors * 4), random.floats(vectors * 4, -2, 2)];
  const masks = random.floats(vectors * 4, 0, 1).map((value) => mask ?? value);
  const reference = [-1.5, 0, 0.75];
  const expected = Float64Array.from(gradient, (g, i) =>
    i % 4 === 3 ? 0 : g * ((photo[i] as number) - (reference[i % 4] as number)) + weight * Math.sign(masks[i] as number),
  );
  return kernelCase(fgvisGradient, name, {
    read: { gradient, photo, mask: masks },
    written: { out: { expected } },
    uniforms: { vectors, weight: Math.fround(weight), reference_r: -1.5, reference_g: 0, reference_b: 0.75 },
    threads: [vectors],
    tolerance: roundings(4, 4),
  });
}

interface Step {
  vectors: number;
  iteration: number;
  /** As it was; poison where absent. */
  before?: readonly number[];
  keepsChoice: boolean;
  watches?: boolean;
  scale?: number;
}

function stepCase(name: string, seed: number, { vectors, iteration, before, keepsChoice, watches = true, scale = 1 }: Step): KernelCase {
  const random = new Random(seed);
  const gradient = random.floats(vectors * 4).map((value) => value * scale);
  const label = Float32Array.of(0.3, Number(keepsChoice), 17, 0);
  const largest = Math.max(...gradient.map(Math.abs));
  const rate = 0.25;
  const done = iteration + 1;
  const stopped = before !== undefined && (before[2] as number) > 0;
  const most = Math.max(largest, iteration === 0 ? 0 : (before?.[3] as number));
  const moves = [largest > 0 ? rate / largest : 0, done, watches && !keepsChoice ? done : 0, most];
  const probabilities = [iteration === 0 ? 0.3 : (before?.[4] as number), 0.3, 0, 0];
  return kernelCase(fgvisStep, name, {
    read: { gradient, label },
    written: {
      state: {
        initial: before ? Float32Array.from(before) : poisoned(8),
        expected: stopped ? [0, ...before.slice(1)] : [...moves, ...probabilities],
      },
    },
    uniforms: { vectors, iteration, watches: Number(watches), rate },
    constants: { WORKGROUP_X: 16 },
    threads: [1],
    tolerance: roundings(4),
  });
}

function updateCase(name: string, seed: number, vectors: number, factor: number): KernelCase {
  const random = new Random(seed);
  const [gradient, mask] = [random.floats(vectors * 4), random.floats(vectors * 4, 0, 1)];
  const state = Float32Array.of(factor, 3, 0, 1, 0, 0, 0, 0);
  return kernelCase(fgvisUpdate, name, {
    read: { gradient, state },
    written: {
      mask: {
        initial: mask,
        expected: mask.map((value, i) => Math.min(Math.max(value - (state[0] as number) * (gradient[i] as number), 0), 1)),
      },
    },
    uniforms: { vectors },
    threads: [vectors],
    tolerance: roundings(3),
  });
}

export const fgvisCases: KernelCase[] = [
  imageCase("a mask for every colour", 1, { size: [5, 5] }),
  imageCase("a mask of 1 leaves the photo bit for bit", 2, { size: [18, 7], mask: 1 }),
  imageCase("a mask of 0 leaves the reference", 3, { size: [3, 5], mask: 0, reference: [0, -1, 2] }),
  imageCase("noise, of a later iteration", 4, { size: [17, 6], noise: 0.1, iteration: 7 }),
  imageCase("noise alone", 5, { size: [33, 33], noise: 2, mask: 0, reference: [0, 0, 0] }),

  gradientCase("one pixel", 11, 1, -0.25),
  gradientCase("more than a workgroup", 12, 70, 0.5),
  gradientCase("the sum of the mask has no slope where it is 0", 13, 5, -0.5, 0),

  stepCase("the first iteration begins anew", 21, { vectors: 3, iteration: 0, keepsChoice: true }),
  stepCase("more vectors than threads; another first choice still counts", 22, {
    ...{ vectors: 37, iteration: 4, keepsChoice: false, before: [0.5, 4, 0, 0.1, 0.9, 0.4, 0, 0] },
  }),
  stepCase("nothing moves after that", 23, { vectors: 9, iteration: 6, keepsChoice: false, before: [0.5, 5, 5, 2, 0.9, 0.4, 0, 0] }),
  stepCase("another first choice, not watched", 24, {
    ...{ vectors: 9, iteration: 6, keepsChoice: false, watches: false, before: [0.5, 6, 0, 7, 0.9, 0.4, 0, 0] },
  }),
  stepCase("a gradient of zeros", 25, { vectors: 4, iteration: 2, keepsChoice: true, scale: 0, before: [0.5, 2, 0, 0, 0.9, 0.4, 0, 0] }),

  updateCase("one vector", 31, 1, 0.1),
  updateCase("more than a workgroup, some clamped", 32, 67, 1.5),
  updateCase("a factor of 0", 33, 5, 0),
];
