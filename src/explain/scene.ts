import type { Teacher } from "../classify/teacher.ts";
import type { Engine } from "../engine/engine.ts";
import { PlanBuilder, type RunOptions } from "../engine/plan.ts";
import type { Tensor } from "../engine/tensor.ts";
import { type InputSpec, imageShape, pixelUnit } from "../nets/input-spec.ts";
import * as kernels from "../shaders/index.ts";
import { LATENT, VAE_SIZE, type Vae } from "../zoo/vae.ts";
import { appendBlur } from "./blur.ts";

/** In pixels of 224. */
const BLUR_SIGMA = 12;

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
  { engine, teacher, vae, scene }: { engine: Engine; teacher: Teacher; vae: Vae | undefined; scene: Scene },
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
