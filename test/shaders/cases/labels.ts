import { appendLabels, softmax } from "../../../src/shaders/index.ts";
import { type KernelCase, kernelCase, POISON } from "../../support/kernels.ts";
import { Random } from "../../support/random.ts";

const EXACT = { absolute: 0, relative: 0 };
const OUTPUTS = { softmax: 0, sigmoid: 1, logits: 2 };

interface Rows {
  logits: readonly (readonly number[])[];
  stride: number;
  target: number;
  outputs?: keyof typeof OUTPUTS;
  /** Whether the photo's probability of the target is 1/2 or more. */
  above?: boolean;
  firstRow?: number;
  constants?: { WORKGROUP_X: number };
}

/** Of one row: what is written for every class, and of the exponentials that count, how negative the exponents are at most. */
function outputsOf(row: readonly number[], outputs: keyof typeof OUTPUTS): { values: number[]; spread: number } {
  if (outputs === "logits") return { values: [...row], spread: 0 };
  const largest = Math.max(...row);
  const exponents = row.map((value) => (outputs === "sigmoid" ? -Math.abs(value) : value - largest));
  const spread = Math.max(...exponents.filter((exponent) => Math.exp(exponent) > 1e-30).map(Math.abs), 0);
  if (outputs === "sigmoid") return { values: row.map((value) => 1 / (1 + Math.exp(-value))), spread };
  const powers = exponents.map(Math.exp);
  const total = powers.reduce((sum, value) => sum + value, 0);
  return { values: powers.map((value) => value / total), spread };
}

function softmaxCase(name: string, rows: Rows): KernelCase {
  const { logits, stride, target, outputs = "softmax", above = true, firstRow = 0, constants } = rows;
  const classes = (logits[0] as readonly number[]).length;
  // Padding must not count, whatever it holds.
  const padded = new Float32Array(logits.length * stride).fill(1e30);
  const probabilities = new Float64Array(padded.length).fill(POISON);
  const labels = new Float64Array((firstRow + logits.length) * 4).fill(POISON);
  let spread = 0;
  logits.forEach((row, r) => {
    padded.set(row, r * stride);
    const values = [...padded.subarray(r * stride, r * stride + classes)];
    const written = outputsOf(values, outputs);
    probabilities.set(written.values, r * stride);
    spread = Math.max(spread, written.spread);
    const winner = values.indexOf(Math.max(...values));
    const found = written.values[target] as number;
    const kept = outputs === "sigmoid" ? found >= 0.5 === above : winner === target;
    labels.set([found, Number(kept), winner, 0], (firstRow + r) * 4);
  });
  return kernelCase(softmax, name, {
    read: { logits: padded },
    written: { probabilities: { expected: probabilities }, labels: { expected: labels } },
    uniforms: { rows: logits.length, classes, stride, target_class: target, first_row: firstRow, above: Number(above) },
    constants: { ...constants, OUTPUTS: OUTPUTS[outputs] },
    threads: [constants?.WORKGROUP_X ?? softmax.constants.WORKGROUP_X, logits.length],
    // WGSL allows exp 3 + 2 |x| units of 2^-23; the sum adds about sqrt(classes), the division 2.5. Logits are exact.
    tolerance: outputs === "logits" ? EXACT : { absolute: 1e-30, relative: (6 + 2 * spread + Math.sqrt(classes)) * 2 ** -23 },
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
    tolerance: EXACT,
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
  softmaxCase("sigmoids of a photo above one half, the target above, at and below it, whichever class is the largest", {
    ...{ stride: 8, target: 2, outputs: "sigmoid", above: true, firstRow: 1, constants: { WORKGROUP_X: 4 } },
    logits: [
      [3, -1, 0.25, 2, -5],
      [3, -1, 0, 2, -5],
      [-3, -1, -0.25, -2, -5],
      [-3, -1, -0, -2, -5],
      [-1, -8, 6, 4, 0.5],
    ],
  }),
  softmaxCase("sigmoids of a photo below one half", {
    ...{ stride: 8, target: 2, outputs: "sigmoid", above: false, constants: { WORKGROUP_X: 4 } },
    logits: [
      [3, -1, 0.25, 2, -5],
      [3, -1, 0, 2, -5],
      [-3, -1, -0.25, -2, -5],
      [-1, -8, -20, 4, 0.5],
    ],
  }),
  softmaxCase("sigmoids of logits too large for exp, of either sign", {
    ...{ stride: 4, target: 1, outputs: "sigmoid", constants: { WORKGROUP_X: 2 } },
    logits: [
      [1e4, -1e4, 80],
      [-1e4, 1e4, -60],
      [-1e30, 1e30, 0],
    ],
  }),
  softmaxCase("one sigmoid", { logits: [[-3]], stride: 4, target: 0, outputs: "sigmoid", above: false }),
  softmaxCase("more sigmoids than one workgroup", { logits: [row(6, 131, -9, 9)], stride: 132, target: 130, outputs: "sigmoid" }),
  softmaxCase("logits as they are, all negative: padding is not the largest", {
    ...{ stride: 8, target: 3, outputs: "logits", constants: { WORKGROUP_X: 2 } },
    logits: [
      [-7, -3.5, -1e4, -2, -2],
      [-0.125, -1e30, -3, -4, -0.25],
    ],
  }),
  softmaxCase("more logits than one workgroup", { logits: [row(7, 70, -9, 9)], stride: 72, target: 69, outputs: "logits" }),

  appendLabelsCase("one row", 11, 1, 0, 4, 2),
  appendLabelsCase("labels of a later batch; the other columns stay", 12, 3, 5, 8, 5),
  appendLabelsCase("more rows than one workgroup", 13, 67, 1, 4, 0),
];
