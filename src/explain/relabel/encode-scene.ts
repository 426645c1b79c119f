/** Prepares what synthesis draws from: the blurred photo, and its encoding where the VAE is in use. */
import type { Teacher } from "../../classify/teacher.ts";
import type { Engine } from "../../engine/engine.ts";
import { PlanBuilder, type RunOptions } from "../../engine/plan.ts";
import { pixelUnit } from "../../nets/input-spec.ts";
import * as kernels from "../../shaders/index.ts";
import type { Vae } from "../../zoo/vae.ts";
import { LATENT } from "../../zoo/vae-size.ts";
import { appendBlur } from "../blur.ts";
import type { Scene } from "../scene.ts";

/** In pixels of 224. */
const BLUR_SIGMA = 12;

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
