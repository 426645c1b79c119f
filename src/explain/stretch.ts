import type { PlanBuilder } from "../engine/plan.ts";
import type { Tensor } from "../engine/tensor.ts";
import { INPUT_SIZE } from "../nets/teacher.ts";
import * as kernels from "../shaders/index.ts";

/** Stretches a small map (height x width x 4) bilinearly to `out` (224 x 224 x 4), half-pixel centres. */
export function appendStretch(plan: PlanBuilder, small: Tensor, out: Tensor): void {
  const [height, width] = small.shape as [number, number];
  plan.dispatch(kernels.upsample, {
    bindings: { image: small, out },
    uniforms: { lines: INPUT_SIZE, height, width, channels4: 1, out_height: INPUT_SIZE, out_width: INPUT_SIZE },
    threads: [1, INPUT_SIZE, INPUT_SIZE],
  });
}

/** The first channel of a map of vec4s. */
export async function readChannel(map: Tensor): Promise<Float32Array> {
  const values = await map.read();
  return Float32Array.from({ length: values.length / 4 }, (_, i) => values[4 * i] as number);
}
