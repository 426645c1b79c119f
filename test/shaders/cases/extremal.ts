import { extremalGradient, extremalImage, pyramid, reward, selectRank } from "../../../src/shaders/index.ts";
import { type KernelCase, kernelCase, POISON, poisoned, roundings } from "../../support/kernels.ts";
import { Random } from "../../support/random.ts";

const EXACT = { absolute: 0, relative: 0 };
const LEVELS = 8;
const SLOW = "the interpreter would take minutes";

type Pair = readonly [x: number, y: number];

interface Blur {
  levels: number;
  size: Pair;
  shared?: boolean;
  along: "x" | "y";
  widest: number;
}

function pyramidCase(name: string, seed: number, { levels, size, shared = false, along, widest }: Blur): KernelCase {
  const [width, height] = size;
  const image = new Random(seed).floats((shared ? 1 : levels) * height * width * 4);
  const expected = Float64Array.from({ length: levels * height * width * 4 }, (_, i) => {
    const [channel, x, line] = [i % 4, (i >> 2) % width, Math.floor(i / (4 * width))];
    const [y, level] = [line % height, Math.floor(line / height)];
    const sigma = widest * (1 - level / Math.max(levels - 1, 1));
    const reach = Math.ceil(4 * sigma);
    let [sum, total] = [0, 0];
    for (let tap = -reach; tap <= reach; tap++) {
      const weight = tap === 0 ? 1 : Math.exp(-0.5 * (tap / sigma) ** 2);
      const [u, v] = along === "x" ? [x + tap, y] : [x, y + tap];
      const inside = u >= 0 && u < width && v >= 0 && v < height;
      if (inside) sum += weight * (image[(((shared ? 0 : level) * height + v) * width + u) * 4 + channel] as number);
      total += weight;
    }
    return sum / total;
  });
  return kernelCase(pyramid, name, {
    read: { image },
    written: { out: { expected } },
    uniforms: { levels, height, width, shared_image: Number(shared), along_y: Number(along === "y"), widest },
    threads: [width, height, levels],
    // The exponent of a tap is rounded, too: up to 8, by 8 roundings.
    tolerance: roundings(8 * Math.ceil(4 * widest) + 16),
  });
}

/** Stable ascending order of floor(65536 v). */
function ascending(values: ArrayLike<number>): number[] {
  const key = (at: number) => Math.min(Math.floor((values[at] as number) * 65536), 65535);
  return Array.from({ length: values.length }, (_, at) => at).sort((a, b) => key(a) - key(b) || a - b);
}

/** Digits of 4 bits where no others are given, since the interpreter takes its time. */
function selectRankCase(name: string, values: Float32Array<ArrayBuffer>, rank: number, wide?: Record<string, number>): KernelCase {
  const at = ascending(values)[rank] as number;
  return kernelCase(selectRank, name, {
    read: { values },
    written: { found: { expected: Uint32Array.of(Math.min(Math.floor((values[at] as number) * 65536), 65535), at) } },
    uniforms: { count: values.length, rank },
    constants: wide ?? { WORKGROUP_X: 8, BITS: 4, RADIX: 16 },
    threads: [1],
    tolerance: EXACT,
    ...(wide ? { gpuOnly: SLOW } : {}),
  });
}

/** Pairs are of pixels: the photo, and the mask. */
interface Perturbed {
  size: Pair;
  full: Pair;
  margin: number;
  mirrored?: boolean;
  /** The mask's value everywhere; random where absent. */
  mask?: number;
}

