import { compose } from "../../../src/shaders/index.ts";
import { type KernelCase, kernelCase } from "../../support/kernels.ts";
import { Random } from "../../support/random.ts";
import { type Gate, packGate } from "../../support/reference-random.ts";
import { looseGate, stretchedMask } from "./sampling.ts";

const MODES = { plain: 0, paper: 1, residual: 2, gated: 3 };
const FILLS = { grey: 0, blur: 1, vae: 2, inpaint: 3 };
const ORDERS = { rgb: 0, bgr: 1, grey: 2 };
const LUMA = [0.299, 0.587, 0.114];
const CELL = 4;
const MEAN = [0.5, 0.45, 0.4];
const DEVIATION = [0.25, 0.3, 0.2];

interface Composition {
  mode: keyof typeof MODES;
  samples: number;
  firstSample?: number;
  fill?: (keyof typeof FILLS)[];
  shifts?: [number, number][];
  order?: keyof typeof ORDERS;
  size?: readonly [width: number, height: number];
  small?: number;
  gpuOnly?: string;
}

const clamp = (value: number, high = 1) => Math.min(Math.max(value, 0), high);

type Pair = readonly [x: number, y: number];

/** Pixel (x, y) of an image of `from` columns and lines, of which each is `scale` pixels: bilinear, half-pixel centres, clamped. */
function stretched(value: (at: number) => number, from: Pair, scale: Pair, x: number, y: number): number {
  const [u, v] = [x, y].map((at, axis) => clamp((at + 0.5) / (scale[axis] as number) - 0.5, (from[axis] as number) - 1)) as [
    number,
    number,
  ];
  let sum = 0;
  for (let row = Math.floor(v); row <= Math.min(Math.floor(v) + 1, from[1] - 1); row++) {
    for (let column = Math.floor(u); column <= Math.min(Math.floor(u) + 1, from[0] - 1); column++) {
      sum += (1 - Math.abs(v - row)) * (1 - Math.abs(u - column)) * value(row * from[0] + column);
    }
  }
  return sum;
}

/** A normalised colour in the order that the net wants. */
function ordered(colour: readonly number[], order: keyof typeof ORDERS): readonly number[] {
  if (order === "grey") return [colour.reduce((sum, value, i) => sum + value * (LUMA[i] as number), 0), 0, 0];
  return order === "bgr" ? [...colour].reverse() : colour;
}

function composeCase(name: string, seed: number, composition: Composition): KernelCase {
  const { mode, samples, firstSample = 0, fill = ["grey"], shifts = [], order = "rgb", size = [20, 20], small = 6, gpuOnly } = composition;
  const [width, height] = size;
  const pixels = height * width;
  const [columns, lines] = [Math.ceil(width / CELL), Math.ceil(height / CELL)];
  const random = new Random(seed);
  const photo = random.floats(pixels * 4, 0, 1);
  const blurred = random.floats(pixels * 4, 0, 1);
  const decoded = random.floats(samples * small * small * 4, -0.5, 1.5);
  const anchor = random.floats(small * small * 4, 0, 1);
  const gates = Array.from({ length: samples }, (_, i) => looseGate(random, shifts[i] ?? [0, 0]));
  const inpainted = random.floats(samples * lines * columns * 4, 0, 1);

  const smallPixel = (sample: number, at: number) => {
    const value = decoded[sample * small * small * 4 + at] as number;
    if (mode === "residual") return value - (anchor[at] as number);
    return mode === "paper" ? value : clamp(value);
  };
  const upsampled = (sample: number, x: number, y: number, channel: number) =>
    stretched((at) => smallPixel(sample, at * 4 + channel), [small, small], [width / small, height / small], x, y);
  const filling = (sample: number, x: number, y: number, channel: number) => {
    const kind = fill[((firstSample + sample) >> 1) % fill.length];
    if (kind === "grey") return MEAN[channel] as number;
    if (kind === "blur") return blurred[(y * width + x) * 4 + channel] as number;
    if (kind === "vae") return upsampled(sample, x, y, channel);
    // The last cells are whole, though not all of their pixels are there.
    return stretched((at) => inpainted[(sample * lines * columns + at) * 4 + channel] as number, [columns, lines], [CELL, CELL], x, y);
  };
  const expected = new Float64Array(samples * pixels * 4);
  for (let sample = 0; sample < samples; sample++) {
    for (let pixel = 0; pixel < pixels; pixel++) {
      const [x, y] = [pixel % width, Math.floor(pixel / width)];
      const mask = mode === "gated" ? stretchedMask(gates[sample] as Gate, x, y, { height, width }) : 1;
      const colour = [0, 1, 2].map((channel) => {
        let value = photo[pixel * 4 + channel] as number;
        if (mode === "paper") value = upsampled(sample, x, y, channel);
        if (mode === "residual") value += upsampled(sample, x, y, channel);
        if (mode === "gated") value = value * mask + filling(sample, x, y, channel) * (1 - mask);
        return (clamp(value) - (MEAN[channel] as number)) / (DEVIATION[channel] as number);
      });
      expected.set(ordered(colour, order), (sample * pixels + pixel) * 4);
    }
  }
  return kernelCase(compose, name, {
    read: { photo, blurred, decoded, anchor, inpainted, gates: Float32Array.from(gates.flatMap(packGate)) },
    written: { out: { expected } },
    uniforms: {
      samples,
      first_sample: firstSample,
      fill_count: fill.length,
      fills: fill.reduce((bits, kind, turn) => bits + FILLS[kind] * 4 ** turn, 0),
      mean_r: MEAN[0] as number,
      mean_g: MEAN[1] as number,
      mean_b: MEAN[2] as number,
      deviation_r: DEVIATION[0] as number,
      deviation_g: DEVIATION[1] as number,
      deviation_b: DEVIATION[2] as number,
    },
    constants: {
      HEIGHT: height,
      WIDTH: width,
      SMALL: small,
      ORDER: ORDERS[order],
      MODE: MODES[mode],
      KINDS: fill.reduce((bits, kind) => bits | (1 << FILLS[kind]), 0),
    },
    threads: [width, height, samples],
    // A position of up to `small` or as many cells as there are is rounded by that times 2^-24 a few times, which differences of pixels, at most 2, multiply; about 20
    // roundings of mixes follow, and the division by a deviation of at least 0.2.
    tolerance: { absolute: (8 * Math.max(small, columns, lines) + 20) * 5 * 2 ** -24, relative: 2 ** -22 },
    gpuOnly,
  });
}

