/** Cases of the kernels that only the smooth student uses. */
import { evidence, smoothSystem, tridiagonal } from "../../../src/shaders/index.ts";
import { type KernelCase, kernelCase, POISON, poisoned } from "../../support/kernels.ts";
import { Random } from "../../support/random.ts";
import { cholesky, dot, solve } from "../../support/reference-students.ts";

function smoothSystemCase(
  name: string,
  seed: number,
  features: number,
  padded: number,
  halves: 1 | 2 | 3,
  constants?: { WORKGROUP_X?: number; ROWS?: number },
  gpuOnly?: string,
): KernelCase {
  const { WORKGROUP_X, ROWS } = { ...smoothSystem.constants, ...constants };
  const random = new Random(seed);
  const stride = Math.ceil((features + 2) / 4) * 4;
  const all = Array.from({ length: 17 }, () => [...random.floats(features, -0.5, 0.5), random.next(), 1]);
  const parts = [all.slice(0, 8), all.slice(8)] as const;
  const sum = (rows: readonly number[][], i: number, j: number) =>
    rows.reduce((total, row) => total + (row[i] as number) * (row[j] as number), 0);
  // Blocks above the diagonal are not summed: what they hold must not matter; nor what is of a half that does not count.
  const moments = poisoned(2 * stride * stride);
  for (const [half, rows] of parts.entries()) {
    if (((halves >> half) & 1) === 0) continue;
    for (let i = 0; i < features + 2; i++) for (let j = 0; j <= i; j++) moments[(half * stride + i) * stride + j] = sum(rows, i, j);
  }
  const rows = parts.filter((_, half) => (halves >> half) & 1).flat();
  const samples = rows.length;
  const moment = (i: number, j: number) => sum(rows, i, j);
  const ratio = random.floats(1, 0.1, 2);
  const mean = (i: number) => moment(i, features + 1) / samples;
  const centred = (i: number, j: number) => moment(i, j) - samples * mean(i) * mean(j);
  const trace = Array.from({ length: features }, (_, i) => centred(i, i)).reduce((sum, value) => sum + value, 0);
  const expected = new Float64Array(padded * padded);
  for (let i = 0; i < padded; i++) {
    for (let j = 0; j < padded; j++) {
      const identity = i === j ? 1 : 0;
      const noise = i === j && i < features ? (ratio[0] as number) : 0;
      expected[i * padded + j] = Math.max(i, j) > features ? identity : (samples / trace) * centred(i, j) + noise;
    }
  }
  return kernelCase(smoothSystem, name, {
    read: { moments, ratio },
    written: { system: { expected } },
    uniforms: { features, stride, padded, halves },
    constants,
    threads: [WORKGROUP_X, Math.ceil(padded / ROWS)],
    // A centred moment is a difference of moments of up to `samples`; the scale, about 12 / features, multiplies its error.
    tolerance: { absolute: 8 * samples * Math.max(1, 12 / features) * 2 ** -24, relative: (8 + features) * 2 ** -24 },
    gpuOnly,
  });
}

/** The reflections of tridiagonal.wgsl one after the other, in float64. */
function tridiagonalCase(
  name: string,
  seed: number,
  unknowns: number,
  padded: number,
  constants?: { LANES: number; PHASES: number },
  gpuOnly?: string,
): KernelCase {
  const random = new Random(seed);
  // Nearly tridiagonal: in another one of this size the last values hang on the last bits of the first ones.
  const initial = random.floats(padded * padded, -0.03, 0.03);
  for (let i = 0; i < unknowns; i++) {
    initial[i * padded + i] = random.next();
    if (i > 0) initial[i * padded + i - 1] = 1 + random.next();
  }
  // Symmetric in what counts; what lies past it, and the row of the right-hand side, is its own.
  for (let i = 0; i < unknowns; i++) for (let j = 0; j < i; j++) initial[j * padded + i] = initial[i * padded + j] as number;
  const matrix = Float64Array.from(initial);
  const row = (i: number) => matrix.subarray(i * padded, (i + 1) * padded);
  const c = Float64Array.from(row(unknowns), (value, j) => (j < unknowns ? value : 0));
  const bands = new Float64Array(4 * padded).fill(POISON);
  let [v, w] = [new Float64Array(padded), new Float64Array(padded)];
  const reflected = (i: number, j: number) =>
    (row(i)[j] as number) - (v[i] as number) * (w[j] as number) - (w[i] as number) * (v[j] as number);
  for (let k = 0; k < unknowns; k++) {
    bands[k] = reflected(k, k);
    const u = Float64Array.from(v, (_, j) => (j > k && j < unknowns ? reflected(k, j) : 0));
    const root = Math.sqrt(dot([...u], [...u]));
    const second = k + 1 < unknowns ? (u[k + 1] as number) : 0;
    const above = second > 0 ? -root : root;
    const scale = root > 0 ? 1 / (root * (root + Math.abs(second))) : 0;
    if (k + 1 < unknowns) {
      u[k + 1] = second - above;
      bands[padded + k] = above;
    }
    // Columns are updated four at a time.
    const first = 4 * Math.floor((k + 1) / 4);
    const product = new Float64Array(padded);
    for (let i = k + 1; i < unknowns; i++) {
      for (let j = first; j < padded; j++) {
        row(i)[j] = reflected(i, j);
        if (j > k && j < unknowns) product[j] = (product[j] as number) + scale * (u[i] as number) * (row(i)[j] as number);
      }
    }
    const [along, of] = [scale * dot([...product], [...u]), scale * dot([...c], [...u])];
    w = product.map((value, j) => value - (along / 2) * (u[j] as number));
    v = u;
    for (const [j, value] of u.entries()) c[j] = (c[j] as number) - of * value;
  }
  bands.set(c, 2 * padded);
  bands[3 * padded] = row(unknowns)[unknowns] as number;
  return kernelCase(tridiagonal, name, {
    read: {},
    written: { matrix: { initial, expected: matrix }, bands: { expected: bands } },
    uniforms: { unknowns, stride4: padded / 4 },
    constants,
    threads: [1],
    // Reflections keep lengths, those of rows of up to sqrt(unknowns); errors add up over as many.
    tolerance: { absolute: (8 + 4 * unknowns) * 2 ** -24, relative: 8 * 2 ** -24 },
    gpuOnly,
  });
}

