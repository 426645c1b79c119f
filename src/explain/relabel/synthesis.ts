import { type Footprint, footprintOf, largestBatch } from "../../classify/batch.ts";
import { OUTPUTS } from "../../classify/outputs.ts";
import type { Teacher } from "../../classify/teacher.ts";
import type { Engine } from "../../engine/engine.ts";
import { type Plan, PlanBuilder, type RunOptions, type StepHandle } from "../../engine/plan.ts";
import { Tensor } from "../../engine/tensor.ts";
import { CHANNELS, type InputSpec, imageShape, pixelUnit, sizeConstants } from "../../nets/input-spec.ts";
import { tensorShape } from "../../ops/shape.ts";
import * as kernels from "../../shaders/index.ts";
import { LATENT, VAE_SIZE, type Vae } from "../../zoo/vae.ts";
import { appendBlur } from "../blur.ts";
import { FILLS, type Settings } from "../explain-options.ts";
import { appendInpainting, inpaintedShape } from "./inpainting.ts";
import { studentMemory } from "./student.ts";

/** Values of a sample's gate: 49 cells, the shift in x and y, and one of padding. */
export const GATE_VALUES = 52;
/** Latent directions that residual synthesis moves, all with the same effect on the pixels (measured: better than all 500). */
const RESIDUAL_DIRECTIONS = 100;
/** In pixels of 224. */
const BLUR_SIGMA = 12;
/** Samples of one step of the search for a strength that shifts half of the labels. */
export const ADAPT_SAMPLES = 30;
const MODES = { plain: 0, paper: 1, residual: 2, gated: 3 } as const;

/** What is known of the photo before samples are drawn. All on the GPU. */
export interface Scene {
  /** Height x width x 4 in [0, 1]. */
  readonly crop: Tensor;
  /** The crop at the VAE's size, 64 x 64 x 4. */
  readonly small: Tensor;
  readonly blurred: Tensor;
  readonly mu: Tensor;
  readonly sigma: Tensor;
  /** The decoded mean, 64 x 64 x 4. */
  readonly anchor: Tensor;
}

export function makeScene(engine: Engine, input: InputSpec): Scene & { dispose(): void } {
  const scene = {
    crop: engine.tensor("crop", imageShape(input)),
    small: engine.tensor("crop at 64", [VAE_SIZE, VAE_SIZE, 4]),
    blurred: engine.tensor("blurred crop", imageShape(input)),
    mu: engine.tensor("mu", [LATENT]),
    sigma: engine.tensor("Sigma", [LATENT]),
    anchor: engine.tensor("decoded mean", [VAE_SIZE, VAE_SIZE, 4]),
  };
  return {
    ...scene,
    dispose() {
      for (const tensor of Object.values(scene)) tensor.dispose();
    },
  };
}

/** Blurs the crop, and encodes it and decodes its mean where a VAE is given. Reads `crop` and `small`, writes the rest. */
export async function encodeScene(
  { engine, teacher, vae, scene }: Pick<SynthesisRequest, "engine" | "teacher" | "vae" | "scene">,
  options: RunOptions,
): Promise<void> {
  const plan = new PlanBuilder(engine, "encode");
  const half = plan.temporary("crop, blurred along x", scene.crop.shape);
  appendBlur(plan, scene.crop, half, scene.blurred, BLUR_SIGMA * pixelUnit(teacher.input));
  if (vae) {
    const logvar = plan.temporary("log variance", [LATENT]);
    vae.appendEncode(plan, 1, scene.small, scene.mu, logvar);
    plan.dispatch(kernels.deviation, { bindings: { logvar, out: scene.sigma }, uniforms: { vectors: LATENT / 4 }, threads: [LATENT / 4] });
    vae.appendDecode(plan, 1, scene.mu, scene.anchor);
  }
  await plan.once(options);
}

export interface SynthesisRequest {
  engine: Engine;
  teacher: Teacher;
  /** May be absent where nothing decodes. */
  vae: Vae | undefined;
  scene: Scene;
  settings: Settings;
  target: number;
  /** See MethodRequest. */
  above?: boolean | undefined;
  /** Images at once: exactly so many, or at most, as the memory allows. */
  batch: { most: number; exact: boolean };
  /** What else of each batch is wanted than labels: what the teacher's last layer sees, or latents, where the synthesis draws them. */
  observed?: "features" | "latents" | undefined;
}

type MakeTensor = (label: string, shape: readonly number[], data?: Float32Array) => Tensor;

/** Draws synthetic images batch by batch and has the teacher label them: three plans that share their tensors. */
export class Synthesizer {
  /** batch x 52; gated synthesis only. */
  readonly gates: Tensor;
  /** batch x 64 x 64 x 4. */
  readonly decoded: Tensor;
  /** capacity x 4: probability of the target, re-label y' (eq. 6), arg max, 0. */
  readonly labels: Tensor;
  /** batch x height x width x 4, normalised for the teacher. */
  readonly images: Tensor;
  /** Rows of what was asked for with `observed`, a batch of them. */
  readonly observed: Tensor | undefined;
  readonly #owned: Tensor[];
  /** Images that the teacher has labelled. */
  drawn = 0;
  #draw: Plan | undefined;
  #label: Plan | undefined;
  #sample: StepHandle<typeof kernels.sampleLatent> | undefined;
  #gate: StepHandle<typeof kernels.gates> | undefined;
  #compose!: StepHandle<typeof kernels.compose>;
  #softmax!: StepHandle<typeof kernels.softmax>;

