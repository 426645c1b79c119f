/** Brings weights from a file to the GPU: folds batch norm in, checks the range, packs for the kernels. */
import type { Engine } from "../engine/engine.ts";
import { PlanBuilder } from "../engine/plan.ts";
import { roundUp, type Tensor } from "../engine/tensor.ts";
import type { FusedOp } from "../graph/fuse.ts";
import type { TensorRef } from "../graph/graph.ts";
import { badTensor, describePlace, normOf } from "../ops/finite-values.ts";
import { operationOf } from "../ops/operations.ts";
import { cutColumns, disposeWeights, type Layout, type PackedWeights, type Precision, type WeightPart } from "../ops/packed-weights.ts";
import { describeTensor, type WeightSource } from "../ops/weight-source.ts";
import * as kernels from "../shaders/index.ts";

/** Host and GPU hold this much of the file at a time, unless the source wants more: much is in memory several times before it is collected. */
const SLAB_BYTES = 4 << 20;

/** The largest numbers that matrices hold. */
const LARGEST: Record<Precision, number> = { f32: (2 - 2 ** -23) * 2 ** 127, f16: 65504 };
/** Sums of 3x3 weights in Winograd's transforms are at most this much larger than the weights. */
const WINOGRAD_GROWTH = 2.25;

/**
 * Scale and shift of the layer, and of the bias under it: y = scale * conv(x) + shift. No scale where there is no norm. Throws BAD_WEIGHTS
 * where they exceed f32.
 */
async function readAffine(
  { node, norm }: FusedOp,
  source: WeightSource,
  channels: number,
): Promise<{ scale?: Float32Array; shift: Float32Array }> {
  const own = operationOf(node).affine;
  const { bias } = node.tensors;
  const shift = bias && !own ? await source.read(bias.key, bias.shape) : new Float32Array(channels);
  const last = own ? node : norm;
  const affine = last && (await operationOf(last).affine?.(last, source));
  if (!affine) return { shift };
  const { scale } = affine;
  const shifts = shift.map((value, c) => value * (scale[c] as number) + (affine.shift[c] as number));
  const overflow = scale.findIndex((value, c) => !Number.isFinite(value) || !Number.isFinite(shifts[c]));
  if (overflow >= 0) {
    const what = `scale ${scale[overflow]} and shift ${shifts[overflow]}`;
    const key = last.tensors.weight?.key ?? last.label;
    throw badTensor(
      describeTensor(source, key),
      `makes a ${last.op === "batchNorm" ? "batch norm" : last.op} of ${what} at ${describePlace(overflow, [channels])}`,
    );
  }
  return { scale, shift: shifts };
}

/** Values of every output, in the padded order of the packed columns. */
function padColumns(values: Float32Array, group: number): Float32Array {
  const padded = roundUp(group, 4);
  const out = new Float32Array((values.length / group) * padded);
  for (let at = 0; at < values.length; at++) out[Math.floor(at / group) * padded + (at % group)] = values[at] as number;
  return out;
}

/** Reads and packs layer by layer, a few megabytes at a time, so that the host never holds a large tensor. */
export class WeightLoader {
  readonly #engine: Engine;
  readonly #source: WeightSource;
  readonly #precision: Precision;
  #slab: Tensor | undefined;

  constructor(engine: Engine, source: WeightSource, precision: Precision) {
    this.#engine = engine;
    this.#source = source;
    this.#precision = precision;
  }

