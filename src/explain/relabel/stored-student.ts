/** The students that need all samples at once: the paper's, by gradient descent, ridge, and correlation with images. */
import type { Engine } from "../../engine/engine.ts";
import { type Plan, PlanBuilder, type RunOptions, type StepHandle } from "../../engine/plan.ts";
import { shuffledOrder } from "../../engine/random.ts";
import type { Tensor } from "../../engine/tensor.ts";
import * as kernels from "../../shaders/index.ts";
import { VAE_SIZE } from "../../zoo/vae-size.ts";
import type { Settings } from "../explain-options.ts";
import type { Scene } from "../scene.ts";
import { appendCholesky, paddedRows } from "./cholesky.ts";
import { appendFeatures } from "./gate-features.ts";
import { CELLS } from "./prior.ts";
import type { Student } from "./student.ts";
import type { Synthesizer } from "./synthesis.ts";

/** Ridge as a multiple of the Gram matrix's mean diagonal, and smoothing of the map in pixels (measured; recipe of the students). */
const GATE_RIDGE = 10;
const PIXEL_RIDGE = 1;
const GATE_RIDGE_BLUR = 14;
const PIXEL_BLUR = 21;

/**
 * The students that keep every sample as a row of a matrix X: correlation, ridge (dual, closed form) and stochastic gradient descent
 * (eqs. 2 and 7; primal, or dual through the Gram matrix). X holds gates (32 x 32) or images (64 x 64 x 4), centred before the fit:
 * without that the weights are plus or minus the mean sample, whatever the class.
 */
export class StoredStudent implements Student {
  readonly weights: Tensor;
  readonly cells: number;
  readonly channels: 1 | 4;
  readonly blur: number;
  readonly anytime = false;
  readonly #engine: Engine;
  readonly #synthesizer: Synthesizer;
  readonly #settings: Settings;
  readonly #samples: Tensor;
  readonly #columns: number;
  readonly #owned: Tensor[];
  #observe!: Plan;
  #row!: StepHandle<typeof kernels.gateFeatures> | StepHandle<typeof kernels.pixelFeatures>;

