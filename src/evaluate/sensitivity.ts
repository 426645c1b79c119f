/** The check `sensitivity`: does the map stay when the photo changes by less than can be seen. */
import type { Teacher } from "../classify/teacher.ts";
import type { Engine } from "../engine/engine.ts";
import { throwIfAborted } from "../engine/errors.ts";
import { PlanBuilder } from "../engine/plan.ts";
import type { Tensor } from "../engine/tensor.ts";
import { imageShape, type Size, sizeConstants } from "../nets/input-spec.ts";
import * as kernels from "../shaders/index.ts";
import { checkMap } from "./ranks.ts";
import type { ScoreOptions } from "./scorer.ts";

const SAMPLES = 10;
/** In the teacher's normalised units. */
const RADIUS = 0.02;

/** Explains the class in question on a photo (height x width x 4 in [0, 1]): its map, or undefined where there is none. */
export type ExplainCrop = (crop: Tensor) => Promise<ArrayLike<number> | undefined>;

export interface SensitivityOptions extends ScoreOptions {
  /** Of the noise; 0 by default. */
  seed?: number | undefined;
  /** Neighbours, each of which is explained; 10 by default. */
  samples?: number | undefined;
  /** Largest change of a channel, in the teacher's normalised units; 0.02 by default. */
  radius?: number | undefined;
}

export interface SensitivityResult {
  /** The largest of the changes: lower is better; 0 for a map that does not move. Undefined where no neighbour had a map. */
  readonly largest: number | undefined;
  /** Frobenius norm of the map's change over the map's own, one a neighbour; undefined where a neighbour had no map. */
  readonly changes: readonly (number | undefined)[];
}

/**
 * Max-sensitivity (Yeh et al. 2019, definition 3.1): how much the map changes, at most, when every channel of every pixel moves at random by
 * less than can be seen; of a grey input, the luma. A method that draws random numbers needs the same seed each time, else its own noise is measured. `reference` is
 * the map of the photo itself. Noise that would leave [0, 1] is cut off. Throws BAD_OPTION, ABORTED, and what `explain` does.
 */
export async function maxSensitivity(
  { engine, teacher, crop }: { engine: Engine; teacher: Teacher; crop: Tensor },
  reference: ArrayLike<number>,
  explain: ExplainCrop,
  { seed = 0, samples = SAMPLES, radius = RADIUS, signal, onProgress }: SensitivityOptions = {},
): Promise<SensitivityResult> {
  const { input } = teacher;
  checkMap(reference, input);
  const [radius_r, radius_g, radius_b] = input.deviation.map((deviation) => radius * deviation) as [number, number, number];
  const neighbour = engine.tensor("photo with noise", imageShape(input));
  const changes: (number | undefined)[] = [];
  try {
    for (let sample = 0; sample < samples; sample++) {
      throwIfAborted(signal);
      const plan = new PlanBuilder(engine, "perturb");
      plan.dispatch(kernels.jitterPhoto, {
        bindings: { photo: crop, out: neighbour },
        uniforms: { seed, sample, radius_r, radius_g, radius_b },
        threads: [input.height * input.width],
        constants: { ...sizeConstants(input), GREY: input.channels === "grey" ? 1 : 0 },
      });
      await plan.once({ signal });
      const map = await explain(neighbour);
      changes.push(map && change(reference, map, input));
      onProgress?.(sample + 1, samples);
    }
  } finally {
    neighbour.dispose();
  }
  const known = changes.filter((value) => value !== undefined);
  return { largest: known.length > 0 ? Math.max(...known) : undefined, changes };
}

/** Norm of the difference over the norm of the first. */
function change(reference: ArrayLike<number>, map: ArrayLike<number>, size: Size): number {
  checkMap(map, size, "The map of a neighbour");
  let [moved, own] = [0, 0];
  for (let at = 0; at < map.length; at++) {
    const value = reference[at] as number;
    moved += ((map[at] as number) - value) ** 2;
    own += value ** 2;
  }
  return Math.sqrt(moved / own);
}
