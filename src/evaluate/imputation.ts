/** Guesses removed pixels from their neighbours on the GPU, for the metric `road`. */
import { type Plan, PlanBuilder, type RunOptions, type StepHandle } from "../engine/plan.ts";
import type { Tensor } from "../engine/tensor.ts";
import { sizeConstants } from "../nets/input-spec.ts";
import * as kernels from "../shaders/index.ts";
import type { Scorer } from "./scorer.ts";

/** Iterations between two looks at the residual; even, so that the slots of the dots are in place again. */
const CHUNK = 16;
const MOST_ITERATIONS = 2048;
/** Root mean square of the residual at removed pixels, in the teacher's normalised units, below which a system counts as solved. */
const SOLVED = 5e-7;
/** Slots of the scalar products: the squared residual before and after a step take turns in the first two. */
const CURVATURE = 2;

/** What an image lacks: pixels of a map's ranks from `first` to `end`, the latter excluded. */
export interface Hole {
  readonly map: number;
  readonly first: number;
  readonly end: number;
}

/**
 * Fills holes of the scorer's photo by noisy linear imputation (Rong et al. 2022, section 4.2), a batch at a time, into the scorer's
 * images: a missing pixel is the weighted mean of its eight neighbours, plus noise. The sparse system is solved by conjugate gradients,
 * for the three channels at once.
 */
export class Imputer {
  /** The most iterations that a batch has taken, and the largest residual that was left. */
  iterations = 0;
  residual = 0;
  readonly #scorer: Scorer;
  readonly #holes: readonly Hole[];
  readonly #dots: Tensor;
  readonly #owned: Tensor[] = [];
  #plans: Plan[] = [];
  #start!: StepHandle<typeof kernels.imputeStart>;
  #noise!: StepHandle<typeof kernels.imputeNoise>;
  readonly #products: StepHandle<typeof kernels.imputeApply>[] = [];

  private constructor(scorer: Scorer, holes: readonly Hole[]) {
    this.#scorer = scorer;
    this.#holes = holes;
    this.#dots = this.#tensor("dots", [3, scorer.batch, 4]);
  }

  /** `ranks` must outlive the imputer. Throws OUT_OF_MEMORY. */
  static create(scorer: Scorer, ranks: Tensor, holes: readonly Hole[], noise: { seed: number; deviation: number }): Promise<Imputer> {
    return scorer.engine.guard(async () => {
      const imputer = new Imputer(scorer, holes);
      for (const plan of imputer.#build(ranks, noise)) imputer.#plans.push(await plan.compile());
      return imputer;
    });
  }

  #tensor(label: string, shape: readonly number[], data?: Uint32Array<ArrayBuffer>): Tensor {
    const tensor = this.#scorer.engine.tensor(label, shape, data);
    this.#owned.push(tensor);
    return tensor;
  }

  #build(ranks: Tensor, noise: { seed: number; deviation: number }): PlanBuilder[] {
    const { engine, teacher, batch, photo, images: x } = this.#scorer;
    const { height, width } = teacher.input;
    const pixels = height * width;
    const constants = sizeConstants(teacher.input);
    const dots = this.#dots;
    const table = Uint32Array.from(this.#holes.flatMap(({ map, first, end }) => [map, first, end, 0]));
    const jobs = this.#tensor("holes", [this.#holes.length, 4], table);
    const [residual, direction, product] = ["residual", "direction", "product"].map((label) => this.#tensor(label, x.shape)) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    const which = { images: batch, first_job: 0, jobs: this.#holes.length };
    const whole = { images: batch, pixels };
    const image = [width, height, batch] as const;
    const flops = batch * pixels;

    const start = new PlanBuilder(engine, "impute");
    const appendDot = (plan: PlanBuilder, a: Tensor, b: Tensor, slot: number) =>
      plan.dispatch(kernels.imputeDot, {
        bindings: { a, b, dots },
        uniforms: { ...whole, slot },
        threads: [kernels.imputeDot.constants.WORKGROUP_X, batch],
        flops: 8 * flops,
      });
    const bindings = { ranks, jobs, photo, x, residual, direction };
    this.#start = start.dispatch(kernels.imputeStart, { bindings, uniforms: which, threads: image, constants, flops: 80 * flops });
    appendDot(start, residual, residual, 0);

    const iterate = new PlanBuilder(engine, "impute");
    for (let i = 0; i < CHUNK; i++) {
      const [old, fresh] = [i % 2, (i + 1) % 2];
      this.#products.push(
        iterate.dispatch(kernels.imputeApply, {
          bindings: { ranks, jobs, direction, product },
          uniforms: which,
          threads: image,
          constants,
          flops: 100 * flops,
        }),
      );
      appendDot(iterate, direction, product, CURVATURE);
      iterate.dispatch(kernels.imputeStep, {
        bindings: { direction, product, dots, x, residual },
        uniforms: { ...whole, old, curvature: CURVATURE },
        threads: [pixels, batch],
        flops: 16 * flops,
      });
      appendDot(iterate, residual, residual, fresh);
      iterate.dispatch(kernels.imputeTurn, {
        bindings: { residual, dots, direction },
        uniforms: { ...whole, fresh, old },
        threads: [pixels, batch],
        flops: 8 * flops,
      });
    }

    const finish = new PlanBuilder(engine, "impute");
    this.#noise = finish.dispatch(kernels.imputeNoise, {
      bindings: { ranks, jobs, x },
      uniforms: { ...which, ...noise },
      threads: image,
      constants,
      flops: 40 * flops,
    });
    return [start, iterate, finish];
  }

  /** Fills holes first ... first + batch. Throws ABORTED, DEVICE_LOST. */
  async draw(first: number, options: RunOptions = {}): Promise<void> {
    const [start, iterate, finish] = this.#plans as [Plan, Plan, Plan];
    start.set(this.#start, { first_job: first });
    for (const step of this.#products) iterate.set(step, { first_job: first });
    finish.set(this.#noise, { first_job: first });
    await start.run(options);
    let [iterations, left] = [0, await this.#left(first)];
    while (left > SOLVED && iterations < MOST_ITERATIONS) {
      await iterate.run(options);
      iterations += CHUNK;
      left = await this.#left(first);
    }
    this.iterations = Math.max(this.iterations, iterations);
    this.residual = Math.max(this.residual, left);
    await finish.run(options);
  }

  /** Root mean square of the residual at removed pixels: the largest of the batch's images and their channels. */
  async #left(first: number): Promise<number> {
    const { batch } = this.#scorer;
    const squares = await this.#dots.read(4 * batch);
    const worst = Array.from(squares, (square, i) => {
      const { first: start, end } = this.#holes[Math.min(first + (i >> 2), this.#holes.length - 1)] as Hole;
      return square / Math.max(1, end - start);
    });
    return Math.sqrt(Math.max(...worst));
  }

  dispose(): void {
    for (const disposable of [...this.#plans, ...this.#owned]) disposable.dispose();
  }
}
