/** Finds out how fine the GPU's timestamps are, for everything that measures time. */

/** The clock of GPU timestamps: `step` in nanoseconds, as far as seen. Chrome rounds to 65 or 100 us unless told otherwise. */
export interface Clock {
  mode: "exact" | "quantised" | "none";
  step: number;
}

/** A coarser step than this is a rounding, not a GPU's own clock. */
const FINE_NANOSECONDS = 10_000;
/** A timed pass holds as many steps of a quantised clock, so that both its ends together are wrong by 1 % of it at most. */
const STEPS = 100;

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

/** Timestamps rounded down to multiples of `step` nanoseconds. */
export function roundTimes(timestamps: BigUint64Array, step: number): BigUint64Array {
  const nanoseconds = BigInt(step);
  return timestamps.map((time) => time - (time % nanoseconds));
}

/** Seconds that a pass must take for this clock to time it within 1 %: at least `least`, which is enough for an exact one. */
export function passSeconds({ mode, step }: Clock, least = 0): number {
  return mode === "quantised" ? Math.max(least, STEPS * step * 1e-9) : least;
}

/**
 * Times ever more runs at once, by `time`, which resolves to their seconds, until they take `target` seconds or are `most`. Resolves to
 * their number and what they took at last.
 */
export async function groupRuns(
  time: (runs: number) => Promise<number>,
  target: number,
  most: number,
): Promise<{ runs: number; seconds: number }> {
  let runs = 1;
  let seconds = await time(runs);
  while (seconds < target && runs < most) {
    // At most ten times as many at once: a first pass may be short by a rounding. A few more than it seems to take: the last may be, too.
    runs = Math.min(Math.ceil(runs * Math.min(10, (1.2 * target) / Math.max(seconds, 1e-9))), most);
    seconds = await time(runs);
  }
  return { runs, seconds };
}
