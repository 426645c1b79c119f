/** Optimises a smooth mask of a given area, for `extremal`. */
import { appendNormalise } from "../../classify/compose.ts";
import { type Plan, PlanBuilder, type StepHandle } from "../../engine/plan.ts";
import type { Tensor } from "../../engine/tensor.ts";
import { type InputSpec, imageShape, pixelUnit, sizeConstants } from "../../nets/input-spec.ts";
import * as kernels from "../../shaders/index.ts";
import type { MethodRequest } from "../method.ts";
import { readChannel } from "../stretch.ts";

/** What gradient descent on a smooth mask is told; the parameters of extremal perturbations say what each is. */
export interface DescentSettings {
  reward: "simple" | "contrastive";
  jitter: "flip" | "none";
  rate: number;
  momentum: number;
  weight: number;
  growth: number;
  blur: number;
  smooth: number;
}

type Request = Pick<MethodRequest<DescentSettings>, "engine" | "teacher" | "scene" | "settings" | "target" | "signal">;

const LEVELS = kernels.extremalImage.constants.LEVELS;
const { WINDOW } = kernels.smoothMask.constants;
/** Steps from a node at which its weight has fallen to exp(-1/2), and by which the mask is larger than the photo on every side. */
const MARGIN_STEPS = 3;
/** Nodes from the first pixel's window to the grid. */
const FIRST_NODE = MARGIN_STEPS + (WINDOW - 1) / 2;

/** The grid of nodes under a mask. */
interface Grid {
  /** Pixels between nodes: 7 of 224. */
  readonly step: number;
  /** Pixels that the mask is larger than the photo on every side. */
  readonly margin: number;
  /** Nodes a side, and pixels of the mask with its margin, which may go on beyond the photo by less than a step. */
  readonly grid_x: number;
  readonly grid_y: number;
  readonly full_x: number;
  readonly full_y: number;
}

function gridOf(input: InputSpec): Grid {
  const step = Math.max(1, Math.round(kernels.smoothMask.constants.STEP * pixelUnit(input)));
  const margin = MARGIN_STEPS * step;
  const [grid_x, grid_y] = [Math.ceil(input.width / step), Math.ceil(input.height / step)];
  const full = (nodes: number) => nodes * step + 2 * margin - step + 1;
  return { step, margin, grid_x, grid_y, full_x: full(grid_x), full_y: full(grid_y) };
}

/** The weight of a node at the pixels that see it: exp(-2 max(0, d / margin - 1/2)^2), d their distance. */
function nodeWeights({ step, margin }: Grid): Float32Array {
  const side = step * WINDOW;
  const middle = step * ((WINDOW - 1) / 2);
  return Float32Array.from({ length: side * side }, (_, entry) => {
    const distance = Math.hypot((entry % side) - middle, Math.floor(entry / side) - middle);
    return Math.exp(-2 * Math.max(0, distance / margin - 0.5) ** 2);
  });
}

/** Gradient descent on one mask, one plan an iteration. */
export class MaskSearch {
  /** Of 260 x 260 pixels for an input of 224 x 224. */
  readonly mask: Tensor;
  /** As reward.wgsl writes it. */
  readonly record: Tensor;
  /** A value a node, of 32 x 32 for 224 x 224; after the first iteration, the gradient of what it minimised. */
  readonly velocity: Tensor;
  readonly #request: Request;
  readonly #grid: Grid;
  readonly #photo: Tensor;
  readonly #pyramid: Tensor;
  readonly #weights: Tensor;
  readonly #parameters: Tensor;
  readonly #owned: Tensor[] = [];
  #plan!: Plan;
  #image!: StepHandle<typeof kernels.extremalImage>;
  #reward!: StepHandle<typeof kernels.reward>;
  #select!: StepHandle<typeof kernels.selectRank>;
  #gradient!: StepHandle<typeof kernels.extremalGradient>;
  #step!: StepHandle<typeof kernels.smoothMaskStep>;

