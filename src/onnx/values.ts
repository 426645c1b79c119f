/** What the values of a model are while it is imported. */
import type { Node } from "../graph/graph.ts";
import { FormatError } from "../nets/weights/format-error.ts";
import { type Axes, extentsOf } from "./axes.ts";
import { Constant } from "./constants.ts";
import { type Formula, X } from "./formula.ts";

/** What of a model cannot be imported; `fix`: what would help. */
export class Unsupported extends Error {
  constructor(
    message: string,
    readonly fix?: string,
  ) {
    super(message);
  }
}

/**
 * A function of every value of a node, which is not computed by a node before something needs it: exporters write activations in pieces, and
 * what follows decides which one it is.
 */
export class NetValue {
  /** `label`: what its last node is to be called. */
  constructor(
    readonly node: Node,
    readonly axes: Axes,
    readonly label: string,
    readonly formula: Formula = X,
  ) {}

  get dims(): readonly number[] {
    return extentsOf(this.axes);
  }

  /** The same values with other axes. */
  with(axes: Axes): NetValue {
    return new NetValue(this.node, axes, this.label, this.formula);
  }
}

/**
 * A part of a norm over the channels, as exporters write it in pieces: their mean, what is left without it, its square, the mean of that
 * (with an epsilon or without), its root, and one over that.
 */
export class Statistic {
  constructor(
    readonly kind: "mean" | "centred" | "squared" | "variance" | "deviation" | "inverse",
    readonly of: NetValue,
    /** Dims as the model has them: 1 along the channels for all but "centred" and "squared". */
    readonly dims: readonly number[],
    readonly epsilon = 0,
  ) {}
}

/** What a softmax or a sigmoid at the end gives; only the model's output may be one, and gradients are taken before it. */
export class Probability {
  constructor(
    readonly outputs: "softmax" | "sigmoid",
    readonly of: NetValue,
  ) {}

  get dims(): readonly number[] {
    return this.of.dims;
  }
}

/** An image with a margin of -Infinity, which only a maximum pool may read: it is the pool's padding. */
export class Margin {
  constructor(
    readonly of: NetValue,
    /** Top, left, bottom, right. */
    readonly sides: readonly [number, number, number, number],
    readonly dims: readonly number[],
  ) {}
}

/** What depends on a node that could not be imported. */
export class Missing {
  readonly dims = undefined;
}

export type Value = Constant | NetValue | Statistic | Probability | Margin | Missing;

/** An axis as an index from 0 on. Throws FormatError where there is no such axis. */
export function axisOf(axis: number, rank: number): number {
  const at = axis < 0 ? axis + rank : axis;
  if (!(Number.isInteger(at) && at >= 0 && at < rank)) throw new FormatError(`there is no axis ${axis} of ${rank}`);
  return at;
}

export const isConstant = (value: Value | undefined): value is Constant => value instanceof Constant;
