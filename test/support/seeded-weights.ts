import type { Teacher, TeacherOptions } from "../../src/classify/teacher.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { sizeOf } from "../../src/engine/tensor.ts";
import { weightShapes } from "../../src/graph/graph.ts";
import type { TeacherDefinition } from "../../src/zoo/teachers.ts";
import { loadTeacher } from "./toy-teacher.ts";

const STREAM_WEIGHTS = 10;

/**
 * Values start ... start + count - 1 of a flattened tensor of seeded weights, which depend on nothing but its key and shape:
 * `seeded_tensor` of reference/seeded.py makes the same, bit for bit. pcg4d is written out because VGG16 has 138 million values.
 */
export function seededValues(key: string, shape: readonly number[], start: number, count: number): Float32Array<ArrayBuffer> {
  const [width, middle] = spread(key, shape);
  const [a, b, c] = [scramble(hash(key)), scramble(STREAM_WEIGHTS), scramble(0)];
  const value = (bits: number) => ((bits >>> 8) * 2 ** -24 - 0.5) * width + middle;
  // Whole hashes of four values, from the one with the first value to the one with the last.
  const skipped = start % 4;
  const values = new Float32Array(4 * Math.ceil((skipped + count) / 4));
  let index = (start - skipped) / 4;
  for (let at = 0; at < values.length; at += 4) {
    let w = scramble(index++);
    let x = (a + Math.imul(b, w)) | 0;
    let y = (b + Math.imul(c, x)) | 0;
    let z = (c + Math.imul(x, y)) | 0;
    w = (w + Math.imul(y, z)) | 0;
    x ^= x >>> 16;
    y ^= y >>> 16;
    z ^= z >>> 16;
    w ^= w >>> 16;
    x = (x + Math.imul(y, w)) | 0;
    y = (y + Math.imul(z, x)) | 0;
    z = (z + Math.imul(x, y)) | 0;
    values[at] = value(x);
    values[at + 1] = value(y);
    values[at + 2] = value(z);
    values[at + 3] = value((w + Math.imul(y, z)) | 0);
  }
  return values.length === count ? values : values.slice(skipped, skipped + count);
}

/** Multiplies a tensor's values by the factor of its layer: `layers` by name in the order of `factors`, as `calibrated` of reference/zoo.py finds them. */
export function calibration(layers: readonly string[], factors: ArrayLike<number>) {
  const known = new Map(layers.map((layer, at) => [layer, factors[at] as number]));
  return (key: string, values: Float32Array<ArrayBuffer>) => {
    const factor = known.get(key) ?? (/\.(weight|bias)$/.test(key) ? known.get(key.replace(/\.\w+$/, "")) : undefined);
    return factor === undefined ? values : values.map((value) => value * factor);
  };
}

/** A teacher of seeded weights, which knows nothing. */
export async function seededTeacher(engine: Engine, definition: TeacherDefinition, options?: TeacherOptions): Promise<Teacher> {
  const tensors = [...weightShapes(await definition.nodes())].map(
    ([key, shape]) => [key, seededValues(key, shape, 0, sizeOf(shape))] as const,
  );
  return loadTeacher(engine, definition, new Map(tensors), options);
}

const scramble = (value: number) => (Math.imul(value, 1664525) + 1013904223) | 0;

/** The values are uniform: `width` wide, around `middle`. */
function spread(key: string, shape: readonly number[]): [width: number, middle: number] {
  if (shape.length > 1) return [2 * Math.sqrt(6 / shape.slice(1).reduce((product, extent) => product * extent, 1)), 0];
  if (key.endsWith("running_var")) return [0.5, 1];
  if (key.endsWith("running_mean") || key.endsWith("bias")) return [0.2, 0];
  return [0.5, 0.75];
}

/** 32-bit FNV-1a of the key's UTF-8 bytes. */
function hash(key: string): number {
  return new TextEncoder().encode(key).reduce((seed, byte) => Math.imul(seed ^ byte, 16777619), 0x811c9dc5);
}
