/** The operation `subtract`. */
import { defineArithmetic, sameShape } from "./arithmetic.ts";

/** a - b. For excitation backprop b has a negative weight and gets no relevance; not defined where a value of a meets many of b. */
export const subtract = defineArithmetic("subtract", ({ inputs: [a], shape }, which) =>
  a && sameShape(a.shape, shape) ? 1 - which : undefined,
);
