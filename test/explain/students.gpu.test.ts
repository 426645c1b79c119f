import { beforeAll, describe, expect, test } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import { shuffledOrder } from "../../src/engine/random.ts";
import { settle } from "../../src/explain/explain-options.ts";
import { CorrelationStudent } from "../../src/explain/relabel/correlation-student.ts";
import { SmoothStudent } from "../../src/explain/relabel/smooth.ts";
import { StoredStudent } from "../../src/explain/relabel/stored-student.ts";
import type { Student } from "../../src/explain/relabel/student.ts";
import type { Synthesizer } from "../../src/explain/relabel/synthesis.ts";
import type { Scene } from "../../src/explain/scene.ts";
import { readGolden, worstError } from "../support/golden.ts";
import { LONG } from "../support/long.ts";
import { Random } from "../support/random.ts";
import { type Gate, packGate, referenceBalancedGate, referenceRandomGate } from "../support/reference-random.ts";
import { fitSmooth, gateFeatures } from "../support/reference-smooth.ts";
import { centred, descend, dot, type Label, solve } from "../support/reference-students.ts";
import { sharedEngine } from "../support/shared-engine.ts";

let engine: Engine;

beforeAll(async () => {
  engine = await sharedEngine();
});

const BATCH = 16;

/** What students see of a synthesizer, filled by the test. */
function fakeSynthesizer(capacity: number) {
  const tensors = {
    gates: engine.tensor("gates", [BATCH, 52]),
    decoded: engine.tensor("decoded", [BATCH, 64, 64, 4]),
    labels: engine.tensor("labels", [capacity, 4]),
  };
  return { ...tensors, drawing: tensors, batch: BATCH, dispose: () => Object.values(tensors).forEach((tensor) => void tensor.dispose()) };
}

type FakeSynthesizer = ReturnType<typeof fakeSynthesizer>;

/** Shows all samples to the student in batches, the last one part full. */
async function show(
  student: Student,
  synthesizer: FakeSynthesizer,
  gates: readonly Gate[],
  labels: readonly Label[],
  from = 0,
): Promise<void> {
  for (let row = from; row < gates.length; row += BATCH) {
    const batch = gates.slice(row, row + BATCH);
    synthesizer.gates.write(Float32Array.from(batch.flatMap(packGate)));
    synthesizer.labels.write(Float32Array.from(labels.slice(row, row + BATCH).flatMap(([p, y]) => [p, y, 0, 0])), row * 4);
    await student.observe(row, batch.length, {});
  }
}

/** Samples whose label depends on a region of the gate, with noise. */
function drawSamples(count: number, seed: number): { gates: Gate[]; labels: Label[]; features: number[][] } {
  const random = new Random(seed);
  const gates = Array.from({ length: count }, (_, i) => referenceRandomGate(seed, i, 0.5));
  const features = gates.map(gateFeatures);
  const labels = features.map((row): Label => {
    const p = Math.fround(0.2 + 0.5 * (row[16 * 32 + 12] as number) + 0.25 * random.next());
    return [p, Number(p > 0.55)];
  });
  return { gates, labels, features };
}

describe("the smooth student", () => {
  test("equals PyTorch's and the n x n dual solution with the whole prior, in float64; a preview in between changes nothing", async () => {
    const { facts, tensors } = await readGolden("smooth");
    const golden = (key: string) => tensors.get(key)?.values as Float32Array;
    const { cases } = facts as { cases: { gates: "balanced" | "random"; seed: number; samples: number; keep: number; ratio: number }[] };
    for (const { gates: kind, seed, samples, keep, ratio } of cases) {
      const gates = Array.from({ length: samples }, (_, i) =>
        kind === "balanced" ? referenceBalancedGate(seed, i) : referenceRandomGate(seed, i, keep),
      );
      const labels = Array.from(golden(`${kind}.p`), (p): Label => [p, 0]);
      const synthesizer = fakeSynthesizer(64);
      const student = await SmoothStudent.create(engine, synthesizer as unknown as Synthesizer, {
        seed,
        balanced: Number(kind === "balanced"),
        keep,
      });
      // A preview costs as much as the map: one of the two has it, in the long run both.
      const seen = LONG || kind === "balanced" ? 2 * BATCH : 0;
      if (seen > 0) {
        await show(student, synthesizer, gates.slice(0, seen), labels.slice(0, seen));
        await student.fit(seen, false, {});
        expect(Math.max(...(await student.weights.read()))).toBeGreaterThan(0);
      }
      await show(student, synthesizer, gates, labels, seen);
      await student.fit(samples, true, {});
      const weights = await student.weights.read();
      const { noiseRatio, logEvidence } = await student.facts();
      const features = gates.map(gateFeatures);
      const reference = fitSmooth(
        features,
        labels.map(([p]) => p),
      );
      expect(noiseRatio).toBeCloseTo(ratio, 5);
      expect(reference.ratio).toBeCloseTo(ratio, 9);
      // The engine drops what of the prior changes K by less than 5e-6, and solves in f32.
      expect(worstError(weights, reference.weights), kind).toBeLessThan(1e-3);
      expect(worstError(weights, golden(`${kind}.w`)), kind).toBeLessThan(1e-3);
      // The engine's evidence leaves out a constant: the quadratic form's scale.
      const constant = (-samples / 2) * Math.log(reference.scale);
      expect(Math.abs((logEvidence as number) - constant - reference.evidence)).toBeLessThan(0.01);
      const scores = await student.scores(samples, {});
      const expected = features.map((row) =>
        dot(
          row.map((value) => value - 0.5),
          [...weights],
        ),
      );
      expect(worstError(scores, expected), kind).toBeLessThan(1e-4);
      student.dispose();
      synthesizer.dispose();
    }
  });
});