  /** The weights of an op that has some; undefined of one without. Throws BAD_WEIGHTS, LIMIT, OUT_OF_MEMORY. */
  async load(op: FusedOp): Promise<PackedWeights | undefined> {
    const { layout: layoutOf, load } = operationOf(op.node);
    await load?.(op.node);
    const layout = layoutOf?.(op.node, this.#precision);
    return layout && this.#load(op, layout);
  }

  async #load(op: FusedOp, layout: Layout): Promise<PackedWeights> {
    const { label } = op.node;
    const { shift, scale } = await readAffine(op, this.#source, layout.outputs);
    const offsets = padColumns(shift, layout.group);
    const bias = this.#engine.tensor(`${label} bias`, [offsets.length], offsets);
    const gains = scale && padColumns(scale, layout.group);
    const parts: WeightPart[] = [];
    let scales: Tensor | undefined;
    try {
      scales = gains && this.#engine.tensor(`${label} scale`, [gains.length], gains);
      const rows = layout.taps * layout.inputsPadded;
      const group4 = roundUp(layout.group, 4) / 4;
      // Kernels own two vec4 columns a thread; a pixel of an image output stays in one part.
      const step = layout.outputs === layout.group ? 2 : group4;
      for (const { first4, columns4 } of cutColumns(this.#engine, rows, (layout.outputs / layout.group) * group4, step, layout.precision)) {
        const matrix = this.#engine.tensor(`${label} weights`, [rows, columns4 * 4], undefined, layout.precision);
        parts.push({ matrix, first4, columns4 });
        await this.#fill(layout, { matrix, first4, columns4 }, scale, scales);
      }
      return { parts, bias, scale: scales };
    } catch (error) {
      disposeWeights({ parts, bias, scale: scales });
      throw error;
    }
  }

  /** Packs the columns of one part. */
  async #fill(layout: Layout, part: WeightPart, scale: Float32Array | undefined, scales: Tensor | undefined): Promise<void> {
    const { outputs, group, outputStep } = layout;
    const group4 = roundUp(group, 4) / 4;
    // Outputs of whole vec4s, or of whole pixels.
    const unit = outputs === group ? 4 : group;
    const unit4 = outputs === group ? 1 : group4;
    const begin = (part.first4 / unit4) * unit;
    const end = Math.min(outputs, begin + (part.columns4 / unit4) * unit);
    const { weight } = layout;
    const slab = (weight && this.#source.slab?.(weight.key)) ?? SLAB_BYTES;
    const most = Math.max(unit, Math.floor(slab / 4 / outputStep / unit) * unit);
    for (let first = begin; first < end; first += most) {
      const count = Math.min(most, end - first);
      const values = weight ? await this.#source.read(weight.key, weight.shape, first, count) : new Float32Array(count).fill(1);
      if (weight) this.#checkRange({ ...layout, weight }, values, first, scale);
      await this.#pack(layout, part, scales, values, {
        first4: (first / unit) * unit4,
        columns4: Math.ceil(count / unit) * unit4,
        first,
        count,
      });
    }
  }

  /** Throws BAD_WEIGHTS where a weight, times its batch norm's scale, is beyond what the matrix holds. `first`: the first of its outputs. */
  #checkRange(
    { weight: { key, shape }, taps, outputStep, precision }: Layout & { weight: TensorRef },
    values: Float32Array,
    first: number,
    scale?: Float32Array,
  ): void {
    const largest = LARGEST[precision] / (taps === 9 ? WINOGRAD_GROWTH : 1);
    // Sources give finite numbers only, and single precision holds each of them.
    if (!scale && largest === LARGEST.f32) return;
    if (normOf(values) * (scale ? normOf(scale) : 1) <= largest) return;
    const scaleAt = (index: number) => scale?.[first + Math.floor(index / outputStep)] ?? 1;
    const at = values.findIndex((value, index) => Math.abs(value * scaleAt(index)) > largest);
    if (at < 0) return;
    const value = `${values[at]}${scale ? `, times ${scaleAt(at)} of its batch norm,` : ""} at ${describePlace(first * outputStep + at, shape)}`;
    throw badTensor(
      describeTensor(this.#source, key),
      `holds ${value}, which is too large for ${precision}`,
      precision === "f16" ? 'Use the precision "f32" (--precision f32).' : undefined,
    );
  }

  async #pack(
    layout: Layout,
    { matrix, first4: partFirst4, columns4 }: WeightPart,
    scales: Tensor | undefined,
    values: Float32Array<ArrayBuffer>,
    call: { first4: number; columns4: number; first: number; count: number },
  ): Promise<void> {
    const { inputs, inputsPadded, taps, outputs, groups } = layout;
    const group = outputs === layout.group ? call.count : layout.group;
    const plan = new PlanBuilder(this.#engine, "load");
    plan.dispatch(kernels.pack, {
      label: layout.weight?.key ?? "scales",
      bindings: { values: this.#upload(values), scale: scales ?? this.#engine.nothing, packed: matrix },
      constants: { Weight: layout.precision },
      uniforms: {
        ...{ inputs, inputs_padded: inputsPadded, taps },
        ...{ merged: groups?.merged ?? 1, group_outputs: groups?.outputs ?? outputs, first_output: call.first },
        ...{ output_step: layout.outputStep, input_step: layout.inputStep, tap_step: layout.tapStep },
        ...{ group, group4: roundUp(group, 4) / 4, columns4 },
        ...{ call_columns4: call.columns4, first4: call.first4 - partFirst4, scale4: call.first4, has_scale: scales ? 1 : 0 },
      },
      threads: [call.columns4, taps * inputsPadded],
      flops: values.length,
    });
    await plan.submit();
  }

  /** The values in a tensor that every slab uses again. */
  #upload(values: Float32Array<ArrayBuffer>): Tensor {
    if (!this.#slab || this.#slab.size < values.length) {
      this.#slab?.dispose();
      this.#slab = this.#engine.tensor("weights on their way", [values.length]);
    }
    return this.#slab.write(values);
  }

  dispose(): void {
    this.#slab?.dispose();
  }
}
