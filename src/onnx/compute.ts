/** Makes constants of constants, value by value. */
import { sizeOf } from "../engine/tensor.ts";
import { Constant, type ConstantType, MOST_COMPUTED, stepsOf, type Values } from "./constants.ts";
import { Unsupported } from "./values.ts";

/** Constants of so many elements are computed once: those of shape arithmetic. */
const KEPT = 4096;

/** Throws Unsupported where a result would have more elements than are computed with. */
function requireSmall(dims: readonly number[]): void {
  if (!(sizeOf(dims) <= MOST_COMPUTED)) throw new Unsupported(`it would make a constant of [${dims.join(", ")}]`);
}

/** The values of a constant by their index, once what they are computed of is read. */
type Prepare = () => Promise<(index: number) => number>;

/** A constant that is computed when it is asked for, so that the weights that it is computed of stay in their file. */
export function compute(dims: readonly number[], type: ConstantType, name: string, prepare: Prepare): Constant {
  requireSmall(dims);
  const size = sizeOf(dims);
  const part = async (from: number, to: number): Promise<Values> => {
    const value = await prepare();
    const values = type === "float" ? new Float32Array(to - from) : new Float64Array(to - from);
    for (let index = from; index < to; index++) values[index - from] = value(index);
    return values;
  };
  let kept: Promise<Values> | undefined;
  const whole = () => {
    kept ??= part(0, size);
    return kept;
  };
  return new Constant(dims, type, { range: size > KEPT ? part : async (from, to) => (await whole()).slice(from, to) }, name);
}

/** The place in another tensor of every element of `dims`, of which a step along axis i moves `moves[i]` there; it begins at `first`. */
export function placesIn(dims: readonly number[], moves: readonly number[], first = 0): (index: number) => number {
  const steps = stepsOf(dims);
  return (index) => {
    let [rest, place] = [index, first];
    for (let axis = 0; axis < steps.length; axis++) {
      const at = Math.floor(rest / (steps[axis] as number));
      rest -= at * (steps[axis] as number);
      place += at * (moves[axis] as number);
    }
    return place;
  };
}

/** Two constants value by value, one repeated along the axes where it has 1. Throws Unsupported where they do not go together. */
export function combine(apply: (a: number, b: number) => number, a: Constant, b: Constant, type?: ConstantType): Constant {
  const rank = Math.max(a.dims.length, b.dims.length);
  const raise = (dims: readonly number[]) => [...Array.from({ length: rank - dims.length }, () => 1), ...dims];
  const [left, right] = [raise(a.dims), raise(b.dims)];
  const dims = left.map((extent, axis) => (extent === 1 ? (right[axis] as number) : extent));
  if (right.some((extent, axis) => extent !== 1 && extent !== dims[axis])) {
    throw new Unsupported(`it combines constants of [${a.dims.join(", ")}] and [${b.dims.join(", ")}]`);
  }
  const placed = (own: readonly number[]) => {
    const steps = stepsOf(own);
    return placesIn(
      dims,
      own.map((extent, axis) => (extent === 1 ? 0 : (steps[axis] as number))),
    );
  };
  const kind = type ?? (a.type === "float" || b.type === "float" ? "float" : a.type);
  const isSame = left.join() === right.join();
  return compute(dims, kind, a.name, async () => {
    const [first, second] = [await a.values(), await b.values()];
    if (isSame) return (index) => apply(first[index] as number, second[index] as number);
    const [ofFirst, ofSecond] = [placed(left), placed(right)];
    return (index) => apply(first[ofFirst(index)] as number, second[ofSecond(index)] as number);
  });
}
