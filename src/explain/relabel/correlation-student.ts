/** The default student: how the teacher's probability goes with every cell of the gates. */
import type { Engine } from "../../engine/engine.ts";
import { type Plan, PlanBuilder, type RunOptions, type StepHandle } from "../../engine/plan.ts";
import type { Tensor } from "../../engine/tensor.ts";
import * as kernels from "../../shaders/index.ts";
import { appendFeatures, FEATURES, type GateSettings, scoreGates } from "./gate-features.ts";
import { CELLS } from "./prior.ts";
import { halvesOf, type Student } from "./student.ts";
import type { Synthesizer } from "./synthesis.ts";

const VECTORS = FEATURES / 4;

/**
 * w = sum_i (p_i - mean p) f_i over the samples' gates f: ridge regression's limit for a strong ridge. Sums are taken as samples arrive, so that
 * memory does not depend on their number and a map is ready at any time; those of every other block of samples are kept apart, and tell how far two
 * halves agree.
 */
export class CorrelationStudent implements Student {
  readonly weights: Tensor;
  readonly cells = CELLS;
  readonly channels = 1;
  readonly blur = 0;
  readonly anytime = true;
  readonly #engine: Engine;
  readonly #settings: GateSettings;
  readonly #sums: Tensor;
  readonly #half: Tensor;
  #observe!: Plan;
  #sum!: StepHandle<typeof kernels.gateSums>;
  #whole!: Fit;
  #part!: Fit;

  private constructor(engine: Engine, settings: GateSettings) {
    this.#engine = engine;
    this.#settings = settings;
    this.weights = engine.tensor("correlation student", [FEATURES]);
    this.#half = engine.tensor("weights of half of the samples", [FEATURES]);
    this.#sums = engine.tensor("sums of gates", [2, 3, FEATURES]);
  }

  /** `settings` must be those that the synthesizer draws its gates with: scores draw them again. */
  static create(engine: Engine, { batch, labels, drawing }: Synthesizer, settings: GateSettings): Promise<CorrelationStudent> {
    return engine.guard(async () => {
      const student = new CorrelationStudent(engine, settings);
      const plan = new PlanBuilder(engine, "observe");
      const features = plan.temporary("gate features", [batch, FEATURES]);
      appendFeatures(plan, drawing.gates, features, batch);
      student.#sum = plan.dispatch(kernels.gateSums, {
        bindings: { features, labels, sums: student.#sums },
        uniforms: { rows: batch, cells4: VECTORS, first_row: 0 },
        threads: [VECTORS, 2],
        flops: 3 * batch * FEATURES,
      });
      student.#observe = await plan.compile();
      student.#whole = await student.#fit(student.weights);
      student.#part = await student.#fit(student.#half);
      return student;
    });
  }

  async #fit(w: Tensor): Promise<Fit> {
    const plan = new PlanBuilder(this.#engine, "distil");
    const step = plan.dispatch(kernels.correlation, {
      bindings: { sums: this.#sums, w },
      uniforms: { cells4: VECTORS, samples: 1, halves: 3 },
      threads: [VECTORS],
    });
    return { plan: await plan.compile(), step };
  }

  async observe(row: number, count: number, options: RunOptions): Promise<void> {
    this.#observe.set(this.#sum, { rows: count, first_row: row });
    await this.#observe.run(options);
  }

  async fit(samples: number, _final: boolean, options: RunOptions): Promise<void> {
    this.#whole.plan.set(this.#whole.step, { samples });
    await this.#whole.plan.run(options);
  }

  /** The weights of two students of every other block of samples each. */
  async halves(samples: number, options: RunOptions): Promise<[Float32Array, Float32Array]> {
    const { plan, step } = this.#part;
    const fitted = async (halves: number, count: number) => {
      plan.set(step, { samples: count, halves });
      await plan.run(options);
      return this.#half.read();
    };
    const [first, second] = halvesOf(samples);
    return [await fitted(1, first), await fitted(2, second)];
  }

  scores(samples: number, options: RunOptions): Promise<Float32Array> {
    return scoreGates(this.#engine, this.weights, this.#settings, samples, options);
  }

  async facts(): Promise<Record<string, number>> {
    return {};
  }

  dispose(): void {
    for (const plan of [this.#observe, this.#whole.plan, this.#part.plan]) plan.dispose();
    for (const tensor of [this.weights, this.#half, this.#sums]) tensor.dispose();
  }
}

interface Fit {
  plan: Plan;
  step: StepHandle<typeof kernels.correlation>;
}
