/** The method `fgvis`, which looks for the pixels without which the class is lost. */
import { appendNormalise } from "../../classify/compose.ts";
import { drawAll } from "../../classify/sampling-loop.ts";
import { appendSoftmax } from "../../classify/softmax.ts";
import { throwIfAborted } from "../../engine/errors.ts";
import { type Plan, PlanBuilder, type StepHandle } from "../../engine/plan.ts";
import type { Tensor } from "../../engine/tensor.ts";
import { imageShape, normalisedColour, sizeConstants } from "../../nets/input-spec.ts";
import type { Values } from "../../nets/lower.ts";
import { appendScoreGradient } from "../../nets/score-gradient.ts";
import { tensorShape } from "../../ops/shape.ts";
import * as kernels from "../../shaders/index.ts";
import { FGVIS } from "../descriptions.ts";
import { checkNumbers } from "../finite-results.ts";
import type { MethodDefinition, MethodRequest, SettledParameters } from "../method.ts";
import { timeStages } from "../stages.ts";

type Request = Pick<
  MethodRequest<SettledParameters<typeof FGVIS.parameters> & { seed: number }>,
  "engine" | "teacher" | "scene" | "settings" | "target" | "above" | "signal"
>;

/** Iterations that an aborted run needs to have a map, at most. */
const MIN_ITERATIONS = 32;
/** Iterations after which is asked whether the run has stopped; until then it stands still on the GPU. */
const ASK_EVERY = 8;

/**
 * FGVis (Wagner et al. 2019), the deletion game: deletes colours of single pixels, as few as it takes, until the teacher's first choice is no
 * longer the target. Gradients pass an activation only where it is at most as large as for the photo itself, so that nothing new is made up.
 */
export const fgvis: MethodDefinition<typeof FGVIS.parameters> = {
  ...FGVIS,
  check: ({ teacher }) => teacher.net.requireUnsigned("FGVis"),
  async run(request) {
    const { engine, settings, signal } = request;
    const { iterations } = settings;
    request.teacher.net.requireUnsigned("FGVis");
    const seconds = timeStages(engine, ["teacher", "optimise"]);
    const deletion = await Deletion.create(request);
    try {
      const drawn = await drawAll(request, {
        ...{ stage: "optimise", total: iterations, batch: 1, least: Math.min(MIN_ITERATIONS, Math.ceil(iterations / 3)) },
        async run(iteration) {
          throwIfAborted(signal);
          await deletion.step(iteration);
        },
        preview: () => deletion.map(),
        block: ASK_EVERY,
        settled: async () => deletion.watches && (await deletion.state()).stopped,
      });
      const { done, stopped, first, last } = await deletion.state();
      checkNumbers(fgvis.title, { "first probability": first, "last probability": last });
      const map = await deletion.map();
      const flat = map.every((value) => value === 0);
      await engine.finish();
      return {
        map: flat ? undefined : map,
        degenerate: flat
          ? "Deleting any of the photo would not lower the target's probability. Choose another class, photo or method, such as grad-cam."
          : undefined,
        aborted: drawn < iterations && !stopped,
        samples: done,
        // One more for the photo itself.
        passes: { forward: drawn + 1, backward: drawn },
        facts: {
          ...{ stopped: stopped ? "first choice changed" : deletion.watches ? "no" : "not watched: the target was not the first choice" },
          ...{ firstProbability: first, lastProbability: last, deletedShare: map.reduce((sum, value) => sum + value, 0) / map.length },
        },
        seconds: seconds(),
      };
    } finally {
      deletion.dispose();
    }
  },
};

/** Gradient descent on the mask, one plan an iteration. */
export class Deletion {
  /** Height x width x 4: a mask for every colour that the net takes, the other channels of no meaning. */
  readonly mask: Tensor;
  /** Whether another first choice than the target ends the run: it does where the target is the photo's. */
  watches = false;
  readonly #request: Request;
  readonly #photo: Tensor;
  readonly #label: Tensor;
  readonly #state: Tensor;
  readonly #clean: Values;
  readonly #owned: Tensor[] = [];
  #plan!: Plan;
  #image!: StepHandle<typeof kernels.fgvisImage>;
  #step!: StepHandle<typeof kernels.fgvisStep>;

  private constructor(request: Request) {
    const { engine, teacher } = request;
    this.#request = request;
    const make = (label: string, shape: readonly number[], data?: Float32Array) => {
      const tensor = engine.tensor(label, shape, data);
      this.#owned.push(tensor);
      return tensor;
    };
    const { height, width } = teacher.input;
    this.#photo = make("normalised photo", imageShape(teacher.input, 1));
    this.mask = make("mask", imageShape(teacher.input), new Float32Array(4 * height * width).fill(1));
    this.#label = make("label", [1, 4]);
    this.#state = make("state", [2, 4]);
    const { activations } = teacher.net;
    this.#clean = new Map(activations.map((node) => [node, make(`${node.label} of the photo`, tensorShape(1, node.shape))]));
  }

