/** The photo on the GPU in all forms that methods read. */
import type { Engine } from "../engine/engine.ts";
import type { Tensor } from "../engine/tensor.ts";
import { type InputSpec, imageShape } from "../nets/input-spec.ts";
import { LATENT, VAE_SIZE } from "../zoo/vae-size.ts";

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
