import { riseGrids, riseImages, riseSum } from "../../../src/shaders/index.ts";
import { type KernelCase, kernelCase, roundings } from "../../support/kernels.ts";
import { Random } from "../../support/random.ts";
import { referenceHash, toUniform } from "../../support/reference-random.ts";

type Pair = readonly [x: number, y: number];

interface Grid {
  cells: number;
  /** Cells row by row. */
  values: ArrayLike<number>;
  shift: Pair;
}

/** Random grids with fractional cells, so that a mix-up of neighbours shows, with these shifts. */
function looseGrids(random: Random, cells: number, shifts: readonly Pair[]): Grid[] {
  return shifts.map((shift) => ({ cells, values: random.floats(cells * cells, 0, 1), shift }));
}

const strideOf = (cells: number) => Math.ceil(cells ** 2 / 4) + 1;

function packGrids(grids: readonly Grid[]): Float32Array<ArrayBuffer> {
  const packed = grids.map(({ cells, values, shift }) => {
    const row = new Float32Array(4 * strideOf(cells));
    row.set(values);
    row.set(shift, row.length - 4);
    return [...row];
  });
  return Float32Array.from(packed.flat());
}

/** RISE's mask at a pixel: the grid stretched, mirrored beyond its edges without the outermost cell again. */
function maskOf({ cells, values, shift }: Grid, stretched: Pair, x: number, y: number): number {
  const inside = (index: number) => (index < 0 ? -index : index > cells - 1 ? 2 * (cells - 1) - index : index);
  const taps = (at: number, extent: number): [index: number, weight: number][] => {
    const place = ((at + 0.5) * cells) / extent - 0.5;
    const first = Math.floor(place);
    return [
      [inside(first), 1 - (place - first)],
      [inside(first + 1), place - first],
    ];
  };
  let sum = 0;
  for (const [row, down] of taps(y + shift[1], stretched[1])) {
    for (const [column, across] of taps(x + shift[0], stretched[0])) sum += down * across * (values[row * cells + column] as number);
  }
  return sum;
}

interface Drawing {
  samples: number;
  firstSample?: number;
  cells: number;
  keep: number;
  /** Of the image, in pixels. */
  size?: Pair;
}

function riseGridsCase(name: string, seed: number, drawing: Drawing): KernelCase {
  const { samples, firstSample = 0, cells, keep, size = [224, 224] } = drawing;
  const [shifts_x, shifts_y] = size.map((extent) => Math.ceil(extent / cells)) as [number, number];
  const grids = Array.from({ length: samples }, (_, i): Grid => {
    const bit = (c: number) => Number(toUniform(referenceHash(seed, 5, firstSample + i, c >> 2)[c & 3] as number) < Math.fround(keep));
    const [x, y] = referenceHash(seed, 6, firstSample + i, 0).map(toUniform) as [number, number, number, number];
    const shift = [Math.floor(x * shifts_x), Math.floor(y * shifts_y)] as const;
    return { cells, values: Array.from({ length: 4 * Math.ceil(cells ** 2 / 4) }, (_, c) => bit(c)), shift };
  });
  return kernelCase(riseGrids, name, {
    read: {},
    written: { grids: { expected: packGrids(grids) } },
    uniforms: { samples, first_sample: firstSample, seed, cells, stride4: strideOf(cells), shifts_x, shifts_y, keep },
    threads: [strideOf(cells), samples],
    tolerance: { absolute: 0, relative: 0 },
    gpuOnly: "the interpreter's u32 products do not wrap at 2^32, which the hash needs",
  });
}

/** Pairs are of pixels. */
interface Masks {
  size: Pair;
  cells: number;
  stretched: Pair;
  shifts: [number, number][];
}

/** A place of up to `cells` is rounded by a few cells * 2^-24, which a difference of two cells, at most 1, multiplies; mixes follow. */
const maskTolerance = (cells: number, scale = 1) => roundings(12 * cells + 12, scale);

