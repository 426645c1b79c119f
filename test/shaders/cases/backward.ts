import { activationGradient, linearRectified, rectifyWeights, scoreGradient, share, transposeWeights } from "../../../src/shaders/index.ts";
import { type KernelCase, kernelCase, POISON, poisoned, ROUNDING, roundings, sumTolerance } from "../../support/kernels.ts";
import { Random } from "../../support/random.ts";
import { NO_BOUND, RELU6 } from "./convolve.ts";

const EXACT = { absolute: 0, relative: 0 };

interface Clamp {
  vectors: number;
  line?: number;
  cleanVectors?: number;
  low: number;
  high: number;
}

function clampCase(name: string, seed: number, { vectors, line = vectors, cleanVectors = 0, low, high }: Clamp): KernelCase {
  const random = new Random(seed);
  const gradient = random.floats(vectors * 4);
  // As a clamp leaves them: some exactly at its bounds.
  const values = (count: number) => random.floats(count, -3, 9).map((value) => Math.min(Math.max(value, low), high));
  const value = values(vectors * 4);
  const clean = values(Math.max(cleanVectors, 1) * 4);
  const passes = (y: number, i: number) => y > low && y < high && (cleanVectors === 0 || y <= (clean[i % clean.length] as number));
  return kernelCase(activationGradient, name, {
    read: { gradient, value, clean },
    written: { out: { expected: gradient.map((g, i) => (passes(value[i] as number, i) ? g : 0)) } },
    uniforms: { vectors, line, clean_vectors: cleanVectors, low, high },
    threads: [line, Math.ceil(vectors / line)],
    tolerance: EXACT,
  });
}

interface Sharing {
  vectors: number;
  line?: number;
  part?: "given" | "rest";
  whole?: boolean;
  residual?: boolean;
  scale?: number;
  /** Of the sum; zeros where absent. */
  low?: number;
}

function shareCase(
  name: string,
  seed: number,
  { vectors, line = vectors, part, whole = false, residual = false, scale = 1, low = 0.5 }: Sharing,
): KernelCase {
  const random = new Random(seed);
  const floats = (present: boolean, from = -1, to = 1) => random.floats(present ? vectors * 4 : 4, from, to);
  const parts = floats(part !== undefined);
  const sums = floats(whole, low, low === 0 ? 0 : 2);
  const relevance = floats(true, low === 0 ? 0 : -1, low === 0 ? 0 : 1);
  const added = floats(residual);
  const expected = Float64Array.from(relevance, (p, i) => {
    const [sum, mine] = [sums[i] as number, parts[i] as number];
    const factor = part === "rest" ? sum - mine : part === "given" ? mine : 1;
    return (factor * scale * p) / (whole ? sum + 1e-20 : 1) + (residual ? (added[i] as number) : 0);
  });
  return kernelCase(share, name, {
    read: { part: parts, whole: sums, relevance, residual: added },
    written: { out: { expected } },
    uniforms: {
      vectors,
      line,
      part_mode: part === "rest" ? 2 : part ? 1 : 0,
      has_whole: Number(whole),
      has_residual: Number(residual),
      scale,
    },
    threads: [line, Math.ceil(vectors / line)],
    // WGSL allows a division 2.5 units in the last place.
    tolerance: roundings(8, 4),
  });
}

interface Matrix {
  taps: number;
  inputs: number;
  columns: number;
  /** Where the parts lie in the whole: all outputs, this part's first; inputs of the transposed part, the first. */
  outputs?: number;
  firstOutput?: number;
  outColumns?: number;
  firstInput?: number;
}

function transposeCase(name: string, seed: number, { taps, inputs, columns, outputs = columns, ...places }: Matrix): KernelCase {
  const { firstOutput = 0, outColumns = inputs, firstInput = 0 } = places;
  // Blocks of the inputs have columns of their own.
  const blocks = outColumns > inputs ? outColumns / inputs : 1;
  const all = blocks * columns;
  const weights = new Random(seed).floats(taps * inputs * all);
  // Rows of other parts stay as they are.
  const expected = new Float64Array(taps * outputs * outColumns).fill(POISON);
  for (let tap = 0; tap < taps; tap++) {
    for (let column = 0; column < columns; column++) {
      for (let input = 0; input < outColumns; input++) {
        const block = Math.floor((firstInput + input) / inputs);
        const row = (taps - 1 - tap) * outputs + firstOutput + column;
        expected[row * outColumns + input] = weights[
          (tap * inputs + ((firstInput + input) % inputs)) * all + block * columns + column
        ] as number;
      }
    }
  }
  return kernelCase(transposeWeights, name, {
    read: { weights },
    written: { transposed: { initial: poisoned(expected.length), expected } },
    uniforms: {
      ...{ taps, inputs4: inputs / 4, columns4: columns / 4, matrix_columns4: all / 4, outputs4: outputs / 4 },
      ...{ out_columns4: outColumns / 4, first_input4: firstInput / 4, first_output4: firstOutput / 4 },
    },
    threads: [outColumns / 4, (taps * columns) / 4],
    tolerance: EXACT,
  });
}