  /** Throws ABORTED, OUT_OF_MEMORY, LIMIT. */
  static create(request: Request): Promise<Deletion> {
    return request.engine.guard(async () => {
      const deletion = new Deletion(request);
      await deletion.#observe();
      deletion.#plan = await (await deletion.#build()).compile();
      return deletion;
    });
  }

  /** Keeps what the activations are for the photo itself, and whether the target is its first choice. */
  async #observe(): Promise<void> {
    const { engine, teacher, scene, target, above, signal } = this.#request;
    const plan = new PlanBuilder(engine, "teacher");
    appendNormalise(plan, teacher.input, scene.crop, this.#photo);
    const values = teacher.net.appendForward(plan, 1, this.#photo, this.#clean);
    appendSoftmax(plan, teacher, 1, values.get(teacher.net.output) as Tensor, this.#label, { target, above });
    await plan.once({ signal });
    this.watches = (await this.#label.read())[1] === 1;
  }

  /** Records an iteration: image, teacher, probability, and back. */
  async #build(): Promise<PlanBuilder> {
    const { engine, teacher, target, above, settings } = this.#request;
    const { net, input, outputs } = teacher;
    const { height, width } = input;
    const pixels = height * width;
    const { seed, noise, rate, weight } = settings;
    const black = settings.reference === "black" ? normalisedColour(input, [0, 0, 0]) : [0, 0, 0];
    const [reference_r, reference_g, reference_b] = black as [number, number, number];
    const reference = { reference_r, reference_g, reference_b };
    const plan = new PlanBuilder(engine, "optimise");
    const image = plan.temporary("masked photo", imageShape(input, 1));
    this.#image = plan.dispatch(kernels.fgvisImage, {
      bindings: { photo: this.#photo, mask: this.mask, out: image },
      uniforms: { seed, iteration: 0, noise, ...reference },
      threads: [width, height],
      constants: sizeConstants(input),
      flops: pixels * 60,
    });
    const values = net.appendForward(plan, 1, image);
    const logits = values.get(net.output) as Tensor;
    const probabilities = plan.temporary("probabilities", logits.shape);
    appendSoftmax(plan, teacher, 1, logits, this.#label, { target, above }, probabilities);
    // A sigmoid is flat where the net is sure: its logit is not.
    const of = outputs === "softmax" ? probabilities : undefined;
    const start = appendScoreGradient(plan, 1, teacher.classes, target, of);
    const gradient = await net.appendBackward(plan, 1, values, {
      ...{ seed: { node: net.output, gradient: start.gradient }, until: net.input, clean: this.#clean },
    });
    const slope = plan.temporary("mask gradient", [pixels, 4]);
    plan.dispatch(kernels.fgvisGradient, {
      bindings: { gradient, photo: this.#photo, mask: this.mask, out: slope },
      uniforms: { vectors: pixels, weight, ...reference },
      threads: [pixels],
    });
    this.#step = plan.dispatch(kernels.fgvisStep, {
      bindings: { gradient: slope, label: this.#label, state: this.#state },
      uniforms: { vectors: pixels, iteration: 0, watches: this.watches ? 1 : 0, rate },
      threads: [1],
      flops: pixels * 8,
    });
    plan.dispatch(kernels.fgvisUpdate, {
      bindings: { gradient: slope, state: this.#state, mask: this.mask },
      uniforms: { vectors: pixels },
      threads: [pixels],
    });
    return plan;
  }

  /** Runs an iteration, which changes nothing once the run has stopped. */
  async step(iteration: number): Promise<void> {
    this.#plan.set(this.#image, { iteration });
    this.#plan.set(this.#step, { iteration });
    await this.#plan.run({ signal: this.#request.signal });
  }

  /** Iterations that counted, whether the last of them showed another first choice, and the target's probability in the first and the last. */
  async state(): Promise<{ done: number; stopped: boolean; first: number; last: number }> {
    const [, done, stop, , first, last] = (await this.#state.read()) as unknown as [number, number, number, number, number, number];
    return { done, stopped: stop > 0, first, last };
  }

  /** What was deleted, averaged over the colours: height x width, in [0, 1]. */
  async map(): Promise<Float32Array> {
    const mask = await this.mask.read();
    const colours = this.#request.teacher.input.channels === "grey" ? [0] : [0, 1, 2];
    const kept = (at: number) => colours.reduce((sum, c) => sum + (mask[4 * at + c] as number), 0);
    return Float32Array.from({ length: mask.length / 4 }, (_, at) => 1 - kept(at) / colours.length);
  }

  dispose(): void {
    this.#plan.dispose();
    for (const tensor of this.#owned) tensor.dispose();
  }
}
