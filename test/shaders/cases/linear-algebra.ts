import { backSubstitution, choleskyDiagonal, choleskyPanel, choleskyUpdate, ridgeSystem } from "../../../src/shaders/index.ts";
import { type KernelCase, kernelCase, POISON, sumTolerance } from "../../support/kernels.ts";
import { Random } from "../../support/random.ts";
import { cholesky } from "../../support/reference-students.ts";

/** Noise above and below, so that whatever a kernel must not read or write shows; the diagonal is large enough to factor. */
function wellConditioned(random: Random, batch: number, size: number): Float32Array<ArrayBuffer> {
  const matrices = random.floats(batch * size * size);
  for (let m = 0; m < batch; m++) for (let i = 0; i < size; i++) matrices[(m * size + i) * size + i] = size + random.next();
  return matrices;
}

const lowerBlock = (values: Float32Array, base: number, size: number, block: number) =>
  Array.from({ length: block }, (_, i) =>
    Array.from({ length: block }, (_, j) => values[base + Math.max(i, j) * size + Math.min(i, j)] as number),
  );

function diagonalCase(name: string, seed: number, batch: number, size: number, start: number, block: number): KernelCase {
  const initial = wellConditioned(new Random(seed), batch, size);
  const expected = Float64Array.from(initial);
  for (let m = 0; m < batch; m++) {
    const base = (m * size + start) * size + start;
    const factor = cholesky(lowerBlock(initial, base, size, block));
    for (let i = 0; i < block; i++) for (let j = 0; j <= i; j++) expected[base + i * size + j] = factor[i]?.[j] as number;
  }
  return kernelCase(choleskyDiagonal, name, {
    read: {},
    written: { matrices: { initial, expected } },
    uniforms: { size, start },
    constants: { BLOCK: block },
    threads: [block, 1, batch],
    tolerance: sumTolerance(block, Math.sqrt(size)),
  });
}

/** The identity but for its last pivot, which rounding might have pushed below zero. */
function negativePivotCase(name: string, block: number): KernelCase {
  const initial = Float32Array.from({ length: block * block }, (_, i) => (i % (block + 1) === 0 ? 1 : 0));
  initial[block * block - 1] = -1e-6;
  const expected = Float64Array.from(initial);
  expected[block * block - 1] = 1e-10;
  return kernelCase(choleskyDiagonal, name, {
    read: {},
    written: { matrices: { initial, expected } },
    uniforms: { size: block, start: 0 },
    constants: { BLOCK: block },
    threads: [block],
    tolerance: { absolute: 0, relative: 1e-6 },
  });
}

function panelCase(
  name: string,
  seed: number,
  batch: number,
  size: number,
  start: number,
  block: number,
  workgroup: number,
  gpuOnly?: string,
): KernelCase {
  const random = new Random(seed);
  const initial = wellConditioned(random, batch, size);
  const expected = Float64Array.from(initial);
  for (let m = 0; m < batch; m++) {
    const at = (row: number, column: number) => (m * size + row) * size + column;
    for (let row = start + block; row < size; row++) {
      // x L^T = b, from the first unknown on.
      for (let column = 0; column < block; column++) {
        let value = expected[at(row, start + column)] as number;
        for (let k = 0; k < column; k++) {
          value -= (expected[at(row, start + k)] as number) * (initial[at(start + column, start + k)] as number);
        }
        expected[at(row, start + column)] = value / (initial[at(start + column, start + column)] as number);
      }
    }
  }
  return kernelCase(choleskyPanel, name, {
    read: {},
    written: { matrices: { initial, expected } },
    uniforms: { size, start },
    constants: { BLOCK: block, WORKGROUP_X: workgroup },
    threads: [size - start - block, 1, batch],
    tolerance: sumTolerance(block),
    gpuOnly,
  });
}

function updateCase(name: string, seed: number, batch: number, size: number, start: number, block: number): KernelCase {
  const initial = new Random(seed).floats(batch * size * size);
  const expected = Float64Array.from(initial);
  const below = size - start - block;
  for (let m = 0; m < batch; m++) {
    const at = (row: number, column: number) => (m * size + row) * size + column;
    for (let row = start + block; row < size; row++) {
      for (let column = start + block; column < size; column++) {
        if (column >> 2 > row >> 2) continue;
        for (let k = start; k < start + block; k++) {
          expected[at(row, column)] =
            (expected[at(row, column)] as number) - (initial[at(row, k)] as number) * (initial[at(column, k)] as number);
        }
      }
    }
  }
  return kernelCase(choleskyUpdate, name, {
    read: {},
    written: { matrices: { initial, expected } },
    uniforms: { size, start },
    constants: { BLOCK: block },
    threads: [below / 4, below / 4, batch],
    tolerance: sumTolerance(block + 1),
  });
}

