import { copy, fma } from "../../../src/shaders/index.ts";
import { type KernelCase, kernelCase, roundings } from "../../support/kernels.ts";
import { Random } from "../../support/random.ts";

const FACTOR = 0.5;
const ADDEND = 0.25;

/** Eight sums a thread, each advanced four times an iteration. */
function fmaCase(name: string, threads: number, line: number, iterations: number): KernelCase {
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
    tolerance: roundings(16, 4),
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

export const ceilingCases: KernelCase[] = [
  fmaCase("no step at all leaves the seeds", 64, 64, 0),
  fmaCase("one line of threads", 64, 64, 1),
  fmaCase("every sum goes through every step, in several lines of the grid", 128, 64, 2),
  copyCase("one vec4 in a workgroup", 2, 1, 64),
  copyCase("whole workgroups and nothing past them", 3, 128, 64),
  copyCase("a last line that is not full, and lines shorter than workgroups", 1, 250, 100),
];