test.each(["balanced", "random"] as const)(
  "the correlation student with %s gates: float64's sum of gates by centred probabilities, of all samples and of halves",
  async (kind) => {
    const [seed, keep] = [21, 0.3];
    // A preview, a batch that is cut within a pair, and halves that differ in size.
    for (const samples of [LONG ? 653 : 270, 2]) {
      const gates = Array.from({ length: samples }, (_, i) =>
        kind === "balanced" ? referenceBalancedGate(seed, i) : referenceRandomGate(seed, i, keep),
      );
      const features = gates.map(gateFeatures);
      const p = Array.from(new Random(samples).floats(samples, 0, 1));
      const labels = p.map((value): Label => [value, 0]);
      const synthesizer = fakeSynthesizer(672);
      const settings = { seed, balanced: Number(kind === "balanced"), keep };
      const student = await CorrelationStudent.create(engine, synthesizer as unknown as Synthesizer, settings);
      const correlate = (isOwn: (row: number) => boolean) => {
        const own = p.filter((_, row) => isOwn(row));
        const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
        return Array.from({ length: 1024 }, (_, cell) =>
          p.reduce((sum, value, row) => sum + (isOwn(row) ? (value - mean) * (features[row]?.[cell] as number) : 0), 0),
        );
      };
      const first = Math.min(32, samples);
      await show(student, synthesizer, gates.slice(0, first), labels.slice(0, first));
      await student.fit(first, false, {});
      expect(
        worstError(
          await student.weights.read(),
          correlate((row) => row < first),
        ),
      ).toBeLessThan(1e-5);
      await show(student, synthesizer, gates, labels, first);
      await student.fit(samples, true, {});
      const weights = await student.weights.read();
      expect(
        worstError(
          weights,
          correlate(() => true),
        ),
      ).toBeLessThan(1e-5);
      const scores = features.map((row) => row.reduce((sum, value, cell) => sum + (value - 0.5) * (weights[cell] as number), 0));
      expect(worstError(await student.scores(samples, {}), scores)).toBeLessThan(1e-5);
      if (samples > 2) {
        for (const [half, found] of (await student.halves(samples, {})).entries()) {
          expect(
            worstError(
              found,
              correlate((row) => (row >> 7) % 2 === half),
            ),
            `half ${half}`,
          ).toBeLessThan(1e-5);
        }
        // They are beside the map, which stays.
        expect(await student.weights.read()).toEqual(weights);
      }
      student.dispose();
      synthesizer.dispose();
    }
  },
);

test("halves of the smooth student are students of every other block of samples, with the noise ratio of the whole", async () => {
  const samples = 240;
  const { gates, labels, features } = drawSamples(samples, 5);
  const synthesizer = fakeSynthesizer(samples);
  const student = await SmoothStudent.create(engine, synthesizer as unknown as Synthesizer, { seed: 5, balanced: 0, keep: 0.5 });
  await show(student, synthesizer, gates, labels);
  await student.fit(samples, true, {});
  const [weights, facts] = [await student.weights.read(), await student.facts()];
  const halves = await student.halves(samples, {});
  for (const [half, found] of halves.entries()) {
    const isOwn = (_: unknown, row: number) => (row >> 7) % 2 === half;
    const p = labels.filter(isOwn).map(([value]) => value);
    const own = fitSmooth(features.filter(isOwn), p, [facts.noiseRatio as number]);
    expect(worstError(found, own.weights), `half ${half}`).toBeLessThan(1e-3);
  }
  // They are beside the map, which stays.
  expect(await student.weights.read()).toEqual(weights);
  expect(await student.facts()).toEqual(facts);
  student.dispose();
  synthesizer.dispose();
});

