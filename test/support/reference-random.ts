const WORD = 2n ** 32n;

/** pcg4d (Jarzynski & Olano 2020) in exact integers: an implementation apart from the engine's two. */
export function referenceHash(seed: number, stream: number, sample: number, index: number): [number, number, number, number] {
  let [x, y, z, w] = [seed, stream, sample, index].map((value) => (BigInt(value) * 1664525n + 1013904223n) % WORD) as [
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  for (let round = 0; round < 2; round++) {
    x = (x + y * w) % WORD;
    y = (y + z * x) % WORD;
    z = (z + x * y) % WORD;
    w = (w + y * z) % WORD;
    if (round === 0) [x, y, z, w] = [x ^ (x >> 16n), y ^ (y >> 16n), z ^ (z >> 16n), w ^ (w >> 16n)];
  }
  return [Number(x), Number(y), Number(z), Number(w)];
}

/** In [0, 1), a multiple of 2^-24. */
export const toUniform = (bits: number): number => Math.floor(bits / 256) / 2 ** 24;

/** Standard normal deviates of latents 4 * quad ... 4 * quad + 3 of a sample; of another stream than that of latents, if given. */
export function referenceDeviates(seed: number, sample: number, quad: number, stream = 1): number[] {
  return toDeviates(referenceHash(seed, stream, sample, quad));
}

/** Four standard normal deviates by Box-Muller. */
export function toDeviates(bits: readonly number[]): number[] {
  return [0, 2].flatMap((i) => {
    const radius = Math.sqrt(-2 * Math.log(toUniform(bits[i] as number) + 0.5 * 2 ** -24));
    const angle = 2 * Math.PI * toUniform(bits[i + 1] as number);
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  });
}

export interface Gate {
  /** 49 cells, 1 kept and 0 replaced, row by row. */
  cells: number[];
  /** In pixels, 0 ... 31. */
  shift: [x: number, y: number];
}

const UNITS = [1, 2, 4, 5, 8, 10, 11, 13];

/** Gates of sample `sample`: each cell kept with probability `keep`. */
export function referenceRandomGate(seed: number, sample: number, keep: number): Gate {
  const cells = Array.from({ length: 49 }, (_, c) => Number(toUniform(referenceHash(seed, 2, sample, c >> 2)[c & 3] as number) < keep));
  const [x, y] = referenceHash(seed, 3, sample, 0);
  return { cells, shift: [x & 31, y & 31] };
}

/** Gates of sample `sample`: rows of a Hadamard design, each followed by its complement. */
export function referenceBalancedGate(seed: number, sample: number): Gate {
  const [pair, complement] = [sample >> 1, sample & 1];
  const [x, y, z, w] = referenceHash(seed, 3, pair >> 6, 0);
  const row = ((pair & 63) * (2 * (z & 31) + 1) + Math.floor(z / 256)) % 64;
  const column = (c: number) => 1 + ((c * (UNITS[w & 7] as number) + (Math.floor(w / 256) % 63)) % 63);
  const parity = (bits: number) => [...bits.toString(2)].filter((bit) => bit === "1").length % 2;
  const cells = Array.from({ length: 49 }, (_, c) => Number(parity(row & column(c)) === complement));
  return { cells, shift: [x & 31, y & 31] };
}

/** Value of a gate at pixel (x, y): the 7 x 7 grid stretched to 256 pixels, read at the shift. */
export function referenceMask({ cells, shift }: Gate, x: number, y: number): number {
  const source = (at: number) => Math.min(Math.max(((at + 0.5) * 7) / 256 - 0.5, 0), 6);
  const [u, v] = [source(x + shift[0]), source(y + shift[1])];
  let sum = 0;
  for (let row = 0; row < 7; row++) {
    for (let column = 0; column < 7; column++) {
      sum += Math.max(0, 1 - Math.abs(v - row)) * Math.max(0, 1 - Math.abs(u - column)) * (cells[row * 7 + column] as number);
    }
  }
  return sum;
}

/** A gate as the kernels keep it: 49 cells, the shift in x and y, a zero. */
export const packGate = ({ cells, shift }: Gate): number[] => [...cells, ...shift, 0];
