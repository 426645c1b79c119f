/** The tridiagonal form of large systems: what follows from it is what follows from the whole matrix. */
import { expect, test } from "vitest";
import { PlanBuilder } from "../../src/engine/plan.ts";
import { tridiagonal } from "../../src/shaders/index.ts";
import { Random } from "../support/random.ts";
import { cholesky, dot, solve } from "../support/reference-students.ts";
import { sharedEngine } from "../support/shared-engine.ts";

const logDeterminant = (matrix: number[][]) => 2 * cholesky(matrix).reduce((sum, row, i) => sum + Math.log(row[i] as number), 0);

// Fewer columns than the workgroup has lanes for, more of them, and as many as it can hold.
test.each([70, 300, 446])("of %i unknowns: determinants and solutions at any noise ratio, as float64 has them", async (unknowns) => {
  const engine = await sharedEngine();
  const random = new Random(unknowns);
  const padded = Math.ceil((unknowns + 1) / 32) * 32;
  // Eigenvalues that fall as those of smooth features do, from about unknowns / 2 to nothing.
  const factors = Array.from({ length: unknowns }, () => [...random.floats(unknowns)].map((value, k) => value * 0.97 ** k));
  const norm = factors.reduce((sum, row) => sum + dot(row, row), 0) / unknowns;
  const matrix = factors.map((a) => factors.map((b) => Math.fround(dot(a, b) / norm)));
  const right = [...random.floats(unknowns)];
  // What the kernel must ignore would show.
  const values = new Float32Array(padded * padded).fill(Number.NaN);
  for (const [i, row] of matrix.entries()) values.set(row, i * padded);
  values.set(right, unknowns * padded);
  values[unknowns * padded + unknowns] = 7;
  const [input, bands] = [engine.tensor("matrix", [padded, padded], values), engine.tensor("bands", [4, padded])];
  try {
    const plan = new PlanBuilder(engine, "tridiagonal");
    plan.dispatch(tridiagonal, { bindings: { matrix: input, bands }, uniforms: { unknowns, stride4: padded / 4 }, threads: [1] });
    await plan.once();
    const found = await bands.read();
    const band = (index: number) => [...found.subarray(index * padded, index * padded + unknowns)];
    const [diagonal, above, rotated] = [band(0), band(1), band(2)] as [number[], number[], number[]];
    expect(found[3 * padded]).toBe(7);
    for (const ratio of [0.01, 1]) {
      const dense = matrix.map((row, i) => row.map((value, j) => value + (i === j ? ratio : 0)));
      const banded = diagonal.map((value, i) =>
        diagonal.map((_, j) => (i === j ? value + ratio : Math.abs(i - j) === 1 ? (above[Math.min(i, j)] as number) : 0)),
      );
      // In f32 eigenvalues are right to a few 2^-24 of the largest, which a ratio of .01 sees enlarged.
      expect(Math.abs(logDeterminant(banded) - logDeterminant(dense))).toBeLessThan(1e-5 / ratio);
      const expected = dot(right, solve(dense, right));
      expect(Math.abs(dot(rotated, solve(banded, rotated)) / expected - 1)).toBeLessThan(1e-6 / ratio);
    }
  } finally {
    for (const tensor of [input, bands]) tensor.dispose();
  }
});
