/** The loop of every method and metric that asks the classifier about changed photos: draw, classify, label. */
import type { Engine } from "../engine/engine.ts";
import { type Plan, PlanBuilder, type RunOptions, type StepHandle } from "../engine/plan.ts";
import { Tensor, type TypedArray } from "../engine/tensor.ts";
import { imageShape } from "../nets/input-spec.ts";
import type { Values } from "../nets/lower.ts";
import type * as kernels from "../shaders/index.ts";
import { type BatchOption, type Footprint, footprintOf, largestBatch } from "./batch.ts";
import { appendSoftmax, type LabelTarget } from "./softmax.ts";
import type { Teacher } from "./teacher.ts";

type MakeTensor = (label: string, shape: readonly number[], data?: TypedArray) => Tensor;

/** Tells a compiled plan which batch comes next: its first image, how many of its images count, and the row of its first label. */
export type Move = (plan: Plan, first: number, count: number, row: number) => void;

/** What a labeller shares with those who draw its images and take in its labels. */
export interface Batch {
  /** Images at once. */
  readonly size: number;
  /** To be drawn: size x height x width x 4, normalised as the teacher takes images. */
  readonly images: Tensor;
  /** Rows x 4, as `appendSoftmax` writes them. */
  readonly labels: Tensor;
  /** Makes a tensor that lives as long as the labeller. */
  readonly make: MakeTensor;
}

/** How a batch of images is drawn. */
export interface Drawing {
  readonly move: Move;
  /** Layers of the teacher to keep the values of, and where. */
  readonly taps?: Values | undefined;
}

/** A plan and the label by which profiles and `engine.pace` know it; `append` is called for every batch size that is considered. */
export interface Stage<T> {
  readonly label: string;
  append(plan: PlanBuilder, batch: Batch): T;
}

export interface LabelRequest<D extends Drawing | undefined = undefined> extends LabelTarget {
  readonly engine: Engine;
  readonly teacher: Teacher;
  readonly batch: BatchOption;
  /** Rows of the label table for a batch, a multiple of it: labels of later images overwrite those of earlier ones. */
  rows(batch: number): number;
  /** Bytes that must stay free, and images of a batch's size in addition to the labeller's own. */
  readonly reserved: number;
  readonly working?: number;
  /** Without it, whoever calls `label` has drawn the images. */
  readonly draw?: Stage<D>;
  /** Takes in the labels of a batch. It runs to its end even where the call is aborted. */
  readonly gather?: Stage<Move>;
}

/** Draws images batch by batch and has the teacher label them, by plans that are compiled once and share their tensors. */
export class Labeller<D extends Drawing | undefined = undefined> {
  readonly images: Tensor;
  readonly labels: Tensor;
  /** What `draw` returned. */
  readonly drawing: D;
  /** Images that went through the teacher. */
  forward = 0;
  readonly #owned: Tensor[] = [];
  readonly #builders: PlanBuilder[] = [];
  readonly #softmax: StepHandle<typeof kernels.softmax>;
  readonly #gathering: Move | undefined;
  #draw: Plan | undefined;
  #label!: Plan;
  #gather: Plan | undefined;

  private constructor(
    request: LabelRequest<D>,
    readonly batch: number,
    allocate: MakeTensor,
  ) {
    const { engine, teacher, rows, draw, gather } = request;
    const make: MakeTensor = (...what) => {
      const tensor = allocate(...what);
      this.#owned.push(tensor);
      return tensor;
    };
    const builder = (label: string) => {
      const plan = new PlanBuilder(engine, label);
      this.#builders.push(plan);
      return plan;
    };
    this.images = make("images", imageShape(teacher.input, batch));
    this.labels = make("labels", [rows(batch), 4]);
    const shared = { size: batch, images: this.images, labels: this.labels, make };
    this.drawing = draw?.append(builder(draw.label), shared) as D;
    const label = builder("teacher");
    const logits = teacher.appendLogits(label, batch, this.images, undefined, this.drawing?.taps);
    this.#softmax = appendSoftmax(label, teacher, batch, logits, this.labels, request);
    this.#gathering = gather?.append(builder(gather.label), shared);
  }

  /** Throws OUT_OF_MEMORY, LIMIT. */
  static create<D extends Drawing | undefined = undefined>(request: LabelRequest<D>): Promise<Labeller<D>> {
    const { engine, draw, gather } = request;
    return engine.guard(async () => {
      const labeller = new Labeller(request, Labeller.batchOf(request), (...what) => engine.tensor(...what));
      const plans: Plan[] = [];
      for (const builder of labeller.#builders) plans.push(await builder.compile());
      labeller.#draw = draw && plans.shift();
      labeller.#gather = gather && plans.pop();
      labeller.#label = plans[0] as Plan;
      return labeller;
    });
  }

  /** The batch asked for, or where it is not exact the largest one up to it that the adapter binds and the memory budget holds. */
  static batchOf<D extends Drawing | undefined>(request: LabelRequest<D>): number {
    const { engine, batch, reserved } = request;
    return batch.exact ? batch.most : largestBatch(engine, batch.most, reserved, (size) => Labeller.#memory(request, size));
  }

  /** What a labeller of this batch would allocate, and whoever works with it: recorded on tensors without buffers. */
  static #memory<D extends Drawing | undefined>(request: LabelRequest<D>, batch: number): Footprint {
    const labeller = new Labeller(request, batch, (label, shape) => new Tensor(request.engine, label, shape));
    const { bytes, largest } = labeller.footprint;
    return { bytes: bytes + (request.working ?? 0) * labeller.images.bytes, largest };
  }

  /** Of the labeller's own tensors and plans. */
  get footprint(): Footprint {
    return footprintOf(this.#owned, this.#builders);
  }

  /**
   * Draws images first ... first + batch, has them labelled from `row` on, and takes in the first `count` of them. Throws ABORTED, and then
   * none of them was taken in; DEVICE_LOST.
   */
  async run(first: number, count: number, options: RunOptions, row = first % (this.labels.shape[0] as number)): Promise<void> {
    const draw = this.#draw as Plan;
    this.drawing?.move(draw, first, count, row);
    await draw.run(options);
    await this.label(row, options);
    if (!this.#gather) return;
    this.#gathering?.(this.#gather, first, count, row);
    await this.#gather.run();
  }

  /** Has the images that were just drawn labelled from `row` on; `target`: from now on. Throws ABORTED, DEVICE_LOST. */
  async label(row: number, options: RunOptions, target?: number): Promise<void> {
    this.#label.set(this.#softmax, { first_row: row, ...(target === undefined ? {} : { target_class: target }) });
    await this.#label.run(options);
    this.forward += this.batch;
  }

  dispose(): void {
    for (const disposable of [this.#draw, this.#label, this.#gather, ...this.#owned]) disposable?.dispose();
  }
}
