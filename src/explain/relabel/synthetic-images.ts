/** Hands out the synthetic images of an explanation as vectors and thumbnails, for t-SNE. */
import type { GivenPhoto } from "../../classify/opened-photo.ts";
import { appendShrink, appendUnpack } from "../../classify/photo.ts";
import { drawAll } from "../../classify/sampling-loop.ts";
import type { Engine } from "../../engine/engine.ts";
import { throwIfAborted } from "../../engine/errors.ts";
import { type Plan, PlanBuilder, type RunOptions, type StepHandle } from "../../engine/plan.ts";
import type { Tensor } from "../../engine/tensor.ts";
import { CHANNELS, type InputSpec } from "../../nets/input-spec.ts";
import * as kernels from "../../shaders/index.ts";
import { VAE_SIZE } from "../../zoo/vae-size.ts";
import { type ExplainOptions, needsVae, type Settings, settle } from "../explain-options.ts";
import { type ClassScore, prepareScene } from "../prediction.ts";
import { makeScene } from "../scene.ts";
import type { Session } from "../session.ts";
import { resolveTarget } from "../targets.ts";
import { adapt, summarise } from "./adapt.ts";
import { relabelBatch } from "./batch.ts";
import { encodeScene } from "./encode-scene.ts";
import { appendFeatures } from "./gate-features.ts";
import { CELLS } from "./prior.ts";
import type { RelabelRequest } from "./relabel.ts";
import { createSynthesizer, type SynthesisRequest, type Synthesizer } from "./synthesis.ts";

/** What describes a synthetic image. */
export const DESCRIPTIONS = ["features", "pixels", "latents"] as const;
export type Description = (typeof DESCRIPTIONS)[number];

/** Side of the pictures in pixels. */
export const THUMBNAIL_SIZE = VAE_SIZE;
const PIXELS = THUMBNAIL_SIZE ** 2;

/** The synthetic images of one explanation: how each is described, what it looks like, and what the teacher says of it. */
export interface Neighbours {
  /** Samples x columns, on the GPU until `dispose`. */
  readonly matrix: Tensor;
  /** What the rows are, in words. */
  readonly described: string;
  /** Samples x 64 x 64, RGBA bytes. */
  readonly thumbnails: Uint8Array<ArrayBuffer>;
  /** The teacher's probability of the target. */
  readonly probabilities: Float32Array;
  /** Index of the teacher's first choice. */
  readonly choices: Uint32Array;
  /** 1 where the label is kept (eq. 6), 0 where it shifted. */
  readonly kept: Uint8Array<ArrayBuffer>;
  readonly shiftedShare: number;
  /** What adapting found, and the batch. */
  readonly facts: Record<string, number>;
  dispose(): void;
}

export interface NeighbourOptions extends Omit<ExplainOptions, "method" | "parameters"> {
  /** What describes an image; "features" by default. */
  description?: Description | undefined;
}

/** Neighbours, and of which class's explanation. */
export interface Drawn {
  neighbours: Neighbours;
  target: ClassScore;
  settings: Settings;
}

/**
 * Draws the synthetic images that an explanation of the photo with these options is learned from, and hands them to `use` while their
 * descriptions are on the GPU. Throws BAD_OPTION, BAD_IMAGE, ABORTED, OUT_OF_MEMORY, LIMIT, DEVICE_LOST, and what `use` throws.
 */
export async function neighboursOf<T>(
  session: Session,
  photo: GivenPhoto,
  options: NeighbourOptions,
  use: (engine: Engine, drawn: Drawn) => Promise<T>,
): Promise<T> {
  const settings = settle(options, session.adapter.software);
  const wanted = await resolveTarget(options.target, session.labels);
  const onRestart = () => options.onProgress?.({ stage: "restarting", done: 0, total: 1 });
  return session.lend({ signal: options.signal, onRestart }, async (loaded, { batch, signal, withVae, follow }) => {
    if (needsVae(settings)) await withVae();
    const { engine, teacher, vae } = loaded;
    const onProgress = follow(options.onProgress);
    const scene = makeScene(engine, teacher.input);
    try {
      const { target, above, fit } = await prepareScene(loaded, scene, photo, { target: wanted, signal }, settings.fit);
      const request = { engine, teacher, vae, scene, settings, batch: relabelBatch(batch, settings), above, signal, onProgress };
      const neighbours = await drawNeighbours({ ...request, target: target.index }, options.description ?? "features");
      try {
        return await use(engine, { neighbours, target, settings: { ...settings, fit } });
      } finally {
        neighbours.dispose();
      }
    } finally {
      scene.dispose();
    }
  });
}

/**
 * Draws the synthetic images that an explanation with these settings is learned from, and has the teacher label them. `features`: what the
 * teacher's last layer sees. `pixels`: the images at 64 x 64. `latents`: what was drawn at random, z, or of gated synthesis the gates as the
 * student sees them. Throws ABORTED, OUT_OF_MEMORY, LIMIT, DEVICE_LOST.
 */
