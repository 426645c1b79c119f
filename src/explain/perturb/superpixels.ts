/** Divides a photo into segments for `lime`, on the CPU. */
import { throwIfAborted } from "../../engine/errors.ts";
import { pcg4d } from "../../engine/random.ts";
import type { Size } from "../../nets/input-spec.ts";

/** Stream of the noise that decides between equally dense pixels. */
const STREAM_TIES = 8;
const TIE_DEVIATION = 1e-5;
/** Iterations of SLIC, and the sizes that its connected regions may have, in nominal sizes of a segment. */
const SLIC_ITERATIONS = 10;
const SLIC_SMALLEST = 0.5;
const SLIC_LARGEST = 3;
/** Milliseconds of work after which a page may do something else. */
const SLICE = 50;

export interface Segmentation {
  /** Height x width: every pixel's segment, 0 ... count - 1. */
  readonly labels: Uint32Array;
  readonly count: number;
}

/** Called now and then with the share of the work that is done; throws what should end it. */
export type Pause = (done: number) => Promise<void>;

/** A pause that reports progress, lets a page breathe and throws ABORTED. */
export function pauses(signal: AbortSignal | undefined, report: (done: number) => void): Pause {
  let resumed = performance.now();
  return async (done) => {
    if (performance.now() - resumed < SLICE) return;
    report(done);
    await new Promise((resolve) => setTimeout(resolve, 0));
    throwIfAborted(signal);
    resumed = performance.now();
  };
}

/**
 * Quickshift (Vedaldi & Soatto 2008) of an image, as scikit-image does it but for the noise: every pixel points to the nearest denser
 * one within three kernel widths, in the space of Lab times `ratio` and position; roots are segments. `pixels`: height x width x 4 in [0, 1];
 * `kernel` and `distance` in pixels.
 */
export async function quickshift(
  pixels: Float32Array,
  size: Size,
  { kernel, distance, ratio, seed }: { kernel: number; distance: number; ratio: number; seed: number },
  pause: Pause,
): Promise<Segmentation> {
  const { height, width } = size;
  const lab = toLab(pixels).map((value) => value * ratio);
  const reach = Math.ceil(3 * kernel);
  const window = (at: number, end: number) => [Math.max(at - reach, 0), Math.min(at + reach + 1, end)] as const;
  const square = (at: number, other: number) => {
    const [a, b] = [(lab[3 * at] as number) - (lab[3 * other] as number), (lab[3 * at + 1] as number) - (lab[3 * other + 1] as number)];
    const c = (lab[3 * at + 2] as number) - (lab[3 * other + 2] as number);
    return a * a + b * b + c * c;
  };
  const density = tieNoise(seed, height * width);
  for (let y = 0; y < height; y++) {
    await pause(y / height / 2);
    const [top, bottom] = window(y, height);
    for (let x = 0; x < width; x++) {
      const [left, right] = window(x, width);
      let sum = 0;
      for (let v = top; v < bottom; v++) {
        for (let u = left; u < right; u++) {
          sum += Math.exp(-0.5 * ((square(y * width + x, v * width + u) + (y - v) ** 2 + (x - u) ** 2) / kernel ** 2));
        }
      }
      density[y * width + x] = (density[y * width + x] as number) + sum;
    }
  }
  const parent = new Uint32Array(height * width);
  for (let y = 0; y < height; y++) {
    await pause(0.5 + y / height / 2);
    const [top, bottom] = window(y, height);
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      const [left, right] = window(x, width);
      let closest = Number.POSITIVE_INFINITY;
      parent[at] = at;
      for (let v = top; v < bottom; v++) {
        for (let u = left; u < right; u++) {
          const other = v * width + u;
          if ((density[other] as number) <= (density[at] as number)) continue;
          const apart = square(at, other) + (y - v) ** 2 + (x - u) ** 2;
          if (apart >= closest) continue;
          closest = apart;
          parent[at] = other;
        }
      }
      if (Math.sqrt(closest) > distance) parent[at] = at;
    }
  }
  return number(parent.map((_, at) => rootOf(parent, at)));
}

function rootOf(parent: Uint32Array, at: number): number {
  let root = at;
  while (parent[root] !== root) root = parent[root] as number;
  return root;
}

/**
 * SLIC (Achanta et al. 2012) of an image, as scikit-image does it: k-means in Lab and position from a regular grid, then connected
 * regions, small ones joined to a neighbour. `pixels`: height x width x 4 in [0, 1].
 */
export async function slic(
  pixels: Float32Array,
  size: Size,
  { segments, compactness }: { segments: number; compactness: number },
  pause: Pause,
): Promise<Segmentation> {
  const { height, width } = size;
  const lab = toLab(spread(pixels)).map((value) => value / compactness);
  const spacing = Math.sqrt((height * width) / segments);
  const step = Math.max(1, Math.round(spacing));
  const first = Math.floor(spacing / 2);
  const places = (side: number) =>
    Array.from({ length: Math.max(1, Math.ceil((side - first) / step)) }, (_, i) => Math.min(first, side - 1) + i * step);
  // y, x, then the colour, which begins at 0.
  let centres = places(height).flatMap((y) => places(width).map((x) => [y, x, 0, 0, 0]));
  const nearest = new Uint32Array(height * width);
  for (let iteration = 0; iteration < SLIC_ITERATIONS; iteration++) {
    await pause(iteration / SLIC_ITERATIONS);
    assign(lab, size, step, centres, nearest);
    centres = meansOf(lab, size, centres.length, nearest);
  }
  const nominal = (height * width) / centres.length;
  return connect(nearest, size, Math.floor(SLIC_SMALLEST * nominal), Math.floor(SLIC_LARGEST * nominal));
}

