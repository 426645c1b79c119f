/** Draws the synthetic images of re-label distillation, in all three ways, and has them labelled. */
import type { BatchOption } from "../../classify/batch.ts";
import { appendCompose, MODES } from "../../classify/compose.ts";
import { type Batch, type Drawing, Labeller, type LabelRequest } from "../../classify/labeller.ts";
import type { Teacher } from "../../classify/teacher.ts";
import type { Engine } from "../../engine/engine.ts";
import type { PlanBuilder, StepHandle } from "../../engine/plan.ts";
import type { Tensor } from "../../engine/tensor.ts";
import { tensorShape } from "../../ops/shape.ts";
import * as kernels from "../../shaders/index.ts";
import type { Vae } from "../../zoo/vae.ts";
import { LATENT, VAE_SIZE } from "../../zoo/vae-size.ts";
import { ADAPT_SAMPLES, FILLS, type Settings } from "../explain-options.ts";
import type { Scene } from "../scene.ts";
import { appendInpainting, inpaintedShape } from "./inpainting.ts";
import { studentMemory } from "./student.ts";

/** Values of a sample's gate: 49 cells, the shift in x and y, and one of padding. */
export const GATE_VALUES = 52;
/** Latent directions that residual synthesis moves, all with the same effect on the pixels (measured: better than all 500). */
const RESIDUAL_DIRECTIONS = 100;

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
  batch: BatchOption;
  /** What else of each batch is wanted than labels: what the teacher's last layer sees, or latents, where the synthesis draws them. */
  observed?: "features" | "latents" | undefined;
}

/** How synthetic images are drawn, and what students and pictures see of them. */
export interface SyntheticDrawing extends Drawing {
  /** Batch x 52; gated synthesis only. */
  readonly gates: Tensor;
  /** Batch x 64 x 64 x 4. */
  readonly decoded: Tensor;
  /** Rows of what was asked for with `observed`, a batch of them. */
  readonly observed: Tensor | undefined;
  /** How far samples go from the photo: the noise scale of paper and residual, the keep probability of random gates. */
  strength: number;
}

/** Draws synthetic images and has the teacher label them: probability of the target, re-label y' (eq. 6), arg max, 0. */
export type Synthesizer = Labeller<SyntheticDrawing>;

/** Throws OUT_OF_MEMORY, LIMIT. */
export function createSynthesizer(request: SynthesisRequest): Promise<Synthesizer> {
  return Labeller.create(labelRequest(request));
}

/** The batch asked for, or if it is not exact the largest up to it that the adapter binds and the budget holds along with the student. */
export function synthesisBatch(request: SynthesisRequest): number {
  return Labeller.batchOf(labelRequest(request));
}

function labelRequest(request: SynthesisRequest): LabelRequest<SyntheticDrawing> {
  const { engine, teacher, settings, target, above, batch } = request;
  return {
    ...{ engine, teacher, target, above, batch },
    // A batch that a block cuts short begins the next one between two multiples of it.
    rows: (size) => Math.ceil((Math.max(settings.samples, ADAPT_SAMPLES) + (settings.until ? size : 0)) / size) * size,
    reserved: studentMemory(settings, teacher.input),
    draw: { label: "synthesize", append: (plan, shared) => appendSynthesis(plan, shared, request) },
  };
}

/** Appends what draws a batch of samples. */
function appendSynthesis(plan: PlanBuilder, { size, images, make }: Batch, request: SynthesisRequest): SyntheticDrawing {
  const { engine, teacher, vae, scene, settings, observed: wanted } = request;
  const { synthesis, seed, fill } = settings;
  const gated = synthesis === "gated";
  const gates = make("gates", [size, GATE_VALUES]);
  const decoded = make("decoded", [size, VAE_SIZE, VAE_SIZE, 4]);
  const observed = wanted && make(wanted, wanted === "latents" ? [size, LATENT] : tensorShape(size, teacher.features.shape));
  let sample: StepHandle<typeof kernels.sampleLatent> | undefined;
  let gate: StepHandle<typeof kernels.gates> | undefined;
  if (vae && (!gated || fill.includes("vae"))) {
    const z = observed && wanted === "latents" ? observed : plan.temporary("z", [size, LATENT]);
    sample = plan.dispatch(kernels.sampleLatent, {
      bindings: { ...latentOf(make, vae, scene, settings), z },
      uniforms: { samples: size, latent4: LATENT / 4, first_sample: 0, seed, strength: settings.noiseScale ?? 1 },
      threads: [LATENT / 4, size],
      flops: size * LATENT * 30,
    });
    vae.appendDecode(plan, size, z, decoded);
  }
  if (gated) {
    gate = plan.dispatch(kernels.gates, {
      bindings: { gates },
      uniforms: { samples: size, first_sample: 0, seed, balanced: settings.gates === "balanced" ? 1 : 0, keep: settings.keep ?? 0.5 },
      threads: [GATE_VALUES / 4, size],
    });
  }
  const inpaints = gated && fill.includes("inpaint");
  const inpainted = inpaints ? plan.temporary("inpainted", inpaintedShape(teacher.input, size)) : engine.nothing;
  if (inpaints) appendInpainting(plan, { batch: size, photo: scene.crop, gates, input: teacher.input, out: inpainted });
  const compose = appendCompose(plan, teacher.input, size, images, MODES[synthesis], {
    ...{ photo: scene.crop, blurred: scene.blurred, decoded, anchor: scene.anchor, gates, inpainted },
    fill: fill.map((kind) => FILLS.indexOf(kind)),
  });
  return {
    ...{ gates, decoded, observed },
    ...(observed && wanted === "features" ? { taps: new Map([[teacher.features, observed]]) } : {}),
    strength: (gated ? settings.keep : settings.noiseScale) ?? (gated ? 0.5 : 1),
    move(compiled, first) {
      const { strength } = this;
      if (sample) compiled.set(sample, { first_sample: first, ...(gated ? {} : { strength }) });
      if (gate) compiled.set(gate, { first_sample: first, keep: strength });
      compiled.set(compose, { first_sample: first });
    },
  };
}

/** Where latents are drawn around, and how widely: eq. 3 for paper, equal pixel variance for residual, the prior for a fill. */
function latentOf(make: Batch["make"], vae: Vae, { mu, sigma }: Scene, { synthesis }: Settings): { center: Tensor; scale: Tensor } {
  if (synthesis === "paper") return { center: mu, scale: sigma };
  const gated = synthesis === "gated";
  const scales = new Float32Array(LATENT);
  if (gated) scales.fill(1);
  else for (let k = 0; k < RESIDUAL_DIRECTIONS; k++) scales[k] = 1 / Math.max(Math.abs(vae.gain[k] as number), 1e-6);
  const square = scales.reduce((sum, value) => sum + value * value, 0);
  const used = gated ? LATENT : RESIDUAL_DIRECTIONS;
  const scale = make(
    "latent scale",
    [LATENT],
    scales.map((value) => value * Math.sqrt(used / square)),
  );
  return { center: gated ? make("prior mean", [LATENT]) : mu, scale };
}
