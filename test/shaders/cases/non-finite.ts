import { findNonFinite } from "../../../src/shaders/index.ts";
import { type KernelCase, kernelCase } from "../../support/kernels.ts";
import { Random } from "../../support/random.ts";

/** The first of `at` is what must be found. */
function findCase(name: string, count: number, odd: readonly (readonly [at: number, value: number])[]): KernelCase {
  const values = new Random(count).floats(count, -3e38, 3e38);
  for (const [at, value] of odd) values[at] = value;
  const words = new Uint32Array(values.buffer);
  const first = Math.min(count, ...odd.map(([at]) => at));
  return kernelCase(findNonFinite, name, {
    read: { values: words },
    written: { found: { expected: Uint32Array.of(0xdeadbeef, 0xdeadbeef, first, first === count ? 0 : (words[first] as number)) } },
    uniforms: { count, layer: 1 },
    threads: [findNonFinite.constants.WORKGROUP_X],
    tolerance: { absolute: 0, relative: 0 },
  });
}

export const nonFiniteCases: readonly KernelCase[] = [
  findCase("all finite, the largest among them", 1000, []),
  findCase("NaN, and an infinity behind it", 1000, [
    [700, Number.NEGATIVE_INFINITY],
    [333, Number.NaN],
  ]),
  findCase("an infinity as the last of an odd count", 67, [[66, Number.POSITIVE_INFINITY]]),
  findCase("one value, NaN", 1, [[0, Number.NaN]]),
];
