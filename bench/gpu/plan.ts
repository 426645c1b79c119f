/** Shares a run's minutes among its steps: what hangs is cut, what fails stops nothing, and what found no time is named. */
import type { Step, StepName } from "./steps.ts";

/** How a step ended. `cut`: its time was over first. */
export type State = "done" | "cut" | "skipped" | "failed";

/** A step's end as its own process tells it. */
export interface Ending {
  readonly state: State;
  /** Why it is not done. */
  readonly why?: string;
  /** What it found, or as far as it came. */
  readonly result?: unknown;
}

/** A step at work. */
export interface Running {
  /** Resolves when nothing of it works any more; never rejects. */
  readonly ended: Promise<Ending>;
  /** What it has found so far. */
  latest(): unknown;
  /** Asks it to end with what it has. */
  abort(): void;
  /** Ends it, whatever it does. */
  kill(): void;
}

export interface StepReport extends Ending {
  readonly name: StepName;
  readonly title: string;
  /** That it took. */
  readonly seconds: number;
}

export interface Watch {
  /** By `performance.now()`: when the last step must have ended. */
  readonly deadline: number;
  readonly signal: AbortSignal;
  onBegin(step: Step, seconds: number): void;
  /** Called after every step with all so far, to keep them. */
  onEnd(reports: readonly StepReport[]): Promise<void>;
}

/** Milliseconds that a step gets to end by itself. */
const GRACE = 5000;

/**
 * Runs the steps in their order until the deadline. Each gets the time that is left, less what the later ones need at least, but never less than
 * it needs itself. After that it is asked to end, and soon ended. Once the signal is aborted, the rest is skipped.
 */
export async function runPlan(steps: readonly Step[], start: (name: StepName) => Running, watch: Watch): Promise<StepReport[]> {
  const reports: StepReport[] = [];
  for (const [index, step] of steps.entries()) {
    const left = watch.deadline - performance.now();
    const least = step.least * 1000;
    const possible = steps.slice(index + 1).filter(({ impossible }) => impossible === undefined);
    const later = possible.reduce((sum, { least: needed }) => sum + needed * 1000, 0);
    if (step.impossible !== undefined) reports.push(skipped(step, step.impossible));
    else if (watch.signal.aborted) reports.push(skipped(step, "the run was stopped"));
    else if (left < least) reports.push(skipped(step, `${Math.max(0, Math.floor(left / 1000))} s were left, and it needs ${step.least}`));
    else {
      const limit = Math.max(least, left - later);
      watch.onBegin(step, limit / 1000);
      reports.push(await runStep(step, start, limit, watch.signal));
    }
    await watch.onEnd(reports);
  }
  return reports;
}

const skipped = ({ name, title }: Step, why: string): StepReport => ({ name, title, state: "skipped", why, seconds: 0 });

async function runStep({ name, title }: Step, start: (name: StepName) => Running, limit: number, signal: AbortSignal): Promise<StepReport> {
  const began = performance.now();
  const ending = await endWithin(start(name), limit, signal);
  return { name, title, seconds: (performance.now() - began) / 1000, ...ending };
}

/** The end of a step: by itself, by being asked once the time is nearly over or the signal is aborted, or by force. `limit` in milliseconds. */
export async function endWithin(running: Running, limit: number, signal: AbortSignal): Promise<Ending> {
  const grace = Math.min(GRACE, limit / 2);
  let kill: (why: string) => void = () => {};
  const killed = new Promise<Ending>((resolve) => {
    kill = (why) => {
      running.kill();
      resolve({ state: "cut", why, result: running.latest() });
    };
  });
  const timers = [
    setTimeout(() => running.abort(), limit - grace),
    setTimeout(() => kill(`it was cut after ${Math.round(limit / 1000)} s, and did not end when it was asked to`), limit),
  ];
  const stop = () => {
    running.abort();
    timers.push(setTimeout(() => kill("the run was stopped"), GRACE));
  };
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  try {
    const ending = await Promise.race([running.ended, killed]);
    return ending.state === "cut" && signal.aborted ? { ...ending, why: "the run was stopped" } : ending;
  } finally {
    signal.removeEventListener("abort", stop);
    for (const timer of timers) clearTimeout(timer);
  }
}
