/** Ways to compute dense layers with lanes that share their loads by subgroup broadcast. */
import type { Engine } from "../../engine/engine.ts";
import type { PlanBuilder } from "../../engine/plan.ts";
import * as kernels from "../../shaders/index.ts";
import { constantsOf, parametersOf } from "../activation-functions.ts";
import type { Precision } from "../packed-weights.ts";
import {
  type DenseLayer,
  type DenseTensors,
  eachPart,
  isCompact,
  outUniforms,
  partUniforms,
  rowsOf,
  tapsOf,
  type Variant,
} from "./dense-layer.ts";

/** Fewer rows leave most of a tile empty: pixels of an image, so that a usual batch changes no result, or rows of a large product. */
const FEWEST_PIXELS = 8;
const FEWEST_ROWS = 64;
/** Uniforms of conv_subgroup for all of a product, in one slice. */
const WHOLE = { slice: 0, out_step: 0 };
const SUBGROUP_TILE = 16;

function subgroupThreads(lanes: number, columns4: number, rows: number, slices = 1): [number, number, number] {
  return [Math.ceil(columns4 / (2 * lanes)) * lanes, Math.ceil(rows / SUBGROUP_TILE), slices];
}

/** A bit of a word for every tap. */
const fitsSubgroup = ({ lanes }: Engine, layer: DenseLayer) => lanes !== undefined && isCompact(layer) && tapsOf(layer) <= 25;

/** Tiles of a whole subgroup, whose lanes share their loads. */
export const subgroup: Variant = {
  name: "subgroup",
  fits: (engine, layer) =>
    fitsSubgroup(engine, layer) && (layer.outHeight * layer.outWidth >= FEWEST_PIXELS || rowsOf(layer) >= FEWEST_ROWS),
  append(plan, layer, tensors, precision) {
    const { image, residual, out, into, weights } = tensors;
    const lanes = plan.engine.lanes as number;
    const rows = rowsOf(layer);
    eachPart(tensors, layer, (part, flops) => {
      plan.dispatch(kernels.convSubgroup, {
        label: layer.label,
        bindings: { image, weights: part.matrix, bias: weights.bias, residual: residual ?? plan.engine.nothing, out },
        constants: { LANES: lanes, Weight: precision, ...constantsOf(layer.activation) },
        uniforms: {
          ...{ ...partUniforms(layer, part, into), ...WHOLE },
          ...{ has_bias: 1, has_residual: residual ? 1 : 0 },
        },
        threads: subgroupThreads(lanes, part.columns4, rows),
        flops,
      });
    });
  },
};

/** Rows of a tile of conv_rows, and the columns that it may have. */
const ROWS_TILE = 32;
const WIDTHS = [6, 5, 4] as const;
/** Columns that cost as much as what a tile costs whatever its width: its pixels' loads. */
const PIXELS_COST = 2.5;

/** The width of tiles that cover the columns at the least cost. */
function widthFor(columns4: number): number {
  const cost = (width: number) => Math.ceil(columns4 / width) * (width + PIXELS_COST);
  return WIDTHS.reduce((best, width) => (cost(width) < cost(best) ? width : best));
}

/** Tiles' width, and the threads, of a product of so many rows and columns in conv_rows, or of a batch of them. */
export function rowTiles(
  lanes: number,
  columns4: number,
  rows: number,
  planes = 1,
): { COLUMNS: number; threads: [number, number, number] } {
  const COLUMNS = widthFor(columns4);
  return { COLUMNS, threads: [Math.ceil(columns4 / COLUMNS) * lanes, Math.ceil(rows / Math.max(ROWS_TILE, lanes)), planes] };
}

/** Uniforms of conv_rows for one product. */
const ONE_PLANE = { image_step: 0, weights_step: 0, out_step: 0 };