  private constructor(
    readonly batch: number,
    /** Samples that the label table holds, a multiple of the batch. */
    readonly capacity: number,
    make: MakeTensor,
    { observed, teacher }: SynthesisRequest,
  ) {
    this.gates = make("gates", [batch, GATE_VALUES]);
    this.decoded = make("decoded", [batch, VAE_SIZE, VAE_SIZE, 4]);
    this.labels = make("labels", [capacity, 4]);
    this.images = make("synthetic images", imageShape(teacher.input, batch));
    this.observed = observed && make(observed, observed === "latents" ? [batch, LATENT] : tensorShape(batch, teacher.features.shape));
    this.#owned = [this.gates, this.decoded, this.labels, this.images, ...(this.observed ? [this.observed] : [])];
  }

  /** Throws OUT_OF_MEMORY, LIMIT. */
  static async create(request: SynthesisRequest): Promise<Synthesizer> {
    const { engine } = request;
    const batch = batchOf(request);
    return engine.guard(async () => {
      const make: MakeTensor = (label, shape, data) => engine.tensor(label, shape, data);
      const synthesizer = new Synthesizer(batch, capacityFor(request, batch), make, request);
      const { draw, label } = synthesizer.#build(request, make);
      synthesizer.#draw = await draw.compile();
      synthesizer.#label = await label.compile();
      return synthesizer;
    });
  }