/** Every pixel to the nearest of the centres that are at most two steps away in x and y. */
function assign(lab: Float64Array, { height, width }: Size, step: number, centres: readonly number[][], nearest: Uint32Array): void {
  const closest = new Float64Array(height * width).fill(Number.POSITIVE_INFINITY);
  const window = (at: number, end: number) =>
    [Math.trunc(Math.max(at - 2 * step, 0)), Math.trunc(Math.min(at + 2 * step + 1, end))] as const;
  centres.forEach(([cy, cx, l, a, b], k) => {
    const [y0, x0, l0, a0, b0] = [cy, cx, l, a, b] as [number, number, number, number, number];
    const [top, bottom] = window(y0, height);
    const [left, right] = window(x0, width);
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        const at = y * width + x;
        const colour =
          ((lab[3 * at] as number) - l0) ** 2 + ((lab[3 * at + 1] as number) - a0) ** 2 + ((lab[3 * at + 2] as number) - b0) ** 2;
        const apart = ((y0 - y) ** 2 + (x0 - x) ** 2) / step ** 2 + colour;
        if (apart >= (closest[at] as number)) continue;
        closest[at] = apart;
        nearest[at] = k;
      }
    }
  });
}

function meansOf(lab: Float64Array, { width }: Size, count: number, nearest: Uint32Array): number[][] {
  const sums = Array.from({ length: count }, () => [0, 0, 0, 0, 0]);
  const members = new Uint32Array(count);
  nearest.forEach((k, at) => {
    const values = [Math.floor(at / width), at % width, ...lab.subarray(3 * at, 3 * at + 3)];
    const sum = sums[k] as number[];
    for (let i = 0; i < 5; i++) sum[i] = (sum[i] as number) + (values[i] as number);
    members[k] = (members[k] as number) + 1;
  });
  return sums.map((sum, k) => sum.map((value) => value / (members[k] as number)));
}

/** Connected regions of equal labels, at most `largest` pixels each; those below `smallest` join the neighbour that was seen last. */
function connect(nearest: Uint32Array, size: Size, smallest: number, largest: number): Segmentation {
  const NONE = 0xffffffff;
  const labels = new Uint32Array(nearest.length).fill(NONE);
  let count = 0;
  for (let start = 0; start < labels.length; start++) {
    if (labels[start] !== NONE) continue;
    let neighbour = 0;
    const region = [start];
    labels[start] = count;
    for (let visited = 0; visited < region.length && region.length < largest; visited++) {
      for (const next of neighboursOf(region[visited] as number, size)) {
        if (labels[next] === NONE && nearest[next] === nearest[start]) {
          labels[next] = count;
          region.push(next);
          if (region.length >= largest) break;
        } else if (labels[next] !== NONE && labels[next] !== count) neighbour = labels[next] as number;
      }
    }
    if (region.length >= smallest) count++;
    else for (const at of region) labels[at] = neighbour;
  }
  return number(labels);
}

/** Right, left, below, above. */
function neighboursOf(at: number, { height, width }: Size): number[] {
  const x = at % width;
  return [x + 1 < width ? at + 1 : -1, x > 0 ? at - 1 : -1, at + width, at - width].filter((next) => next >= 0 && next < height * width);
}

/** Labels 0 ... count - 1 in the order of the values. */
function number(values: Uint32Array): Segmentation {
  const order = new Map([...new Set(values)].sort((a, b) => a - b).map((value, index) => [value, index]));
  return { labels: values.map((value) => order.get(value) as number), count: order.size };
}

/** All values moved to [0, 1]; the fourth channel does not count. */
function spread(pixels: Float32Array): Float32Array {
  const colours = pixels.filter((_, i) => i % 4 < 3);
  const [low, high] = colours.reduce(([least, most], value) => [Math.min(least, value), Math.max(most, value)], [Infinity, -Infinity]);
  return pixels.map((value) => (value - low) / (high - low || 1));
}

/** sRGB to CIE Lab, white point D65: pixels x 4 to pixels x 3. */
function toLab(pixels: Float32Array): Float64Array {
  const linear = (value: number) => (value > 0.04045 ? ((value + 0.055) / 1.055) ** 2.4 : value / 12.92);
  const root = (value: number) => (value > 0.008856 ? Math.cbrt(value) : 7.787 * value + 16 / 116);
  const lab = new Float64Array((pixels.length / 4) * 3);
  for (let at = 0; at < pixels.length / 4; at++) {
    const [r, g, b] = [0, 1, 2].map((channel) => linear(pixels[4 * at + channel] as number)) as [number, number, number];
    const x = root((0.412453 * r + 0.35758 * g + 0.180423 * b) / 0.95047);
    const y = root(0.212671 * r + 0.71516 * g + 0.072169 * b);
    const z = root((0.019334 * r + 0.119193 * g + 0.950227 * b) / 1.08883);
    lab.set([116 * y - 16, 500 * (x - y), 200 * (y - z)], 3 * at);
  }
  return lab;
}

/** Normal deviates by Box-Muller, so small that they only break ties. */
function tieNoise(seed: number, count: number): Float64Array {
  const noise = new Float64Array(count);
  for (let i = 0; i < count; i += 2) {
    const [a, b] = pcg4d(seed, STREAM_TIES, 0, i / 2);
    const radius = TIE_DEVIATION * Math.sqrt(-2 * Math.log((a + 0.5) / 2 ** 32));
    const angle = (2 * Math.PI * b) / 2 ** 32;
    noise[i] = radius * Math.cos(angle);
    if (i + 1 < count) noise[i + 1] = radius * Math.sin(angle);
  }
  return noise;
}