  private constructor(request: Request) {
    this.#request = request;
    const make = (label: string, shape: readonly number[], data?: Float32Array) => {
      const tensor = request.engine.tensor(label, shape, data);
      this.#owned.push(tensor);
      return tensor;
    };
    const { input } = request.teacher;
    this.#grid = gridOf(input);
    const { step, grid_x, grid_y, full_x, full_y } = this.#grid;
    this.#photo = make("normalised photo", imageShape(input, 1));
    this.#pyramid = make("pyramid", imageShape(input, LEVELS));
    this.#weights = make("weights of a node", [step * WINDOW, step * WINDOW], nodeWeights(this.#grid));
    this.#parameters = make("parameters", [grid_y, grid_x]);
    this.velocity = make("velocity", [grid_y, grid_x]);
    this.mask = make("mask", [full_y, full_x]);
    this.record = make("rewards", [4]);
  }

  /** Throws OUT_OF_MEMORY, LIMIT. */
  static create(request: Request): Promise<MaskSearch> {
    const { engine, teacher, scene, settings } = request;
    return engine.guard(async () => {
      const search = new MaskSearch(request);
      const pyramid = new PlanBuilder(engine, "pyramid");
      appendNormalise(pyramid, teacher.input, scene.crop, search.#photo);
      appendPyramid(pyramid, search.#photo, search.#pyramid, settings.blur * pixelUnit(teacher.input));
      await pyramid.once({ signal: request.signal });
      search.#plan = await (await search.#build()).compile();
      return search;
    });
  }

  /** Records an iteration: mask, image, teacher, reward, and back. */
  async #build(): Promise<PlanBuilder> {
    const { engine, teacher, settings, target } = this.#request;
    const { net, input } = teacher;
    const { step, margin, grid_x, grid_y, full_x, full_y } = this.#grid;
    const pixels = full_x * full_y;
    const plan = new PlanBuilder(engine, "optimise");
    const constants = sizeConstants(input);
    const sums = plan.temporary("sums", [full_y, full_x]);
    plan.dispatch(kernels.smoothMask, {
      bindings: { parameters: this.#parameters, weights: this.#weights, mask: this.mask, sums },
      uniforms: { grid_x, grid_y, full_x, full_y, first: FIRST_NODE },
      threads: [full_x, full_y],
      constants: { STEP: step },
      flops: pixels * WINDOW * WINDOW * 12,
    });
    const out = plan.temporary("perturbed photo", imageShape(input, 1));
    this.#image = plan.dispatch(kernels.extremalImage, {
      bindings: { pyramid: this.#pyramid, mask: this.mask, out },
      uniforms: { full: full_x, margin, mirrored: 0 },
      threads: [input.width, input.height],
      constants,
      flops: input.height * input.width * 20,
    });
    const values = net.appendForward(plan, 1, out);
    const logits = values.get(net.output) as Tensor;
    const seed = plan.temporary("reward gradient", logits.shape);
    this.#reward = plan.dispatch(kernels.reward, {
      bindings: { logits, gradient: seed, record: this.record },
      uniforms: {
        ...{ classes: teacher.classes, stride: logits.size, target_class: target },
        ...{ contrastive: settings.reward === "contrastive" ? 1 : 0, first_iteration: 1 },
      },
      threads: [1],
    });
    const gradient = await net.appendBackward(plan, 1, values, { seed: { node: net.output, gradient: seed }, until: net.input });
    const threshold = plan.temporary("threshold", [2], "u32");
    this.#select = plan.dispatch(kernels.selectRank, {
      bindings: { values: this.mask, found: threshold },
      uniforms: { count: pixels, rank: 0 },
      threads: [1],
      flops: pixels * 40,
    });
    const slope = plan.temporary("mask gradient", [full_y, full_x]);
    this.#gradient = plan.dispatch(kernels.extremalGradient, {
      bindings: { pyramid: this.#pyramid, mask: this.mask, gradient, threshold, out: slope },
      uniforms: { full_x, full_y, margin, mirrored: 0, area_scale: 0 },
      threads: [full_x, full_y],
      constants,
      flops: pixels * 20,
    });
    this.#step = plan.dispatch(kernels.smoothMaskStep, {
      bindings: {
        ...{ gradient: slope, mask: this.mask, sums, weights: this.#weights },
        ...{ parameters: this.#parameters, velocity: this.velocity },
      },
      uniforms: { grid_x, full_x, full_y, first: FIRST_NODE, rate: settings.rate, keep: 0, take: 1 },
      threads: [grid_x * kernels.smoothMaskStep.constants.WORKGROUP_X, grid_y],
      constants: { STEP: step },
      flops: grid_x * grid_y * (step * WINDOW) ** 2 * 16,
    });
    return plan;
  }

  /** Iteration t for an area; it writes the mask, and then moves the parameters. The first of all begins the record anew. */
  async step(area: number, t: number, anew: boolean): Promise<void> {
    const { settings, signal } = this.#request;
    const { momentum, weight, growth } = settings;
    if (t === 0) this.#parameters.write(new Float32Array(this.#parameters.size).fill(1));
    const mirrored = settings.jitter === "flip" && t % 2 === 0 ? 1 : 0;
    const count = this.mask.size;
    this.#plan.set(this.#image, { mirrored });
    this.#plan.set(this.#reward, { first_iteration: anew ? 1 : 0 });
    this.#plan.set(this.#select, { rank: Math.floor(count * (1 - area)) });
    this.#plan.set(this.#gradient, { mirrored, area_scale: (2 * weight * growth ** t) / count });
    this.#plan.set(this.#step, t === 0 ? { keep: 0, take: 1 } : { keep: momentum, take: 1 - momentum });
    await this.#plan.run({ signal });
  }

  /** The mask of one area, or the smoothed sum of those of several, height x width. */
  async map(masks: readonly Float32Array[]): Promise<Float32Array> {
    const { engine, teacher, settings } = this.#request;
    const { height, width } = teacher.input;
    const sum = new Float32Array(height * width);
    for (const mask of masks) for (const [at, value] of cropMask(mask, teacher.input).entries()) sum[at] = (sum[at] as number) + value;
    if (masks.length === 1 || settings.smooth === 0) return sum;
    const shape = imageShape(teacher.input);
    const image = engine.tensor(
      "sum of masks",
      shape,
      Float32Array.from({ length: 4 * sum.length }, (_, i) => sum[i >> 2] as number),
    );
    const out = engine.tensor("smoothed sum of masks", shape);
    try {
      const plan = new PlanBuilder(engine, "smooth");
      appendPyramid(plan, image, out, settings.smooth * Math.sqrt(height * width));
      await plan.once();
      return await readChannel(out);
    } finally {
      image.dispose();
      out.dispose();
    }
  }

  dispose(): void {
    this.#plan.dispose();
    for (const tensor of this.#owned) tensor.dispose();
  }
}

