import { squaredDistances, thumbnails, tsneAffinities, tsneBandwidths, tsneForces, tsneStep } from "../../../src/shaders/index.ts";
import { type KernelCase, kernelCase, ROUNDING, roundings, sumTolerance } from "../../support/kernels.ts";
import { Random } from "../../support/random.ts";

const LEAST = 2.220446e-16;

/** A workgroup of other than its usual size, so that small cases need several. */
function workgroup(size: number | undefined): { WORKGROUP_X?: number } {
  return size === undefined ? {} : { WORKGROUP_X: size };
}

/** A matrix of `rows` rows with `stride` values each; `value` outside the diagonal, `diagonal` on it, `padding` behind a row's end. */
function matrix(rows: number, stride: number, value: (i: number, j: number) => number, diagonal = 0, padding = 0): Float64Array {
  return Float64Array.from({ length: rows * stride }, (_, at) => {
    const [i, j] = [Math.floor(at / stride), at % stride];
    if (j >= rows) return padding;
    return i === j ? diagonal : value(i, j);
  });
}

function distancesCase(name: string, seed: number, rows: number, padding: number, group?: number): KernelCase {
  const columns = 5;
  const x = new Random(seed).floats(rows * columns);
  const stride = Math.ceil(rows / 4) * 4 + padding;
  const dot = (i: number, j: number) => {
    let sum = 0;
    for (let k = 0; k < columns; k++) sum += (x[i * columns + k] as number) * (x[j * columns + k] as number);
    return sum;
  };
  // As gram.wgsl leaves it: padding columns repeat the last row.
  const gram = Float32Array.from({ length: rows * stride }, (_, at) => dot(Math.floor(at / stride), Math.min(at % stride, rows - 1)));
  const expected = Float64Array.from(gram, (product, at) => {
    const [i, j] = [Math.floor(at / stride), Math.min(at % stride, rows - 1)];
    if (i === at % stride) return 0;
    return Math.max(0, (gram[i * stride + i] as number) + (gram[j * stride + j] as number) - 2 * product);
  });
  return kernelCase(squaredDistances, name, {
    read: { gram },
    written: { out: { expected } },
    uniforms: { rows, stride4: stride / 4 },
    constants: workgroup(group),
    threads: [stride / 4, rows],
    tolerance: roundings(4, 2 * columns),
  });
}

/** Squared distances of random points in a line, times `scale`, with some of them at one place. */
function randomDistances(random: Random, points: number, stride: number, scale: number, twins: boolean): Float32Array<ArrayBuffer> {
  const places = random.floats(points, -1, 1);
  if (twins) places[points - 1] = places[0] as number;
  const distance = (i: number, j: number) => scale * ((places[i] as number) - (places[j] as number)) ** 2;
  return Float32Array.from(matrix(points, stride, distance, 0, 1e9));
}

/** The width of a Gaussian of the wanted entropy by a finer bisection, in float64. */
function bandwidth(distances: ArrayLike<number>, points: number, stride: number, i: number, perplexity: number) {
  const others = Array.from({ length: points }, (_, j) => distances[j * stride + i] as number).filter((_, j) => j !== i);
  const low = Math.min(...others);
  const at = (beta: number) => {
    const weights = others.map((distance) => Math.exp(-beta * (distance - low)));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    const mean = weights.reduce((total, weight, k) => total + weight * ((others[k] as number) - low), 0) / sum;
    return { beta, low, sum, entropy: Math.log(sum) + beta * mean };
  };
  let [flat, steep] = [0, 1];
  while (at(steep).entropy > Math.log(perplexity)) steep *= 2;
  for (let step = 0; step < 200; step++) {
    const middle = (flat + steep) / 2;
    if (at(middle).entropy > Math.log(perplexity)) flat = middle;
    else steep = middle;
  }
  return at((flat + steep) / 2);
}

interface Bandwidths {
  points: number;
  perplexity: number;
  scale?: number;
}

function bandwidthsCase(name: string, seed: number, { points, perplexity, scale = 1 }: Bandwidths): KernelCase {
  const stride = Math.ceil(points / 8) * 8;
  const distances = randomDistances(new Random(seed), points, stride, scale, false);
  const found = Array.from({ length: points }, (_, i) => bandwidth(distances, points, stride, i, perplexity));
  return kernelCase(tsneBandwidths, name, {
    read: { distances },
    written: { bandwidths: { expected: found.flatMap(({ beta, low, sum, entropy }) => [beta, low, sum, entropy]) } },
    uniforms: { points, stride, perplexity },
    threads: [points],
    // The search ends at 1e-5 of the entropy, which changes by about as much as the logarithm of beta does.
    tolerance: { absolute: 1e-5, relative: 4e-4 },
  });
}

