import { deviation, gateFeatures, gates, pixelFeatures, sampleLatent } from "../../../src/shaders/index.ts";
import { type KernelCase, kernelCase, POISON, ROUNDING, roundings } from "../../support/kernels.ts";
import { Random } from "../../support/random.ts";
import {
  type Gate,
  packGate,
  referenceBalancedGate,
  referenceDeviates,
  referenceMask,
  referenceRandomGate,
} from "../../support/reference-random.ts";

const NO_WRAP = "the interpreter's u32 products do not wrap at 2^32, which the hash needs";

function latentCase(name: string, seed: number, samples: number, quads: number, firstSample: number, strength: number): KernelCase {
  const random = new Random(seed);
  const center = random.floats(quads * 4);
  const scale = random.floats(quads * 4, 0, 2);
  const key = random.integer(0, 2 ** 32 - 1);
  const expected: number[] = [];
  for (let sample = 0; sample < samples; sample++) {
    const deviates = Array.from({ length: quads }, (_, quad) => referenceDeviates(key, firstSample + sample, quad)).flat();
    deviates.forEach((normal, k) => {
      expected.push((center[k] as number) + strength * (scale[k] as number) * normal);
    });
  }
  return kernelCase(sampleLatent, name, {
    read: { center, scale },
    written: { z: { expected } },
    uniforms: { samples, latent4: quads, first_sample: firstSample, seed: key, strength },
    threads: [quads, samples],
    // WGSL allows a logarithm near 1 to be wrong by 2^-21, which the root of a radius of 1 / 8 multiplies by 8; scales are at most 2.
    tolerance: { absolute: 8 * strength * 2 * 2 ** -21, relative: 8 * ROUNDING },
    gpuOnly: NO_WRAP,
  });
}

function gatesCase(name: string, samples: number, firstSample: number, draw: "balanced" | number, seed: number): KernelCase {
  const expected = Array.from({ length: samples }, (_, i) =>
    packGate(
      draw === "balanced" ? referenceBalancedGate(seed, firstSample + i) : referenceRandomGate(seed, firstSample + i, Math.fround(draw)),
    ),
  ).flat();
  return kernelCase(gates, name, {
    read: {},
    written: { gates: { expected } },
    uniforms: { samples, first_sample: firstSample, seed, balanced: Number(draw === "balanced"), keep: draw === "balanced" ? 0.5 : draw },
    threads: [13, samples],
    tolerance: { absolute: 0, relative: 0 },
    gpuOnly: NO_WRAP,
  });
}

/** Gates with fractional cells, so that a mix-up of neighbours shows. */
export function looseGate(random: Random, shift: [number, number]): Gate {
  return { cells: [...random.floats(49, 0, 1)], shift };
}

/** Value of a gate at pixel (x, y) of an image: gates and their shifts are meant for 224 pixels a side, which are stretched over it. */
export function stretchedMask(gate: Gate, x: number, y: number, { height, width }: { height: number; width: number }): number {
  return referenceMask(gate, ((x + 0.5) * 224) / width - 0.5, ((y + 0.5) * 224) / height - 0.5);
}

interface Features {
  size?: number;
  cells: number;
  firstRow?: number;
  shifts: [number, number][];
  gpuOnly?: string;
}

function gateFeaturesCase(name: string, seed: number, { size = 224, cells, firstRow = 0, shifts, gpuOnly }: Features): KernelCase {
  const random = new Random(seed);
  const drawn = shifts.map((shift) => looseGate(random, shift));
  const pixels = Math.floor(size / cells);
  const expected = new Float64Array((firstRow + drawn.length) * cells * cells).fill(POISON);
  drawn.forEach((gate, sample) => {
    for (let cell = 0; cell < cells * cells; cell++) {
      const [x, y] = [(cell % cells) * pixels, Math.floor(cell / cells) * pixels];
      let sum = 0;
      for (let i = 0; i < pixels * pixels; i++) sum += referenceMask(gate, x + (i % pixels), y + Math.floor(i / pixels));
      expected[(firstRow + sample) * cells * cells + cell] = sum / pixels ** 2 - 0.5;
    }
  });
  return kernelCase(gateFeatures, name, {
    read: { gates: Float32Array.from(drawn.flatMap(packGate)) },
    written: { out: { expected } },
    uniforms: { samples: drawn.length, cells, first_row: firstRow },
    constants: { SIZE: size },
    threads: [cells * cells, drawn.length],
    // A mean of values of size 1: the sum is rounded once a pixel, and each value by the position's 7 * 2^-24 and three mixes.
    tolerance: { absolute: (pixels ** 2 + 40) * 2 ** -24, relative: 0 },
    gpuOnly,
  });
}

