/** The kernel that concat and slice share, on both ways: images that lie one behind the other in the channels of another. */
import type { PlanBuilder } from "../engine/plan.ts";
import type { Tensor } from "../engine/tensor.ts";
import type { Shape } from "../graph/graph.ts";
import * as kernels from "../shaders/index.ts";
import { inLines, vectors } from "./shape.ts";

/** How many images one dispatch reads. Four channels never lie in more. */
const IMAGES = 4;

export interface CopiedChannels {
  readonly label: string;
  readonly batch: number;
  /** Of what is written. */
  readonly shape: Shape;
  readonly out: Tensor;
  /** In the order of their channels. */
  readonly images: readonly { readonly image: Tensor; readonly channels: number }[];
  /** Channels of the first image that are left out. */
  readonly skip?: number;
  /** Where the channels of the first image begin. */
  readonly start?: number;
  /** What is added, in the shape of `out`. */
  readonly residual?: Tensor | undefined;
}

/** Appends the dispatches that write `out`: the images' channels, and 0 before and behind them. */
export function appendCopiedChannels(plan: PlanBuilder, copied: CopiedChannels): void {
  const { label, batch, shape, out, images, skip = 0, start = 0, residual } = copied;
  const { nothing } = plan.engine;
  const channels4 = vectors(shape[2]);
  const starts = startsOf(
    images.map(({ channels }) => channels),
    start,
    skip,
  );
  for (const { first, first4, count4 } of writers(starts, channels4)) {
    const at = (which: number) => images[first + which];
    const from = (which: number) => Math.min(starts[Math.min(first + which, images.length)] as number, shape[2]);
    const image4 = (which: number) => vectors(at(which)?.channels ?? 0);
    const { threads, ...lines } = inLines(batch * shape[0] * shape[1] * count4);
    plan.dispatch(kernels.copyChannels, {
      label,
      bindings: {
        ...{ a: at(0)?.image ?? nothing, b: at(1)?.image ?? nothing, c: at(2)?.image ?? nothing, d: at(3)?.image ?? nothing },
        ...{ residual: residual ?? nothing, out },
      },
      uniforms: {
        ...{ ...lines, channels4, first4, count4, skip: first === 0 ? skip : 0, has_residual: residual ? 1 : 0 },
        ...{ a4: image4(0), b4: image4(1), c4: image4(2), d4: image4(3) },
        ...{ start_a: from(0), start_b: from(1), start_c: from(2), start_d: from(3), end: from(IMAGES) },
      },
      threads,
    });
  }
}

/** First channel of every image, and what is behind the last. */
function startsOf(channels: readonly number[], start: number, skip: number): number[] {
  const starts = [start];
  for (const [which, count] of channels.entries()) starts.push((starts.at(-1) as number) + count - (which === 0 ? skip : 0));
  return starts;
}

/**
 * Cuts what is written into whole vec4s for dispatches of four images each: a vec4 that is shared with a fifth image is left to the next
 * dispatch, which begins with the vec4's first image. None is written twice.
 */
export function writers(starts: readonly number[], channels4: number): { first: number; first4: number; count4: number }[] {
  const count = starts.length - 1;
  const found = [];
  for (let first4 = 0; first4 < channels4; ) {
    const channel = 4 * first4;
    const first = Math.max(
      starts.findLastIndex((start, which) => which < count && start <= channel),
      0,
    );
    const end4 = first + IMAGES < count ? Math.floor((starts[first + IMAGES] as number) / 4) : channels4;
    found.push({ first, first4, count4: end4 - first4 });
    first4 = end4;
  }
  return found;
}
