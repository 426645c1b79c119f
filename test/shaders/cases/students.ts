import { center, correlation, gateSums, saliency, studentDual, studentPrimal } from "../../../src/shaders/index.ts";
import { type KernelCase, kernelCase, roundings, sumTolerance } from "../../support/kernels.ts";
import { Random } from "../../support/random.ts";
import { type Descent, descend, dot, type Label } from "../../support/reference-students.ts";

const PAPER = { loss: 0, soft: 0.7, hard: 0.3 };
const CROSS_ENTROPY = { loss: 1, soft: 0, hard: 0 };

function draw(random: Random, samples: number, columns: number) {
  const x = random.floats(samples * columns);
  const rows = Array.from({ length: samples }, (_, i) => [...x.subarray(i * columns, (i + 1) * columns)]);
  const labels = Array.from({ length: samples }, (): Label => [Math.fround(random.next()), random.integer(0, 1)]);
  const table = Float32Array.from(labels.flatMap(([probability, kept]) => [probability, kept, 5, 0]));
  return { x, rows, labels, table };
}

function orders(random: Random, samples: number, epochs: number): Uint32Array<ArrayBuffer> {
  return Uint32Array.from(Array.from({ length: epochs }, () => [...random.permutation(samples)]).flat());
}

interface Training extends Descent {
  samples: number;
  columns: number;
  epochs: number;
  constants?: { WORKGROUP_X: number; MINIBATCH: number };
  gpuOnly?: string;
}

/** One epoch, the last of `epochs`, going on from weights and momentum that earlier ones might have left. */
function primalCase(name: string, seed: number, { samples, columns, epochs, constants, gpuOnly, ...descent }: Training): KernelCase {
  const random = new Random(seed);
  const { x, rows, labels, table } = draw(random, samples, columns);
  const order = orders(random, samples, epochs);
  const initial = random.floats(2 * columns, -0.1, 0.1);
  const start = { weights: [...initial.subarray(0, columns)], velocity: [...initial.subarray(columns)] };
  const after = descend(rows, labels, order.subarray((epochs - 1) * samples), descent, start);
  return kernelCase(studentPrimal, name, {
    read: { x, labels: table, order },
    written: { state: { initial, expected: [...after.weights, ...after.velocity] } },
    uniforms: { samples, columns4: columns / 4, epoch: epochs - 1, ...descent },
    constants,
    threads: [1],
    gpuOnly,
    // Each step sums `columns` products into a score and `minibatch` into a gradient; steps add their errors.
    tolerance: sumTolerance(Math.ceil(samples / descent.minibatch) * (columns + descent.minibatch)),
  });
}

/** All epochs, from zero. The coefficients must be those whose combination of the samples is the primal student's weights. */
function dualCase(name: string, seed: number, { samples, columns, epochs, constants, gpuOnly, ...descent }: Training): KernelCase {
  const random = new Random(seed);
  const { rows, labels, table } = draw(random, samples, columns);
  const order = orders(random, samples, epochs);
  const stride = Math.ceil(samples / 4) * 4;
  const gram = new Float32Array(samples * stride).fill(1e30);
  for (let i = 0; i < samples; i++) for (let j = 0; j < samples; j++) gram[i * stride + j] = dot(rows[i] as number[], rows[j] as number[]);
  // In the coordinates of its coefficients a the student's scores are G a, and the gradient of one sample touches its own coefficient: the
  // definition above with the Gram matrix as forward pass and the identity as backward pass.
  const a = new Array<number>(samples).fill(0);
  const velocity = new Array<number>(samples).fill(0);
  for (let first = 0; first < order.length; ) {
    const count = Math.min(descent.minibatch, samples - (first % samples));
    const members = [...order.subarray(first, first + count)];
    const slopes = members.map((row) => {
      const q = 1 / (1 + Math.exp(-dot([...gram.subarray(row * stride, row * stride + samples)], a)));
      const [p, y] = labels[row] as Label;
      if (descent.loss === 1) return 2 * q - p - y;
      return (descent.soft * Math.SQRT2 * Math.sign(q - p) + descent.hard * Math.sign(q - y)) * q * (1 - q);
    });
    velocity.forEach((value, i) => {
      velocity[i] = descent.momentum * value;
    });
    members.forEach((row, i) => {
      velocity[row] = (velocity[row] as number) + (slopes[i] as number) / count;
    });
    velocity.forEach((value, i) => {
      a[i] = (a[i] as number) - 2 * descent.rate * value;
    });
    first += count;
  }
  return kernelCase(studentDual, name, {
    read: { gram, labels: table, order },
    written: { state: { initial: new Float32Array(2 * samples), expected: [...a, ...velocity] } },
    uniforms: { samples, stride, epochs, ...descent },
    constants,
    threads: [1],
    gpuOnly,
    tolerance: sumTolerance(epochs * Math.ceil(samples / descent.minibatch) * samples),
  });
}

