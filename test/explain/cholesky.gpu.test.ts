import { beforeAll, expect, test } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import { PlanBuilder } from "../../src/engine/plan.ts";
import { appendCholesky, paddedRows } from "../../src/explain/relabel/cholesky.ts";
import { backSubstitution } from "../../src/shaders/index.ts";
import { worstError } from "../support/golden.ts";
import { Random } from "../support/random.ts";
import { cholesky, dot, solve } from "../support/reference-students.ts";
import { sharedEngine } from "../support/shared-engine.ts";

let engine: Engine;

beforeAll(async () => {
  engine = await sharedEngine();
});

/** Two systems of `unknowns` unknowns, each with its right-hand side as one more row, padded with the identity. */
function systems(unknowns: number, padded: number) {
  const random = new Random(unknowns);
  return [0, 1].map(() => {
    const factors = Array.from({ length: unknowns }, () => [...random.floats(unknowns)]);
    const matrix = factors.map((a, i) => factors.map((b, j) => dot(a, b) / unknowns + (i === j ? 0.5 : 0)));
    const right = [...random.floats(unknowns)];
    const values = new Float32Array(padded * padded);
    for (let i = 0; i < padded; i++) values[i * padded + i] = 1;
    for (const [i, row] of matrix.entries()) values.set(row.slice(0, i + 1), i * padded);
    values.set(right, unknowns * padded);
    // Large enough that its own pivot stays positive.
    values[unknowns * padded + unknowns] = 4 * unknowns;
    return { matrix, right, values };
  });
}

test.each([1, 31, 32, 63, 95, 100])("factors and solves %i unknowns as float64 does", async (unknowns) => {
  const padded = paddedRows(unknowns);
  expect(padded % 32).toBe(0);
  expect(padded).toBeGreaterThan(unknowns);
  const both = systems(unknowns, padded);
  const matrices = engine.tensor("matrices", [2, padded, padded], Float32Array.from(both.flatMap(({ values }) => [...values])));
  const x = engine.tensor("x", [unknowns]);
  const plan = new PlanBuilder(engine, "solve");
  appendCholesky(plan, matrices, padded, 2);
  plan.dispatch(backSubstitution, { bindings: { matrix: matrices, x }, uniforms: { unknowns, padded }, threads: [1] });
  await plan.once();
  const factored = await matrices.read();
  for (const [m, { matrix }] of both.entries()) {
    const actual: number[] = [];
    for (let i = 0; i < unknowns; i++) for (let j = 0; j <= i; j++) actual.push(factored[(m * padded + i) * padded + j] as number);
    const reference = cholesky(matrix).flatMap((row, i) => row.slice(0, i + 1));
    // Eigenvalues lie between 0.5 and about 2: the factor's error is a few times unknowns * 2^-24.
    expect(worstError(actual, reference)).toBeLessThan(2e-5);
  }
  const { matrix, right } = both[0] as (typeof both)[number];
  expect(worstError(await x.read(), solve(matrix, right))).toBeLessThan(5e-5);
  for (const tensor of [matrices, x]) tensor.dispose();
});
