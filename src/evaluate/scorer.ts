/** Asks the classifier about the images that metrics draw. */
import { type BatchOption, footprintOf } from "../classify/batch.ts";
import { appendNormalise } from "../classify/compose.ts";
import { Labeller } from "../classify/labeller.ts";
import { drawAll } from "../classify/sampling-loop.ts";
import type { Teacher } from "../classify/teacher.ts";
import type { Engine } from "../engine/engine.ts";
import { type Plan, PlanBuilder, type RunOptions } from "../engine/plan.ts";
import type { Tensor } from "../engine/tensor.ts";
import { checkLabels } from "../explain/finite-results.ts";
import { imageShape, pixelUnit } from "../nets/input-spec.ts";

/** Most labels that wait on the GPU before they are read. */
const LABELS = 256;
/** Images of a batch's size that a metric may need in addition to those that the teacher sees. */
const WORKING_IMAGES = 3;
/** Maps, ranks, sources and readbacks of a photo of 224 x 224. */
const METRIC_BYTES = 32e6;

export interface ScorerRequest {
  engine: Engine;
  teacher: Teacher;
  batch: BatchOption;
}

/** What the teacher says of an image. */
export interface Score {
  /** Of the target; its logit where outputs are taken as they are. */
  readonly probability: number;
  /** Whether the target is its first choice; of sigmoids, whether its probability is 1/2 or more. */
  readonly first: boolean;
}

export interface ScoreOptions extends RunOptions {
  /** Of the images scored so far. */
  onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Has a teacher score images of one photo. Its plans are compiled once and serve every photo, target and metric. */
export class Scorer {
  readonly engine: Engine;
  readonly teacher: Teacher;
  /** The photo that is judged: height x width x 4 in [0, 1]. */
  readonly crop: Tensor;
  /** The same as the teacher takes it, where 0 is the mean grey. */
  readonly photo: Tensor;
  readonly #normalise: Plan;
  readonly #labeller: Labeller;

  private constructor(
    { engine, teacher }: ScorerRequest,
    crop: Tensor,
    photo: Tensor,
    normalise: Plan,
    labeller: Labeller,
    /** Of all its buffers. */
    readonly bytes: number,
  ) {
    this.engine = engine;
    this.teacher = teacher;
    this.crop = crop;
    this.photo = photo;
    this.#normalise = normalise;
    this.#labeller = labeller;
  }

  /** Throws OUT_OF_MEMORY, LIMIT. */
  static create(request: ScorerRequest): Promise<Scorer> {
    const { engine, teacher, batch } = request;
    return engine.guard(async () => {
      const crop = engine.tensor("judged photo", imageShape(teacher.input));
      const photo = engine.tensor("normalised photo", imageShape(teacher.input, 1));
      const normalise = new PlanBuilder(engine, "perturb");
      appendNormalise(normalise, teacher.input, crop, photo);
      const plan = await normalise.compile();
      const labeller = await Labeller.create({
        ...{ engine, teacher, batch, working: WORKING_IMAGES },
        rows: (size) => Math.max(1, Math.floor(LABELS / size)) * size,
        reserved: METRIC_BYTES * pixelUnit(teacher.input) ** 2,
      });
      const bytes = footprintOf([crop, photo], [normalise]).bytes + labeller.footprint.bytes;
      return new Scorer(request, crop, photo, plan, labeller, bytes);
    });
  }

  /** Images at once. */
  get batch(): number {
    return this.#labeller.batch;
  }

  /** Where images to be scored are drawn: batch x height x width x 4, normalised. */
  get images(): Tensor {
    return this.#labeller.images;
  }

  /** Images that went through the teacher. */
  get forward(): number {
    return this.#labeller.forward;
  }

  /** Judges another photo from now on: height x width x 4 in [0, 1], which is copied. */
  async show(crop: Tensor): Promise<void> {
    this.crop.copyFrom(crop);
    await this.#normalise.run();
  }

  /** Another photo as the teacher takes it, from height x width x 4 in [0, 1]: the caller's to dispose. Throws OUT_OF_MEMORY, DEVICE_LOST. */
  async normalise(crop: Tensor): Promise<Tensor> {
    const out = this.engine.tensor("other photo, normalised", imageShape(this.teacher.input, 1));
    try {
      const plan = new PlanBuilder(this.engine, "perturb");
      appendNormalise(plan, this.teacher.input, crop, out);
      await plan.once();
      return out;
    } catch (error) {
      out.dispose();
      throw error;
    }
  }

  /**
   * What the teacher says of `count` images, which a plan draws into `images`, batch by batch; `move` tells the plan the first image of the
   * batch that comes next, and images beyond the count do not matter. Throws ABORTED, OUT_OF_MEMORY, DEVICE_LOST.
   */
  async score(
    drawing: PlanBuilder,
    move: (plan: Plan, first: number) => void,
    count: number,
    target: number,
    options: ScoreOptions = {},
  ): Promise<Score[]> {
    const plan = await drawing.compile();
    const draw = (first: number) => {
      move(plan, first);
      return plan.run({ signal: options.signal });
    };
    try {
      return await this.scoreDrawn(draw, count, target, options);
    } finally {
      plan.dispose();
    }
  }

  /** As `score`, of images that `draw` writes from the given one on. */
  async scoreDrawn(
    draw: (first: number) => Promise<void>,
    count: number,
    target: number,
    { signal, onProgress }: ScoreOptions = {},
  ): Promise<Score[]> {
    const labeller = this.#labeller;
    const rows = labeller.labels.shape[0] as number;
    const scores: Score[] = [];
    await drawAll(
      { engine: this.engine, signal, onProgress: ({ done, total }) => done > 0 && onProgress?.(done, total) },
      {
        ...{ stage: "score", total: count, batch: this.batch, least: Number.POSITIVE_INFINITY },
        run: async (first, some) => {
          const row = first % rows;
          await draw(first);
          await labeller.label(row, { signal }, target);
          if (row + this.batch === rows || first + some === count) scores.push(...(await this.#read(row + some)));
        },
      },
    );
    return scores;
  }

  async #read(rows: number): Promise<Score[]> {
    const labels = await this.#labeller.labels.read(4 * rows);
    checkLabels(labels);
    return Array.from({ length: rows }, (_, i) => ({ probability: labels[4 * i] as number, first: labels[4 * i + 1] === 1 }));
  }

  dispose(): void {
    for (const disposable of [this.#labeller, this.#normalise, this.crop, this.photo]) disposable.dispose();
  }
}
