/** Shows an explanation's synthetic images as points of a plane: what `tsne` and embedders call. */
import type { GivenPhoto } from "../../classify/opened-photo.ts";
import type { Names } from "../../engine/check-names.ts";
import { type ExplainOptions, settle } from "../../explain/explain-options.ts";
import type { ClassScore } from "../../explain/prediction.ts";
import { DESCRIPTIONS, type Description, neighboursOf, THUMBNAIL_SIZE } from "../../explain/relabel/synthetic-images.ts";
import type { Session } from "../../explain/session.ts";
import { checkArguments, checkList } from "../check-arguments.ts";
import { checkPerplexity, type TsneResult, tsne } from "./tsne.ts";

/** Which synthetic images to place, and how. */
export interface EmbedOptions extends Omit<ExplainOptions, "method" | "parameters" | "student" | "sgd" | "profile"> {
  /** What t-SNE sees of an image; the teacher's features by default. */
  of?: Description;
  /** Effective number of neighbours; 30 by default. */
  perplexity?: number;
}

const NAMES = {
  ...{ of: 1, perplexity: 1, target: 1, samples: 1, synthesis: 1, gates: 1, fill: 1, noiseScale: 1, keep: 1 },
  ...{ seed: 1, fit: 1, signal: 1, onProgress: 1 },
} satisfies Names<EmbedOptions>;

/** The synthetic images of one explanation as points of a plane. */
export interface Embedding extends TsneResult {
  of: Description;
  /** What t-SNE saw of an image, in words. */
  described: string;
  teacher: string;
  target: ClassScore;
  samples: number;
  /** The teacher's probability of the target, of each image. */
  probabilities: Float32Array;
  /** The teacher's first choice of each image. */
  choices: Uint32Array;
  /** 1 where an image's label is kept, 0 where it has shifted. */
  kept: Uint8Array<ArrayBuffer>;
  shiftedShare: number;
  /** Samples x 64 x 64, RGBA bytes. */
  thumbnails: Uint8Array<ArrayBuffer>;
  thumbnailSize: number;
  settings: Record<string, unknown>;
  /** Of drawing and labelling the images, and of t-SNE. */
  seconds: { draw: number; embed: number };
}

/**
 * Draws the synthetic images of an explanation of the photo, and places them in the plane by t-SNE (Hua et al., Fig. 3). Progress arrives as
 * an explanation's, t-SNE under the stage "optimise". Throws BAD_OPTION, BAD_IMAGE, ABORTED, OUT_OF_MEMORY, LIMIT, DEVICE_LOST.
 */
export async function embed(session: Session, photo: GivenPhoto, options: EmbedOptions = {}): Promise<Embedding> {
  checkArguments(session, options, "embed", NAMES);
  const { of = "features", perplexity, ...rest } = options;
  checkList("description of images", [of], DESCRIPTIONS);
  checkPerplexity(settle(rest, session.adapter.software).samples, perplexity);
  const began = performance.now();
  return neighboursOf(session, photo, { ...rest, description: of }, async (engine, { neighbours, target, settings }) => {
    const drawn = performance.now();
    const { matrix, described, thumbnails, probabilities, choices, kept, shiftedShare, facts } = neighbours;
    const { signal, onProgress } = options;
    const placed = await tsne(engine, matrix, {
      ...{ perplexity, signal },
      onProgress: (done, total) => onProgress?.({ stage: "optimise", done, total }),
    });
    const { samples, seed, fit, synthesis, gates, fill } = settings;
    return {
      ...{ ...placed, of, described, teacher: session.teacher, target, samples, probabilities, choices, kept, shiftedShare, thumbnails },
      thumbnailSize: THUMBNAIL_SIZE,
      settings: { samples, seed, fit, synthesis, ...(synthesis === "gated" ? { gates, fill } : {}), ...facts },
      seconds: { draw: (drawn - began) / 1000, embed: (performance.now() - drawn) / 1000 },
    };
  });
}
