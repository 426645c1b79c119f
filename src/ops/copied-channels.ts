/** The kernel that concat and slice share, on both ways: channels of images at other places among channels. */
import type { PlanBuilder } from "../engine/plan.ts";
import type { Tensor } from "../engine/tensor.ts";
import type { Shape } from "../graph/graph.ts";
import * as kernels from "../shaders/index.ts";
import { inLines, type Strip, stripOf, vectors } from "./shape.ts";

export interface Copied {
  readonly label: string;
  readonly batch: number;
  /** Of what is written. */
  readonly shape: Shape;
  readonly out: Tensor;
  /** Where in a wider `out`; not with a residual. */
  readonly into?: Strip | undefined;
  /** What is added, in the shape of `out`. */
  readonly residual?: Tensor | undefined;
}

export interface ImageChannels {
  readonly image: Tensor;
  readonly channels: number;
}

/** Appends what writes `out`: channel i is the image's channel i + offset, or 0 where it has none. */
export function appendCopiedChannels(plan: PlanBuilder, copied: Copied, image: ImageChannels, offset: number): void {
  append(plan, copied, [{ ...image, offset }], 0, vectors(copied.shape[2]));
}

/** Appends what writes `out`: the images' channels, one image behind the other. An image that is `out` lies there already. */
export function appendJoinedChannels(plan: PlanBuilder, copied: Copied, images: readonly ImageChannels[]): void {
  const starts = startsOf(images.map(({ channels }) => channels));
  for (const { first, last, first4, end4 } of writers(starts)) {
    if (images[first]?.image === copied.out) continue;
    const read = images.slice(first, last + 1).map((image, at) => ({ ...image, offset: -(starts[first + at] as number) }));
    append(plan, copied, read, first4, end4);
  }
}

/** The first channel of every image, and what is behind the last. */
export function startsOf(channels: readonly number[]): number[] {
  const starts = [0];
  for (const count of channels) starts.push((starts.at(-1) as number) + count);
  return starts;
}

/**
 * Which image's dispatch writes which vec4s: each those that begin with a channel of its own, so that none is written twice. The last of
 * them may also hold channels of the images behind it, three at most.
 */
export function writers(starts: readonly number[]): { first: number; last: number; first4: number; end4: number }[] {
  const count = starts.length - 1;
  const found = [];
  for (let first = 0; first < count; first++) {
    const [first4, end4] = [Math.ceil((starts[first] as number) / 4), Math.ceil((starts[first + 1] as number) / 4)];
    const last = starts.findLastIndex((start, which) => which < count && start < 4 * end4);
    if (first4 < end4) found.push({ first, last, first4, end4 });
  }
  return found;
}

type Placed = ImageChannels & { readonly offset: number };

function append(plan: PlanBuilder, copied: Copied, images: readonly Placed[], first4: number, end4: number): void {
  const { label, batch, shape, out, into, residual } = copied;
  const [height, width, channels] = shape;
  const { nothing } = plan.engine;
  const missing: Placed = { image: nothing, channels: 0, offset: 0 };
  const [a = missing, b = missing, c = missing, d = missing] = images;
  const { threads, ...lines } = inLines(batch * height * width * (end4 - first4));
  const strip = stripOf(channels, into);
  // The kernel counts channels from the tensor's first.
  const before = 4 * strip.first4;
  plan.dispatch(kernels.copyChannels, {
    label,
    bindings: { a: a.image, b: b.image, c: c.image, d: d.image, residual: residual ?? nothing, out },
    constants: { IMAGES: images.length, SHIFT: a.offset & 3 },
    uniforms: {
      ...{ ...lines, channels4: strip.of4, first4: strip.first4 + first4, count4: end4 - first4, has_residual: residual ? 1 : 0 },
      ...{ end: before + channels, a4: vectors(a.channels), b4: vectors(b.channels), c4: vectors(c.channels), d4: vectors(d.channels) },
      ...{ offset_a: a.offset - before, offset_b: b.offset - before, offset_c: c.offset - before, offset_d: d.offset - before },
    },
    threads,
  });
}
