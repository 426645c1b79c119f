import { type Footprint, footprintOf, largestBatch, readoutBytes } from "../../classify/batch.ts";
import { type Plan, PlanBuilder, type RunOptions, type StepHandle } from "../../engine/plan.ts";
import { Tensor } from "../../engine/tensor.ts";
import { type InputSpec, imageShape } from "../../nets/input-spec.ts";
import * as kernels from "../../shaders/index.ts";
import { checkNumbers } from "../finite-results.ts";
import type { MethodRequest, MethodResult } from "../method.ts";
import { appendNormalise, appendSoftmax } from "../relabel/synthesis.ts";
import { drawAll } from "../sampling-loop.ts";
import { timeStages } from "../stages.ts";

/** The probability does not vary where its range is this small beside its largest value: some hundred roundings of the teacher. */
const FLAT = 1e-4;

/** Sets what a dispatch needs to know of the batch that comes next: its first image and how many of its images count. */
export type Move = (plan: Plan, first: number, count: number) => void;

/** What tells one perturbation method from another. */
export interface Perturbation {
  /** Images that the teacher sees in all, and how many of them, the first, show the photo as it is and make no sample. */
  readonly images: number;
  readonly unperturbed?: number;
  /** Whether the labels of all images are kept; else those of a batch, so that memory does not grow with the number of images. */
  readonly keepsLabels: boolean;
  /** Appends what writes a batch of images (batch x height x width x 4, normalised) from the photo (height x width x 4, normalised). */
  draw(plan: PlanBuilder, batch: number, photo: Tensor, images: Tensor): Move;
  /** Appends what takes in the labels of the batch just drawn (batch x 4, as softmax.wgsl writes them). */
  gather?(plan: PlanBuilder, batch: number, labels: Tensor): Move;
  /** The map of the first `drawn` images, height x width; `labels` are those kept. */
  map(drawn: number, labels: Tensor, options: RunOptions): Promise<Float32Array>;
}

type Request = Pick<MethodRequest<unknown>, "engine" | "teacher" | "scene" | "target" | "above" | "batch" | "signal" | "onProgress">;

/**
 * Draws every image of a perturbation, has the teacher label it, and makes the map, with maps so far every two seconds. An abort keeps the
 * map of the images so far if they are 32 or more. Throws ABORTED before that, OUT_OF_MEMORY, DEVICE_LOST.
 */
export async function perturb(request: Request, perturbation: Perturbation): Promise<MethodResult> {
  const { engine } = request;
  const seconds = timeStages(engine, ["perturb", "teacher", "gather"]);
  const sampler = await Sampler.create(request, perturbation);
  try {
    const drawn = await drawAll(request, {
      total: perturbation.images,
      batch: sampler.batch,
      run: (first, count) => sampler.run(first, count, { signal: request.signal }),
      preview: (drawn) => perturbation.map(drawn, sampler.labels, {}),
    });
    const { low, high, mean } = await sampler.range();
    checkNumbers("this method", { "mean probability": mean });
    const degenerate =
      high - low <= FLAT * Math.max(Math.abs(low), Math.abs(high))
        ? `The target's probability stays at ${high.toPrecision(3)}, whatever is hidden: nothing to show. Choose another class or photo.`
        : undefined;
    const map = degenerate ? undefined : await perturbation.map(drawn, sampler.labels, {});
    await engine.finish();
    return {
      ...{ map, degenerate, aborted: drawn < perturbation.images },
      samples: drawn - (perturbation.unperturbed ?? 0),
      passes: { forward: sampler.forward, backward: 0 },
      facts: { batch: sampler.batch, lowestProbability: low, highestProbability: high, meanProbability: mean },
      seconds: seconds(),
    };
  } finally {
    sampler.dispose();
  }
}

/** What a method returns that stops before the first image. */
export function nothingToShow(degenerate: string): MethodResult {
  return { map: undefined, degenerate, aborted: false, samples: 0, passes: { forward: 0, backward: 0 }, facts: {}, seconds: {} };
}

type MakeTensor = (label: string, shape: readonly number[]) => Tensor;