function centerCase(name: string, seed: number, rows: number, columns: number): KernelCase {
  const initial = new Random(seed).floats(rows * columns, 2, 4);
  const expected = Float64Array.from(initial);
  for (let column = 0; column < columns; column++) {
    let mean = 0;
    for (let row = 0; row < rows; row++) mean += (initial[row * columns + column] as number) / rows;
    for (let row = 0; row < rows; row++) expected[row * columns + column] = (expected[row * columns + column] as number) - mean;
  }
  return kernelCase(center, name, {
    read: {},
    written: { x: { initial, expected } },
    uniforms: { rows, columns4: columns / 4 },
    threads: [columns / 4],
    tolerance: sumTolerance(rows + 2, 4),
  });
}

function saliencyCase(name: string, seed: number, cells: number, channels: number): KernelCase {
  const w = new Random(seed).floats(cells * channels);
  const value = (cell: number) => {
    if (channels === 1) return w[cell] as number;
    return [0, 1, 2].reduce((sum, channel) => sum + Math.abs(w[cell * 4 + channel] as number), 0);
  };
  return kernelCase(saliency, name, {
    read: { w },
    written: { out: { expected: Array.from({ length: cells }, (_, cell) => [value(cell), 0, 0, 0]).flat() } },
    uniforms: { cells, channels },
    threads: [cells],
    tolerance: roundings(2, 3),
  });
}

/** Sums of a chunk that begins at sample `first_row`, added to what earlier ones left. */
function gateSumsCase(name: string, seed: number, rows: number, cells: number, first_row: number): KernelCase {
  const random = new Random(seed);
  const features = random.floats(rows * cells, -0.5, 0.5);
  const labels = Float32Array.from({ length: 4 * (first_row + rows) }, (_, at) => (at % 4 === 0 ? random.next() : 9));
  const initial = random.floats(6 * cells, -3, 3);
  const expected = Float64Array.from(initial);
  for (let row = 0; row < rows; row++) {
    const sample = first_row + row;
    const p = labels[4 * sample] as number;
    const start = Math.floor(sample / 128) % 2 === 0 ? 0 : 3 * cells;
    for (let cell = 0; cell < cells; cell++) {
      const gate = features[row * cells + cell] as number;
      for (const [k, value] of [gate, p * gate, p].entries())
        expected[start + k * cells + cell] = (expected[start + k * cells + cell] as number) + value;
    }
  }
  return kernelCase(gateSums, name, {
    read: { features, labels },
    written: { sums: { initial, expected } },
    uniforms: { rows, cells4: cells / 4, first_row },
    threads: [cells / 4, 2],
    tolerance: sumTolerance(rows + 1, 3),
  });
}

function correlationCase(name: string, seed: number, cells: number, samples: number, halves: number): KernelCase {
  const sums = new Random(seed).floats(6 * cells, -3, 3);
  const total = (k: number, cell: number) =>
    [0, 1].filter((half) => (halves >> half) & 1).reduce((sum, half) => sum + (sums[(3 * half + k) * cells + cell] as number), 0);
  const expected = Float64Array.from({ length: cells }, (_, cell) => total(1, cell) - (total(2, cell) * total(0, cell)) / samples);
  return kernelCase(correlation, name, {
    read: { sums },
    written: { w: { expected } },
    uniforms: { cells4: cells / 4, samples, halves },
    threads: [cells / 4],
    tolerance: roundings(6, 36),
  });
}

