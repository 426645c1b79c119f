/** Random numbers for tensors of any size, of which every part can be made without the rest. */

/**
 * Uniform numbers that depend on a seed and their index alone: the GPU gets a tensor piece by piece, and the reference the few values that it
 * needs.
 */
export class Noise {
  readonly #seed: number;

  /** Values lie in [-amplitude, amplitude) around `middle`, exact in f32. `name` tells tensors apart. */
  constructor(
    name: string,
    readonly amplitude = 1,
    readonly middle = 0,
  ) {
    // 32-bit FNV-1a.
    this.#seed = [...name].reduce((seed, letter) => Math.imul(seed ^ (letter.codePointAt(0) as number), 16777619), 0x811c9dc5);
  }

  at(index: number): number {
    // The finaliser of MurmurHash3.
    let bits = (Math.imul(index, 0x9e3779b1) + this.#seed) | 0;
    bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
    bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
    bits ^= bits >>> 16;
    return Math.fround(this.middle + this.amplitude * ((bits >>> 8) * 2 ** -23 - 1));
  }

  /** `count` values from index `first` on. */
  slice(first: number, count: number): Float32Array<ArrayBuffer> {
    const values = new Float32Array(count);
    for (let i = 0; i < count; i++) values[i] = this.at(first + i);
    return values;
  }
}