/** A mask, a pyramid, and for every pixel of the photo the levels around its mask and where the pixel goes. */
function perturbed(random: Random, { size, full, margin, mirrored = false, mask: constant }: Perturbed) {
  const [width, height] = size;
  const mask = random.floats(full[0] * full[1], 0, 1).map((value) => constant ?? value);
  const levels = random.floats(LEVELS * height * width * 4);
  const pixels = Array.from({ length: height * width }, (_, at) => {
    const [x, y] = [at % width, Math.floor(at / width)];
    const from = (y + margin) * full[0] + x + margin;
    const place = Math.fround((mask[from] as number) * (LEVELS - 1));
    const below = Math.floor(place);
    const value = (level: number, channel: number) => levels[(Math.min(level, LEVELS - 1) * height * width + at) * 4 + channel] as number;
    return {
      from,
      to: y * width + (mirrored ? width - 1 - x : x),
      mixed: [0, 1, 2, 3].map((c) => value(below, c) + (place - below) * (value(below + 1, c) - value(below, c))),
      change: [0, 1, 2].map((c) => value(below + 1, c) - value(below, c)),
    };
  });
  return { mask, levels, pixels };
}

function extremalImageCase(name: string, seed: number, shape: Perturbed): KernelCase {
  const { mask, levels, pixels } = perturbed(new Random(seed), shape);
  const { full, margin, mirrored = false } = shape;
  const [width, height] = shape.size;
  const expected = new Float64Array(height * width * 4);
  for (const { to, mixed } of pixels) expected.set(mixed, to * 4);
  return kernelCase(extremalImage, name, {
    read: { pyramid: levels, mask },
    written: { out: { expected } },
    uniforms: { full: full[0], margin, mirrored: Number(mirrored) },
    constants: { HEIGHT: height, WIDTH: width },
    threads: [width, height],
    tolerance: roundings(2 * LEVELS + 6),
  });
}

function extremalGradientCase(name: string, seed: number, shape: Perturbed & { rank: number }): KernelCase {
  const random = new Random(seed);
  const { mask, levels, pixels } = perturbed(random, shape);
  const { full, margin, mirrored = false, rank } = shape;
  const [width, height] = shape.size;
  const gradient = random.floats(height * width * 4);
  const order = ascending(mask);
  const wanted = new Set(order.slice(rank));
  const scale = 0.7;
  const expected = Float64Array.from(mask, (value, at) => scale * (value - Number(wanted.has(at))));
  for (const { from, to, change } of pixels) {
    const seen = change.reduce((sum, difference, c) => sum + difference * (gradient[to * 4 + c] as number), 0);
    expected[from] = (expected[from] as number) - (LEVELS - 1) * seen;
  }
  const at = order[rank] as number;
  return kernelCase(extremalGradient, name, {
    read: { pyramid: levels, mask, gradient, threshold: Uint32Array.of(Math.min(Math.floor((mask[at] as number) * 65536), 65535), at) },
    written: { out: { expected } },
    uniforms: { full_x: full[0], full_y: full[1], margin, mirrored: Number(mirrored), area_scale: scale },
    constants: { HEIGHT: height, WIDTH: width },
    threads: [...full],
    tolerance: roundings(16, LEVELS),
  });
}

interface Reward {
  classes: number;
  target: number;
  contrastive: boolean;
  before?: readonly number[];
  logits?: Float32Array<ArrayBuffer>;
}

function rewardCase(name: string, seed: number, { classes, target, contrastive, before, logits: given }: Reward): KernelCase {
  const stride = Math.ceil(classes / 4) * 4;
  // Garbage in the padding must not count.
  const logits = new Float32Array(stride).fill(POISON);
  logits.set(given ?? new Random(seed).floats(classes, -9, 9));
  const others = Array.from({ length: classes }, (_, at) => at).filter((at) => at !== target);
  const best = others.reduce((a, b) => ((logits[b] as number) > (logits[a] as number) ? b : a));
  const gradient = Array.from({ length: stride }, (_, at) => Number(at === target) - Number(contrastive && at === best));
  const value = (logits[target] as number) - (contrastive ? (logits[best] as number) : 0);
  const [, least, most, first] = (before ?? [0, value, value, value]) as [number, number, number, number];
  return kernelCase(reward, name, {
    read: { logits },
    written: {
      gradient: { expected: gradient },
      record: {
        initial: before ? Float32Array.from(before) : poisoned(4),
        expected: [value, Math.min(least, value), Math.max(most, value), first],
      },
    },
    uniforms: { classes, stride, target_class: target, contrastive: Number(contrastive), first_iteration: Number(!before) },
    threads: [64],
    tolerance: roundings(1, 9),
  });
}

