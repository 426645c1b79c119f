/** What operations share that multiply every channel by a constant and add one: they fold into the weights before them, or are 1 x 1 filters of each channel. */
import type { Fusing } from "../graph/fuse.ts";
import type { Node } from "../graph/graph.ts";
import { appendDepthwise, appendDepthwiseTransposed, POINT } from "./depthwise.ts";
import { rectifyWeights } from "./make-weights.ts";
import type { BackwardRules, Forward } from "./operation.ts";
import type { Layout } from "./packed-weights.ts";

const backward: BackwardRules = {
  append: (step, gradient, out) => appendDepthwiseTransposed(step, gradient, out, POINT),
  rectify: (request) => rectifyWeights(request),
};

export const scaling = {
  fusing: (): Fusing => ({ is: "norm", store: { activation: true } }),

  /** Ones, which the loader multiplies by the scale. */
  layout: ({ shape: [, , channels] }: Node): Layout => ({
    ...{ inputs: 1, inputsPadded: 1, taps: 1, outputs: channels, group: channels },
    ...{ outputStep: 1, inputStep: 1, tapStep: 1, precision: "f32" },
  }),

  strips: "reads" as const,

  forward: (call: Forward) => appendDepthwise(call, POINT),

  backward,
};
