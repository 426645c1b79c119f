/** The operations `pad` and `crop`, which share their kernels: a crop is a padding of negative width. */
import { EngineError } from "../engine/errors.ts";
import type { PlanBuilder } from "../engine/plan.ts";
import type { Tensor } from "../engine/tensor.ts";
import type { Graph, Node, Shape } from "../graph/graph.ts";
import * as kernels from "../shaders/index.ts";
import {
  type Backward,
  defineOperation,
  describeSize,
  type Exact,
  type ExactValues,
  type Forward,
  indexOf,
  type Place,
} from "./operation.ts";
import { inputShape, inputSizes, vectors } from "./shape.ts";

export interface PadNode extends Node {
  readonly op: "pad" | "crop";
  readonly sides: FourSides;
  /** Pixels outside are those inside, as far from the edge, which is not repeated; else they are `value`. */
  readonly reflects: boolean;
  readonly value: number;
}

/** Rows above, columns to the left, rows below, columns to the right. */
export type FourSides = readonly [top: number, left: number, bottom: number, right: number];

export interface PadOptions {
  /** "constant" by default. */
  mode?: "constant" | "reflect";
  /** Of the constant; 0 by default. */
  value?: number;
  label?: string;
}

const shared = {
  forward: ({ plan, batch, op: { node }, inputs, out }: Forward<PadNode>) =>
    appendPad(plan, node.label, batch, { ...node, image: inputs[0] as Tensor, from: inputShape(node), to: node.shape }, out),

  backward: {
    selects: true,
    append(step: Backward<PadNode>, gradient: Tensor, out: Tensor) {
      const { plan, batch, op } = step;
      const { label, shape, sides, reflects } = op.node;
      if (reflects) return appendReflectTransposed(step, gradient, out);
      const [top, left, bottom, right] = sides.map((side) => -side) as [number, number, number, number];
      const crop = {
        image: gradient,
        from: shape,
        to: inputShape(op.node),
        sides: [top, left, bottom, right],
        reflects,
        value: 0,
      } as const;
      appendPad(plan, `${label} transposed`, batch, crop, out);
    },
  },

  exact: (node: PadNode, { input }: ExactValues, place: Place): Exact => {
    const shape = inputShape(node);
    const source = (at: number, size: number) => (node.reflects ? size - 1 - Math.abs(size - 1 - Math.abs(at)) : at);
    const [y, x] = [source(place.y - node.sides[0], shape[0]), source(place.x - node.sides[1], shape[1])];
    const inside = y >= 0 && y < shape[0] && x >= 0 && x < shape[1];
    const value = inside ? input(0, indexOf(shape, { y, x, channel: place.channel })) : Math.fround(node.value);
    return { value, magnitude: Math.abs(value) };
  },
};

/** More pixels on every side, or fewer where a number is negative. */
export const pad = defineOperation({
  /** Throws INVALID where a side is no whole number, nothing of the image is left, or a reflection reaches beyond the other edge. */
  build: (graph: Graph, x: Node, sides: FourSides, { mode = "constant", value = 0, label = "pad" }: PadOptions = {}) => {
    if (!Number.isFinite(Math.fround(value))) {
      throw new EngineError("INVALID", `"${label}" pads with ${value}.`, "Give a finite number. Pools have their own padding.");
    }
    const reflects = mode === "reflect";
    return graph.append<PadNode>({
      op: "pad",
      label,
      shape: paddedShape(x, sides, reflects, label),
      inputs: [x],
      tensors: {},
      sides,
      reflects,
      value,
    });
  },

  ...shared,

  describe: (node: PadNode) => {
    const how = node.reflects ? " reflect" : node.value ? ` ${node.value}` : "";
    return ["pad", `pad ${node.sides.join(",")}${how} ${describeSize(node.inputs[0] as Node)} ${node.shape[2]}`];
  },
});

/** Fewer pixels on every side. */
export const crop = defineOperation({
  /** Throws INVALID where a side is no whole number from 0 on, or nothing of the image is left. */
  build: (graph: Graph, x: Node, sides: FourSides, label = "crop") => {
    if (sides.some((side) => side < 0)) {
      throw new EngineError("INVALID", `"${label}" takes [${sides.join(", ")}] pixels away.`, "Give numbers from 0 on; pad adds pixels.");
    }
    const [top, left, bottom, right] = sides.map((side) => 0 - side) as [number, number, number, number];
    const added: FourSides = [top, left, bottom, right];
    return graph.append<PadNode>({
      ...{ op: "crop", label, shape: paddedShape(x, added, false, label), inputs: [x], tensors: {} },
      ...{ sides: added, reflects: false, value: 0 },
    });
  },

  ...shared,

  describe: (node: PadNode) => [
    "pad",
    `crop ${node.sides.map((side) => 0 - side).join(",")} ${describeSize(node.inputs[0] as Node)} ${node.shape[2]}`,
  ],
});

function paddedShape({ label: from, shape: [height, width, channels] }: Node, sides: FourSides, reflects: boolean, label: string): Shape {
  const refuse = (what: string, fix: string) =>
    new EngineError("INVALID", `"${label}" adds [${sides.join(", ")}] pixels to "${from}" of ${height}x${width}, ${what}.`, fix);
  if (sides.length !== 4 || !sides.every(Number.isInteger)) throw refuse("not four whole numbers", "Give [top, left, bottom, right].");
  const [top, left, bottom, right] = sides;
  for (const [size, before, after] of [
    [height, top, bottom],
    [width, left, right],
  ] as const) {
    if (size + Math.min(before, 0) + Math.min(after, 0) < 1) throw refuse("which leaves none of them", "Crop less.");
    if (reflects && Math.max(before, after) >= size)
      throw refuse("which reach beyond the other edge", "Reflect fewer pixels than there are.");
  }
  return [height + top + bottom, width + left + right, channels];
}

interface Padding extends Pick<PadNode, "sides" | "reflects" | "value"> {
  readonly image: Tensor;
  readonly from: Shape;
  readonly to: Shape;
}

function appendPad(plan: PlanBuilder, label: string, batch: number, padding: Padding, out: Tensor): void {
  const { image, from, to, sides, reflects, value } = padding;
  const [height, width, channels] = from;
  const [out_height, out_width] = to;
  const size = { lines: batch * out_height, height, width, out_height, out_width, channels, channels4: vectors(channels) };
  plan.dispatch(kernels.pad, {
    label,
    bindings: { image, out },
    uniforms: { ...size, top: sides[0], left: sides[1], reflects: reflects ? 1 : 0, value },
    threads: [size.channels4, out_width, size.lines],
  });
}

function appendReflectTransposed({ plan, kernels, batch, op: { node } }: Backward<PadNode>, gradient: Tensor, out: Tensor): void {
  const size = inputSizes(batch, node);
  plan.dispatch(kernels.reflectTransposed, {
    label: `${node.label} transposed`,
    bindings: { gradient, out },
    uniforms: { ...size, top: node.sides[0], left: node.sides[1] },
    threads: [size.channels4, size.width, size.lines],
  });
}