describe("students of gates that keep their samples", () => {
  const COUNT = 40;
  const { gates, labels, features } = drawSamples(COUNT, 8);
  const x = centred(features);
  const p = labels.map(([probability]) => probability);
  const mean = p.reduce((sum, value) => sum + value, 0) / COUNT;
  const transposed = (coefficients: readonly number[]) =>
    Array.from({ length: 1024 }, (_, k) =>
      dot(
        coefficients,
        x.map((row) => row[k] as number),
      ),
    );

  async function distil(options: Parameters<typeof settle>[0]) {
    const synthesizer = fakeSynthesizer(48);
    const student = await StoredStudent.create(
      engine,
      synthesizer as unknown as Synthesizer,
      settle({ seed: 8, ...options }, false),
      {} as Scene,
    );
    await show(student, synthesizer, gates, labels);
    await student.fit(COUNT, true, {});
    const result = { weights: await student.weights.read(), scores: await student.scores(COUNT, {}) };
    student.dispose();
    synthesizer.dispose();
    return result;
  }

  test("ridge: float64's solution with ten times the mean Gram diagonal", async () => {
    const { weights } = await distil({ student: "ridge" });
    const gram = x.map((row) => x.map((other) => dot(row, other)));
    const ridge = (10 * gram.reduce((sum, row, i) => sum + (row[i] as number), 0)) / COUNT;
    const system = gram.map((row, i) => row.map((value, j) => value + (i === j ? ridge : 0)));
    const reference = transposed(
      solve(
        system,
        p.map((value) => value - mean),
      ),
    );
    expect(worstError(weights, reference)).toBeLessThan(1e-4);
  });

  test.each([
    ["the paper's loss", { loss: "paper" }, { loss: 0, soft: 0.7, hard: 0.3 }],
    ["cross-entropy", { loss: "cross-entropy" }, { loss: 1, soft: 0, hard: 0 }],
  ] as const)("sgd, %s: primal and dual agree after five epochs in the same order, and with float64", async (_, loss, reference) => {
    const training = { epochs: 5, minibatch: 7, rate: 0.01, momentum: 0.9 };
    const primal = (await distil({ student: "sgd", sgd: { ...training, ...loss, form: "primal" } })).weights;
    const dual = (await distil({ student: "sgd", sgd: { ...training, ...loss, form: "dual" } })).weights;
    expect(worstError(dual, primal)).toBeLessThan(1e-3);
    const { weights } = descend(x, labels, shuffledOrder(8, COUNT, training.epochs), { ...training, ...reference });
    expect(worstError(primal, weights)).toBeLessThan(1e-3);
  });
});

test("ridge on residual images: float64's solution with the mean Gram diagonal, on 64 x 64 x 3 values", async () => {
  const count = 5;
  const random = new Random(6);
  const pixels = 64 * 64 * 4;
  const images = Array.from({ length: count }, () => random.floats(pixels, -0.2, 1.2));
  const [small, anchor] = [random.floats(pixels, 0, 1), random.floats(pixels, 0, 1)];
  const probabilities = [...random.floats(count, 0, 1)];
  const synthesizer = fakeSynthesizer(BATCH);
  const scene = { small: engine.tensor("small", [64, 64, 4], small), anchor: engine.tensor("anchor", [64, 64, 4], anchor) };
  const student = await StoredStudent.create(
    engine,
    synthesizer as unknown as Synthesizer,
    settle({ synthesis: "residual", student: "ridge" }, false),
    scene as unknown as Scene,
  );
  expect([student.cells, student.channels]).toEqual([64, 4]);
  for (const [i, image] of images.entries()) synthesizer.decoded.write(image, i * pixels);
  synthesizer.labels.write(Float32Array.from(probabilities.flatMap((value) => [value, 0, 0, 0])));
  await student.observe(0, count, {});
  await student.fit(count, true, {});
  const seen = images.map((image) =>
    [...image].map((value, k) => (k % 4 === 3 ? 0 : Math.min(Math.max(value + (small[k] as number) - (anchor[k] as number), 0), 1))),
  );
  const x = centred(seen);
  const gram = x.map((row) => x.map((other) => dot(row, other)));
  const ridge = gram.reduce((sum, row, i) => sum + (row[i] as number), 0) / count;
  const mean = probabilities.reduce((sum, value) => sum + value, 0) / count;
  const coefficients = solve(
    gram.map((row, i) => row.map((value, j) => value + (i === j ? ridge : 0))),
    probabilities.map((value) => value - mean),
  );
  const reference = Array.from({ length: pixels }, (_, k) => coefficients.reduce((sum, c, i) => sum + c * (x[i]?.[k] as number), 0));
  expect(worstError(await student.weights.read(), reference)).toBeLessThan(1e-4);
  student.dispose();
  synthesizer.dispose();
});
