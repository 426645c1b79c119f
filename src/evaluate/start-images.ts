/** The images that stand in for pixels of the photo in `starts` and `regions`. */
import type { Tensor } from "../engine/tensor.ts";
import { imageShape } from "../nets/input-spec.ts";
import { blurPhoto } from "./blur.ts";
import { riseBlur, strongBlur } from "./protocols.ts";
import type { Scorer } from "./scorer.ts";

/** Beside the mean grey: RISE's blur of the photo, a blur that leaves its largest forms, and another photo. */
export type StartImage = "blur" | "strong" | "other";

/**
 * These images, one behind the other: images x height x width x 4, normalised. `other`: the other photo, likewise, without which it cannot be
 * wanted. Throws OUT_OF_MEMORY, DEVICE_LOST.
 */
export async function startImages(scorer: Scorer, wanted: readonly StartImage[], other: Tensor | undefined): Promise<Tensor> {
  const { input } = scorer.teacher;
  const images = scorer.engine.tensor("start images", imageShape(input, wanted.length));
  const each = images.size / wanted.length;
  try {
    for (const [at, name] of wanted.entries()) {
      if (name === "other") images.copyFrom(other as Tensor, at * each, each);
      else {
        const blurred = await blurPhoto(scorer, (name === "blur" ? riseBlur : strongBlur)(input));
        images.copyFrom(blurred, at * each, each);
        blurred.dispose();
      }
    }
    return images;
  } catch (error) {
    images.dispose();
    throw error;
  }
}
