/** Parsers of numbers for options. */
import { InvalidArgumentError } from "commander";

/** A parser of whole numbers from `low` to `high`. */
export function whole(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < low || value > high) throw new InvalidArgumentError(`Give a whole number from ${low} to ${high}.`);
    return value;
  };
}

/** A number above 0. */
export function positive(text: string): number {
  const value = Number(text);
  if (!(text.trim() && value > 0 && Number.isFinite(value))) throw new InvalidArgumentError("Give a number above 0, such as 1.5.");
  return value;
}
