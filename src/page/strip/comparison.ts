/** What a comparison of methods will cost, apart from the form that asks for it. */
import { DEFAULT_SAMPLES, type ExplainOptions, type Method, SOFTWARE_SAMPLES } from "../../faces/all.ts";
import { count, roughly } from "../format.ts";
import type { ReadyEngine } from "../state.ts";
import { type KeptHead, paceOf } from "./kept-map.ts";

/** What is said of the time where no map has told it. */
export const UNMEASURED = "The first map will tell how long one takes here.";
/** Maps of fewer passes say little of the time that one takes: what comes before and after counts more. */
export const TELLING_PASSES = 8;

/** The explanation by a method of about this number of passes, where it can choose it. */
export function planOf(method: Method, passes: number): ExplainOptions {
  return { method: method.name, parameters: method.within?.(passes) ?? {} };
}

/** As many as suit the adapter. */
export const usualPasses = ({ adapter }: Pick<ReadyEngine, "adapter">): number => (adapter.software ? SOFTWARE_SAMPLES : DEFAULT_SAMPLES);

/** Images through the classifier, forward or back, about. `passes`: as many as methods take that can choose. */
export function passesOf(method: Method, passes: number, engine: ReadyEngine): number {
  return method.within ? passes : (method.passes?.(settingsOf(method), engine) ?? 0);
}

/** A value for each of a method's parameters: the one given, else the default. */
export function settingsOf(
  { parameters }: Method,
  given: Readonly<Record<string, unknown>> = {},
): Parameters<NonNullable<Method["passes"]>>[0] {
  return Object.fromEntries(Object.entries(parameters).map(([name, { value }]) => [name, given[name] ?? value])) as Record<
    string,
    number | string
  >;
}

/** Seconds that an image takes, by the newest map that can tell; undefined where there is none. `heads`: the newest first. */
export function secondsOfPass(heads: readonly KeptHead[], engine: ReadyEngine): number | undefined {
  const pace = paceOf(engine);
  const telling = heads.find((head) => head.pace === pace && head.passes >= TELLING_PASSES);
  return telling && telling.seconds / telling.passes;
}

/** "3 methods, 260 passes in all: about 1 min 2 s". */
export function describeCost(methods: number, passes: number, secondsEach: number | undefined): string {
  const cost = `${methods} methods, ${count(passes)} passes in all`;
  if (secondsEach === undefined) return `${cost}. ${UNMEASURED}`;
  return `${cost}: about ${roughly(passes * secondsEach)}, by the last map.`;
}