function substitutionCase(name: string, seed: number, unknowns: number, padded: number, constants?: { WORKGROUP_X: number }): KernelCase {
  const random = new Random(seed);
  const matrix = random.floats(padded * padded, -1 / unknowns, 1 / unknowns);
  for (let i = 0; i < unknowns; i++) matrix[i * padded + i] = 1 + random.next();
  const expected = Float64Array.from(matrix.subarray(unknowns * padded, unknowns * padded + unknowns));
  for (let row = unknowns - 1; row >= 0; row--) {
    for (let later = row + 1; later < unknowns; later++) {
      expected[row] = (expected[row] as number) - (matrix[later * padded + row] as number) * (expected[later] as number);
    }
    expected[row] = (expected[row] as number) / (matrix[row * padded + row] as number);
  }
  return kernelCase(backSubstitution, name, {
    read: { matrix },
    written: { x: { expected } },
    uniforms: { unknowns, padded },
    constants,
    threads: [1],
    tolerance: sumTolerance(unknowns + 1, 1 / unknowns),
  });
}

function ridgeSystemCase(
  name: string,
  seed: number,
  samples: number,
  padded: number,
  lambda: number,
  constants?: { WORKGROUP_X?: number },
  gpuOnly?: string,
): KernelCase {
  const random = new Random(seed);
  const stride = Math.ceil(samples / 4) * 4;
  const gram = random.floats(samples * stride);
  for (let i = 0; i < samples; i++) gram[i * stride + i] = 2 + random.next();
  const labels = random.floats(samples * 4, 0, 1);
  const mean = Array.from({ length: samples }, (_, i) => gram[i * stride + i] as number).reduce((sum, value) => sum + value, 0) / samples;
  const meanLabel = Array.from({ length: samples }, (_, i) => labels[4 * i] as number).reduce((sum, value) => sum + value, 0) / samples;
  const expected = new Float64Array(padded * padded).fill(POISON);
  for (let i = 0; i < padded; i++) {
    for (let j = 0; j <= i; j++) {
      let value = i === j ? 1 : 0;
      if (i < samples) value = (gram[i * stride + j] as number) + (i === j ? lambda * mean : 0);
      else if (i === samples) value = j < samples ? (labels[4 * j] as number) - meanLabel : samples / (lambda * mean) + 1;
      expected[i * padded + j] = value;
    }
  }
  return kernelCase(ridgeSystem, name, {
    read: { gram, labels },
    written: { system: { expected } },
    uniforms: { samples, stride, padded, lambda },
    constants,
    threads: [constants?.WORKGROUP_X ?? ridgeSystem.constants.WORKGROUP_X, padded],
    tolerance: { absolute: (4 + Math.sqrt(samples)) * 2 ** -24, relative: (8 + Math.sqrt(samples)) * 2 ** -24 },
    gpuOnly,
  });
}

const MANY_ACCESSES = "the race detector compares all pairs of accesses, which are too many here";

export const linearAlgebraCases: KernelCase[] = [
  diagonalCase("the first block of one matrix; what lies above the diagonal stays", 1, 1, 8, 0, 8),
  diagonalCase("a later block of two matrices", 2, 2, 12, 4, 4),
  diagonalCase("the default block", 3, 1, 32, 0, 32),
  negativePivotCase("a pivot below zero stays finite", 4),

  panelCase("one block of rows below, half of the workgroup idle", 11, 1, 8, 0, 4, 8),
  panelCase("a batch, a later block, several workgroups, the last part full", 12, 2, 32, 4, 4, 5),
  panelCase("the default block", 13, 1, 64, 0, 32, 32, MANY_ACCESSES),

  updateCase("one 4 x 4 block: its upper half is updated too", 21, 1, 8, 0, 4),
  updateCase("a batch, a later block; blocks above the diagonal and columns before stay", 22, 2, 24, 4, 8),
  updateCase("more rows than one workgroup", 23, 1, 40, 0, 4),
  updateCase("the default block", 24, 1, 64, 0, 32),

  substitutionCase("one unknown", 31, 1, 4),
  substitutionCase("more unknowns than threads of a small workgroup", 32, 5, 8, { WORKGROUP_X: 4 }),
  substitutionCase("more unknowns than threads", 33, 67, 96),

  ridgeSystemCase("one sample", 51, 1, 4, 10),
  ridgeSystemCase("rows past the system are the identity's", 52, 5, 8, 0.5, { WORKGROUP_X: 4 }),
  ridgeSystemCase("more samples than threads", 53, 10, 12, 10, { WORKGROUP_X: 4 }),
  ridgeSystemCase("more samples than the default workgroup", 54, 67, 72, 10, {}, MANY_ACCESSES),
];
