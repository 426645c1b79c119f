/** Ways to compute dense layers with lanes that share their loads by subgroup broadcast. */
import type { Engine } from "../../engine/engine.ts";
import * as kernels from "../../shaders/index.ts";
import { constantsOf, parametersOf } from "../activation-functions.ts";
import { type DenseLayer, eachPart, isCompact, outUniforms, partUniforms, rowsOf, tapsOf, type Variant } from "./dense-layer.ts";

/** Fewer rows leave most of a tile empty: pixels of an image, so that a usual batch changes no result, or rows of a large product. */
const FEWEST_PIXELS = 8;
const FEWEST_ROWS = 64;
/** Uniforms of conv_subgroup for all of a product, in one slice. */
const WHOLE = { slice: 0, image_step: 0, weights_step: 0, out_step: 0 };
const SUBGROUP_TILE = 16;

export function subgroupThreads(lanes: number, columns4: number, rows: number, slices = 1): [number, number, number] {
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

const NARROW_TILE = 32;
/** Share of the wider tiles' number that is worth the other kernel. */
const FEWER_TILES = 0.75;

/** Tiles of a whole subgroup half as wide and twice as high, where that leaves fewer lanes idle: for few output channels. */
export const narrow: Variant = {
  name: "narrow",
  fits(engine, layer, weights) {
    const { lanes = 1 } = engine;
    const tiles = Math.ceil(layer.outputs4 / lanes) / NARROW_TILE;
    const wider = Math.ceil(layer.outputs4 / (2 * lanes)) / SUBGROUP_TILE;
    return tiles <= FEWER_TILES * wider && subgroup.fits(engine, layer, weights);
  },
  append(plan, layer, tensors, precision) {
    const { image, residual, out, into, weights } = tensors;
    const lanes = plan.engine.lanes as number;
    const rows = rowsOf(layer);
    eachPart(tensors, layer, (part, flops) => {
      plan.dispatch(kernels.convNarrow, {
        label: layer.label,
        bindings: { image, weights: part.matrix, bias: weights.bias, residual: residual ?? plan.engine.nothing, out },
        constants: { LANES: lanes, Weight: precision, ...constantsOf(layer.activation) },
        uniforms: { ...partUniforms(layer, part, into), has_residual: residual ? 1 : 0 },
        threads: [Math.ceil(part.columns4 / lanes) * lanes, Math.ceil(rows / NARROW_TILE)],
        flops,
      });
    });
  },
};

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
          ...{ has_bias: 0, has_residual: 0, slice, image_step: 0, weights_step: 0, out_step: rows * layer.outputs4 },
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
