import { type Plan, PlanBuilder, type StepHandle } from "../engine/plan.ts";
import type { Tensor } from "../engine/tensor.ts";
import { INPUT_SIZE } from "../nets/teacher.ts";
import * as kernels from "../shaders/index.ts";
import type { MethodRequest } from "./method.ts";
import { readChannel } from "./stretch.ts";
import { appendNormalise } from "./synthesis.ts";

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
const { STEP, WINDOW } = kernels.smoothMask.constants;
/** Distance in pixels at which a node's weight has fallen to exp(-1/2), and pixels that the mask is larger than the photo on every side. */
const SIGMA = 21;
/** Nodes of the grid a side, pixels of the mask with its margin, and nodes from the first pixel's window to the grid. */
const GRID = INPUT_SIZE / STEP;
const FULL = INPUT_SIZE + 2 * SIGMA - STEP + 1;
const FIRST_NODE = SIGMA / STEP + (WINDOW - 1) / 2;

/** The weight of a node at the pixels that see it: exp(-2 max(0, d / 21 - 1/2)^2), d their distance. */
function nodeWeights(): Float32Array {
  const side = STEP * WINDOW;
  const middle = STEP * ((WINDOW - 1) / 2);
  return Float32Array.from({ length: side * side }, (_, entry) => {
    const distance = Math.hypot((entry % side) - middle, Math.floor(entry / side) - middle);
    return Math.exp(-2 * Math.max(0, distance / SIGMA - 0.5) ** 2);
  });
}

