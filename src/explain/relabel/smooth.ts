/** The student that learns smooth maps, and can show one at any time. */
import type { Engine } from "../../engine/engine.ts";
import { type Plan, PlanBuilder, type RunOptions, type StepHandle } from "../../engine/plan.ts";
import type { Tensor } from "../../engine/tensor.ts";
import { parametersOf } from "../../ops/activation-functions.ts";
import * as kernels from "../../shaders/index.ts";
import { appendCholesky, paddedRows } from "./cholesky.ts";
import { appendFeatures, FEATURES, type GateSettings, scoreGates } from "./gate-features.ts";
import { CELLS, priorFactor, RANK } from "./prior.ts";
import type { Student } from "./student.ts";
import type { Synthesizer } from "./synthesis.ts";

/** Columns of the design: prior directions, the probability, a one; a multiple of 4. */
const STRIDE = RANK + 2;
const PADDED = paddedRows(RANK);
/** Candidate noise ratios; previews take one near which the search lands. */
const RATIOS = Array.from({ length: 26 }, (_, i) => 10 ** (-3 + (5 * i) / 25));
const PREVIEW_RATIO = 1.15;
const { WORKGROUP_X, ROWS } = kernels.smoothSystem.constants;

/**
 * The Bayesian linear student with a smoothness prior, w ~ GP(0, K), in closed form: with K = B B^T it is ridge regression on the
 * features F B, whose moments are summed as samples arrive, so that its memory does not depend on their number. The noise ratio
 * is the one of 26 with the largest marginal likelihood.
 */
export class SmoothStudent implements Student {
  readonly weights: Tensor;
  readonly cells = CELLS;
  readonly channels = 1;
  readonly blur = 0;
  readonly anytime = true;
  readonly #engine: Engine;
  readonly #synthesizer: Synthesizer;
  readonly #owned: Tensor[];
  readonly #moments: Tensor;
  readonly #choice: Tensor;
  readonly #settings: GateSettings;
  #toCells!: Tensor;
  #observe!: Plan;
  #labels!: StepHandle<typeof kernels.appendLabels>;
  #sum!: StepHandle<typeof kernels.moments>;
  #final!: Solver;
  #preview!: Solver;

  private constructor(engine: Engine, synthesizer: Synthesizer, settings: GateSettings) {
    this.#engine = engine;
    this.#synthesizer = synthesizer;
    this.#settings = settings;
    this.weights = engine.tensor("smooth student", [FEATURES]);
    this.#moments = engine.tensor("moments", [2, STRIDE, STRIDE]);
    this.#choice = engine.tensor("noise ratio", [4]);
    this.#owned = [this.weights, this.#moments, this.#choice];
  }

  /** `settings` must be those that the synthesizer draws its gates with: scores draw them again. */
  static create(engine: Engine, synthesizer: Synthesizer, settings: GateSettings): Promise<SmoothStudent> {
    return engine.guard(async () => {
      const student = new SmoothStudent(engine, synthesizer, settings);
      await student.#compile();
      return student;
    });
  }