/** Tiles of a whole subgroup, every lane of which owns rows: no lane idles for want of columns. For images of a tile's pixels at least. */
export const rows: Variant = {
  name: "rows",
  fits: (engine, layer) => fitsSubgroup(engine, layer) && layer.outHeight * layer.outWidth >= ROWS_TILE,
  append: (plan, layer, tensors, precision) => appendRows(plan, layer, tensors, precision),
};

/** Appends a layer that fits `rows`. INNER: how many channels of a vec4 of the image have weights; one of 3 has one vec4 a pixel. */
export function appendRows(plan: PlanBuilder, layer: DenseLayer, tensors: DenseTensors, precision: Precision, INNER: 3 | 4 = 4): void {
  const { image, residual, out, into, weights } = tensors;
  const lanes = plan.engine.lanes as number;
  eachPart(tensors, layer, (part, flops) => {
    const { COLUMNS, threads } = rowTiles(lanes, part.columns4, rowsOf(layer));
    plan.dispatch(kernels.convRows, {
      label: layer.label,
      bindings: { image, weights: part.matrix, bias: weights.bias, residual: residual ?? plan.engine.nothing, out },
      constants: { LANES: lanes, COLUMNS, INNER, Weight: precision, ...constantsOf(layer.activation) },
      uniforms: { ...partUniforms(layer, part, into), ...ONE_PLANE, has_bias: 1, has_residual: residual ? 1 : 0 },
      threads,
      flops,
    });
  });
}

/** Subgroups that a GPU needs to be busy, and the fewest inner vec4s that are worth a slice. */
const BUSY = 512;
const SHORTEST_SLICE = 16;

/** Subgroup tiles of a product whose inner dimension is cut into slices, for grids that would starve a GPU. */
export const split: Variant = {
  name: "split",
  fits(engine, layer) {
    const [x, y] = subgroupThreads(engine.lanes ?? 1, layer.outputs4, rowsOf(layer));
    const inner = tapsOf(layer) * layer.channels4;
    return fitsSubgroup(engine, layer) && (x / (engine.lanes ?? 1)) * y < BUSY / 2 && inner >= 2 * SHORTEST_SLICE;
  },
  append(plan, layer, tensors, precision) {
    const { image, residual, out, into, weights } = tensors;
    const lanes = plan.engine.lanes as number;
    const rows = rowsOf(layer);
    const inner = tapsOf(layer) * layer.channels4;
    const [x, y] = subgroupThreads(lanes, layer.outputs4, rows);
    const wanted = Math.min(Math.ceil(BUSY / ((x / lanes) * y)), Math.floor(inner / SHORTEST_SLICE));
    const slice = Math.ceil(inner / wanted);
    const slices = Math.ceil(inner / slice);
    const sums = plan.temporary(`${layer.label} slices`, [slices, rows, layer.outputs4 * 4]);
    eachPart(tensors, layer, (part, flops) => {
      plan.dispatch(kernels.convSubgroup, {
        label: layer.label,
        bindings: { image, weights: part.matrix, bias: plan.engine.nothing, residual: plan.engine.nothing, out: sums },
        constants: { LANES: lanes, Weight: precision },
        uniforms: {
          ...{ ...partUniforms(layer, part), ...parametersOf(undefined) },
          ...{ has_bias: 0, has_residual: 0, slice, out_step: rows * layer.outputs4 },
        },
        threads: subgroupThreads(lanes, part.columns4, rows, slices),
        flops,
      });
    });
    plan.dispatch(kernels.combineSlices, {
      label: `${layer.label}, slices`,
      bindings: { slices: sums, bias: weights.bias, residual: residual ?? plan.engine.nothing, out },
      constants: constantsOf(layer.activation),
      uniforms: {
        ...{ slices, rows, columns4: layer.outputs4, ...outUniforms(layer, into) },
        ...{ has_residual: residual ? 1 : 0, ...parametersOf(layer.activation) },
      },
      threads: [layer.outputs4, rows],
      flops: slices * rows * layer.outputs4 * 4,
    });
  },
};
