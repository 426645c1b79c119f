import { type Footprint, footprintOf, largestBatch } from "../classify/batch.ts";
import type { Teacher } from "../classify/teacher.ts";
import type { Engine } from "../engine/engine.ts";
import { type Plan, PlanBuilder, type RunOptions, type StepHandle } from "../engine/plan.ts";
import { Tensor } from "../engine/tensor.ts";
import { checkLabels } from "../explain/finite-results.ts";
import { appendNormalise, appendSoftmax } from "../explain/relabel/synthesis.ts";
import { imageShape, pixelUnit } from "../nets/input-spec.ts";
import type * as kernels from "../shaders/index.ts";

/** Most labels that wait on the GPU before they are read. */
const LABELS = 256;
/** Images of a batch's size that a metric may need beside those that the teacher sees. */
const WORKING_IMAGES = 3;
/** Maps, ranks, sources and readbacks of a photo of 224 x 224. */
const METRIC_BYTES = 32e6;

export interface ScorerRequest {
  engine: Engine;
  teacher: Teacher;
  /** Images at once: exactly so many, or at most, as the memory allows. */
  batch: { most: number; exact: boolean };
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
  /** Where images to be scored are drawn: batch x height x width x 4, normalised. */
  readonly images: Tensor;
  /** Images that went through the teacher. */
  forward = 0;
  readonly #labels: Tensor;
  readonly #owned: Tensor[];
  #plans: Plan[] = [];
  #softmax!: StepHandle<typeof kernels.softmax>;

  private constructor(
    { engine, teacher }: ScorerRequest,
    readonly batch: number,
    make: (label: string, shape: readonly number[]) => Tensor,
  ) {
    this.engine = engine;
    this.teacher = teacher;
    this.crop = make("judged photo", imageShape(teacher.input));
    this.photo = make("normalised photo", imageShape(teacher.input, 1));
    this.images = make("images to score", imageShape(teacher.input, batch));
    this.#labels = make("labels", [Math.max(1, Math.floor(LABELS / batch)) * batch, 4]);
    this.#owned = [this.crop, this.photo, this.images, this.#labels];
  }

  /** Throws OUT_OF_MEMORY, LIMIT. */
  static create(request: ScorerRequest): Promise<Scorer> {
    const { engine, teacher, batch } = request;
    return engine.guard(async () => {
      const reserved = METRIC_BYTES * pixelUnit(teacher.input) ** 2;
      const size = batch.exact ? batch.most : largestBatch(engine, batch.most, reserved, (size) => Scorer.memory(request, size));
      const scorer = new Scorer(request, size, (label, shape) => engine.tensor(label, shape));
      for (const plan of scorer.#build()) scorer.#plans.push(await plan.compile());
      return scorer;
    });
  }

  /** What a scorer of this batch would allocate, in bytes, with what its metrics do: everything, and the largest buffer. */
  static memory(request: ScorerRequest, batch: number): Footprint {
    const scorer = new Scorer(request, batch, (label, shape) => new Tensor(request.engine, label, shape));
    const { bytes, largest } = footprintOf(scorer.#owned, scorer.#build());
    return { bytes: bytes + WORKING_IMAGES * scorer.images.bytes, largest };
  }

  #build(): PlanBuilder[] {
    const normalise = new PlanBuilder(this.engine, "perturb");
    appendNormalise(normalise, this.teacher, this.crop, this.photo);
    const label = new PlanBuilder(this.engine, "teacher");
    this.#softmax = appendSoftmax(
      label,
      this.teacher,
      this.batch,
      this.teacher.appendLogits(label, this.batch, this.images),
      this.#labels,
      { target: 0 },
    );
    return [normalise, label];
  }

  /** Judges another photo from now on: height x width x 4 in [0, 1], which is copied. */
  async show(crop: Tensor): Promise<void> {
    this.crop.copyFrom(crop);
    await (this.#plans[0] as Plan).run();
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
    const label = this.#plans[1] as Plan;
    const rows = this.#labels.shape[0] as number;
    const scores: Score[] = [];
    for (let first = 0; first < count; first += this.batch) {
      const row = first % rows;
      await draw(first);
      label.set(this.#softmax, { first_row: row, target_class: target });
      await label.run({ signal });
      this.forward += this.batch;
      const done = Math.min(count, first + this.batch);
      if (row + this.batch === rows || done === count) scores.push(...(await this.#read(row + done - first)));
      onProgress?.(done, count);
    }
    return scores;
  }

  async #read(rows: number): Promise<Score[]> {
    const labels = await this.#labels.read(4 * rows);
    checkLabels(labels);
    return Array.from({ length: rows }, (_, i) => ({ probability: labels[4 * i] as number, first: labels[4 * i + 1] === 1 }));
  }

  dispose(): void {
    for (const disposable of [...this.#plans, ...this.#owned]) disposable.dispose();
  }
}