  async #compile(): Promise<void> {
    const engine = this.#engine;
    const { batch, labels, drawing } = this.#synthesizer;
    const { forward, backward } = engine.work("prior", priorDirections);
    const toPrior = engine.tensor("prior directions", [FEATURES, STRIDE], forward);
    const toCells = engine.tensor("prior directions, transposed", [STRIDE, FEATURES], backward);
    this.#owned.push(toPrior, toCells);
    const plan = new PlanBuilder(engine, "observe");
    const cells = plan.temporary("gate features", [batch, FEATURES]);
    appendFeatures(plan, drawing.gates, cells, batch);
    const design = plan.temporary("design", [batch, STRIDE]);
    appendProduct(plan, cells, toPrior, design, batch, FEATURES, STRIDE);
    this.#labels = plan.dispatch(kernels.appendLabels, {
      bindings: { labels, features: design },
      uniforms: { rows: batch, first_row: 0, stride: STRIDE, column: RANK },
      threads: [batch],
    });
    this.#sum = plan.dispatch(kernels.moments, {
      bindings: { x: design, moments: this.#moments },
      uniforms: { rows: batch, columns4: STRIDE / 4, first_row: 0 },
      threads: [STRIDE / 4, STRIDE / 4],
      flops: batch * STRIDE * STRIDE,
    });
    this.#observe = await plan.compile();
    this.#toCells = toCells;
    this.#final = await this.#solver(true, this.#choice);
    const preview = engine.tensor("noise ratio of previews", [1], new Float32Array([PREVIEW_RATIO]));
    this.#owned.push(preview);
    this.#preview = await this.#solver(false, preview);
  }

  /** Fits the weights to all samples, at the ratio of largest evidence if `search`; or others, `out`, to a half of the samples (1 or 2). */
  async #solver(search: boolean, ratio: Tensor, halves = 3, out = this.weights): Promise<Solver> {
    const engine = this.#engine;
    const plan = new PlanBuilder(engine, "distil");
    const evidence = search ? this.#appendSearch(plan, ratio) : undefined;
    const system = this.#appendSystem(plan, ratio, halves);
    appendCholesky(plan, system, PADDED, 1);
    const solution = engine.tensor("prior weights", [STRIDE]);
    this.#owned.push(solution);
    plan.dispatch(kernels.backSubstitution, {
      bindings: { matrix: system, x: solution },
      uniforms: { unknowns: RANK, padded: PADDED },
      threads: [1],
      flops: RANK ** 2,
    });
    appendProduct(plan, solution, this.#toCells, out, 1, STRIDE, FEATURES);
    return { plan: await plan.compile(), evidence };
  }

  #appendSystem(plan: PlanBuilder, ratio: Tensor, halves: number): Tensor {
    const system = plan.temporary("system", [PADDED, PADDED]);
    plan.dispatch(kernels.smoothSystem, {
      bindings: { moments: this.#moments, ratio, system },
      uniforms: { features: RANK, stride: STRIDE, padded: PADDED, halves },
      threads: [WORKGROUP_X, PADDED / ROWS],
      flops: PADDED ** 2 * 4,
    });
    return system;
  }

  /** Of the tridiagonal form of the system without noise the evidence of every candidate follows, without a factorisation for each. */
  #appendSearch(plan: PlanBuilder, choice: Tensor): StepHandle<typeof kernels.evidence> {
    const matrix = this.#appendSystem(plan, this.#engine.nothing, 3);
    const bands = plan.temporary("tridiagonal form", [4, PADDED]);
    plan.dispatch(kernels.tridiagonal, {
      bindings: { matrix, bands },
      uniforms: { unknowns: RANK, stride4: PADDED / 4 },
      threads: [1],
      flops: 2 * RANK ** 3,
    });
    const ratios = this.#engine.tensor("noise ratios", [RATIOS.length], Float32Array.from(RATIOS));
    this.#owned.push(ratios);
    return plan.dispatch(kernels.evidence, {
      bindings: { bands, ratios, choice },
      uniforms: { candidates: RATIOS.length, features: RANK, width: PADDED, samples: 0 },
      threads: [1],
    });
  }

  /** The weights of two students of every other block of samples each, with the noise ratio of the last fit. */
  async halves(_: number, options: RunOptions): Promise<[Float32Array, Float32Array]> {
    const out = this.#engine.tensor("weights of half of the samples", [FEATURES]);
    this.#owned.push(out);
    const fitted = async (half: number) => {
      const { plan } = await this.#solver(false, this.#choice, half, out);
      try {
        await plan.run(options);
        return await out.read();
      } finally {
        plan.dispose();
      }
    };
    return [await fitted(1), await fitted(2)];
  }

  async observe(row: number, count: number, options: RunOptions): Promise<void> {
    this.#observe.set(this.#labels, { first_row: row });
    this.#observe.set(this.#sum, { rows: count, first_row: row });
    await this.#observe.run(options);
  }

  async fit(samples: number, final: boolean, options: RunOptions): Promise<void> {
    const { plan, evidence } = final ? this.#final : this.#preview;
    if (evidence) plan.set(evidence, { samples });
    await plan.run(options);
  }

  scores(samples: number, options: RunOptions): Promise<Float32Array> {
    return scoreGates(this.#engine, this.weights, this.#settings, samples, options);
  }

  async facts(): Promise<Record<string, number>> {
    const [ratio, evidence] = await this.#choice.read();
    return { noiseRatio: ratio as number, logEvidence: evidence as number };
  }

  dispose(): void {
    for (const plan of [this.#observe, this.#final.plan, this.#preview.plan]) plan.dispose();
    for (const tensor of this.#owned) tensor.dispose();
  }
}

/** The prior's factor as a matrix from cells to its directions, and the transpose; both padded to whole vec4s. */
function priorDirections(): { forward: Float32Array; backward: Float32Array } {
  const factor = priorFactor();
  const forward = new Float32Array(FEATURES * STRIDE);
  const backward = new Float32Array(STRIDE * FEATURES);
  for (let cell = 0; cell < FEATURES; cell++) {
    for (let k = 0; k < RANK; k++) {
      const value = factor[cell * RANK + k] as number;
      forward[cell * STRIDE + k] = value;
      backward[k * FEATURES + cell] = value;
    }
  }
  return { forward, backward };
}

interface Solver {
  plan: Plan;
  evidence: StepHandle<typeof kernels.evidence> | undefined;
}

/** out = a b, plain. */
function appendProduct(plan: PlanBuilder, a: Tensor, b: Tensor, out: Tensor, rows: number, inner: number, columns: number): void {
  const { nothing } = plan.engine;
  const { TILE_COLUMNS, TILE_ROWS } = kernels.matmul.constants;
  plan.dispatch(kernels.matmul, {
    bindings: { a, b, bias: nothing, residual: nothing, out },
    uniforms: {
      ...{ rows, inner4: inner / 4, columns4: columns / 4, first4: 0, out_columns4: columns / 4, out_first4: 0 },
      ...{ has_bias: 0, has_residual: 0, ...parametersOf(undefined) },
    },
    threads: [Math.ceil(columns / 4 / TILE_COLUMNS), Math.ceil(rows / TILE_ROWS)],
    flops: 2 * rows * inner * columns,
  });
}