function affinitiesCase(name: string, seed: number, points: number, scale = 1, group?: number): KernelCase {
  const stride = Math.ceil(points / 8) * 8;
  const distances = randomDistances(new Random(seed), points, stride, scale, true);
  const bandwidths = Array.from({ length: points }, (_, i) => bandwidth(distances, points, stride, i, points / 3)).flatMap(
    ({ beta, low, sum, entropy }) => [beta, low, sum, entropy],
  );
  const given = Float32Array.from(bandwidths);
  const conditional = (i: number, j: number) => {
    const [beta, low, sum] = given.subarray(4 * j) as unknown as [number, number, number];
    return Math.exp(-beta * ((distances[i * stride + j] as number) - low)) / sum;
  };
  const expected = matrix(points, stride, (i, j) => Math.max((conditional(i, j) + conditional(j, i)) / (2 * points), LEAST));
  return kernelCase(tsneAffinities, name, {
    read: { distances, bandwidths: given },
    written: { out: { expected } },
    uniforms: { points, stride4: stride / 4 },
    constants: workgroup(group),
    threads: [stride / 4, points],
    // The exponent, of size 80 at most where the result counts, rounds before the exponential does.
    tolerance: { absolute: LEAST, relative: 300 * ROUNDING },
  });
}

const FAR = 1e18;

/** Points of the plane as the kernels keep them: x of four, y of four; the padding far away. */
function interleave(points: ArrayLike<number>, stride: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: 2 * stride }, (_, at) => {
    const point = 4 * (at >> 3) + (at & 3);
    return 2 * point < points.length ? (points[2 * point + ((at >> 2) & 1)] as number) : FAR;
  });
}

function forcesCase(name: string, seed: number, count: number, slices: number, group?: number): KernelCase {
  const random = new Random(seed);
  const stride = Math.ceil(count / 8) * 8;
  const points = random.floats(2 * count, -3, 3);
  const shares = random.floats(count * count, 0, 1);
  const affinities = new Float32Array(stride * stride);
  for (let i = 0; i < count; i++)
    for (let j = 0; j < i; j++) {
      affinities[i * stride + j] = affinities[j * stride + i] = shares[i * count + j] as number;
    }
  const slice = 4 * Math.ceil(stride / 4 / slices);
  const sums = new Float64Array(slices * 5 * stride);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < count; j++) {
      const [dx, dy] = [0, 1].map((axis) => (points[2 * i + axis] as number) - (points[2 * j + axis] as number)) as [number, number];
      const q = 1 / (1 + dx * dx + dy * dy);
      const pull = (affinities[i * stride + j] as number) * q;
      const at = 5 * Math.floor(j / slice) * stride + i;
      [pull * dx, pull * dy, q * q * dx, q * q * dy, q].forEach((value, kind) => {
        sums[at + kind * stride] = (sums[at + kind * stride] as number) + value;
      });
    }
  }
  // What lies in the padding is of no use: 8 - 1 others at one place with it, and no one else.
  const padding = stride - count;
  for (let part = 0; part < slices; part++) {
    for (let i = count; i < stride; i++) {
      const near = Array.from({ length: padding }, (_, k) => count + k).filter((j) => Math.floor(j / slice) === part).length;
      sums[(5 * part + 4) * stride + i] = near;
    }
  }
  return kernelCase(tsneForces, name, {
    read: { affinities, positions: interleave(points, stride) },
    written: { forces: { expected: sums } },
    uniforms: { stride4: stride / 4, slice4: slice / 4 },
    constants: workgroup(group),
    threads: [stride / 8, slices],
    tolerance: sumTolerance(count, 6),
  });
}

function stepCase(name: string, seed: number, count: number, slices: number, group?: number): KernelCase {
  const random = new Random(seed);
  const stride = Math.ceil(count / 8) * 8;
  const [exaggeration, momentum, rate] = [3, 0.5, 2];
  const forces = random.floats(slices * 5 * stride, -1, 1);
  // Sums of q are at least those of a point with itself.
  for (let part = 0; part < slices; part++)
    for (let i = 0; i < stride; i++) {
      const at = (5 * part + 4) * stride + i;
      forces[at] = 1 + Math.abs(forces[at] as number);
    }
  const positions = random.floats(2 * stride, -1, 1);
  const motion = random.floats(4 * stride, -1, 1).map((value, at) => (at & 8 ? Math.max(0.011, Math.abs(value)) : value));
  const sum = (kind: number, point: number) => {
    let total = 0;
    for (let part = 0; part < slices; part++) total += forces[(5 * part + kind) * stride + point] as number;
    return total;
  };
  let total = 0;
  for (let i = 0; i < count; i++) total += sum(4, i) - 1;
  const [moved, after] = [Float64Array.from(positions), Float64Array.from(motion)];
  for (let i = 0; i < stride; i++) {
    for (const axis of [0, 1]) {
      const gradient = 4 * (exaggeration * sum(axis, i) - sum(2 + axis, i) / total);
      const at = 16 * (i >> 2) + 4 * axis + (i & 3);
      const [last, gain] = [motion[at] as number, motion[at + 8] as number];
      const grown = Math.max(last * gradient < 0 ? gain + 0.2 : gain * 0.8, 0.01);
      const step = momentum * last - rate * grown * gradient;
      after[at] = step;
      after[at + 8] = grown;
      const place = 8 * (i >> 2) + 4 * axis + (i & 3);
      moved[place] = (moved[place] as number) + step;
    }
  }
  return kernelCase(tsneStep, name, {
    read: { forces },
    written: { positions: { initial: positions, expected: moved }, motion: { initial: motion, expected: after } },
    uniforms: { points: count, stride4: stride / 4, slices, exaggeration, momentum, rate },
    constants: workgroup(group),
    threads: [1],
    tolerance: roundings(16 * slices + 32, 4 * exaggeration * slices * rate),
  });
}