const HEAVY = "224 x 224 pixels would take the interpreter a minute";

export const compositionCases: KernelCase[] = [
  composeCase("plain: the photo normalised, the fourth channel 0", 1, { mode: "plain", samples: 1 }),
  composeCase("paper: the decoded image stretched, then clamped", 2, { mode: "paper", samples: 2, size: [19, 14], small: 5 }),
  composeCase("residual: the change stretched, then added and clamped", 3, { mode: "residual", samples: 2, size: [11, 23], small: 4 }),
  composeCase("gated: pairs of samples take the fills in turn, from an odd sample on", 4, {
    mode: "gated",
    samples: 7,
    firstSample: 3,
    fill: ["vae", "grey", "blur", "inpaint"],
    size: [18, 13],
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
    size: [12, 8],
    shifts: [
      [4, 4],
      [9, 3],
      [2, 8],
    ],
  }),
  composeCase("gated, 224 pixels wide, as gates are meant, and few high", 7, {
    mode: "gated",
    samples: 2,
    fill: ["blur"],
    size: [224, 3],
    shifts: [
      [31, 6],
      [3, 29],
    ],
  }),
  composeCase("gated, larger than 224 along one axis: the inpainted fill's last cells are partial", 8, {
    mode: "gated",
    samples: 2,
    fill: ["inpaint"],
    size: [5, 225],
    shifts: [
      [11, 31],
      [28, 0],
    ],
  }),
  composeCase("gated, a single pixel", 9, { mode: "gated", samples: 1, fill: ["inpaint"], size: [1, 1], shifts: [[7, 7]] }),
  composeCase("plain, blue first", 10, { mode: "plain", samples: 1, order: "bgr", size: [21, 5] }),
  composeCase("gated, blue first: the grey fill is still 0", 11, {
    ...{ mode: "gated", samples: 2, fill: ["vae", "grey"], firstSample: 1, order: "bgr", size: [7, 18] },
    shifts: [
      [3, 8],
      [19, 22],
    ],
  }),
  composeCase("plain, grey: the luma and zeros", 12, { mode: "plain", samples: 1, order: "grey", size: [6, 17] }),
  composeCase("residual, grey: colours are clamped before they are weighed", 13, {
    ...{ mode: "residual", samples: 2, order: "grey", size: [17, 9] },
  }),
  composeCase("gated at 224 x 224: the last pixels of the largest shift clamp to the grid's edge", 6, {
    mode: "gated",
    samples: 3,
    fill: ["vae", "inpaint"],
    size: [224, 224],
    small: 64,
    shifts: [
      [31, 31],
      [0, 14],
      [31, 31],
    ],
    gpuOnly: HEAVY,
  }),
];
