/** What an evaluation computes of a single photo. */
import {
  type Box,
  EngineError,
  type ExplainedMap,
  type Explanation,
  findMethod,
  type MetricName,
  type Photo,
  type Progress,
} from "../../faces/all.ts";
import type { Runtime } from "../runtime-types.ts";
import { drawPicture } from "./pictures.ts";
import type { NewResult } from "./record.ts";
import { type ChosenMethod, YARDSTICKS } from "./run.ts";

export interface JudgeOptions {
  readonly target: number | undefined;
  readonly seed: number;
  readonly protocol: string;
  readonly metrics: readonly MetricName[];
  /** The other photo, where metrics read one. */
  readonly other?: Photo | undefined;
  /** The part of a composite that is known to be the reason. */
  readonly inside?: Box | undefined;
  readonly signal: AbortSignal;
  /** How far the photo is, in [0, 1], and what is going on. */
  readonly onProgress: (share: number, what: string) => void;
}

/**
 * Explains a photo by every method asked for and scores the maps, and the yardsticks where those are asked for; they come first. Throws what
 * the runtime throws, but for one method's own failure.
 */
export async function judge(
  runtime: Runtime,
  given: Photo,
  methods: readonly ChosenMethod[],
  yardsticks: boolean,
  { target, seed, protocol, metrics, other, inside, signal, onProgress }: JudgeOptions,
): Promise<NewResult[]> {
  const photo = await runtime.open(given, signal);
  const attempts: { name: string; found: Explanation | string }[] = [];
  for (const [at, { name, options }] of methods.entries()) {
    const follow = ({ stage, done, total }: Progress) =>
      onProgress((at + (stage === "sample" || stage === "optimise" ? done / total : 0)) / (methods.length + 1), name);
    const found = await runtime.explain(photo, { ...options, target, seed, signal, onProgress: follow }).catch(failureOf);
    signal.throwIfAborted();
    attempts.push({ name, found });
  }
  const explanations = attempts.flatMap(({ found }) => (typeof found === "string" ? [] : [found]));
  const [first] = explanations;
  if (!first) throw new EngineError("NO_METHOD", `No method could explain the photo: ${attempts[0]?.found}`, "Choose other methods.");
  const maps = Object.fromEntries(
    attempts.flatMap(({ name, found }) => (typeof found !== "string" && found.map ? [[name, found.map]] : [])),
  );
  const evaluation =
    yardsticks || Object.keys(maps).length > 0
      ? await runtime.evaluate(photo, maps, {
          ...{ target: first.target.index, protocol, metrics, other, inside, seed, signal },
          ...(yardsticks ? {} : { yardsticks: [] }),
          onProgress: ({ done, total }) => onProgress((methods.length + done / total) / (methods.length + 1), "scoring"),
        })
      : undefined;
  signal.throwIfAborted();

  const shared = { adapter: runtime.adapter, target: first.target };
  const results: NewResult[] = [];
  if (yardsticks && evaluation) {
    const known = Object.fromEntries(Object.entries(evaluation.maps).filter(([name]) => !(name in maps)));
    const picture = await drawPicture(first);
    results.push({ ...shared, method: YARDSTICKS, evaluation: { ...evaluation, maps: known }, picture });
  }
  for (const { name, found } of attempts) {
    const explained = describe(name, found);
    if (typeof found === "string") results.push({ ...shared, method: name, explained, failed: true });
    else {
      const picture = found.map && (await drawPicture(found, found.map));
      results.push({ ...shared, method: name, explained, scores: evaluation?.maps[name], picture });
    }
  }
  return results;
}

/** What is wrong with one method on one photo; what ends them all goes on. */
function failureOf(error: unknown): string {
  if (error instanceof EngineError && ["OUT_OF_MEMORY", "LIMIT", "NOT_FINITE"].includes(error.code)) return `${error.message} ${error.fix}`;
  throw error;
}

function describe(name: string, found: Explanation | string): ExplainedMap {
  const { title } = findMethod(name);
  if (typeof found === "string") return { name, title, degenerate: found, failed: true, passes: { forward: 0, backward: 0 }, seconds: 0 };
  const { passes, seconds, degenerate } = found;
  return { name, title, ...(degenerate ? { degenerate } : {}), passes, seconds: seconds.total };
}