/** Draws perturbed images batch by batch and has the teacher label them: three plans that share their tensors. */
class Sampler {
  /** Images that went through the teacher. */
  forward = 0;
  readonly labels: Tensor;
  readonly #keepsLabels: boolean;
  readonly #photo: Tensor;
  readonly #images: Tensor;
  readonly #range: Tensor;
  readonly #owned: Tensor[];
  #plans: Plan[] = [];
  #draw!: Move;
  #softmax!: StepHandle<typeof kernels.softmax>;
  #gather: Move | undefined;
  #label!: StepHandle<typeof kernels.labelRange>;

  private constructor(
    readonly batch: number,
    input: InputSpec,
    { images, keepsLabels }: Perturbation,
    make: MakeTensor,
  ) {
    this.#keepsLabels = keepsLabels;
    this.labels = make("labels", [keepsLabels ? Math.ceil(images / batch) * batch : batch, 4]);
    this.#photo = make("normalised photo", imageShape(input));
    this.#images = make("perturbed images", imageShape(input, batch));
    this.#range = make("range of the probability", [4]);
    this.#owned = [this.labels, this.#photo, this.#images, this.#range];
  }

  /** Throws OUT_OF_MEMORY, LIMIT. */
  static create(request: Request, perturbation: Perturbation): Promise<Sampler> {
    const { engine, teacher, scene } = request;
    return engine.guard(async () => {
      const most = Math.min(request.batch.most, perturbation.images);
      const footprint = (batch: number) => Sampler.memory(request, perturbation, batch);
      const batch = request.batch.exact ? most : largestBatch(engine, most, readoutBytes(teacher.input), footprint);
      const sampler = new Sampler(batch, teacher.input, perturbation, (label, shape) => engine.tensor(label, shape));
      const normalise = new PlanBuilder(engine, "perturb");
      appendNormalise(normalise, teacher, scene.crop, sampler.#photo);
      await normalise.once();
      for (const plan of sampler.#build(request, perturbation)) sampler.#plans.push(await plan.compile());
      return sampler;
    });
  }

  /** What a sampler of this batch would allocate, in bytes: everything, and the largest buffer. */
  static memory(request: Request, perturbation: Perturbation, batch: number): Footprint {
    const sampler = new Sampler(batch, request.teacher.input, perturbation, (label, shape) => new Tensor(request.engine, label, shape));
    const plans = sampler.#build(request, perturbation);
    return footprintOf(sampler.#owned, plans);
  }

  /** Records the three plans; what is drawn goes from one to the next. */
  #build({ engine, teacher, target, above }: Request, perturbation: Perturbation): PlanBuilder[] {
    const { batch, labels } = this;
    const draw = new PlanBuilder(engine, "perturb");
    this.#draw = perturbation.draw(draw, batch, this.#photo, this.#images);
    const label = new PlanBuilder(engine, "teacher");
    this.#softmax = appendSoftmax(label, teacher, batch, teacher.appendLogits(label, batch, this.#images), labels, { target, above });
    const gather = new PlanBuilder(engine, "gather");
    this.#label = gather.dispatch(kernels.labelRange, {
      bindings: { labels, range: this.#range },
      uniforms: { rows: batch, first_row: 0 },
      threads: [1],
    });
    this.#gather = perturbation.gather?.(gather, batch, labels);
    return [draw, label, gather];
  }

  /** Draws images first ... first + batch, of which the first `count` count. After an abort none of them does. */
  async run(first: number, count: number, options: RunOptions): Promise<void> {
    const [draw, label, gather] = this.#plans as [Plan, Plan, Plan];
    const row = this.#keepsLabels ? first : 0;
    this.#draw(draw, first, count);
    await draw.run(options);
    label.set(this.#softmax, { first_row: row });
    await label.run(options);
    this.forward += this.batch;
    gather.set(this.#label, { rows: count, first_row: row });
    this.#gather?.(gather, first, count);
    // Sums must not take in a batch that does not count.
    await gather.run();
  }

  /** Of the target's probability over the images that counted. */
  async range(): Promise<{ low: number; high: number; mean: number }> {
    const [low, high, sum, count] = (await this.#range.read()) as unknown as [number, number, number, number];
    return { low, high, mean: sum / count };
  }

  dispose(): void {
    for (const disposable of [...this.#plans, ...this.#owned]) disposable.dispose();
  }
}
