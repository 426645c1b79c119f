/** What an explanation costs with what the form holds, before it starts. */
import type { ExplainOptions, Method } from "../../faces/all.ts";
import { count, roughly } from "../format.ts";
import type { ReadyEngine } from "../state.ts";
import { secondsOfPass, settingsOf, TELLING_PASSES, UNMEASURED, usualPasses } from "../strip/comparison.ts";
import { type KeptHead, paceOf } from "../strip/kept-map.ts";

/** What an explanation takes at most. */
export interface Cost {
  /** Images through the classifier, forward and back. */
  readonly passes: number;
  /** By earlier maps; undefined where there are none that tell. */
  readonly seconds: number | undefined;
}

/** The cost of a method with these options; undefined where it cannot be told. `heads`: kept maps, the newest first. */
export function costOf(method: Method, options: ExplainOptions, engine: ReadyEngine, heads: readonly KeptHead[]): Cost | undefined {
  const { samples } = options;
  const given: Record<string, unknown> = { ...options, samples: samples === "auto" ? usualPasses(engine) : samples, ...options.parameters };
  const passes = method.passes?.(settingsOf(method, given), engine);
  return passes === undefined ? undefined : { passes, seconds: secondsOf(method, passes, engine, heads) };
}

/** By the newest map of this method that tells, else by that of another. */
function secondsOf({ name }: Method, passes: number, engine: ReadyEngine, heads: readonly KeptHead[]): number | undefined {
  const pace = paceOf(engine);
  const own = heads.find((head) => head.method === name && head.pace === pace && head.passes >= Math.min(passes, TELLING_PASSES));
  const each = own ? own.seconds / own.passes : secondsOfPass(heads, engine);
  return each === undefined ? undefined : passes * each;
}

/** "Up to 1,000 passes through the classifier: about 40 s here." */
export function describeEstimate({ passes, seconds }: Cost): string {
  const cost = `Up to ${count(passes)} passes through the classifier`;
  return seconds === undefined ? `${cost}. ${UNMEASURED}` : `${cost}: about ${roughly(seconds)} here.`;
}

/** "Up to 1,000 passes, about 40 s here". */
export function describeEstimateShortly({ passes, seconds }: Cost): string {
  return `Up to ${count(passes)} passes, ${seconds === undefined ? "time not measured yet" : `about ${roughly(seconds)} here`}`;
}
