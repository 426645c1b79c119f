/** Finds out how fine the GPU's timestamps are, for everything that measures time. */

/** The clock of GPU timestamps: `step` in nanoseconds, as far as seen. Chrome rounds to 65 or 100 us unless told otherwise. */
export interface Clock {
  mode: "exact" | "quantised" | "none";
  step: number;
}

/** A coarser step than this is a rounding, not a GPU's own clock. */
const FINE_NANOSECONDS = 10_000;

/** The clock of timestamps that are all multiples of `nanoseconds`; 0 if there were none. */
export function clockOf(nanoseconds: bigint): Clock {
  const step = Number(nanoseconds);
  return { mode: step === 0 ? "none" : step < FINE_NANOSECONDS ? "exact" : "quantised", step };
}

/** What divides these timestamps and those that `step` was found of. */
export function stepOf(timestamps: Iterable<bigint>, step = 0n): bigint {
  return [...timestamps].reduce(divisor, step);
}

/** The greatest common divisor. */
function divisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : divisor(b, a % b);
}
