import { compose } from "../../../src/shaders/index.ts";
import { type KernelCase, kernelCase } from "../../support/kernels.ts";
import { Random } from "../../support/random.ts";
import { type Gate, packGate, referenceMask } from "../../support/reference-random.ts";

const MODES = { plain: 0, paper: 1, residual: 2, gated: 3 };
const FILLS = { grey: 0, blur: 1, vae: 2, inpaint: 3 };
const MEAN = [0.5, 0.45, 0.4];
const DEVIATION = [0.25, 0.3, 0.2];

interface Composition {
  mode: keyof typeof MODES;
  samples: number;
  firstSample?: number;
  fill?: (keyof typeof FILLS)[];
  shifts?: [number, number][];
  size?: number;
  small?: number;
  quarter?: number;
  gpuOnly?: string;
}

const clamp = (value: number, high = 1) => Math.min(Math.max(value, 0), high);

/** Pixel (x, y) of a square image of `from` pixels a side stretched to `to`: bilinear, half-pixel centres, clamped. */
function stretched(value: (at: number) => number, from: number, to: number, x: number, y: number): number {
  const [u, v] = [x, y].map((at) => clamp(((at + 0.5) * from) / to - 0.5, from - 1)) as [number, number];
  let sum = 0;
  for (let row = Math.floor(v); row <= Math.min(Math.floor(v) + 1, from - 1); row++) {
    for (let column = Math.floor(u); column <= Math.min(Math.floor(u) + 1, from - 1); column++) {
      sum += (1 - Math.abs(v - row)) * (1 - Math.abs(u - column)) * value(row * from + column);
    }
  }
  return sum;
}

function composeCase(name: string, seed: number, composition: Composition): KernelCase {
  const { mode, samples, firstSample = 0, fill = ["grey"], shifts = [], size = 20, small = 6, quarter = 5, gpuOnly } = composition;
  const random = new Random(seed);
  const photo = random.floats(size * size * 4, 0, 1);
  const blurred = random.floats(size * size * 4, 0, 1);
  const decoded = random.floats(samples * small * small * 4, -0.5, 1.5);
  const anchor = random.floats(small * small * 4, 0, 1);
  const gates: Gate[] = Array.from({ length: samples }, (_, i) => ({ cells: [...random.floats(49, 0, 1)], shift: shifts[i] ?? [0, 0] }));
  const inpainted = random.floats(samples * quarter * quarter * 4, 0, 1);

  const smallPixel = (sample: number, at: number) => {
    const value = decoded[sample * small * small * 4 + at] as number;
    if (mode === "residual") return value - (anchor[at] as number);
    return mode === "paper" ? value : clamp(value);
  };
  const upsampled = (sample: number, x: number, y: number, channel: number) =>
    stretched((at) => smallPixel(sample, at * 4 + channel), small, size, x, y);
  const filling = (sample: number, x: number, y: number, channel: number) => {
    const kind = fill[((firstSample + sample) >> 1) % fill.length];
    if (kind === "grey") return MEAN[channel] as number;
    if (kind === "blur") return blurred[(y * size + x) * 4 + channel] as number;
    if (kind === "vae") return upsampled(sample, x, y, channel);
    return stretched((at) => inpainted[(sample * quarter ** 2 + at) * 4 + channel] as number, quarter, size, x, y);
  };
  const expected = new Float64Array(samples * size * size * 4);
  for (let sample = 0; sample < samples; sample++) {
    for (let pixel = 0; pixel < size * size; pixel++) {
      const [x, y] = [pixel % size, Math.floor(pixel / size)];
      const mask = mode === "gated" ? referenceMask(gates[sample] as Gate, x, y) : 1;
      for (let channel = 0; channel < 3; channel++) {
        let value = photo[pixel * 4 + channel] as number;
        if (mode === "paper") value = upsampled(sample, x, y, channel);
        if (mode === "residual") value += upsampled(sample, x, y, channel);
        if (mode === "gated") value = value * mask + filling(sample, x, y, channel) * (1 - mask);
        expected[(sample * size * size + pixel) * 4 + channel] =
          (clamp(value) - (MEAN[channel] as number)) / (DEVIATION[channel] as number);
      }
    }
  }
  return kernelCase(compose, name, {
    read: { photo, blurred, decoded, anchor, inpainted, gates: Float32Array.from(gates.flatMap(packGate)) },
    written: { out: { expected } },
    uniforms: {
      samples,
      first_sample: firstSample,
      mode: MODES[mode],
      fill_count: fill.length,
      fills: fill.reduce((bits, kind, turn) => bits + FILLS[kind] * 4 ** turn, 0),
      mean_r: MEAN[0] as number,
      mean_g: MEAN[1] as number,
      mean_b: MEAN[2] as number,
      deviation_r: DEVIATION[0] as number,
      deviation_g: DEVIATION[1] as number,
      deviation_b: DEVIATION[2] as number,
    },
    constants: { SIZE: size, SMALL: small, QUARTER: quarter },
    threads: [size, size, samples],
    // A position of up to `small` or `quarter` is rounded by that times 2^-24 a few times, which differences of pixels, at most 2, multiply; about 20
    // roundings of mixes follow, and the division by a deviation of at least 0.2.
    tolerance: { absolute: (8 * Math.max(small, quarter) + 20) * 5 * 2 ** -24, relative: 2 ** -22 },
    gpuOnly,
  });
}

const HEAVY = "224 x 224 pixels would take the interpreter a minute";

export const compositionCases: KernelCase[] = [
  composeCase("plain: the photo normalised, the fourth channel 0", 1, { mode: "plain", samples: 1 }),
  composeCase("paper: the decoded image stretched, then clamped", 2, { mode: "paper", samples: 2, size: 19, small: 5 }),
  composeCase("residual: the change stretched, then added and clamped", 3, { mode: "residual", samples: 2, size: 17, small: 4 }),
  composeCase("gated: pairs of samples take the fills in turn, from an odd sample on", 4, {
    mode: "gated",
    samples: 7,
    firstSample: 3,
    fill: ["vae", "grey", "blur", "inpaint"],
    size: 13,
    quarter: 4,
    shifts: [
      [0, 0],
      [31, 2],
      [5, 31],
      [17, 9],
      [1, 0],
      [30, 7],
      [12, 31],
    ],
  }),
  composeCase("gated: sixteen fills use every bit of their word", 5, {
    mode: "gated",
    samples: 3,
    firstSample: 29,
    fill: [...Array(15).fill("blur"), "inpaint"],
    size: 11,
    shifts: [
      [4, 4],
      [9, 3],
      [2, 8],
    ],
  }),
  composeCase("gated at the teacher's size: the last pixels of the largest shift clamp to the grid's edge", 6, {
    mode: "gated",
    samples: 3,
    fill: ["vae", "inpaint"],
    size: 224,
    small: 64,
    quarter: 56,
    shifts: [
      [31, 31],
      [0, 14],
      [31, 31],
    ],
    gpuOnly: HEAVY,
  }),
];