function evidenceCase(
  name: string,
  seed: number,
  candidates: number,
  features: number,
  samples: number,
  constants?: { WORKGROUP_X: number },
): KernelCase {
  const random = new Random(seed);
  const width = features + 3;
  const bands = poisoned(4 * width);
  bands.set(random.floats(features, 1, 2));
  bands.set(random.floats(features - 1, -0.4, 0.4), width);
  bands.set(random.floats(features, -0.5, 0.5), 2 * width);
  bands[3 * width] = features + random.next();
  const ratios = random.floats(candidates, 0.5, 2);
  const right = [...bands.subarray(2 * width, 2 * width + features)];
  const values = Array.from(ratios, (ratio) => {
    const system = right.map((_, i) =>
      right.map((_, j) => (i === j ? (bands[i] as number) + ratio : Math.abs(i - j) === 1 ? (bands[width + Math.min(i, j)] as number) : 0)),
    );
    const form = ((bands[3 * width] as number) - dot(right, solve(system, right))) / ratio;
    const factor = cholesky(system);
    const determinant = 2 * factor.reduce((sum, row, i) => sum + Math.log(row[i] as number), 0) + (samples - features) * Math.log(ratio);
    return (-samples / 2) * Math.log(form) - determinant / 2;
  });
  const best = values.indexOf(Math.max(...values));
  return kernelCase(evidence, name, {
    read: { bands, ratios },
    written: { choice: { expected: [ratios[best] as number, values[best] as number, 0, 0] } },
    uniforms: { candidates, features, width, samples },
    constants,
    threads: [1],
    // WGSL allows a logarithm 2^-21; samples / 2 and the features multiply it.
    tolerance: { absolute: (samples + features) * 2 ** -21, relative: 2 ** -22 },
  });
}

const MANY_ACCESSES = "the race detector compares all pairs of accesses, which are too many here";

export const smoothStudentCases: KernelCase[] = [
  smoothSystemCase("one feature", 41, 1, 4, 3),
  smoothSystemCase("rows past the system are the identity's", 42, 5, 8, 3, { WORKGROUP_X: 4 }),
  smoothSystemCase("more features than threads", 43, 11, 16, 1, { WORKGROUP_X: 4, ROWS: 3 }),
  smoothSystemCase("more features than the default workgroup", 44, 66, 68, 2, {}, MANY_ACCESSES),

  tridiagonalCase("one unknown", 71, 1, 4, { LANES: 2, PHASES: 1 }),
  tridiagonalCase("an odd number of unknowns, more columns and rows than threads", 72, 7, 12, { LANES: 2, PHASES: 2 }),
  tridiagonalCase("a right-hand side at the start of a vec4", 73, 8, 12, { LANES: 1, PHASES: 2 }),
  tridiagonalCase("the default workgroup", 74, 14, 32, undefined, MANY_ACCESSES),

  evidenceCase("one candidate", 61, 1, 3, 10),
  evidenceCase("fewer samples than features", 62, 5, 9, 4, { WORKGROUP_X: 8 }),
  evidenceCase("as many candidates as threads, more samples than features", 63, 32, 4, 50),
];
