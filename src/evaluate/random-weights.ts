/** Replaces a net's weights by random ones, module by module, for the check `randomisation`. */
import { pcg4d } from "../engine/random.ts";
import type { Node } from "../graph/graph.ts";
import { fusingOf } from "../ops/operations.ts";
import { describeTensor, type WeightSource } from "../ops/weight-source.ts";

/** Streams of the matrices' values and of the vectors' order. */
const [STREAM_VALUES, STREAM_ORDER] = [24, 25];
/** Values that are read at once to find a matrix's mean and deviation. */
const SLAB = 1 << 20;

/**
 * The weights with those of some modules replaced by random ones of the same scale: matrices by independent normal numbers of the
 * original's mean and standard deviation; biases and the four vectors of a batch norm by themselves in another order, the same for all
 * vectors of a layer, so that variances stay above 0. `modules` are names of layers or of what holds them ("blocks.6"). A value depends on
 * the seed, its tensor's name and its place alone.
 */
export function randomiseWeights(source: WeightSource, modules: readonly string[], seed: number): WeightSource {
  const scales = new Map<string, Promise<[mean: number, deviation: number]>>();
  return {
    describe: (key) => describeTensor(source, key),
    async read(key, shape, first = 0, count = shape[0] ?? 1) {
      const layer = key.slice(0, key.lastIndexOf("."));
      if (!modules.some((module) => layer === module || layer.startsWith(`${module}.`))) return source.read(key, shape, first, count);
      if (shape.length === 1) return shuffled(await source.read(key, shape), hash(layer), seed).slice(first, first + count);
      const scale = scales.get(key) ?? measure(source, key, shape);
      scales.set(key, scale);
      const row = shape.slice(1).reduce((product, extent) => product * extent, 1);
      return normals(seed, hash(key), first * row, count * row, ...(await scale));
    },
  };
}

/** Of all values of a matrix, read a few rows at a time. */
async function measure(source: WeightSource, key: string, shape: readonly number[]): Promise<[mean: number, deviation: number]> {
  const [rows, ...rest] = shape as [number, ...number[]];
  const size = rest.reduce((product, extent) => product * extent, rows);
  const step = Math.max(1, Math.floor((SLAB * rows) / size));
  let [sum, squares] = [0, 0];
  for (let first = 0; first < rows; first += step) {
    for (const value of await source.read(key, shape, first, Math.min(step, rows - first))) {
      sum += value;
      squares += value * value;
    }
  }
  const mean = sum / size;
  return [mean, Math.sqrt(Math.max(0, squares / size - mean ** 2))];
}

/** Values start ... start + count - 1 of a tensor, by Box-Muller. */
function normals(seed: number, tensor: number, start: number, count: number, mean: number, deviation: number): Float32Array<ArrayBuffer> {
  const values = new Float32Array(count);
  for (let index = start >> 2; 4 * index < start + count; index++) {
    const uniforms = pcg4d(seed, STREAM_VALUES, tensor, index).map((bits) => ((bits >>> 8) + 0.5) * 2 ** -24);
    for (let k = 0; k < 4; k++) {
      const radius = Math.sqrt(-2 * Math.log(uniforms[k & 2] as number));
      const angle = 2 * Math.PI * (uniforms[(k & 2) + 1] as number);
      const at = 4 * index + k - start;
      if (at >= 0 && at < count) values[at] = mean + deviation * radius * (k & 1 ? Math.sin(angle) : Math.cos(angle));
    }
  }
  return values;
}

function shuffled(values: Float32Array<ArrayBuffer>, layer: number, seed: number): Float32Array<ArrayBuffer> {
  for (let i = values.length - 1; i > 0; i--) {
    const j = Math.floor((pcg4d(seed, STREAM_ORDER, layer, i)[0] / 2 ** 32) * (i + 1));
    [values[i], values[j]] = [values[j] as number, values[i] as number];
  }
  return values;
}

/** 32-bit FNV-1a of a name's UTF-8 bytes. */
function hash(name: string): number {
  return new TextEncoder().encode(name).reduce((value, byte) => Math.imul(value ^ byte, 16777619) >>> 0, 0x811c9dc5);
}

/**
 * The modules of a net that have weights, from the class scores down, as a cascade randomises them: single layers near input and output,
 * blocks or stages between them ("layer4.2", "blocks.6", "features.28"). A batch norm goes with the convolution before it.
 */
export function modulesOf(nodes: readonly Node[]): string[][] {
  const modules: string[][] = [];
  for (const node of nodes) {
    const [tensor] = Object.values(node.tensors);
    if (!tensor) continue;
    const [outer, inner] = tensor.key.split(".").slice(0, -1) as [string, string?];
    const name = inner !== undefined && /^\d+$/.test(inner) ? `${outer}.${inner}` : outer;
    const last = modules.at(-1);
    if (last?.includes(name)) continue;
    if (last && fusingOf(node).is === "norm") last.push(name);
    else modules.push([name]);
  }
  return modules.reverse();
}