  private constructor(engine: Engine, synthesizer: Synthesizer, settings: Settings) {
    const gated = settings.synthesis === "gated";
    this.#engine = engine;
    this.#synthesizer = synthesizer;
    this.#settings = settings;
    this.cells = gated ? CELLS : VAE_SIZE;
    this.channels = gated ? 1 : 4;
    this.#columns = this.cells ** 2 * this.channels;
    this.blur = gated ? (settings.student === "ridge" ? GATE_RIDGE_BLUR : 0) : PIXEL_BLUR;
    this.#samples = engine.tensor("samples", [synthesizer.labels.shape[0] as number, this.#columns]);
    this.weights = engine.tensor(`${settings.student} student`, [this.#columns]);
    this.#owned = [this.#samples, this.weights];
  }

  /** Throws OUT_OF_MEMORY or LIMIT where the samples do not fit. */
  static create(engine: Engine, synthesizer: Synthesizer, settings: Settings, scene: Scene): Promise<StoredStudent> {
    return engine.guard(async () => {
      const student = new StoredStudent(engine, synthesizer, settings);
      const plan = new PlanBuilder(engine, "observe");
      const { batch } = synthesizer;
      const { gates, decoded } = synthesizer.drawing;
      if (settings.synthesis === "gated") student.#row = appendFeatures(plan, gates, student.#samples, batch);
      else {
        student.#row = plan.dispatch(kernels.pixelFeatures, {
          bindings: { decoded, base: scene.small, anchor: scene.anchor, out: student.#samples },
          uniforms: { samples: batch, first_row: 0, pixels: VAE_SIZE ** 2, residual: settings.synthesis === "residual" ? 1 : 0 },
          threads: [VAE_SIZE ** 2, batch],
        });
      }
      student.#observe = await plan.compile();
      return student;
    });
  }

  async observe(row: number, _count: number, options: RunOptions): Promise<void> {
    this.#observe.set(this.#row as StepHandle<typeof kernels.gateFeatures>, { first_row: row });
    await this.#observe.run(options);
  }

  async fit(samples: number, _final: boolean, options: RunOptions): Promise<void> {
    const plan = new PlanBuilder(this.#engine, "distil");
    const columns4 = this.#columns / 4;
    plan.dispatch(kernels.center, {
      bindings: { x: this.#samples },
      uniforms: { rows: samples, columns4 },
      threads: [columns4],
      flops: samples * this.#columns,
    });
    const made = this.#appendFit(plan, samples);
    try {
      await plan.once(options);
    } finally {
      for (const tensor of made) tensor.dispose();
    }
  }

  /** Appends the fit itself; returns the tensors made for it. */
  #appendFit(plan: PlanBuilder, samples: number): Tensor[] {
    const { student, sgd } = this.#settings;
    if (student === "correlation") {
      this.#appendCombination(plan, samples, this.#synthesizer.labels, 4);
      return [];
    }
    if (student === "ridge") return this.#appendRidge(plan, samples);
    return sgd.form === "primal" ? this.#appendPrimal(plan, samples) : this.#appendDual(plan, samples);
  }

  #appendCombination(plan: PlanBuilder, samples: number, coefficients: Tensor, stride: number): void {
    plan.dispatch(kernels.combine, {
      bindings: { x: this.#samples, coefficients, w: this.weights },
      uniforms: { rows: samples, columns4: this.#columns / 4, stride },
      threads: [this.#columns / 4],
      flops: 2 * samples * this.#columns,
    });
  }

  #appendGram(plan: PlanBuilder, samples: number): { gram: Tensor; stride: number } {
    const stride = Math.ceil(samples / 4) * 4;
    const gram = plan.temporary("Gram matrix", [samples, stride]);
    plan.dispatch(kernels.gram, {
      bindings: { x: this.#samples, gram },
      uniforms: { rows: samples, inner4: this.#columns / 4, stride4: stride / 4 },
      threads: [stride / 4, stride / 4],
      flops: 2 * samples * samples * this.#columns,
    });
    return { gram, stride };
  }

  #appendRidge(plan: PlanBuilder, samples: number): Tensor[] {
    const { gram, stride } = this.#appendGram(plan, samples);
    const padded = paddedRows(samples);
    const system = plan.temporary("system", [padded, padded]);
    plan.dispatch(kernels.ridgeSystem, {
      bindings: { gram, labels: this.#synthesizer.labels, system },
      uniforms: { samples, stride, padded, lambda: this.channels === 1 ? GATE_RIDGE : PIXEL_RIDGE },
      threads: [kernels.ridgeSystem.constants.WORKGROUP_X, padded],
      flops: padded * padded,
    });
    appendCholesky(plan, system, padded, 1);
    const coefficients = plan.temporary("coefficients", [samples]);
    plan.dispatch(kernels.backSubstitution, {
      bindings: { matrix: system, x: coefficients },
      uniforms: { unknowns: samples, padded },
      threads: [1],
      flops: samples * samples,
    });
    this.#appendCombination(plan, samples, coefficients, 1);
    return [];
  }

  #order(samples: number): Tensor {
    const { seed, sgd } = this.#settings;
    return this.#engine.tensor("sample order", [sgd.epochs, samples], shuffledOrder(seed, samples, sgd.epochs));
  }

  #descent() {
    const { rate, momentum, minibatch, loss } = this.#settings.sgd;
    // Coefficients of the paper's section 3.1.
    return { minibatch, rate, momentum, loss: loss === "paper" ? 0 : 1, soft: 0.7, hard: 0.3 };
  }

  #appendPrimal(plan: PlanBuilder, samples: number): Tensor[] {
    const order = this.#order(samples);
    const columns4 = this.#columns / 4;
    const state = this.#engine.tensor("weights and momentum", [2, this.#columns]);
    for (let epoch = 0; epoch < this.#settings.sgd.epochs; epoch++) {
      plan.dispatch(kernels.studentPrimal, {
        bindings: { x: this.#samples, labels: this.#synthesizer.labels, order, state },
        uniforms: { samples, columns4, epoch, ...this.#descent() },
        threads: [1],
        flops: 4 * samples * this.#columns,
      });
    }
    // The weights are the first row of the state: a combination of one row with coefficient one.
    const one = this.#engine.tensor("one", [1], new Float32Array([1]));
    plan.dispatch(kernels.combine, {
      bindings: { x: state, coefficients: one, w: this.weights },
      uniforms: { rows: 1, columns4, stride: 1 },
      threads: [columns4],
    });
    return [order, state, one];
  }

  #appendDual(plan: PlanBuilder, samples: number): Tensor[] {
    const order = this.#order(samples);
    const { gram, stride } = this.#appendGram(plan, samples);
    const state = this.#engine.tensor("coefficients and momentum", [2, samples]);
    plan.dispatch(kernels.studentDual, {
      bindings: { gram, labels: this.#synthesizer.labels, order, state },
      uniforms: { samples, stride, epochs: this.#settings.sgd.epochs, ...this.#descent() },
      threads: [1],
      flops: 2 * samples * samples * this.#settings.sgd.epochs,
    });
    this.#appendCombination(plan, samples, state, 1);
    return [order, state];
  }

  async scores(samples: number, options: RunOptions): Promise<Float32Array> {
    const scores = this.#engine.tensor("scores", [samples]);
    const plan = new PlanBuilder(this.#engine, "distil");
    plan.dispatch(kernels.score, {
      bindings: { x: this.#samples, w: this.weights, scores },
      uniforms: { rows: samples, columns4: this.#columns / 4, first_row: 0 },
      threads: [kernels.score.constants.WORKGROUP_X, samples],
      flops: 2 * samples * this.#columns,
    });
    try {
      await plan.once(options);
      return await scores.read();
    } finally {
      scores.dispose();
    }
  }

  async facts(): Promise<Record<string, number>> {
    return {};
  }

  dispose(): void {
    this.#observe.dispose();
    for (const tensor of this.#owned) tensor.dispose();
  }
}