function riseImagesCase(name: string, seed: number, { size, cells, stretched, shifts }: Masks): KernelCase {
  const [width, height] = size;
  const random = new Random(seed);
  const photo = random.floats(height * width * 4, -2, 2);
  const grids = looseGrids(random, cells, shifts);
  const expected = grids.flatMap((grid) =>
    Array.from(photo, (value, at) => value * maskOf(grid, stretched, (at >> 2) % width, Math.floor((at >> 2) / width))),
  );
  return kernelCase(riseImages, name, {
    read: { photo, grids: packGrids(grids) },
    written: { out: { expected } },
    uniforms: { samples: grids.length, cells, stride4: strideOf(cells), stretched_x: stretched[0], stretched_y: stretched[1] },
    constants: { HEIGHT: height, WIDTH: width },
    threads: [width, height, grids.length],
    tolerance: maskTolerance(cells, 2),
  });
}

function riseSumCase(name: string, seed: number, { size, cells, stretched, shifts }: Masks, samples: number): KernelCase {
  const [width, height] = size;
  const random = new Random(seed);
  const grids = looseGrids(random, cells, shifts);
  const labels = random.floats(grids.length * 4, 0, 1);
  const initial = random.floats(height * width, 0, 1);
  const expected = Float64Array.from(initial, (value, pixel) => {
    const masks = grids.slice(0, samples).map((grid) => maskOf(grid, stretched, pixel % width, Math.floor(pixel / width)));
    return masks.reduce((sum, mask, i) => sum + mask * (labels[4 * i] as number), value);
  });
  return kernelCase(riseSum, name, {
    read: { grids: packGrids(grids), labels },
    written: { sum: { initial, expected } },
    uniforms: { samples, cells, stride4: strideOf(cells), stretched_x: stretched[0], stretched_y: stretched[1] },
    constants: { HEIGHT: height, WIDTH: width },
    threads: [height * width],
    tolerance: maskTolerance(cells, 1 + samples),
  });
}

export const riseCases: KernelCase[] = [
  riseGridsCase("RISE's own grid, the largest seed", 2 ** 32 - 1, { samples: 3, cells: 7, keep: 0.5 }),
  riseGridsCase("later samples, uneven odds, more cells than one workgroup", 21, {
    ...{ samples: 2, firstSample: 5001, cells: 10, keep: 0.1 },
  }),
  riseGridsCase("shifts up to 111 pixels", 22, { samples: 5, firstSample: 1 << 20, cells: 2, keep: 0.9 }),
  riseGridsCase("shifts that differ in x and y", 23, { samples: 6, cells: 5, keep: 0.5, size: [301, 96] }),
  riseGridsCase("shifts beyond a byte, of the largest inputs", 24, { samples: 9, cells: 2, keep: 0.5, size: [4096, 1000] }),

  riseImagesCase("no shift: the first pixels mirror the grid's edge", 31, {
    ...{ size: [12, 12], cells: 3, stretched: [16, 16], shifts: [[0, 0]] },
  }),
  riseImagesCase("the largest shifts: so do the last", 32, {
    ...{ size: [9, 14], cells: 3, stretched: [12, 20] },
    shifts: [
      [2, 0],
      [0, 4],
      [2, 4],
    ],
  }),
  riseImagesCase("two cells a side, more pixels than one workgroup", 33, {
    ...{ size: [21, 10], cells: 2, stretched: [33, 15], shifts: [[9, 4]] },
  }),

  riseSumCase("one mask is added to the sum so far", 41, { size: [8, 8], cells: 4, stretched: [10, 10], shifts: [[1, 0]] }, 1),
  riseSumCase(
    "many masks, the last of the batch not counted",
    42,
    {
      ...{ size: [6, 13], cells: 3, stretched: [8, 20], shifts: Array(9).fill([1, 4]) },
    },
    7,
  ),
  riseSumCase(
    "shifts differ in x and y",
    43,
    {
      ...{ size: [23, 9], cells: 5, stretched: [30, 12] },
      shifts: [
        [0, 1],
        [4, 0],
      ],
    },
    2,
  ),
];