  /** What a synthesizer of this batch would allocate, in bytes: everything, and the largest buffer. */
  static memory(request: SynthesisRequest, batch: number): Footprint {
    const make: MakeTensor = (label, shape) => new Tensor(request.engine, label, shape);
    const synthesizer = new Synthesizer(batch, capacityFor(request, batch), make, request);
    return footprintOf(synthesizer.#owned, Object.values(synthesizer.#build(request, make)));
  }

  /** Records both plans; the images go from the first to the second. */
  #build(request: SynthesisRequest, make: MakeTensor): { draw: PlanBuilder; label: PlanBuilder } {
    const { engine, teacher, vae, scene, settings, target, above } = request;
    const { batch } = this;
    const { synthesis, seed, fill } = settings;
    const draw = new PlanBuilder(engine, "synthesize");
    if (vae && (synthesis !== "gated" || fill.includes("vae"))) {
      const z = request.observed === "latents" ? (this.observed as Tensor) : draw.temporary("z", [batch, LATENT]);
      const { center, scale } = this.#latent(make, vae, scene, settings);
      this.#sample = draw.dispatch(kernels.sampleLatent, {
        bindings: { center, scale, z },
        uniforms: { samples: batch, latent4: LATENT / 4, first_sample: 0, seed, strength: settings.noiseScale ?? 1 },
        threads: [LATENT / 4, batch],
        flops: batch * LATENT * 30,
      });
      vae.appendDecode(draw, batch, z, this.decoded);
    }
    if (synthesis === "gated") {
      this.#gate = draw.dispatch(kernels.gates, {
        bindings: { gates: this.gates },
        uniforms: { samples: batch, first_sample: 0, seed, balanced: settings.gates === "balanced" ? 1 : 0, keep: settings.keep ?? 0.5 },
        threads: [GATE_VALUES / 4, batch],
      });
    }
    const inpaints = synthesis === "gated" && fill.includes("inpaint");
    const inpainted = inpaints ? draw.temporary("inpainted", inpaintedShape(teacher.input, batch)) : engine.nothing;
    if (inpaints) appendInpainting(draw, { batch, photo: scene.crop, gates: this.gates, input: teacher.input, out: inpainted });
    this.#compose = appendCompose(draw, teacher, batch, this.images, MODES[synthesis], {
      photo: scene.crop,
      blurred: scene.blurred,
      decoded: this.decoded,
      anchor: scene.anchor,
      gates: this.gates,
      inpainted,
      fill: fill.map((kind) => FILLS.indexOf(kind)),
    });
    const label = new PlanBuilder(engine, "teacher");
    const taps = request.observed === "features" ? new Map([[teacher.features, this.observed as Tensor]]) : undefined;
    const logits = teacher.appendLogits(label, batch, this.images, undefined, taps);
    this.#softmax = appendSoftmax(label, teacher, batch, logits, this.labels, { target, above });
    return { draw, label };
  }

  /** Where latents are drawn around, and how widely: eq. 3 for paper, equal pixel variance for residual, the prior for a fill. */
  #latent(make: MakeTensor, vae: Vae, scene: Scene, settings: Settings): { center: Tensor; scale: Tensor } {
    if (settings.synthesis === "paper") return { center: scene.mu, scale: scene.sigma };
    const scales = new Float32Array(LATENT);
    if (settings.synthesis === "gated") scales.fill(1);
    else for (let k = 0; k < RESIDUAL_DIRECTIONS; k++) scales[k] = 1 / Math.max(Math.abs(vae.gain[k] as number), 1e-6);
    const square = scales.reduce((sum, value) => sum + value * value, 0);
    const used = settings.synthesis === "gated" ? LATENT : RESIDUAL_DIRECTIONS;
    const scale = make(
      "latent scale",
      [LATENT],
      scales.map((value) => value * Math.sqrt(used / square)),
    );
    const center = settings.synthesis === "gated" ? make("prior mean", [LATENT]) : scene.mu;
    this.#owned.push(scale, ...(center === scene.mu ? [] : [center]));
    return { center, scale };
  }

  /** Changes how far samples go from the photo: the noise scale of paper and residual, the keep probability of random gates. */
  set strength(value: number) {
    if (this.#gate) this.#draw?.set(this.#gate, { keep: value });
    else if (this.#sample) this.#draw?.set(this.#sample, { strength: value });
  }

  /** Draws samples first ... first + batch and writes their labels from `row` on. */
  async run(first: number, row: number, options: RunOptions): Promise<void> {
    const [draw, label] = [this.#draw, this.#label] as [Plan, Plan];
    if (this.#sample) draw.set(this.#sample, { first_sample: first });
    if (this.#gate) draw.set(this.#gate, { first_sample: first });
    draw.set(this.#compose, { first_sample: first });
    label.set(this.#softmax, { first_row: row });
    await draw.run(options);
    await label.run(options);
    this.drawn += this.batch;
  }

  dispose(): void {
    this.#draw?.dispose();
    this.#label?.dispose();
    for (const tensor of this.#owned) tensor.dispose();
  }
}

function capacityFor({ settings }: SynthesisRequest, batch: number): number {
  return Math.ceil(Math.max(settings.samples, ADAPT_SAMPLES) / batch) * batch;
}

/** The batch asked for, or where it is not exact the largest one up to it that the adapter binds and the budget holds beside the student. */
export function batchOf(request: SynthesisRequest): number {
  const { engine, teacher, settings } = request;
  if (request.batch.exact) return request.batch.most;
  return largestBatch(engine, request.batch.most, studentMemory(settings, teacher.input), (batch) => Synthesizer.memory(request, batch));
}

interface Composition {
  photo: Tensor;
  blurred: Tensor;
  decoded: Tensor;
  anchor: Tensor;
  gates: Tensor;
  inpainted: Tensor;
  /** Indices into FILLS. */
  fill: readonly number[];
}

function appendCompose(plan: PlanBuilder, teacher: Teacher, batch: number, out: Tensor, mode: number, { fill, ...images }: Composition) {
  const { height, width, channels, mean, deviation } = teacher.input;
  const [mean_r, mean_g, mean_b] = mean;
  const [deviation_r, deviation_g, deviation_b] = deviation;
  return plan.dispatch(kernels.compose, {
    bindings: { ...images, out },
    uniforms: {
      samples: batch,
      first_sample: 0,
      mode,
      fill_count: fill.length,
      fills: fill.reduce((bits, kind, turn) => (bits | (kind << (2 * turn))) >>> 0, 0),
      ...{ mean_r, mean_g, mean_b, deviation_r, deviation_g, deviation_b },
    },
    threads: [width, height, batch],
    constants: { ...sizeConstants(teacher.input), ORDER: CHANNELS.indexOf(channels) },
    flops: batch * height * width * 60,
  });
}

/** The photo itself, normalised for the teacher: 1 x height x width x 4. */
export function appendNormalise(plan: PlanBuilder, teacher: Teacher, photo: Tensor, out: Tensor): void {
  const { nothing } = plan.engine;
  const unused = { blurred: nothing, decoded: nothing, anchor: nothing, gates: nothing, inpainted: nothing };
  appendCompose(plan, teacher, 1, out, MODES.plain, { photo, ...unused, fill: [0] });
}

/** Probabilities of every row of logits, and its label towards the target; see MethodRequest. */
export function appendSoftmax(
  plan: PlanBuilder,
  { classes, outputs }: Teacher,
  batch: number,
  logits: Tensor,
  labels: Tensor,
  { target, above = true }: { target: number; above?: boolean | undefined },
  probabilities?: Tensor,
) {
  return plan.dispatch(kernels.softmax, {
    bindings: { logits, probabilities: probabilities ?? plan.temporary("probabilities", logits.shape), labels },
    uniforms: { rows: batch, classes, stride: logits.shape.at(-1) as number, target_class: target, first_row: 0, above: above ? 1 : 0 },
    threads: [kernels.softmax.constants.WORKGROUP_X, batch],
    constants: { OUTPUTS: OUTPUTS.indexOf(outputs) },
    flops: batch * classes * 20,
  });
}