export async function drawNeighbours(request: RelabelRequest, description: Description): Promise<Neighbours> {
  const { engine, settings, onProgress, signal } = request;
  const options: RunOptions = { signal };
  const owned: { dispose(): void }[] = [];
  const free = () => {
    for (const thing of owned) thing.dispose();
  };
  const keep = <T extends { dispose(): void }>(thing: T): T => {
    owned.push(thing);
    return thing;
  };
  onProgress?.({ stage: "encode", done: 0, total: 1 });
  await encodeScene(request, options);
  onProgress?.({ stage: "encode", done: 1, total: 1 });
  const wanted = observed(settings, description);
  const drawing: SynthesisRequest = { ...request, observed: wanted };
  try {
    const bytes = keep(engine.tensor("thumbnails", [settings.samples, PIXELS], undefined, "u32"));
    const synthesizer = await createSynthesizer(drawing);
    let matrix: Tensor | undefined;
    let labels: Float32Array;
    let strength: number | undefined;
    try {
      strength = await adapt(synthesizer, settings, options, onProgress);
      const columns = wanted ? (synthesizer.drawing.observed as Tensor).size / synthesizer.batch : CELLS ** 2;
      if (description !== "pixels") matrix = keep(engine.tensor(description, [settings.samples, columns]));
      const { run, plan } = await observer(drawing, synthesizer, bytes, matrix);
      try {
        const sampling = { stage: "sample", total: settings.samples, batch: synthesizer.batch } as const;
        await drawAll(request, { ...sampling, run: (first, count) => run(first, count, options) });
      } finally {
        plan.dispose();
      }
      throwIfAborted(signal);
      labels = await synthesizer.labels.read(settings.samples * 4);
    } finally {
      synthesizer.dispose();
    }
    const thumbnails = new Uint8Array((await bytes.readUint()).buffer as ArrayBuffer);
    matrix ??= await unpack(engine, bytes, keep(engine.tensor("pixels", [settings.samples, PIXELS * 4])), options);
    bytes.dispose();
    return {
      ...{ matrix, described: describe(settings, description, matrix), thumbnails },
      probabilities: Float32Array.from({ length: settings.samples }, (_, i) => labels[4 * i] as number),
      choices: Uint32Array.from({ length: settings.samples }, (_, i) => labels[4 * i + 2] as number),
      kept: Uint8Array.from({ length: settings.samples }, (_, i) => labels[4 * i + 1] as number),
      shiftedShare: summarise(labels).shiftedShare,
      facts: {
        batch: synthesizer.batch,
        ...(strength === undefined ? {} : { [settings.synthesis === "gated" ? "keep" : "noiseScale"]: strength }),
      },
      dispose: free,
    };
  } catch (error) {
    free();
    throw error;
  }
}

/** What the synthesizer keeps for it; gates it has anyway, and pixels come from the pictures. */
function observed({ synthesis }: Settings, description: Description): SynthesisRequest["observed"] {
  if (description === "features") return "features";
  return description === "latents" && synthesis !== "gated" ? "latents" : undefined;
}

function describe({ synthesis }: Settings, description: Description, { shape }: Tensor): string {
  if (description === "pixels") return `pixels of the images at ${THUMBNAIL_SIZE} x ${THUMBNAIL_SIZE}`;
  if (description === "features") return `${shape[1]} features before the last layer`;
  return synthesis === "gated" ? `gates, ${CELLS} x ${CELLS}` : `${shape[1]} latents`;
}

/** Draws a batch, and takes its first `count` images in: their pictures, and their rows of the matrix where there is one yet. */
async function observer(request: SynthesisRequest, synthesizer: Synthesizer, bytes: Tensor, matrix: Tensor | undefined) {
  const { engine, teacher } = request;
  const builder = new PlanBuilder(engine, "thumbnails");
  const picture = appendThumbnails(builder, teacher.input, synthesizer, bytes);
  const { batch, drawing } = synthesizer;
  const { gates, observed } = drawing;
  const gate = matrix && !observed ? appendFeatures(builder, gates, matrix, batch) : undefined;
  const plan: Plan = await builder.compile();
  const run = async (first: number, count: number, options: RunOptions) => {
    await synthesizer.run(first, count, options);
    plan.set(picture, { samples: count, first_row: first });
    if (gate) plan.set(gate, { samples: count, first_row: first });
    await plan.run(options);
    if (matrix && observed) {
      const columns = matrix.shape[1] as number;
      matrix.copyFrom(observed, first * columns, count * columns);
    }
  };
  return { plan, run };
}

/** The batch's images at 64 x 64 as bytes. */
function appendThumbnails(
  plan: PlanBuilder,
  { channels, mean, deviation }: InputSpec,
  { batch, images }: Synthesizer,
  out: Tensor,
): StepHandle<typeof kernels.thumbnails> {
  const small = plan.temporary("small images", [batch, THUMBNAIL_SIZE, THUMBNAIL_SIZE, 4]);
  appendShrink(plan, images, small, batch);
  const [mean_r, mean_g, mean_b] = mean;
  const [deviation_r, deviation_g, deviation_b] = deviation;
  return plan.dispatch(kernels.thumbnails, {
    bindings: { images: small, out },
    uniforms: { samples: batch, first_row: 0, pixels: PIXELS, mean_r, mean_g, mean_b, deviation_r, deviation_g, deviation_b },
    threads: [PIXELS, batch],
    constants: { ORDER: CHANNELS.indexOf(channels) },
  });
}

/** The pictures as numbers in [0, 1], the fourth channel 1. */
async function unpack(engine: Engine, bytes: Tensor, matrix: Tensor, options: RunOptions): Promise<Tensor> {
  const plan = new PlanBuilder(engine, "thumbnails");
  appendUnpack(plan, bytes, matrix);
  await plan.once(options);
  return matrix;
}