/** Few values, most of them several times, 0 and 1 among them. */
const tied = (seed: number, count: number) => new Random(seed).floats(count, 0, 5).map((value) => Math.floor(value) / 4);

export const extremalCases: KernelCase[] = [
  pyramidCase("all levels of one image, along x", 1, { levels: 8, size: [17, 5], shared: true, along: "x", widest: 1.5 }),
  pyramidCase("each of its own, along y", 2, { levels: 3, size: [9, 9], along: "y", widest: 2.3 }),
  pyramidCase("one level, wider than the image", 3, { levels: 1, size: [5, 3], along: "x", widest: 4 }),
  pyramidCase("one level, higher than wide, along y", 5, { levels: 1, size: [3, 21], shared: true, along: "y", widest: 1.7 }),
  pyramidCase("each of its own, wider than high, along y", 6, { levels: 2, size: [18, 5], along: "y", widest: 1.2 }),
  pyramidCase("one pixel", 4, { levels: 2, size: [1, 1], shared: true, along: "y", widest: 1.5 }),

  selectRankCase("one value", Float32Array.of(0.3), 0),
  selectRankCase("the least of a few", new Random(32).floats(7, 0, 1), 0),
  selectRankCase("the most of more than a workgroup", new Random(33).floats(19, 0, 1), 18),
  selectRankCase("among equal values, by position", tied(34, 43), 21),
  selectRankCase("all equal to 1", new Float32Array(30).fill(1), 17),
  selectRankCase("values that differ below the key's steps", new Random(36).floats(25, 0.5, 0.50001), 7),
  selectRankCase("positions of three digits, digits of 8 bits", tied(37, 67600), 60840, { WORKGROUP_X: 256, BITS: 8, RADIX: 256 }),

  extremalImageCase("a margin", 41, { size: [9, 6], full: [16, 12], margin: 3 }),
  extremalImageCase("left and right exchanged, more than a workgroup", 42, {
    ...{ size: [17, 21], full: [17, 21], margin: 0, mirrored: true },
  }),
  extremalImageCase("a mask of 1, the last level", 43, { size: [5, 5], full: [7, 7], margin: 1, mask: 1 }),
  extremalImageCase("a mask of 0, the first level", 44, { size: [5, 2], full: [6, 3], margin: 0, mask: 0, mirrored: true }),

  extremalGradientCase("a margin", 51, { size: [9, 6], full: [16, 12], margin: 3, rank: 150 }),
  extremalGradientCase("left and right exchanged, more than a workgroup", 52, {
    ...{ size: [18, 21], full: [20, 23], margin: 1, mirrored: true, rank: 33 },
  }),
  extremalGradientCase("a mask of 1 does not change the image", 53, { size: [5, 5], full: [8, 8], margin: 2, mask: 1, rank: 40 }),
  extremalGradientCase("a mask of 0 everywhere: the last are wanted", 54, { size: [5, 3], full: [6, 5], margin: 0, mask: 0, rank: 24 }),

  rewardCase("the logit, in the first iteration", 61, { classes: 10, target: 3, contrastive: false }),
  rewardCase("more classes than threads, the best but for the target", 62, {
    ...{ classes: 130, target: 7, contrastive: true, logits: new Random(62).floats(130).fill(50, 7, 8) },
  }),
  rewardCase("a new least reward", 63, { classes: 66, target: 65, contrastive: true, before: [1, 30, 31, 30.5] }),
  rewardCase("a new most reward, the first kept", 64, { classes: 5, target: 0, contrastive: false, before: [1, -31, -30, -30.5] }),
  rewardCase("equal others: the first one", 65, { classes: 80, target: 2, contrastive: true, logits: new Float32Array(80).fill(0.25) }),
];
