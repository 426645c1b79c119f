import { compose } from "../../../src/shaders/index.ts";
import { type KernelCase, kernelCase } from "../../support/kernels.ts";
import { Random } from "../../support/random.ts";
import { type Gate, packGate, referenceMask } from "../../support/reference-random.ts";

const MODES = { plain: 0, paper: 1, residual: 2, gated: 3 };
const FILLS = { grey: 0, blur: 1, vae: 2 };
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
  gpuOnly?: string;
}

function composeCase(name: string, seed: number, composition: Composition): KernelCase {
  const { mode, samples, firstSample = 0, fill = ["grey"], shifts = [], size = 20, small = 6, gpuOnly } = composition;
  const random = new Random(seed);
  const photo = random.floats(size * size * 4, 0, 1);
  const blurred = random.floats(size * size * 4, 0, 1);
  const decoded = random.floats(samples * small * small * 4, -0.5, 1.5);
  const anchor = random.floats(small * small * 4, 0, 1);
  const gates: Gate[] = Array.from({ length: samples }, (_, i) => ({ cells: [...random.floats(49, 0, 1)], shift: shifts[i] ?? [0, 0] }));
  const clamp = (value: number) => Math.min(Math.max(value, 0), 1);

  const smallPixel = (sample: number, at: number) => {
    const value = decoded[sample * small * small * 4 + at] as number;
    if (mode === "residual") return value - (anchor[at] as number);
    return mode === "paper" ? value : clamp(value);
  };
  const position = (at: number) => Math.min(Math.max(((at + 0.5) * small) / size - 0.5, 0), small - 1);
  const upsampled = (sample: number, x: number, y: number, channel: number) => {
    const [u, v] = [position(x), position(y)];
    let sum = 0;
    for (let row = Math.floor(v); row <= Math.min(Math.floor(v) + 1, small - 1); row++) {
      for (let column = Math.floor(u); column <= Math.min(Math.floor(u) + 1, small - 1); column++) {
        const weight = (1 - Math.abs(v - row)) * (1 - Math.abs(u - column));
        sum += weight * smallPixel(sample, (row * small + column) * 4 + channel);
      }
    }
    return sum;
  };
  const filling = (sample: number, x: number, y: number, channel: number) => {
    const kind = fill[((firstSample + sample) >> 1) % fill.length];
    if (kind === "grey") return MEAN[channel] as number;
    return kind === "blur" ? (blurred[(y * size + x) * 4 + channel] as number) : upsampled(sample, x, y, channel);
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
    read: { photo, blurred, decoded, anchor, gates: Float32Array.from(gates.flatMap(packGate)) },
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
    constants: { SIZE: size, SMALL: small },
    threads: [size, size, samples],
    // A position of up to `small` is rounded by that times 2^-24 a few times, which differences of pixels, at most 2, multiply; about 20
    // roundings of mixes follow, and the division by a deviation of at least 0.2.
    tolerance: { absolute: (8 * small + 20) * 5 * 2 ** -24, relative: 2 ** -22 },
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
    samples: 5,
    firstSample: 3,
    fill: ["vae", "grey", "blur"],
    size: 13,
    shifts: [
      [0, 0],
      [31, 2],
      [5, 31],
      [17, 9],
      [1, 0],
    ],
  }),
  composeCase("gated: sixteen fills use every bit of their word", 5, {
    mode: "gated",
    samples: 3,
    firstSample: 29,
    fill: [...Array(15).fill("blur"), "vae"],
    size: 11,
    shifts: [
      [4, 4],
      [9, 3],
      [2, 8],
    ],
  }),
  composeCase("gated at the teacher's size: the last pixels of the largest shift clamp to the grid's edge", 6, {
    mode: "gated",
    samples: 2,
    fill: ["vae"],
    size: 224,
    small: 64,
    shifts: [
      [31, 31],
      [0, 14],
    ],
    gpuOnly: HEAVY,
  }),
];