const MANY_ACCESSES = "the race detector compares all pairs of accesses, which are too many here";
const SMALL = { WORKGROUP_X: 16, MINIBATCH: 4 };

export const studentCases: KernelCase[] = [
  primalCase("one sample, one vec4 column", 1, {
    ...PAPER,
    samples: 1,
    columns: 4,
    epochs: 1,
    minibatch: 3,
    rate: 0.1,
    momentum: 0,
    constants: SMALL,
  }),
  primalCase("a second epoch whose last minibatch is short; the paper's loss, momentum", 2, {
    ...{ ...PAPER, samples: 11, columns: 12, epochs: 2, minibatch: 4, rate: 0.05, momentum: 0.9 },
    constants: SMALL,
  }),
  primalCase("cross-entropy, a minibatch smaller than the workgroup's share, more columns than threads", 3, {
    ...{ ...CROSS_ENTROPY, samples: 7, columns: 72, epochs: 1, minibatch: 3, rate: 0.05, momentum: 0.5 },
    constants: SMALL,
  }),
  primalCase("samples that fill their minibatches: no empty one follows", 5, {
    ...{ ...PAPER, samples: 8, columns: 8, epochs: 1, minibatch: 4, rate: 0.05, momentum: 0.9 },
    constants: SMALL,
  }),
  primalCase("the default workgroup and the paper's minibatch of 50", 4, {
    ...{ ...PAPER, samples: 61, columns: 8, epochs: 1, minibatch: 50, rate: 0.01, momentum: 0.9 },
    gpuOnly: MANY_ACCESSES,
  }),

  dualCase("one sample", 11, { ...PAPER, samples: 1, columns: 4, epochs: 2, minibatch: 2, rate: 0.1, momentum: 0.5, constants: SMALL }),
  dualCase("epochs whose last minibatch is short; the paper's loss, momentum", 12, {
    ...{ ...PAPER, samples: 11, columns: 8, epochs: 3, minibatch: 4, rate: 0.02, momentum: 0.9 },
    constants: SMALL,
  }),
  dualCase("cross-entropy, more samples than threads", 13, {
    ...{ ...CROSS_ENTROPY, samples: 19, columns: 4, epochs: 1, minibatch: 3, rate: 0.02, momentum: 0.5 },
    constants: SMALL,
  }),
  dualCase("samples that fill their minibatches: no empty one follows", 15, {
    ...{ ...PAPER, samples: 8, columns: 8, epochs: 2, minibatch: 4, rate: 0.02, momentum: 0.9 },
    constants: SMALL,
  }),
  dualCase("the default workgroup and the paper's minibatch of 50", 14, {
    ...{ ...PAPER, samples: 53, columns: 8, epochs: 1, minibatch: 50, rate: 0.01, momentum: 0.9 },
    gpuOnly: MANY_ACCESSES,
  }),

  gateSumsCase("one sample, of the first half", 41, 1, 4, 0),
  gateSumsCase("a chunk that goes from the second half to the first", 42, 7, 12, 252),
  gateSumsCase("more cells than one workgroup", 43, 5, 264, 126),

  correlationCase("both halves", 51, 4, 7, 3),
  correlationCase("the first half alone", 52, 8, 3, 1),
  correlationCase("the second half alone; more cells than one workgroup", 53, 264, 5, 2),

  centerCase("one row becomes zero", 21, 1, 4),
  centerCase("odd rows", 22, 7, 12),
  centerCase("more columns than one workgroup", 23, 3, 260),

  saliencyCase("one signed weight of a gate", 31, 1, 1),
  saliencyCase("colours add up by their size; the fourth value counts for nothing", 32, 5, 4),
  saliencyCase("more cells than one workgroup", 33, 67, 1),
];
