/** Finds numbers in weights that are not finite, before they reach the GPU. */
import { EngineError } from "../engine/errors.ts";

/** Index of the first value that is NaN or infinite; -1 where all are finite. */
export function indexOfNonFinite(values: Float32Array): number {
  // A sum in f64 of numbers in f32 never overflows: it is finite if they all are. In fours, since an addition waits for the one before.
  let sum = 0;
  const whole = values.length - (values.length % 4);
  for (let i = 0; i < whole; i += 4)
    sum += (values[i] as number) + (values[i + 1] as number) + ((values[i + 2] as number) + (values[i + 3] as number));
  for (let i = whole; i < values.length; i++) sum += values[i] as number;
  return Number.isFinite(sum) ? -1 : values.findIndex((value) => !Number.isFinite(value));
}

/** The Euclidean norm: no value is larger, and it takes half the time of finding the largest. */
export function normOf(values: Float32Array): number {
  let sum = 0;
  const whole = values.length - (values.length % 4);
  for (let i = 0; i < whole; i += 4) {
    sum += (values[i] as number) ** 2 + (values[i + 1] as number) ** 2 + ((values[i + 2] as number) ** 2 + (values[i + 3] as number) ** 2);
  }
  for (let i = whole; i < values.length; i++) sum += (values[i] as number) ** 2;
  return Math.sqrt(sum);
}

/** "index 5, [0, 1, 2]": where a value lies in a tensor. */
export function describePlace(index: number, shape: readonly number[]): string {
  let rest = index;
  const place = shape.toReversed().map((extent) => {
    const at = rest % extent;
    rest = Math.floor(rest / extent);
    return at;
  });
  return `index ${index}, [${place.reverse().join(", ")}]`;
}

/** `tensor`: what WeightSource.describe calls it. */
export function badTensor(
  tensor: string,
  what: string,
  fix = "Fetch or save the weights again; training that diverged leaves such values.",
): EngineError {
  return new EngineError("BAD_WEIGHTS", `${tensor} ${what}.`, fix);
}
