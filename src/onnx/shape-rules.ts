/** Rules that shape arithmetic and the values of the net have in common. */
import { sizeOf } from "./constants.ts";
import { axisOf, Unsupported } from "./values.ts";

/** The dims that Reshape makes: 0 keeps an extent, -1 is what is left. Throws Unsupported where they do not hold the values. */
export function sizedReshape(from: readonly number[], wanted: readonly number[], allowZero: boolean): number[] {
  const dims = wanted.map((extent, axis) => (extent === 0 && !allowZero ? (from[axis] ?? 0) : extent));
  const free = dims.indexOf(-1);
  if (free >= 0) dims[free] = sizeOf(from) / sizeOf(dims.filter((_, axis) => axis !== free));
  if (!dims.every((extent) => Number.isInteger(extent) && extent >= 0) || sizeOf(dims) !== sizeOf(from)) {
    throw new Unsupported(`it makes [${wanted.join(", ")}] of [${from.join(", ")}]`);
  }
  return dims;
}

/** Indices that Slice takes along an axis: `count` of them, `step` apart. */
export interface Span {
  readonly axis: number;
  readonly first: number;
  readonly count: number;
  readonly step: number;
}

/** What Slice takes along every axis that it names. Throws Unsupported. */
export function spansOf(
  dims: readonly number[],
  {
    starts,
    ends,
    axes,
    steps,
  }: Readonly<Record<"starts" | "ends", readonly number[]> & Record<"axes" | "steps", readonly number[] | undefined>>,
): Span[] {
  if (starts.length !== ends.length || (axes && axes.length !== starts.length) || (steps && steps.length !== starts.length)) {
    throw new Unsupported("its starts, ends, axes and steps differ in length");
  }
  return starts.map((start, at) => {
    const axis = axisOf(axes?.[at] ?? at, dims.length);
    const extent = dims[axis] as number;
    const step = steps?.[at] ?? 1;
    if (!Number.isInteger(step) || step === 0) throw new Unsupported(`its step is ${step}`);
    const within = (place: number, low: number, high: number) => Math.min(Math.max(place < 0 ? place + extent : place, low), high);
    const [low, high] = step > 0 ? [0, extent] : [-1, extent - 1];
    const first = within(start, step > 0 ? low : 0, high);
    const end = within(ends[at] as number, low, high);
    return { axis, first, step, count: Math.max(Math.ceil((end - first) / step), 0) };
  });
}

/** Sizes that Split makes of an axis. Throws Unsupported where they do not make it. */
export function splitSizes(extent: number, given: readonly number[] | undefined, outputs: number, parts: number): number[] {
  if (given) {
    if (given.length !== outputs || given.reduce((sum, size) => sum + size, 0) !== extent)
      throw new Unsupported(`it splits ${extent} into [${given.join(", ")}]`);
    return [...given];
  }
  const size = Math.ceil(extent / parts);
  const sizes = Array.from({ length: parts }, (_, at) => Math.min(size, extent - at * size));
  if (parts !== outputs || sizes.some((part) => part < 1)) throw new Unsupported(`it splits ${extent} into ${parts} parts`);
  return sizes;
}