type Triple = [number, number, number];
type Order = "rgb" | "bgr" | "grey";

function thumbnailsCase(name: string, seed: number, samples: number, firstRow: number, pixels: number, order: Order = "rgb"): KernelCase {
  const random = new Random(seed);
  // A grey net has one mean and one deviation.
  const [mean, deviation] = (
    order === "grey"
      ? [Array(3).fill(0.449), Array(3).fill(0.226)]
      : [
          [0.485, 0.456, 0.406],
          [0.229, 0.224, 0.225],
        ]
  ) as [Triple, Triple];
  const bytes = Array.from({ length: samples * pixels }, () => {
    const colour = [0, 1, 2].map(() => random.integer(0, 255));
    return order === "grey" ? colour.map(() => colour[0] as number) : colour;
  });
  // A third of a step beside a byte, beyond black and white as well.
  const images = Float32Array.from(
    bytes.flatMap((colour) => {
      const seen = colour.map((byte, c) => ((byte + random.next() / 3) / 255 - (mean[c] as number)) / (deviation[c] as number));
      if (order === "grey") return [seen[0] as number, 0, 0, 0];
      return [...(order === "bgr" ? seen.reverse() : seen), 0];
    }),
  );
  const expected = new Uint32Array((firstRow + samples) * pixels).fill(0xdeadbeef);
  bytes.forEach(([r, g, b], at) => {
    expected[firstRow * pixels + at] = (((255 << 24) | ((b as number) << 16) | ((g as number) << 8) | (r as number)) >>> 0) as number;
  });
  return kernelCase(thumbnails, name, {
    read: { images },
    written: { out: { expected } },
    uniforms: {
      ...{ samples, first_row: firstRow, pixels },
      ...{ mean_r: mean[0], mean_g: mean[1], mean_b: mean[2] },
      ...{ deviation_r: deviation[0], deviation_g: deviation[1], deviation_b: deviation[2] },
    },
    constants: { ORDER: { rgb: 0, bgr: 1, grey: 2 }[order] },
    threads: [pixels, samples],
    tolerance: roundings(0),
  });
}

export const tsneCases: KernelCase[] = [
  distancesCase("one row", 1, 1, 0),
  distancesCase("rows that fill no vector, and wider padding", 2, 7, 4),
  distancesCase("more columns than one workgroup", 3, 21, 0, 4),

  bandwidthsCase("fewest neighbours", 11, { points: 3, perplexity: 1.5 }),
  bandwidthsCase("distances far from one", 12, { points: 19, perplexity: 5, scale: 1e6 }),
  bandwidthsCase("tiny distances, more points than one workgroup", 13, { points: 21, perplexity: 7, scale: 1e-6 }),

  affinitiesCase("padding and twins", 21, 6),
  affinitiesCase("far points keep the least share", 22, 21, 1e4),
  affinitiesCase("more columns than one workgroup", 23, 27, 1, 4),

  forcesCase("one slice", 31, 8, 1),
  forcesCase("padding stays out of the sums of others", 32, 11, 2),
  forcesCase("more points than one workgroup, a short last slice", 33, 70, 3, 4),

  stepCase("padding stays out of the sum", 41, 5, 1),
  stepCase("several slices", 42, 16, 3),
  stepCase("more points than one pass of the workgroup", 43, 70, 2, 16),

  thumbnailsCase("one pixel", 51, 1, 0, 1),
  thumbnailsCase("several rows", 53, 3, 0, 9),
  thumbnailsCase("later rows, more pixels than one workgroup", 52, 2, 1, 67),
  thumbnailsCase("blue first", 54, 2, 1, 35, "bgr"),
  thumbnailsCase("grey", 55, 3, 2, 70, "grey"),
];