/** Gradient descent on one mask, one plan an iteration. */
export class MaskSearch {
  /** 260 x 260. */
  readonly mask: Tensor;
  /** As reward.wgsl writes it. */
  readonly record: Tensor;
  /** 32 x 32; after the first iteration, the gradient of what it minimised. */
  readonly velocity: Tensor;
  readonly #request: Request;
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
    this.#photo = make("normalised photo", [1, INPUT_SIZE, INPUT_SIZE, 4]);
    this.#pyramid = make("pyramid", [LEVELS, INPUT_SIZE, INPUT_SIZE, 4]);
    this.#weights = make("weights of a node", [STEP * WINDOW, STEP * WINDOW], nodeWeights());
    this.#parameters = make("parameters", [GRID, GRID]);
    this.velocity = make("velocity", [GRID, GRID]);
    this.mask = make("mask", [FULL, FULL]);
    this.record = make("rewards", [4]);
  }

  /** Throws OUT_OF_MEMORY, LIMIT. */
  static create(request: Request): Promise<MaskSearch> {
    const { engine, teacher, scene, settings } = request;
    return engine.guard(async () => {
      const search = new MaskSearch(request);
      const pyramid = new PlanBuilder(engine, "pyramid");
      appendNormalise(pyramid, teacher, scene.crop, search.#photo);
      appendPyramid(pyramid, search.#photo, search.#pyramid, LEVELS, settings.blur);
      await pyramid.once({ signal: request.signal });
      search.#plan = await (await search.#build()).compile();
      return search;
    });
  }

  /** Records an iteration: mask, image, teacher, reward, and back. */
  async #build(): Promise<PlanBuilder> {
    const { engine, teacher, settings, target } = this.#request;
    const { net } = teacher;
    const plan = new PlanBuilder(engine, "optimise");
    const shape = { grid: GRID, full: FULL, first: FIRST_NODE };
    const place = { full: FULL, margin: SIGMA, mirrored: 0 };
    const sums = plan.temporary("sums", [FULL, FULL]);
    plan.dispatch(kernels.smoothMask, {
      bindings: { parameters: this.#parameters, weights: this.#weights, mask: this.mask, sums },
      uniforms: shape,
      threads: [FULL, FULL],
      flops: FULL * FULL * WINDOW * WINDOW * 12,
    });
    const out = plan.temporary("perturbed photo", [1, INPUT_SIZE, INPUT_SIZE, 4]);
    this.#image = plan.dispatch(kernels.extremalImage, {
      bindings: { pyramid: this.#pyramid, mask: this.mask, out },
      uniforms: place,
      threads: [INPUT_SIZE, INPUT_SIZE],
      flops: INPUT_SIZE * INPUT_SIZE * 20,
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
      uniforms: { count: FULL * FULL, rank: 0 },
      threads: [1],
      flops: FULL * FULL * 40,
    });
    const slope = plan.temporary("mask gradient", [FULL, FULL]);
    this.#gradient = plan.dispatch(kernels.extremalGradient, {
      bindings: { pyramid: this.#pyramid, mask: this.mask, gradient, threshold, out: slope },
      uniforms: { ...place, area_scale: 0 },
      threads: [FULL, FULL],
      flops: FULL * FULL * 20,
    });
    this.#step = plan.dispatch(kernels.smoothMaskStep, {
      bindings: {
        ...{ gradient: slope, mask: this.mask, sums, weights: this.#weights },
        ...{ parameters: this.#parameters, velocity: this.velocity },
      },
      uniforms: { ...shape, rate: settings.rate, keep: 0, take: 1 },
      threads: [GRID * kernels.smoothMaskStep.constants.WORKGROUP_X, GRID],
      flops: GRID * GRID * (STEP * WINDOW) ** 2 * 16,
    });
    return plan;
  }

  /** Iteration t for an area; it writes the mask, and then moves the parameters. The first of all begins the record anew. */
  async step(area: number, t: number, anew: boolean): Promise<void> {
    const { settings } = this.#request;
    const { momentum, weight, growth } = settings;
    if (t === 0) this.#parameters.write(new Float32Array(GRID * GRID).fill(1));
    const mirrored = settings.jitter === "flip" && t % 2 === 0 ? 1 : 0;
    const count = FULL * FULL;
    this.#plan.set(this.#image, { mirrored });
    this.#plan.set(this.#reward, { first_iteration: anew ? 1 : 0 });
    this.#plan.set(this.#select, { rank: Math.floor(count * (1 - area)) });
    this.#plan.set(this.#gradient, { mirrored, area_scale: (2 * weight * growth ** t) / count });
    this.#plan.set(this.#step, t === 0 ? { keep: 0, take: 1 } : { keep: momentum, take: 1 - momentum });
    await this.#plan.run();
  }

  /** The mask of one area, or the smoothed sum of those of several, 224 x 224. */
  async map(masks: readonly Float32Array[]): Promise<Float32Array> {
    const { engine, settings } = this.#request;
    const sum = new Float32Array(INPUT_SIZE * INPUT_SIZE);
    for (const mask of masks) for (const [at, value] of cropMask(mask).entries()) sum[at] = (sum[at] as number) + value;
    if (masks.length === 1 || settings.smooth === 0) return sum;
    const shape = [INPUT_SIZE, INPUT_SIZE, 4];
    const image = engine.tensor(
      "sum of masks",
      shape,
      Float32Array.from({ length: 4 * sum.length }, (_, i) => sum[i >> 2] as number),
    );
    const out = engine.tensor("smoothed sum of masks", shape);
    try {
      const plan = new PlanBuilder(engine, "smooth");
      appendPyramid(plan, image, out, 1, settings.smooth * INPUT_SIZE);
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

/** Gaussian blurs of an image, the widest first; see pyramid.wgsl. */
function appendPyramid(plan: PlanBuilder, image: Tensor, out: Tensor, levels: number, widest: number): void {
  const half = plan.temporary("blurred along x", out.shape);
  const shape = { levels, size: INPUT_SIZE, widest };
  const threads = [INPUT_SIZE, INPUT_SIZE, levels] as const;
  const flops = levels * INPUT_SIZE * INPUT_SIZE * 4 * widest * 16;
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

/** The part of a mask that covers the photo, 224 x 224. */
export function cropMask(mask: Float32Array): Float32Array {
  return Float32Array.from(
    { length: INPUT_SIZE * INPUT_SIZE },
    (_, at) => mask[(Math.floor(at / INPUT_SIZE) + SIGMA) * FULL + (at % INPUT_SIZE) + SIGMA] as number,
  );
}
