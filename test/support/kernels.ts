import type { ConstantsOf, KernelDefinition, UniformsOf } from "../../src/engine/kernel.ts";

type Named<D extends KernelDefinition, Access extends string> = {
  [N in keyof D["bindings"]]: D["bindings"][N] extends Access ? N : never;
}[keyof D["bindings"]] &
  string;

export type Values = Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;

/** A buffer that a kernel writes: what it holds before (poison where absent) and what it must hold afterwards. */
export interface Written {
  initial?: Float32Array<ArrayBuffer>;
  /** A Uint32Array where the kernel writes unsigned integers. */
  expected: ArrayLike<number>;
}

/** How far a value may lie from its reference: absolute + relative * |reference|. */
export interface Tolerance {
  absolute: number;
  relative: number;
}

/** One dispatch of one kernel with its inputs and its outputs as a float64 reference computes them. */
export interface KernelCase {
  /** Says which risk the case covers. */
  name: string;
  kernel: KernelDefinition;
  read: Readonly<Record<string, Values>>;
  written: Readonly<Record<string, Written>>;
  uniforms: Readonly<Record<string, number>>;
  constants: ConstantsOf<KernelDefinition>;
  threads: readonly [number, number?, number?];
  tolerance: Tolerance;
  /** Why the case cannot run in Node's interpreter, where it cannot. */
  gpuOnly: string | undefined;
  /** What a device must have for it. */
  feature: GPUFeatureName | undefined;
}

interface TypedCase<D extends KernelDefinition> {
  read: Record<Named<D, "read">, Values>;
  written: Record<Named<D, "read_write">, Written>;
  uniforms: UniformsOf<D>;
  constants?: ConstantsOf<D>;
  threads: readonly [number, number?, number?];
  tolerance: Tolerance;
  gpuOnly?: string;
  feature?: GPUFeatureName;
}

/** A case whose bindings, uniforms and constants are checked against the kernel's declaration. */
export function kernelCase<D extends KernelDefinition>(kernel: D, name: string, parts: TypedCase<D>): KernelCase {
  return { name, kernel, gpuOnly: undefined, feature: undefined, ...parts, constants: parts.constants ?? {} } as KernelCase;
}

/** Half the distance from 1 to the next f32: the relative error of one rounding. */
export const ROUNDING = 2 ** -24;
/** The same of f16. */
export const HALF_ROUNDING = 2 ** -11;

/**
 * Tolerance of a sum of `count` terms of size up to about `scale` in f32. Each addition rounds the partial sum; with terms of random sign
 * that is about sqrt(count) * scale, so the roundings add up to at most count * scale * ROUNDING; 4 leaves room for the product's own.
 */
export function sumTolerance(count: number, scale = 1): Tolerance {
  return { absolute: 4 * count * scale * ROUNDING, relative: 4 * Math.sqrt(count) * ROUNDING };
}

/** Tolerance of `operations` roundings of values of size up to about `scale`, in f32 unless another rounding is given. */
export function roundings(operations: number, scale = 1, rounding = ROUNDING): Tolerance {
  return { absolute: operations * scale * rounding, relative: operations * rounding };
}

/** What outputs hold before a run, so that elements left unwritten show; finite, so that it cannot hide in a NaN. */
export const POISON = Math.fround(1e30);
/** What lies behind every buffer, so that a write past the end shows. */
const GUARD = Math.fround(-7.25e8);
const GUARD_LENGTH = 16;

/** What an unsigned output holds before a run. */
export const UNSIGNED_POISON = 0xdeadbeef;
const UNSIGNED_GUARD = 0x7fffffff;

export function poisoned(count: number): Float32Array<ArrayBuffer> {
  return new Float32Array(count).fill(POISON);
}

/** The data of every binding as it goes into the run, with the guard behind it. */
export function prepare({ kernel, read, written }: KernelCase): Map<string, Values> {
  const buffers = new Map<string, Values>();
  for (const name of Object.keys(kernel.bindings)) {
    const output = written[name];
    const values = output ? (output.initial ?? poison(output.expected)) : (read[name] as Values);
    if (output && values.length !== output.expected.length) throw new Error(`${name}: initial and expected differ in length.`);
    const guarded =
      values instanceof Uint32Array ? new Uint32Array(values.length + GUARD_LENGTH) : new Float32Array(values.length + GUARD_LENGTH);
    guarded.fill(guardOf(values), values.length);
    guarded.set(values);
    buffers.set(name, guarded);
  }
  return buffers;
}

function poison(expected: ArrayLike<number>): Values {
  return expected instanceof Uint32Array ? new Uint32Array(expected.length).fill(UNSIGNED_POISON) : poisoned(expected.length);
}

function guardOf(values: ArrayLike<number>): number {
  return values instanceof Uint32Array ? UNSIGNED_GUARD : GUARD;
}

/** Everything that is wrong with the buffers after the run, in words; empty where nothing is. */
export function findFaults({ written, tolerance }: KernelCase, after: ReadonlyMap<string, Values>): string[] {
  const faults: string[] = [];
  for (const [name, { expected }] of Object.entries(written)) {
    const actual = after.get(name) as Values;
    let wrong = 0;
    let worst = { excess: 0, text: "" };
    for (let i = 0; i < expected.length; i++) {
      const [value, reference] = [actual[i] as number, expected[i] as number];
      const allowed = tolerance.absolute + tolerance.relative * Math.abs(reference);
      if (Math.abs(value - reference) <= allowed) continue;
      const excess = Math.abs(value - reference) / allowed;
      wrong++;
      if (!(excess <= worst.excess))
        worst = { excess, text: `${name}[${i}] is ${value}, not ${reference} (${excess.toPrecision(3)} tolerances away)` };
    }
    if (wrong) faults.push(`${wrong} of ${expected.length} wrong, worst: ${worst.text}`);
    const touched = actual.subarray(expected.length, expected.length + GUARD_LENGTH).findIndex((value) => value !== guardOf(expected));
    if (touched >= 0) faults.push(`${name}: wrote ${actual[expected.length + touched]} at ${touched} past the end`);
  }
  return faults;
}
