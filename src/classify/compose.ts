/** Composes the images that the classifier sees, from the photo and what replaces parts of it. */
import type { PlanBuilder, StepHandle } from "../engine/plan.ts";
import type { Tensor } from "../engine/tensor.ts";
import { CHANNELS, type InputSpec, sizeConstants } from "../nets/input-spec.ts";
import * as kernels from "../shaders/index.ts";

/** Ways to make an image from the photo; `plain` leaves it as it is. */
export const MODES = { plain: 0, paper: 1, residual: 2, gated: 3 } as const;

/** What images are made from; a mode does not read all of it. */
export interface Composition {
  /** Height x width x 4 in [0, 1]. */
  photo: Tensor;
  blurred: Tensor;
  decoded: Tensor;
  anchor: Tensor;
  gates: Tensor;
  inpainted: Tensor;
  /** What replaces a region, in turn, by the numbers that compose.wgsl gives them. */
  fill: readonly number[];
}

/** Writes a batch of images as the teacher takes them into `out`: batch x height x width x 4, normalised, channels in the input's order. */
export function appendCompose(
  plan: PlanBuilder,
  input: InputSpec,
  batch: number,
  out: Tensor,
  mode: number,
  { fill, ...images }: Composition,
): StepHandle<typeof kernels.compose> {
  const { height, width, channels, mean, deviation } = input;
  const [mean_r, mean_g, mean_b] = mean;
  const [deviation_r, deviation_g, deviation_b] = deviation;
  return plan.dispatch(kernels.compose, {
    bindings: { ...images, out },
    uniforms: {
      samples: batch,
      first_sample: 0,
      fill_count: fill.length,
      fills: fill.reduce((bits, kind, turn) => (bits | (kind << (2 * turn))) >>> 0, 0),
      ...{ mean_r, mean_g, mean_b, deviation_r, deviation_g, deviation_b },
    },
    threads: [width, height, batch],
    constants: {
      ...sizeConstants(input),
      ORDER: CHANNELS.indexOf(channels),
      MODE: mode,
      KINDS: fill.reduce((bits, kind) => bits | (1 << kind), 0),
    },
    flops: batch * height * width * 60,
  });
}

/** The photo itself (height x width x 4 in [0, 1]), normalised for the teacher: 1 x height x width x 4. */
export function appendNormalise(plan: PlanBuilder, input: InputSpec, photo: Tensor, out: Tensor): void {
  const { nothing } = plan.engine;
  const unused = { blurred: nothing, decoded: nothing, anchor: nothing, gates: nothing, inpainted: nothing };
  appendCompose(plan, input, 1, out, MODES.plain, { photo, ...unused, fill: [0] });
}
