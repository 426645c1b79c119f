import { copy, dot4, fma, read, write } from "../../../src/shaders/index.ts";
import { HALF_ROUNDING, type KernelCase, kernelCase, ROUNDING, roundings, sumTolerance } from "../../support/kernels.ts";
import { Random } from "../../support/random.ts";

const FACTOR = 0.5;
const ADDEND = 0.25;

/** Eight sums a thread, each advanced four times an iteration. */
function fmaCase(name: string, threads: number, line: number, iterations: number, half = false): KernelCase {
  const expected = new Float64Array(threads * 4);
  for (let thread = 0; thread < threads; thread++) {
    let total = 0;
    for (let sum = 0; sum < 8; sum++) {
      let value = thread * 1e-6 + sum / 10;
      for (let step = 0; step < 4 * iterations; step++) value = value * FACTOR + ADDEND;
      total += value;
    }
    expected.fill(total, thread * 4, thread * 4 + 4);
  }
  return kernelCase(fma, name, {
    read: {},
    written: { out: { expected } },
    uniforms: { iterations, line, factor: FACTOR, addend: ADDEND },
    threads: [line, threads / line],
    tolerance: roundings(16, 4, half ? HALF_ROUNDING : ROUNDING),
    ...(half ? { constants: { Number: "f16" }, gpuOnly: "the interpreter has no f16", feature: "shader-f16" } : {}),
  });
}

function copyCase(name: string, seed: number, vectors: number, line: number): KernelCase {
  const input = new Random(seed).floats(vectors * 4);
  return kernelCase(copy, name, {
    read: { input },
    written: { out: { expected: input } },
    uniforms: { vectors, line },
    threads: [line, Math.ceil(vectors / line)],
    tolerance: { absolute: 0, relative: 0 },
  });
}

/** Vectors that a workgroup reads. */
const OWNED = read.constants.PIECE * read.constants.WORKGROUP_X;

/** A vec4 a workgroup: the sum of what it owns. */
function readCase(name: string, seed: number, vectors: number, line: number): KernelCase {
  const { PIECE } = read.constants;
  const input = new Random(seed).floats(vectors * 4);
  const expected = new Float64Array(Math.ceil(vectors / OWNED) * 4);
  input.forEach((value, at) => {
    const to = Math.floor(at / 4 / OWNED) * 4 + (at % 4);
    expected[to] = (expected[to] as number) + value;
  });
  return kernelCase(read, name, {
    read: { input },
    written: { out: { expected } },
    uniforms: { vectors, line },
    threads: [line, Math.ceil(vectors / PIECE / line)],
    tolerance: sumTolerance(OWNED),
  });
}

function writeCase(name: string, vectors: number, line: number): KernelCase {
  return kernelCase(write, name, {
    read: {},
    written: { out: { expected: Float32Array.from({ length: vectors * 4 }, (_, at) => 0.25 + (at % 4)) } },
    uniforms: { vectors, line, value: 0.25 },
    threads: [line, Math.ceil(vectors / line)],
    tolerance: { absolute: 0, relative: 0 },
  });
}

/** The dot product of four signed bytes with four others. */
function dotOfBytes(a: number, b: number): number {
  const byte = (word: number, at: number) => (word << (24 - 8 * at)) >> 24;
  return [0, 1, 2, 3].reduce((sum, at) => sum + byte(a, at) * byte(b, at), 0);
}

/** Four sums a component, each advanced twice an iteration. */
function dotCase(name: string, factor: number, threads: number, line: number, iterations: number): KernelCase {
  const expected = Uint32Array.from({ length: threads * 4 }, (_, at) => {
    const seed = Math.floor(at / 4) + (at % 4);
    return [0, 40, 80, 120].reduce((total, offset) => {
      let sum = seed + offset;
      for (let step = 0; step < 2 * iterations; step++) sum = (sum + dotOfBytes(sum, factor)) >>> 0;
      return total + sum;
    }, 0);
  });
  return kernelCase(dot4, name, {
    read: {},
    written: { out: { expected } },
    uniforms: { iterations, line, factor },
    threads: [line, threads / line],
    tolerance: { absolute: 0, relative: 0 },
  });
}

export const ceilingCases: KernelCase[] = [
  fmaCase("no step at all leaves the seeds", 64, 64, 0),
  fmaCase("one line of threads", 64, 64, 1),
  fmaCase("every sum goes through every step, in several lines of the grid", 128, 64, 2),
  fmaCase("every sum goes through every step in f16", 128, 64, 2, true),
  copyCase("one vec4 in a workgroup", 2, 1, 64),
  copyCase("whole workgroups and nothing past them", 3, 128, 64),
  copyCase("a last line that is not full, and lines shorter than workgroups", 1, 250, 100),
  readCase("one vec4 of all that a workgroup reads", 4, 1, 64),
  readCase("all that a workgroup reads", 5, OWNED, 64),
  readCase("several lines of several workgroups, the last one part full and one beyond it", 6, 2 * OWNED + 700, 128),
  writeCase("one vec4 in a workgroup", 1, 64),
  writeCase("whole workgroups and nothing past them", 128, 64),
  writeCase("a last line that is not full, and lines shorter than workgroups", 250, 100),
  dotCase("no step at all leaves the seeds", 0xfc03fe01, 64, 64, 0),
  dotCase("both signs of every byte", 0xfc03fe01, 64, 64, 2),
  dotCase("the largest bytes, sums that wrap around, several lines of the grid", 0x7f80817f, 128, 64, 3),
];
