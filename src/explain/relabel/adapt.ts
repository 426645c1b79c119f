/** Finds how much to alter the photo so that labels tell something, and says when they do not. */
import { throwIfAborted } from "../../engine/errors.ts";
import type { RunOptions } from "../../engine/plan.ts";
import { ADAPT_SAMPLES, ADAPT_STEPS, type Settings } from "../explain-options.ts";
import { checkLabels } from "../finite-results.ts";
import type { MethodRequest } from "../method.ts";
import type { Synthesizer } from "./synthesis.ts";

/** A share of shifted labels that makes a usable split, and the one that the search aims at. */
const USABLE: readonly [number, number] = [0.05, 0.95];
/** Samples of the search, and of the reconstruction, come from far beyond those of the explanation. */
export const ADAPT_FIRST = 1 << 24;
const KEEP_RANGE: readonly [number, number] = [0.05, 0.95];
const SCALE_RANGE: readonly [number, number] = [0.05, 100];
/** Labels that must shift for a map, since fewer do not tell where the evidence lies: 5, or 2 if less than 100 samples are drawn. */
const leastShifted = (samples: number) => (samples < 100 ? 2 : 5);
/** There is also nothing to learn where this small a share keeps the label and the probability does not vary. */
const DEGENERATE_SHARE = 0.01;
const DEGENERATE_DEVIATION = 0.02;
/** Nor, whatever the labels, where it varies by no more than this share of its mean: the map would be made of rounding. */
const FLAT = 0.01;

/**
 * Finds the noise scale, or the keep probability of random gates, at which about half of the labels shift: 1 if that gives a usable
 * split already, else six steps of bisection with 30 samples each. Returns undefined where there is nothing to adapt.
 */
export async function adapt(
  synthesizer: Synthesizer,
  settings: Settings,
  options: RunOptions,
  onProgress: MethodRequest<Settings>["onProgress"],
) {
  const gated = settings.synthesis === "gated";
  if (gated && settings.gates === "balanced") return undefined;
  const given = gated ? settings.keep : settings.noiseScale;
  if (given !== undefined) return given;
  let [low, high] = gated ? KEEP_RANGE : SCALE_RANGE;
  let strength = gated ? (low + high) / 2 : 1;
  for (let step = 0; step < ADAPT_STEPS; step++) {
    onProgress?.({ stage: "adapt", done: step, total: ADAPT_STEPS });
    throwIfAborted(options.signal);
    const share = await shareAt(synthesizer, strength, step, options);
    if (!gated && step === 0 && share >= USABLE[0] && share <= USABLE[1]) break;
    // More kept means fewer shifted; more noise means more shifted.
    if (share > 0.5 === gated) low = strength;
    else high = strength;
    strength = gated ? (low + high) / 2 : Math.sqrt(low * high);
  }
  onProgress?.({ stage: "adapt", done: ADAPT_STEPS, total: ADAPT_STEPS });
  synthesizer.drawing.strength = strength;
  return strength;
}

/** Share of shifted labels among the samples of one step of the search. */
async function shareAt(synthesizer: Synthesizer, strength: number, step: number, options: RunOptions): Promise<number> {
  synthesizer.drawing.strength = strength;
  const first = ADAPT_FIRST + step * ADAPT_SAMPLES;
  const { batch } = synthesizer;
  for (let row = 0; row < ADAPT_SAMPLES; row += batch) await synthesizer.run(first + row, batch, options, row);
  return summarise(await synthesizer.labels.read(ADAPT_SAMPLES * 4)).shiftedShare;
}

/** The share of shifted labels, the standard deviation of the target's probability, and why there is nothing to learn from these labels, if so. Throws NOT_FINITE. */
export function summarise(labels: Float32Array): { shiftedShare: number; deviation: number; degenerate: string | undefined } {
  checkLabels(labels);
  const count = labels.length / 4;
  let [kept, sum, square] = [0, 0, 0];
  for (let i = 0; i < count; i++) {
    const probability = labels[4 * i] as number;
    kept += labels[4 * i + 1] as number;
    sum += probability;
    square += probability * probability;
  }
  const deviation = Math.sqrt(Math.max(0, square / count - (sum / count) ** 2));
  return { shiftedShare: 1 - kept / count, deviation, degenerate: reasonAgainst(count, count - kept, sum / count, deviation) };
}

/** What to do where this method has no map. */
const OTHERWISE = "Choose another class, photo or method: grad-cam answers in a second.";

function reasonAgainst(count: number, shifted: number, mean: number, deviation: number): string | undefined {
  if (shifted === 0) return `No label shifts: whatever is hidden, the classifier says the same class. ${OTHERWISE}`;
  if (shifted < leastShifted(count)) {
    return `Only ${shifted} of ${count} labels shift, and a map needs ${leastShifted(count)}. Ask for more of them with the option \`samples\`. ${OTHERWISE}`;
  }
  const varies = deviation > FLAT * Math.abs(mean);
  if (varies && (count - shifted >= DEGENERATE_SHARE * count || deviation >= DEGENERATE_DEVIATION)) return undefined;
  const spread = `the probability hardly varies (deviation ${deviation.toFixed(4)})`;
  return `${shifted} of ${count} labels shift and ${spread}: nothing to distil. ${OTHERWISE}`;
}