function pixelFeaturesCase(name: string, seed: number, samples: number, pixels: number, firstRow: number, residual: boolean): KernelCase {
  const random = new Random(seed);
  const decoded = random.floats(samples * pixels * 4, -0.5, 1.5);
  const base = random.floats(pixels * 4, 0, 1);
  const anchor = random.floats(pixels * 4, 0, 1);
  const expected = new Float64Array((firstRow + samples) * pixels * 4).fill(POISON);
  decoded.forEach((value, at) => {
    const within = at % (pixels * 4);
    const moved = value + (residual ? (base[within] as number) - (anchor[within] as number) : 0);
    expected[firstRow * pixels * 4 + at] = at % 4 === 3 ? 0 : Math.min(Math.max(moved, 0), 1);
  });
  return kernelCase(pixelFeatures, name, {
    read: { decoded, base, anchor },
    written: { out: { expected } },
    uniforms: { samples, first_row: firstRow, pixels, residual: Number(residual) },
    threads: [pixels, samples],
    tolerance: roundings(2, 2),
  });
}

function deviationCase(name: string, seed: number, vectors: number, low: number, high: number): KernelCase {
  const logvar = new Random(seed).floats(vectors * 4, low, high);
  return kernelCase(deviation, name, {
    read: { logvar },
    written: { out: { expected: Float64Array.from(logvar, (value) => Math.exp(value / 2)) } },
    uniforms: { vectors },
    threads: [vectors],
    // WGSL allows exp 3 + 2 |x| units of 2^-23.
    tolerance: { absolute: 0, relative: (3 + Math.max(Math.abs(low), Math.abs(high))) * 2 ** -23 },
  });
}

const HEAVY = "224 x 224 pixels would take the interpreter a minute";

export const samplingCases: KernelCase[] = [
  latentCase("one quad of one sample", 1, 1, 1, 0, 1),
  latentCase("later samples of a batch are those of a batch that starts there", 2, 3, 5, 1_000_003, 0.5),
  latentCase("more latents than one workgroup", 3, 2, 125, 7, 2),

  gatesCase("random: one sample, all thirteen threads", 1, 0, 0.5, 0),
  gatesCase("random: samples not a multiple of the workgroup, uneven odds, the largest seed", 7, 1001, 0.13, 2 ** 32 - 1),
  gatesCase("balanced: more samples than one workgroup, from an odd one", 9, 5, "balanced", 42),
  gatesCase("balanced: across the border of two blocks of pairs", 6, 125, "balanced", 7),
  gatesCase("balanced: far into the counter", 3, (1 << 24) + 130, "balanced", 3_000_000_000),

  gateFeaturesCase("one cell a pixel, no shift", 1, { size: 5, cells: 5, shifts: [[0, 0]] }),
  gateFeaturesCase("shifts differ in x and y; rows go behind earlier batches", 2, {
    ...{ size: 28, cells: 4, firstRow: 1 },
    shifts: [
      [3, 31],
      [17, 0],
    ],
  }),
  gateFeaturesCase("more cells than one workgroup, not a multiple of it", 3, { size: 27, cells: 9, shifts: [[8, 1]] }),
  gateFeaturesCase("the student's grid: the last pixels of the largest shift clamp to the grid's edge", 4, {
    ...{ cells: 32, gpuOnly: HEAVY },
    shifts: [
      [31, 31],
      [0, 12],
    ],
  }),

  pixelFeaturesCase("one pixel, clamped", 11, 1, 1, 0, false),
  pixelFeaturesCase("residual, behind earlier batches", 12, 3, 5, 2, true),
  pixelFeaturesCase("more pixels than one workgroup; the fourth channel becomes zero", 13, 2, 67, 0, false),

  deviationCase("one vector", 21, 1, -1, 1),
  deviationCase("tiny and large variances", 22, 3, -30, 20),
  deviationCase("more vectors than one workgroup", 23, 65, -8, 2),
];
