/** The operation `divide`. */
import { defineArithmetic, sameShape } from "./arithmetic.ts";

/** a / b. For excitation backprop b counts as a constant, as a norm's divisor does; not defined where a value of a meets many of b. */
export const divide = defineArithmetic("divide", ({ inputs: [a], shape }, which) =>
  a && sameShape(a.shape, shape) ? 1 - which : undefined,
);
