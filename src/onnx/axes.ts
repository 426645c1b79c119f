/** Keeps track of which axes of the engine's images (height, width, channels) the axes of a model's value are. */

import { sizeOf } from "../engine/tensor.ts";
import type { Shape } from "../graph/graph.ts";
import { stepsOf } from "./constants.ts";

/** A run of one axis of an image, or of the batch: `extent` indices that are `step` apart. */
export interface Run {
  readonly of: "batch" | "height" | "width" | "channels";
  readonly extent: number;
  readonly step: number;
}

/** An axis of a model's value: runs, the outermost first. None where its extent is 1. */
export type Axis = readonly Run[];

/** The axes of a value, in the model's order: NCHW, NHWC, tokens, vectors... */
export type Axes = readonly Axis[];

/** All of an axis of an image. */
export const whole = (of: Run["of"], extent: number): Axis => (extent === 1 ? [] : [{ of, extent, step: 1 }]);

/** Axes of an image as ONNX's own operators have them. `batch`: images that the model takes at once. */
export function nchw([height, width, channels]: Shape, batch: number): Axes {
  return [whole("batch", batch), whole("channels", channels), whole("height", height), whole("width", width)];
}

export function nhwc([height, width, channels]: Shape, batch: number): Axes {
  return [whole("batch", batch), whole("height", height), whole("width", width), whole("channels", channels)];
}

export const extentOf = (axis: Axis): number => axis.reduce((product, { extent }) => product * extent, 1);

export const extentsOf = (axes: Axes): number[] => axes.map(extentOf);

/** Neighbouring runs that make one. */
function joined(runs: readonly Run[]): Axis {
  const out: Run[] = [];
  for (const run of runs) {
    const last = out.at(-1);
    if (last && last.of === run.of && last.step === run.step * run.extent)
      out[out.length - 1] = { ...run, extent: last.extent * run.extent };
    else out.push(run);
  }
  return out;
}

/** The axes of the same values in another shape; undefined where an axis of it would be part of a run that does not divide. */
export function reshapeAxes(axes: Axes, dims: readonly number[]): Axes | undefined {
  if (sizeOf(dims) !== sizeOf(extentsOf(axes))) return undefined;
  const runs = [...joined(axes.flat())];
  const out: Axis[] = [];
  for (const extent of dims) {
    const axis: Run[] = [];
    for (let rest = extent; rest > 1; ) {
      const run = runs.shift();
      if (!run) return undefined;
      if (rest % run.extent === 0) {
        axis.push(run);
        rest /= run.extent;
      } else if (run.extent % rest === 0) {
        const inner = run.extent / rest;
        axis.push({ ...run, extent: rest, step: run.step * inner });
        runs.unshift({ ...run, extent: inner });
        rest = 1;
      } else return undefined;
    }
    out.push(joined(axis));
  }
  return out;
}

/** Whether the axis is all of one of the image's, in its order; an axis of extent 1 is all of any of extent 1. */
export function isAll(axis: Axis, of: Run["of"], extent: number): boolean {
  const [run, ...others] = axis;
  if (!run) return extent === 1;
  return others.length === 0 && run.of === of && run.extent === extent && run.step === 1;
}

/** Whether nothing but channels, or nothing at all, is in the axis. */
export const isChannels = (axis: Axis): boolean => axis.every(({ of }) => of === "channels");

export const sameAxis = (a: Axis, b: Axis): boolean =>
  a.length === b.length && a.every(({ of, extent, step }, at) => of === b[at]?.of && extent === b[at]?.extent && step === b[at]?.step);

/** The index among an image's channels of every index of an axis of channels. */
export function channelsOf(axis: Axis): number[] {
  let indices = [0];
  for (const { extent, step } of axis) indices = indices.flatMap((index) => Array.from({ length: extent }, (_, at) => index + at * step));
  return indices;
}

/** Indices along every axis of the element number `index` of a shape. */
export function placeOf(index: number, dims: readonly number[]): number[] {
  let rest = index;
  return stepsOf(dims).map((step) => {
    const at = Math.floor(rest / step);
    rest -= at * step;
    return at;
  });
}
