/** The table of all operations, by which everything else finds out what a node is. */
import { EngineError } from "../engine/errors.ts";
import { type FusedOp, type Fusing, fuse } from "../graph/fuse.ts";
import type { Node } from "../graph/graph.ts";
import { activation } from "./activation.ts";
import { adaptiveAveragePool } from "./adaptive-average-pool.ts";
import { add } from "./add.ts";
import { affine } from "./affine.ts";
import { averagePool } from "./average-pool.ts";
import { batchNorm } from "./batch-norm.ts";
import { concat } from "./concat.ts";
import { conv } from "./conv.ts";
import { depthwiseConv } from "./depthwise-conv.ts";
import { divide } from "./divide.ts";
import { globalPool } from "./global-pool.ts";
import { input } from "./input.ts";
import { layerNorm } from "./layer-norm.ts";
import { linear } from "./linear.ts";
import { localResponseNorm } from "./local-response-norm.ts";
import { maxPool } from "./max-pool.ts";
import { multiply } from "./multiply.ts";
import type { Operation } from "./operation.ts";
import { crop, pad } from "./pad.ts";
import { prelu } from "./prelu.ts";
import { resizeNearest } from "./resize-nearest.ts";
import { shuffle } from "./shuffle.ts";
import { slice } from "./slice.ts";
import { subtract } from "./subtract.ts";
import { upsample } from "./upsample.ts";

/** Everything that nets can be made of; GraphBuilder has a method for every row. */
export const OPERATIONS = {
  /** The image, height x width x channels. */
  input,
  /** Convolution over all channels, with weights `key.weight` and `key.bias`. */
  conv,
  /** Convolution of every channel by itself. */
  depthwiseConv,
  /** Batch norm; behind a convolution it costs nothing. */
  batchNorm,
  /** Norm over the channels of every pixel, with `key.weight` and `key.bias`. */
  layerNorm,
  /** Norm by neighbouring channels. */
  localResponseNorm,
  /** Scale and shift of every channel; behind a convolution they cost nothing. */
  affine,
  /** A function of every value, "relu" and others; see `Activation`. */
  activation,
  /** `max(x, 0) + slope min(x, 0)`, with slopes `key.weight`. */
  prelu,
  /** Sum of two values; in these four, one value may meet many (1 x 1 x channels, 1 channel). */
  add,
  /** Difference of two values. */
  subtract,
  /** Product of two values: gates. */
  multiply,
  /** Quotient of two values. */
  divide,
  /** The channels of several tensors of the same height and width, one behind the other. */
  concat,
  /** Some of the channels. */
  slice,
  /** Channels in another order: as so many rows, read column by column. */
  shuffle,
  /** More pixels on every side: a constant, or what the edges reflect. */
  pad,
  /** Fewer pixels on every side. */
  crop,
  /** Nearest-neighbour resizing, by a whole factor or to any size. */
  resizeNearest,
  /** Maximum under a window. */
  maxPool,
  /** Mean under a window. */
  averagePool,
  /** Mean over bins that make a map of a given size. */
  adaptiveAveragePool,
  /** Mean over all positions. */
  globalPool,
  /** Matrix product, with weights `key.weight` and `key.bias`. */
  linear,
  /** Bilinear enlargement by a whole factor. */
  upsample,
} as const;

export type OperationName = keyof typeof OPERATIONS;

/** What is known of a node's operation. Throws INVALID where nothing is. */
export function operationOf({ op, label }: Node): Operation {
  const operation: Operation | undefined = Object.hasOwn(OPERATIONS, op) ? OPERATIONS[op as OperationName] : undefined;
  if (operation) return operation;
  throw new EngineError(
    "INVALID",
    `The layer "${label}" is a "${op}", which is no known operation.`,
    `Describe the net with GraphBuilder. There are: ${Object.keys(OPERATIONS).join(", ")}.`,
  );
}

export const fusingOf = (node: Node): Fusing => operationOf(node).fusing?.(node) ?? {};

/** The net's nodes by kernel; see `fuse`. */
export const fuseNet = (nodes: readonly Node[]): FusedOp[] => fuse(nodes, fusingOf);
