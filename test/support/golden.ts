import { type Golden, parseGolden } from "../../scripts/golden-file.ts";
import { pcg4d } from "../../src/engine/random.ts";
import type { Size } from "../../src/nets/input-spec.ts";

const GOLDEN = import.meta.glob<string>("../golden/*.safetensors", { query: "?url", import: "default", eager: true });

export type { Golden };

/** A file of test/golden, written by reference/oracles.py: F32 and U8 tensors, and a JSON document in the metadata. */
export async function readGolden(name: string): Promise<Golden> {
  const url = Object.entries(GOLDEN).find(([path]) => path.endsWith(`/${name}.safetensors`))?.[1];
  if (!url) throw new Error(`test/golden/${name}.safetensors is missing: run \`python reference/oracles.py ${name}\`.`);
  return parseGolden(await (await fetch(url)).arrayBuffer());
}

/** The `count` uniforms in [0, 1) of which the oracles make their inputs. */
export function uniforms(seed: number, count: number): Float64Array {
  const values = new Float64Array(count);
  for (let i = 0; i < count; i += 4) {
    const bits = pcg4d(seed, 9, 0, i >> 2);
    for (let k = 0; k < 4 && i + k < count; k++) values[i + k] = ((bits[k] as number) >>> 8) * 2 ** -24;
  }
  return values;
}

/** Every `step`-th line and column of a map, from the `first` on. */
export function everyNth(map: ArrayLike<number>, { height, width }: Size, step: number, first = 0): number[] {
  const kept: number[] = [];
  for (let y = first; y < height; y += step) for (let x = first; x < width; x += step) kept.push(map[y * width + x] as number);
  return kept;
}

/** Three channels to four, the fourth zero. */
export function padPixels(values: ArrayLike<number>): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: (values.length / 3) * 4 }, (_, i) =>
    i % 4 === 3 ? 0 : (values[3 * Math.floor(i / 4) + (i % 4)] as number),
  );
}

/** Largest difference between two lists of one length, relative to the largest reference; NaN where a value is. */
export function worstError(actual: ArrayLike<number>, reference: ArrayLike<number>): number {
  if (actual.length !== reference.length) throw new Error(`${actual.length} values instead of ${reference.length}`);
  let [worst, largest] = [0, 0];
  for (let i = 0; i < reference.length; i++) {
    const difference = Math.abs((actual[i] as number) - (reference[i] as number));
    worst = Math.max(worst, difference);
    largest = Math.max(largest, Math.abs(reference[i] as number));
  }
  return worst / largest;
}