function rectifyCase(name: string, seed: number, rows: number, columns: number, scaled: boolean, first4 = 0): KernelCase {
  const random = new Random(seed);
  const weights = random.floats(rows * columns);
  const scale = random.floats(scaled ? first4 * 4 + columns : 4);
  if (scaled) scale[first4 * 4] = 0;
  const sign = (at: number) => (scaled ? Math.sign(scale[first4 * 4 + (at % columns)] as number) : 1);
  return kernelCase(rectifyWeights, name, {
    read: { weights, scale },
    written: { rectified: { expected: weights.map((value, at) => Math.max(sign(at) * value, 0)) } },
    uniforms: { rows, columns4: columns / 4, first4, has_scale: Number(scaled) },
    threads: [columns / 4, rows],
    tolerance: EXACT,
  });
}

interface Product {
  batch: number;
  inputs: number;
  columns: number;
  all?: number;
  first4?: number;
  sign?: number;
}

function rectifiedCase(name: string, seed: number, { batch, inputs, columns, all = columns, first4 = 0, sign = 1 }: Product): KernelCase {
  const random = new Random(seed);
  const image = random.floats(batch * inputs);
  const weights = random.floats(inputs * columns);
  const expected = new Float64Array(batch * all).fill(POISON);
  for (let b = 0; b < batch; b++) {
    for (let n = 0; n < columns; n++) {
      let sum = 0;
      for (let k = 0; k < inputs; k++) sum += (image[b * inputs + k] as number) * Math.max(sign * (weights[k * columns + n] as number), 0);
      expected[b * all + first4 * 4 + n] = sum;
    }
  }
  return kernelCase(linearRectified, name, {
    read: { image, weights },
    written: { out: { initial: poisoned(expected.length), expected } },
    uniforms: { batch, inputs4: inputs / 4, columns4: columns / 4, first4, out_columns4: all / 4, sign },
    threads: [columns / 4, batch],
    tolerance: sumTolerance(inputs),
  });
}

interface Score {
  rows: number;
  classes: number;
  target: number;
  ofProbability?: boolean;
  scale?: number;
}

function scoreCase(name: string, seed: number, { rows, classes, target, ofProbability = false, scale = 1 }: Score): KernelCase {
  const stride = Math.ceil(classes / 4) * 4;
  const probabilities = new Random(seed).floats(rows * stride, 0, 1);
  const expected = Float64Array.from({ length: rows * stride }, (_, at) => {
    const [j, row] = [at % stride, Math.floor(at / stride)];
    if (j >= classes) return 0;
    const one = j === target ? 1 : 0;
    return scale * (ofProbability ? (probabilities[row * stride + target] as number) * (one - (probabilities[at] as number)) : one);
  });
  return kernelCase(scoreGradient, name, {
    read: { probabilities },
    written: { gradient: { expected } },
    uniforms: { rows, classes, stride, target_class: target, of_probability: Number(ofProbability), scale },
    threads: [stride, rows],
    tolerance: { absolute: 2 * ROUNDING, relative: 3 * ROUNDING },
  });
}

export const backwardCases: KernelCase[] = [
  clampCase("ReLU: closed at zero", 1, { vectors: 70, low: 0, high: NO_BOUND }),
  clampCase("ReLU6: closed at both bounds, a grid of several lines", 2, { vectors: 150, line: 64, ...RELU6 }),
  clampCase("gated by one clean image, used again for the batch", 3, { vectors: 30, cleanVectors: 10, ...RELU6 }),

  shareCase("a quotient", 11, { vectors: 70, whole: true }),
  shareCase("a product, added to a sum, a grid of several lines", 12, { vectors: 150, line: 64, part: "given", residual: true }),
  shareCase("the share of one part of a sum", 13, { vectors: 5, part: "given", whole: true, residual: true }),
  shareCase("the share of what the part leaves", 14, { vectors: 5, part: "rest", whole: true }),
  shareCase("nothing of a sum that is zero", 15, { vectors: 3, part: "given", whole: true, low: 0 }),
  shareCase("a copy", 16, { vectors: 3 }),
  shareCase("half, added to a sum", 17, { vectors: 3, scale: 0.5, residual: true }),

  transposeCase("3x3: taps in reverse order", 21, { taps: 9, inputs: 8, columns: 12 }),
  transposeCase("1x1, more of both than a workgroup", 22, { taps: 1, inputs: 72, columns: 40 }),
  transposeCase("a part of the columns, into a part of its transpose", 23, {
    ...{ taps: 4, inputs: 24, columns: 8, outputs: 20, firstOutput: 8, outColumns: 12, firstInput: 8 },
  }),
  transposeCase("three blocks of 8 inputs and 12 outputs", 24, { taps: 2, inputs: 8, columns: 12, outColumns: 24 }),

  rectifyCase("without a batch norm", 31, 18, 20, false),
  rectifyCase("scales of either sign, and zero", 32, 9, 24, true),
  rectifyCase("the scales of a later part", 33, 3, 8, true, 5),

  rectifiedCase("a batch", 41, { batch: 3, inputs: 20, columns: 24 }),
  rectifiedCase("a part of the columns leaves the others alone", 42, { batch: 2, inputs: 8, columns: 12, all: 32, first4: 3 }),
  rectifiedCase("the negative part of more columns than a workgroup", 43, { batch: 1, inputs: 4, columns: 264, sign: -1 }),

  scoreCase("of a logit, padding behind the classes", 51, { rows: 3, classes: 9, target: 8 }),
  scoreCase("of a probability, more classes than a workgroup", 52, { rows: 2, classes: 70, target: 65, ofProbability: true }),
  scoreCase("of a probability, one row, scaled", 53, { rows: 1, classes: 8, target: 0, ofProbability: true, scale: -1.7 }),
];
