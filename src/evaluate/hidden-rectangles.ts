/** What infidelity and regions share: rectangles of the photo are hidden, and a map is summed up in them. */
import { type Plan, PlanBuilder } from "../engine/plan.ts";
import type { Tensor } from "../engine/tensor.ts";
import { type Size, sizeConstants } from "../nets/input-spec.ts";
import * as kernels from "../shaders/index.ts";
import type { Box } from "./pointing.ts";
import type { ScoreOptions, Scorer } from "./scorer.ts";

/**
 * How far the target's probability drops when a rectangle is hidden: of every fill, of every rectangle. The first fill is the mean grey, the others
 * are `images` (images x height x width x 4). Throws ABORTED, OUT_OF_MEMORY, DEVICE_LOST.
 */
export async function dropsOf(
  scorer: Scorer,
  rectangles: readonly Box[],
  images: Tensor | undefined,
  target: number,
  options: ScoreOptions,
): Promise<number[][]> {
  const { engine, teacher, batch } = scorer;
  const { height, width } = teacher.input;
  const fills = 1 + (images?.shape[0] ?? 0);
  const table = rectangles.flatMap(({ left, top, right, bottom }) => [left, top, right, bottom]);
  const list = engine.tensor("rectangles", [rectangles.length, 4], Uint32Array.from(table));
  try {
    const plan = new PlanBuilder(engine, "perturb");
    const hide = plan.dispatch(kernels.hideRectangles, {
      bindings: { photo: scorer.photo, images: images ?? engine.nothing, rectangles: list, out: scorer.images },
      uniforms: { samples: batch, first_sample: 0, rectangles: rectangles.length, fills },
      threads: [width, height, batch],
      constants: sizeConstants(teacher.input),
    });
    const draw = (compiled: Plan, first: number) => compiled.set(hide, { first_sample: first });
    // The last one is the photo.
    const scores = await scorer.score(plan, draw, fills * rectangles.length + 1, target, options);
    const probabilities = scores.map(({ probability }) => probability);
    const whole = probabilities.at(-1) as number;
    return Array.from({ length: fills }, (_, fill) =>
      probabilities.slice(fill * rectangles.length, (fill + 1) * rectangles.length).map((part) => whole - part),
    );
  } finally {
    list.dispose();
  }
}

/** The map's sum in every rectangle, from its sums over all rectangles that start at the upper left corner. */
export function sumsIn(map: ArrayLike<number>, { height, width }: Size, rectangles: readonly Box[]): number[] {
  const stride = width + 1;
  const sums = new Float64Array((height + 1) * stride);
  for (let y = 0; y < height; y++) {
    let line = 0;
    for (let x = 0; x < width; x++) {
      line += map[y * width + x] as number;
      sums[(y + 1) * stride + x + 1] = (sums[y * stride + x + 1] as number) + line;
    }
  }
  const upTo = (x: number, y: number) => sums[y * stride + x] as number;
  return rectangles.map(({ left, top, right, bottom }) => upTo(right, bottom) - upTo(left, bottom) - upTo(right, top) + upTo(left, top));
}