/** Gaussian blurs of an image, the widest first, as many as `out` has; see pyramid.wgsl. */
function appendPyramid(plan: PlanBuilder, image: Tensor, out: Tensor, widest: number): void {
  const half = plan.temporary("blurred along x", out.shape);
  const [height, width] = out.shape.slice(-3) as [number, number, number];
  const levels = out.size / (height * width * 4);
  const shape = { levels, height, width, widest };
  const threads = [width, height, levels] as const;
  const flops = out.size * widest * 16;
  plan.dispatch(kernels.pyramid, {
    bindings: { image, out: half },
    uniforms: { ...shape, shared_image: 1, along_y: 0 },
    threads,
    flops,
  });
  plan.dispatch(kernels.pyramid, {
    bindings: { image: half, out },
    uniforms: { ...shape, shared_image: 0, along_y: 1 },
    threads,
    flops,
  });
}

/** The part of a mask that covers the photo, height x width. */
export function cropMask(mask: Float32Array, input: InputSpec): Float32Array {
  const { height, width } = input;
  const { margin, full_x } = gridOf(input);
  const place = (at: number) => (Math.floor(at / width) + margin) * full_x + (at % width) + margin;
  return Float32Array.from({ length: height * width }, (_, at) => mask[place(at)] as number);
}
