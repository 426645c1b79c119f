/** What an explanation under way says of itself: its stages, how long it will take, and why it left no map. */
import { EngineError, type Progress } from "../faces/all.ts";
import type { Problem } from "./problem.ts";
import type { Run } from "./state.ts";

/** A run that has just begun. */
export function newRun(profiling: boolean): Run {
  return { stage: "classify", done: 0, total: 1, samples: 0, asked: 0, secondsLeft: undefined, stopping: false, profiling };
}

/** The run as far as it has come. */
export function advanced(run: Run | undefined, { stage, done, total }: Progress, secondsLeft: number | undefined): Run {
  return { ...(run ?? newRun(false)), stage, done, total, secondsLeft, ...(isCounted(stage) ? { samples: done, asked: total } : {}) };
}

/** Stages that take most of the time, in steps of equal length. */
function isCounted(stage: Progress["stage"]): boolean {
  return stage === "sample" || stage === "optimise";
}

/** Whether nothing of a run is kept when it is stopped now. */
export function isDropped(run: Run | undefined): boolean {
  return !run || run.profiling || run.samples === 0;
}

/** What to say where a run was stopped before it could leave a map. */
export function tooEarly(stage: Progress["stage"] | undefined): Problem {
  if (stage === "backward" || stage === "optimise")
    return { message: "Stopped before there was a map.", fix: "Let it run a little longer." };
  return {
    message: "Stopped before there were enough samples for a map.",
    fix: "Let it run a little longer; a map needs 32 samples or more.",
  };
}

/** Estimates the seconds that the samples left will take, from the pace since the first of them. */
export function estimator(): (progress: Progress) => number | undefined {
  let began: number | undefined;
  return ({ stage, done, total }) => {
    if (!isCounted(stage)) return undefined;
    began ??= performance.now();
    return done > 0 ? ((performance.now() - began) / 1000 / done) * (total - done) : undefined;
  };
}

/**
 * What `work` comes to, unless it is stopped first and nothing of it would be kept: then it throws ABORTED at once, and the work comes to its end unseen.
 */
export function untilStopped<T>(work: Promise<T>, signal: AbortSignal, isDropped: () => boolean = () => true): Promise<T> {
  return new Promise((resolve, reject) => {
    work.then(resolve, reject);
    const stop = () => {
      if (isDropped()) reject(new EngineError("ABORTED", "It was stopped.", "Begin again."));
    };
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}
