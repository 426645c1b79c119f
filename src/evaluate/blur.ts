/** Blurs the photo that is judged. */
import { PlanBuilder } from "../engine/plan.ts";
import type { Tensor } from "../engine/tensor.ts";
import { imageShape } from "../nets/input-spec.ts";
import * as kernels from "../shaders/index.ts";
import { type Blur, BORDERS } from "./protocols.ts";
import type { Scorer } from "./scorer.ts";

/** The scorer's photo blurred along both axes, height x width x 4. */
export async function blurPhoto({ engine, photo, teacher }: Scorer, { taps, border }: Blur): Promise<Tensor> {
  const { height, width } = teacher.input;
  const blurred = engine.tensor("blurred photo", imageShape(teacher.input));
  const weights = engine.tensor("taps", [taps.length], Float32Array.from(taps));
  try {
    const plan = new PlanBuilder(engine, "perturb");
    const half = plan.temporary("photo, blurred along x", blurred.shape);
    const shape = { reach: taps.length - 1, border: BORDERS.indexOf(border) };
    const flops = height * width * taps.length * 16;
    plan.dispatch(kernels.convolveAxis, {
      bindings: { image: photo, taps: weights, out: half },
      uniforms: { ...shape, size: width, lines: height, inner: 1 },
      threads: [1, width, height],
      flops,
    });
    plan.dispatch(kernels.convolveAxis, {
      bindings: { image: half, taps: weights, out: blurred },
      uniforms: { ...shape, size: height, lines: 1, inner: width },
      threads: [width, height],
      flops,
    });
    await plan.once();
    return blurred;
  } catch (error) {
    blurred.dispose();
    throw error;
  } finally {
    weights.dispose();
  }
}
