import { inpaint, keptPart } from "../../../src/shaders/index.ts";
import { type KernelCase, kernelCase, ROUNDING } from "../../support/kernels.ts";
import { Random } from "../../support/random.ts";
import { packGate } from "../../support/reference-random.ts";
import { looseGate, stretchedMask } from "./sampling.ts";

const CELL = 4;

type Size = readonly [width: number, height: number];

function keptCase(name: string, seed: number, [width, height]: Size, shifts: [number, number][], gpuOnly?: string): KernelCase {
  const random = new Random(seed);
  const photo = random.floats(height * width * 4, 0, 1);
  const gates = shifts.map((shift) => looseGate(random, shift));
  const [columns, lines] = [Math.ceil(width / CELL), Math.ceil(height / CELL)];
  const expected: number[] = [];
  for (const gate of gates) {
    for (let cell = 0; cell < lines * columns; cell++) {
      const [left, top] = [(cell % columns) * CELL, Math.floor(cell / columns) * CELL];
      const inside = Array.from({ length: CELL ** 2 }, (_, i) => [left + (i % CELL), top + Math.floor(i / CELL)] as const).filter(
        ([x, y]) => x < width && y < height,
      );
      for (let channel = 0; channel < 4; channel++) {
        const parts = inside.map(([x, y]) => {
          const value = channel < 3 ? (photo[(y * width + x) * 4 + channel] as number) : 1;
          return stretchedMask(gate, x, y, { height, width }) * value;
        });
        expected.push(parts.reduce((sum, part) => sum + part, 0) / inside.length);
      }
    }
  }
  return kernelCase(keptPart, name, {
    read: { photo, gates: Float32Array.from(gates.flatMap(packGate)) },
    written: { out: { expected } },
    uniforms: { samples: shifts.length },
    constants: { HEIGHT: height, WIDTH: width },
    threads: [columns, lines, shifts.length],
    // A position of up to 7 is rounded four times, which differences of cells, at most 1, multiply along both axes; mixes and sums of 16 follow.
    tolerance: { absolute: (2 * 4 * 7 + 24) * ROUNDING, relative: 0 },
    gpuOnly,
  });
}

/** Random kept parts; `empty`: of the first half nothing is kept anywhere. */
function inpaintCase(name: string, seed: number, vectors: number, empty: boolean): KernelCase {
  const random = new Random(seed);
  const mean = [0.5, 0.25, 0.75] as const;
  const [wideWeight, meanWeight] = [0.125, 2 ** -20];
  const kept = () => {
    const out = new Float32Array(vectors * 4);
    for (let i = empty ? vectors >> 1 : 0; i < vectors; i++) {
      const alpha = random.next();
      for (let channel = 0; channel < 3; channel++) out[4 * i + channel] = alpha * random.next();
      out[4 * i + 3] = alpha;
    }
    return out;
  };
  const [near, wide] = [kept(), kept()];
  const expected: number[] = [];
  for (let i = 0; i < vectors; i++) {
    const seen = (channel: number, grey: number) =>
      (near[4 * i + channel] as number) + wideWeight * (wide[4 * i + channel] as number) + meanWeight * grey;
    for (let channel = 0; channel < 3; channel++) expected.push(seen(channel, mean[channel] as number) / seen(3, 1));
    expected.push(0);
  }
  return kernelCase(inpaint, name, {
    read: { near, wide },
    written: { out: { expected } },
    uniforms: { vectors, wide_weight: wideWeight, mean_weight: meanWeight, mean_r: mean[0], mean_g: mean[1], mean_b: mean[2] },
    threads: [vectors],
    // Three roundings above and below, and a division good to 2.5 units in the last place.
    tolerance: { absolute: 0, relative: 12 * ROUNDING },
  });
}

const HEAVY = "224 x 224 pixels would take the interpreter a minute";

export const inpaintingCases: KernelCase[] = [
  keptCase(
    "gates at four corners of the shifts; the last cells of both axes are partial",
    1,
    [37, 18],
    [
      [0, 0],
      [31, 0],
      [0, 31],
      [31, 31],
    ],
  ),
  keptCase("at 224 x 224 the last cells clamp to the grid's edge", 2, [224, 224], [[31, 17]], HEAVY),
  keptCase("224 pixels wide, as gates are meant, and few high", 7, [224, 6], [[9, 26]]),
  keptCase("larger than 224 along one axis", 8, [5, 301], [[12, 31]]),
  keptCase("a single cell", 5, [4, 4], [[16, 3]]),
  keptCase("a single pixel is a cell", 9, [1, 1], [[0, 30]]),
  inpaintCase("a single place", 6, 1, false),
  inpaintCase("colours are divided by what is kept around them, the wide one counting little", 3, 67, false),
  inpaintCase("where nothing is kept, the mean colour", 4, 130, true),
];
