/** Lays out constants anew: reshaping, taking parts, joining. */

import { sizeOf } from "../engine/tensor.ts";
import { placeOf } from "./axes.ts";
import type { Call, Importer } from "./call.ts";
import { combine, compute, placesIn } from "./compute.ts";
import { type Constant, stepsOf } from "./constants.ts";
import { orderOf, RESHAPES, type Span, slicedSpans, splitSpans } from "./shape-rules.ts";
import { axisOf, Unsupported } from "./values.ts";

/** Input `index`, a constant. */
export const input = (call: Call, index = 0): Constant => call.needed(index);

const transpose: Importer = (call) => input(call).transposed(orderOf(call, input(call).dims.length));

const gather: Importer = async (call) => {
  const [constant, indices] = [input(call), input(call, 1)];
  const axis = axisOf(call.integer("axis", 0), constant.dims.length);
  const extent = constant.dims[axis] as number;
  const [before, after] = [sizeOf(constant.dims.slice(0, axis)), sizeOf(constant.dims.slice(axis + 1))];
  const dims = [...constant.dims.slice(0, axis), ...indices.dims, ...constant.dims.slice(axis + 1)];
  const places = (await indices.numbers()).map((index) => (index < 0 ? index + extent : index));
  if (places.some((place) => !(place >= 0 && place < extent))) throw new Unsupported(`it takes an index that ${extent} values do not have`);
  const chosen = Array.from({ length: before }, (_, outer) =>
    places.flatMap((place) => Array.from({ length: after }, (_, inner) => (outer * extent + place) * after + inner)),
  ).flat();
  return compute(dims, constant.type, constant.name, async () => {
    const values = await constant.values();
    return (index) => values[chosen[index] as number] as number;
  });
};

const slice: Importer = async (call) => part(input(call), await slicedSpans(call, input(call).dims));

/** The elements that lie within spans of the axes, of others all. */
function part(constant: Constant, spans: readonly Span[]): Constant {
  const span = (axis: number) => spans.findLast((own) => own.axis === axis);
  const dims = constant.dims.map((extent, axis) => span(axis)?.count ?? extent);
  const steps = stepsOf(constant.dims);
  return compute(dims, constant.type, constant.name, async () => {
    const values = await constant.values();
    const place = placesIn(
      dims,
      steps.map((own, axis) => own * (span(axis)?.step ?? 1)),
      steps.reduce((sum, own, axis) => sum + own * (span(axis)?.first ?? 0), 0),
    );
    return (index) => values[place(index)] as number;
  });
}

const split: Importer = async (call) => (await splitSpans(call, input(call).dims)).map((span) => part(input(call), [span]));

const concat: Importer = async (call) => {
  const constants = call.inputs.map((_, index) => input(call, index));
  const [first] = constants as [Constant];
  const axis = axisOf(call.integer("axis", 0), Math.max(first.dims.length, 1));
  const fits = (dims: readonly number[]) =>
    dims.length === first.dims.length && dims.every((extent, at) => at === axis || extent === first.dims[at]);
  if (!constants.every(({ dims }) => fits(dims))) throw new Unsupported("it joins constants of different shapes");
  const total = constants.reduce((sum, { dims }) => sum + (dims[axis] as number), 0);
  const dims = first.dims.map((extent, at) => (at === axis ? total : extent));
  const steps = constants.map((constant) => stepsOf(constant.dims));
  const ends = constants.map(({ dims }) => dims[axis] as number);
  for (let at = 1; at < ends.length; at++) (ends[at] as number) += ends[at - 1] as number;
  return compute(dims, first.type, first.name, async () => {
    const all = await Promise.all(constants.map((constant) => constant.values()));
    return (index) => {
      const place = placeOf(index, dims);
      const which = ends.findIndex((end) => (place[axis] ?? 0) < end);
      if (which > 0) (place[axis] as number) -= ends[which - 1] as number;
      const own = place.reduce((sum, part, at) => sum + part * (steps[which]?.[at] as number), 0);
      return (all[which] as Float32Array)[own] as number;
    };
  });
};

const expand: Importer = async (call) => {
  const wanted = (await call.list(1)) ?? [];
  const ones = compute(wanted, "integer", "", async () => () => 1);
  return combine((a) => a, input(call), ones, input(call).type);
};

const constantOfShape: Importer = async (call) => {
  const value = call.tensor("value");
  const dims = (await call.list(0)) ?? [];
  if (value && (value.dims.length !== 1 || value.size !== 1)) throw new Unsupported(`its value has the shape [${value.dims.join(", ")}]`);
  const fill = value ? ((await value.values())[0] as number) : 0;
  if (dims.some((extent) => extent < 0)) throw new Unsupported(`it would make a constant of [${dims.join(", ")}]`);
  return compute(dims, value?.type ?? "float", "a filled constant", async () => () => fill);
};

const identity: Importer = (call) => input(call);

/** Operators that move constants' elements. */
export const SHAPE_FOLDS: Readonly<Record<string, Importer>> = {
  ...Object.fromEntries(
    Object.entries(RESHAPES).map(([name, dimsOf]): [string, Importer] => [
      name,
      async (call) => input(call).reshaped(await dimsOf(call, input(call).dims)),
    ]),
  ),
  ...{ Transpose: transpose, Gather: gather, Slice: slice },
  ...{ Split: split, Concat: concat, Expand: expand, ConstantOfShape: constantOfShape, Identity: identity, Dropout: identity },
};
