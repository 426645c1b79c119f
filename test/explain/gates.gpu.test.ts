import { beforeAll, describe, expect, test } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import { PlanBuilder } from "../../src/engine/plan.ts";
import { gates, sampleLatent } from "../../src/shaders/index.ts";
import { packGate, referenceBalancedGate, referenceRandomGate } from "../support/reference-random.ts";
import { sharedEngine } from "../support/shared-engine.ts";

let engine: Engine;

beforeAll(async () => {
  engine = await sharedEngine();
});

const VALUES = 52;

/** Gates of `samples` samples from `first` on, in batches of `batch`. */
async function drawGates(seed: number, first: number, samples: number, batch: number, keep?: number): Promise<number[][]> {
  const out = engine.tensor("gates", [batch, VALUES]);
  const builder = new PlanBuilder(engine, "gates");
  const step = builder.dispatch(gates, {
    bindings: { gates: out },
    uniforms: { samples: batch, first_sample: first, seed, balanced: Number(keep === undefined), keep: keep ?? 0.5 },
    threads: [VALUES / 4, batch],
  });
  const plan = await builder.compile();
  const rows: number[][] = [];
  for (let at = 0; at < samples; at += batch) {
    plan.set(step, { first_sample: first + at });
    await plan.run();
    const values = await out.read();
    for (let i = 0; i < Math.min(batch, samples - at); i++) rows.push([...values.subarray(i * VALUES, (i + 1) * VALUES)]);
  }
  plan.dispose();
  out.dispose();
  return rows;
}

describe("balanced gates", () => {
  test.each([
    { seed: 0, first: 0 },
    { seed: 1234567890, first: 128 },
    { seed: 2 ** 32 - 1, first: 128 * 777 },
  ])("seed $seed: a block of 128 samples from $first on keeps every cell in exactly half of them", async ({ seed, first }) => {
    const rows = await drawGates(seed, first, 128, 128);
    expect(rows).toEqual(Array.from({ length: 128 }, (_, i) => packGate(referenceBalancedGate(seed, first + i))));
    expect(rows).toHaveLength(128);
    const cells = rows.map((row) => row.slice(0, 49));
    for (let cell = 0; cell < 49; cell++)
      expect(
        cells.reduce((sum, row) => sum + (row[cell] as number), 0),
        `cell ${cell}`,
      ).toBe(64);
    for (let pair = 0; pair < 64; pair++) {
      expect((cells[2 * pair] as number[]).map((value) => 1 - value)).toEqual(cells[2 * pair + 1]);
    }
    // Distinct columns of a Hadamard matrix: any two cells agree in exactly half of the samples.
    for (const [a, b] of [
      [0, 1],
      [0, 48],
      [13, 27],
    ] as const) {
      expect(cells.filter((row) => row[a] === row[b])).toHaveLength(64);
    }
    expect(new Set(rows.map((row) => `${row[49]} ${row[50]}`)).size).toBe(1);
    expect(rows.every((row) => row[51] === 0)).toBe(true);
  });

  test("blocks have shifts and designs of their own", async () => {
    const rows = await drawGates(5, 0, 384, 128);
    expect(rows).toHaveLength(384);
    const row = (at: number) => rows[at] as number[];
    expect(new Set([0, 128, 256].map((at) => row(at).slice(49, 51).join())).size).toBeGreaterThan(1);
    expect(row(2).slice(0, 49)).not.toEqual(row(130).slice(0, 49));
  });
});

describe("random gates", () => {
  test.each([0.05, 0.5, 0.9])("keep a cell with probability %f, and shift by 0 to 31 pixels", async (keep) => {
    const rows = await drawGates(11, 1 << 24, 200, 200, keep);
    expect(rows.slice(0, 9)).toEqual(
      Array.from({ length: 9 }, (_, i) => packGate(referenceRandomGate(11, (1 << 24) + i, Math.fround(keep)))),
    );
    const kept = rows.flatMap((row) => row.slice(0, 49)).reduce((sum, value) => sum + value, 0) / (200 * 49);
    // Four standard errors.
    expect(Math.abs(kept - keep)).toBeLessThan(4 * Math.sqrt((keep * (1 - keep)) / (200 * 49)));
    const shifts = rows.flatMap((row) => row.slice(49, 51));
    expect([Math.min(...shifts), Math.max(...shifts)]).toEqual([0, 31]);
  });
});

test("gates and latents are the same numbers in any split into batches", async () => {
  expect(await drawGates(9, 3, 20, 7)).toEqual(await drawGates(9, 3, 20, 20));
  expect(await drawGates(9, 3, 20, 1, 0.3)).toEqual(await drawGates(9, 3, 20, 6, 0.3));
  const center = engine.tensor("center", [500]);
  const scale = engine.tensor("scale", [500], new Float32Array(500).fill(1));
  const draw = async (first: number, samples: number) => {
    const z = engine.tensor("z", [samples, 500]);
    const plan = new PlanBuilder(engine, "latents");
    plan.dispatch(sampleLatent, {
      bindings: { center, scale, z },
      uniforms: { samples, latent4: 125, first_sample: first, seed: 77, strength: 1 },
      threads: [125, samples],
    });
    await plan.once();
    return [...(await z.read())];
  };
  const whole = await draw(0, 20);
  expect([...(await draw(0, 3)), ...(await draw(3, 9)), ...(await draw(12, 8))]).toEqual(whole);
  const mean = whole.reduce((sum, value) => sum + value, 0) / whole.length;
  const variance = whole.reduce((sum, value) => sum + (value - mean) ** 2, 0) / whole.length;
  // Four standard errors of a standard normal's mean and variance.
  expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(whole.length));
  expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / whole.length));
});
