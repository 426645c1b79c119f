/** The frame of the methods that change the photo and watch the verdict: draw, label, gather, make the map. */
import { readoutBytes } from "../../classify/batch.ts";
import { appendNormalise } from "../../classify/compose.ts";
import { type Drawing, Labeller, type LabelRequest, type Move } from "../../classify/labeller.ts";
import { drawAll } from "../../classify/sampling-loop.ts";
import { PlanBuilder, type RunOptions } from "../../engine/plan.ts";
import type { Tensor } from "../../engine/tensor.ts";
import { imageShape } from "../../nets/input-spec.ts";
import * as kernels from "../../shaders/index.ts";
import { checkNumbers } from "../finite-results.ts";
import type { MethodRequest, MethodResult } from "../method.ts";
import { timeStages } from "../stages.ts";

/** The probability does not vary if its range is at most this share of its largest value: some hundred roundings of the teacher. */
const FLAT = 1e-4;

/** What a perturbation method brings with it. */
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

/** What lives as long as a perturbation. */
interface Workspace {
  /** Height x width x 4, normalised. */
  readonly photo: Tensor;
  /** Of the target's probability, as label_range.wgsl writes it. */
  readonly range: Tensor;
}

/**
 * Draws every image of a perturbation, has the teacher label it, and makes the map, with maps so far every two seconds. An abort keeps the
 * map of the images so far if they are 32 or more. Throws ABORTED before that, OUT_OF_MEMORY, DEVICE_LOST.
 */
export async function perturb(request: Request, perturbation: Perturbation): Promise<MethodResult> {
  const { engine, teacher } = request;
  const seconds = timeStages(engine, ["perturb", "teacher", "gather"]);
  const photo = engine.tensor("normalised photo", imageShape(teacher.input));
  const range = engine.tensor("range of the probability", [4]);
  try {
    const normalise = new PlanBuilder(engine, "perturb");
    appendNormalise(normalise, teacher.input, request.scene.crop, photo);
    await normalise.once();
    const labeller = await Labeller.create(labelRequest(request, perturbation, { photo, range }));
    try {
      return { ...(await drawMap(request, perturbation, labeller, range)), seconds: seconds() };
    } finally {
      labeller.dispose();
    }
  } finally {
    photo.dispose();
    range.dispose();
  }
}

function labelRequest(request: Request, perturbation: Perturbation, { photo, range }: Workspace): LabelRequest<Drawing> {
  const { engine, teacher, target, above, batch } = request;
  const { images, keepsLabels } = perturbation;
  return {
    ...{ engine, teacher, target, above },
    batch: { ...batch, most: Math.min(batch.most, images) },
    rows: (size) => (keepsLabels ? Math.ceil(images / size) * size : size),
    reserved: readoutBytes(teacher.input),
    draw: { label: "perturb", append: (plan, { size, images }) => ({ move: perturbation.draw(plan, size, photo, images) }) },
    gather: {
      label: "gather",
      append(plan, { size, labels }) {
        const uniforms = { rows: size, first_row: 0 };
        const widen = plan.dispatch(kernels.labelRange, { bindings: { labels, range }, uniforms, threads: [1] });
        const gather = perturbation.gather?.(plan, size, labels);
        return (compiled, first, count, row) => {
          compiled.set(widen, { rows: count, first_row: row });
          gather?.(compiled, first, count, row);
        };
      },
    },
  };
}

/** Draws all images; the map, unless the probability does not vary. */
async function drawMap(
  request: Request,
  perturbation: Perturbation,
  labeller: Labeller<Drawing>,
  range: Tensor,
): Promise<Omit<MethodResult, "seconds">> {
  const { engine, signal } = request;
  const { images, unperturbed = 0 } = perturbation;
  const { batch, labels } = labeller;
  const drawn = await drawAll(request, {
    ...{ stage: "sample", total: images, batch },
    run: (first, count) => labeller.run(first, count, { signal }),
    preview: (drawn) => perturbation.map(drawn, labels, {}),
  });
  const [low, high, sum, count] = (await range.read()) as unknown as [number, number, number, number];
  checkNumbers("this method", { "mean probability": sum / count });
  const degenerate =
    high - low <= FLAT * Math.max(Math.abs(low), Math.abs(high))
      ? `The target's probability stays at ${high.toPrecision(3)}, whatever is hidden: nothing to show. Choose another class, photo or method, such as grad-cam.`
      : undefined;
  const map = degenerate ? undefined : await perturbation.map(drawn, labels, {});
  await engine.finish();
  return {
    ...{ map, degenerate, aborted: drawn < images },
    samples: drawn - unperturbed,
    passes: { forward: labeller.forward, backward: 0 },
    facts: { batch, lowestProbability: low, highestProbability: high, meanProbability: sum / count },
  };
}

/** What a method returns that stops before the first image. */
export function nothingToShow(degenerate: string): MethodResult {
  return { map: undefined, degenerate, aborted: false, samples: 0, passes: { forward: 0, backward: 0 }, facts: {}, seconds: {} };
}
