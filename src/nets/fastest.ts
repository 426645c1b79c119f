/** Finds the fastest of several ways to compute the same, though the machine has other things to do. */

/** Something to be timed against others; `time` resolves to the seconds of one run. */
export interface Entrant {
  readonly name: string;
  time(): Promise<number>;
}

/** Fewest seconds of one run. */
export interface Timing {
  variant: string;
  seconds: number;
}

/** An entrant this many times slower than the best at the first run is not timed again. */
const HOPELESS = 1.5;
const ROUNDS = 4;
/** Slow adapters' rounds end after this long, once there were two. */
const LONGEST_SECONDS = 1;
/** The first entrant stays unless another takes at most this share of its time: less of a gain may be noise. */
const CLEAR_GAIN = 0.95;

interface Standing extends Timing {
  readonly entrant: Entrant;
}

/**
 * Times the entrants in turn, so that whatever else the machine does meets all of them. `standard` is the first, which also is the `fastest`
 * unless another beats it clearly.
 */
export async function race(entrants: readonly Entrant[]): Promise<{ standard: Timing; fastest: Timing }> {
  const timings: Standing[] = [];
  for (const entrant of entrants) timings.push({ entrant, variant: entrant.name, seconds: await entrant.time() });
  const [first] = timings as [(typeof timings)[number]];
  const best = Math.min(...timings.map(({ seconds }) => seconds));
  const hopeful = timings.filter((timing) => timing === first || timing.seconds <= best * HOPELESS);
  if (hopeful.length > 1) await repeat(hopeful);
  const quickest = hopeful.reduce((a, b) => (b.seconds < a.seconds ? b : a));
  // Among several, one may have been lucky: it must hold its own against the first alone.
  if (quickest !== first) await repeat([first, quickest]);
  const winner = quickest.seconds <= first.seconds * CLEAR_GAIN ? quickest : first;
  return {
    standard: { variant: first.variant, seconds: first.seconds },
    fastest: { variant: winner.variant, seconds: winner.seconds },
  };
}

/** Rounds of one more time for each, of which the fewest seconds count. */
async function repeat(standings: readonly Standing[]): Promise<void> {
  const began = performance.now();
  for (let round = 0; round < ROUNDS; round++) {
    if (round >= 2 && performance.now() - began > LONGEST_SECONDS * 1000) return;
    for (const standing of standings) standing.seconds = Math.min(standing.seconds, await standing.entrant.time());
  }
}
