/** Stretches a small map to the photo and brings it back from the GPU. */
import type { PlanBuilder } from "../engine/plan.ts";
import type { Tensor } from "../engine/tensor.ts";
import * as kernels from "../shaders/index.ts";

/** Stretches a small map (height x width x 4) bilinearly to `out` (height x width x 4), half-pixel centres. */
export function appendStretch(plan: PlanBuilder, small: Tensor, out: Tensor): void {
  const [height, width] = small.shape as [number, number];
  const [out_height, out_width] = out.shape as [number, number];
  plan.dispatch(kernels.upsample, {
    bindings: { image: small, out },
    uniforms: { lines: out_height, height, width, channels4: 1, out_height, out_width },
    threads: [1, out_width, out_height],
  });
}

/** The first channel of a map of vec4s. */
export async function readChannel(map: Tensor): Promise<Float32Array> {
  const values = await map.read();
  return Float32Array.from({ length: values.length / 4 }, (_, i) => values[4 * i] as number);
}
