/** Times the stages of a method, for the report of an explanation. */
import type { Engine } from "../engine/engine.ts";

/** Starts a clock for the plans of these labels; it returns the seconds that each has taken since. */
export function timeStages(engine: Engine, stages: readonly string[]): () => Record<string, number> {
  const before = stages.map((stage) => engine.pace.spent(stage));
  return () => Object.fromEntries(stages.map((stage, at) => [stage, engine.pace.spent(stage) - (before[at] as number)]));
}
