import { appendLabels, softmax } from "../../../src/shaders/index.ts";
import { type KernelCase, kernelCase, POISON } from "../../support/kernels.ts";
import { Random } from "../../support/random.ts";

interface Rows {
  logits: readonly (readonly number[])[];
  stride: number;
  target: number;
  firstRow?: number;
  constants?: { WORKGROUP_X: number };
}

function softmaxCase(name: string, { logits, stride, target, firstRow = 0, constants }: Rows): KernelCase {
  const classes = (logits[0] as readonly number[]).length;
  // Padding must not count, whatever it holds.
  const padded = new Float32Array(logits.length * stride).fill(1e30);
  const probabilities = new Float64Array(padded.length).fill(POISON);
  const labels = new Float64Array((firstRow + logits.length) * 4).fill(POISON);
  let spread = 0;
  logits.forEach((row, r) => {
    padded.set(row, r * stride);
    const values = [...padded.subarray(r * stride, r * stride + classes)];
    const largest = Math.max(...values);
    const powers = values.map((value) => Math.exp(value - largest));
    const total = powers.reduce((sum, value) => sum + value, 0);
    powers.forEach((value, index) => {
      probabilities[r * stride + index] = value / total;
      if (value > 1e-30) spread = Math.max(spread, -Math.log(value));
    });
    const winner = values.indexOf(largest);
    labels.set([(powers[target] as number) / total, Number(winner === target), winner, 0], (firstRow + r) * 4);
  });
  return kernelCase(softmax, name, {
    read: { logits: padded },
    written: { probabilities: { expected: probabilities }, labels: { expected: labels } },
    uniforms: { rows: logits.length, classes, stride, target_class: target, first_row: firstRow },
    constants,
    threads: [constants?.WORKGROUP_X ?? softmax.constants.WORKGROUP_X, logits.length],
    // WGSL allows exp 3 + 2 |x| units of 2^-23; the sum adds about sqrt(classes), the division 2.5.
    tolerance: { absolute: 1e-30, relative: (6 + 2 * spread + Math.sqrt(classes)) * 2 ** -23 },
  });
}

function appendLabelsCase(name: string, seed: number, rows: number, firstRow: number, stride: number, column: number): KernelCase {
  const random = new Random(seed);
  const labels = random.floats((firstRow + rows) * 4);
  const initial = random.floats(rows * stride);
  const expected = Float64Array.from(initial);
  for (let row = 0; row < rows; row++) expected.set([labels[(firstRow + row) * 4] as number, 1], row * stride + column);
  return kernelCase(appendLabels, name, {
    read: { labels },
    written: { features: { initial, expected } },
    uniforms: { rows, first_row: firstRow, stride, column },
    threads: [rows],
    tolerance: { absolute: 0, relative: 0 },
  });
}

const row = (seed: number, classes: number, low: number, high: number) => [...new Random(seed).floats(classes, low, high)];

export const labelCases: KernelCase[] = [
  softmaxCase("one class is certain; padding does not count", { logits: [[-3]], stride: 4, target: 0 }),
  softmaxCase("classes not a multiple of the threads, several rows, written behind earlier ones", {
    logits: [row(1, 7, -3, 3), row(2, 7, -3, 3), row(3, 7, -3, 3)],
    stride: 8,
    target: 4,
    firstRow: 2,
    constants: { WORKGROUP_X: 4 },
  }),
  softmaxCase("of equal logits the lowest class wins, within a thread's classes and between threads", {
    logits: [
      [1, 5, 0, 5, 2, 5],
      [0, 0, 7, 1, 1, 7],
      [2, 2, 2, 2, 2, 2],
    ],
    stride: 8,
    target: 1,
    constants: { WORKGROUP_X: 4 },
  }),
  softmaxCase("logits too large for exp, and all very negative", {
    logits: [
      [1e4, 1e4 - 1, 3, 1e4 - 2, 0],
      [-1e30, -2e30, -1e30, -3e30, -1e30],
    ],
    stride: 8,
    target: 3,
    constants: { WORKGROUP_X: 2 },
  }),
  softmaxCase("more classes than one workgroup: the winner is found in a later stride", {
    logits: [row(4, 131, -1, 1).map((value, index) => (index === 129 ? 2.5 : value))],
    stride: 132,
    target: 129,
  }),
  softmaxCase("as many classes as the teacher has", { logits: [row(5, 1000, -8, 8)], stride: 1000, target: 999 }),

  appendLabelsCase("one row", 11, 1, 0, 4, 2),
  appendLabelsCase("labels of a later batch; the other columns stay", 12, 3, 5, 8, 5),
  appendLabelsCase("more rows than one workgroup", 13, 67, 1, 4, 0),
];
