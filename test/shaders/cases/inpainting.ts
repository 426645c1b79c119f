import { inpaint, keptPart } from "../../../src/shaders/index.ts";
import { type KernelCase, kernelCase, ROUNDING } from "../../support/kernels.ts";
import { Random } from "../../support/random.ts";
import { packGate, referenceMask } from "../../support/reference-random.ts";
import { looseGate } from "./sampling.ts";

const CELL = 4;

function keptCase(name: string, seed: number, size: number, shifts: [number, number][], gpuOnly?: string): KernelCase {
  const random = new Random(seed);
  const photo = random.floats(size * size * 4, 0, 1);
  const gates = shifts.map((shift) => looseGate(random, shift));
  const side = size / CELL;
  const expected = new Float64Array(shifts.length * side * side * 4);
  gates.forEach((gate, sample) => {
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        const mask = referenceMask(gate, x, y) / CELL ** 2;
        const at = ((sample * side + Math.floor(y / CELL)) * side + Math.floor(x / CELL)) * 4;
        for (let channel = 0; channel < 4; channel++) {
          expected[at + channel] =
            (expected[at + channel] as number) + mask * (channel < 3 ? (photo[(y * size + x) * 4 + channel] as number) : 1);
        }
      }
    }
  });
  return kernelCase(keptPart, name, {
    read: { photo, gates: Float32Array.from(gates.flatMap(packGate)) },
    written: { out: { expected } },
    uniforms: { samples: shifts.length },
    constants: { SIZE: size },
    threads: [side, side, shifts.length],
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
  keptCase("cells of gates at four corners of the shifts", 1, 20, [
    [0, 0],
    [31, 0],
    [0, 31],
    [31, 31],
  ]),
  keptCase("at the teacher's size the last cells clamp to the grid's edge", 2, 224, [[31, 17]], HEAVY),
  keptCase("a single cell", 5, 4, [[16, 3]]),
  inpaintCase("a single place", 6, 1, false),
  inpaintCase("colours are divided by what is kept around them, the wide one counting little", 3, 67, false),
  inpaintCase("where nothing is kept, the mean colour", 4, 130, true),
];
