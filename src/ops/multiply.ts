/** The operation `multiply`: gates of squeeze-and-excitation, attention over positions, products of images. */
import { defineArithmetic, sameShape } from "./arithmetic.ts";

/**
 * a * b. For excitation backprop, an operand that meets many values is a gate and counts as a constant, as in Arras et al. 2017 (sec. 3.2): all
 * relevance goes to the other. Two operands of one shape get half each, which keeps its sum (uniform rule, Achtibat et al. 2024, sec. 3.3.1).
 */
export const multiply = defineArithmetic("multiply", ({ inputs: [a, b], shape }, which) => {
  const [aWhole, bWhole] = [a, b].map((input) => input && sameShape(input.shape, shape));
  if (aWhole && bWhole) return 0.5;
  if (aWhole || bWhole) return (which === 0 ? aWhole : bWhole) ? 1 : 0;
  return undefined;
});
