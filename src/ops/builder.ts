/** Gives nets their language: GraphBuilder, with a method for every row of operations.ts. */
import { Graph, type Node } from "../graph/graph.ts";
import { OPERATIONS } from "./operations.ts";

type Method<Build> = Build extends (graph: Graph, ...rest: infer Rest) => Node ? (...rest: Rest) => Node : never;

type Methods = { readonly [Name in keyof typeof OPERATIONS]: Method<(typeof OPERATIONS)[Name]["build"]> };

/**
 * Describes a net layer by layer: a method for every operation, which appends a node and returns it. `nodes` is the net. Keys name tensors of
 * the weights file.
 */
export type GraphBuilder = Graph & Methods;

/** Starts a net without layers; see the type of the same name for its methods. */
export const GraphBuilder = class extends Graph {
  constructor() {
    super();
    for (const [name, { build }] of Object.entries(OPERATIONS)) {
      const append = build as (graph: Graph, ...rest: unknown[]) => Node;
      Object.defineProperty(this, name, { value: (...rest: unknown[]) => append(this, ...rest) });
    }
  }
} as unknown as new () => GraphBuilder;
