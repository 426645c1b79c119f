/**
 * What methods and metrics of one's own are made with.
 *
 * @module relabel/methods
 */
export { appendNormalise } from "../classify/compose.ts";
export type { Move } from "../classify/labeller.ts";
export {
  describeMethod,
  type MethodDefinition,
  type MethodRequest,
  type MethodResult,
  type Parameter,
  type SettledParameters,
} from "../explain/method.ts";
export { nothingToShow, type Perturbation, perturb } from "../explain/perturb/perturbation.ts";
export { type InputSpec, imageShape, pixelUnit, sizeConstants } from "../nets/input-spec.ts";
