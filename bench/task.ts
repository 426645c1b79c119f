/** What suites hand to the runner: one task for each thing to measure. */
import type { Engine } from "../src/engine/engine.ts";
import type { Stopwatch } from "../src/engine/stopwatch.ts";
import type { Photo, WeightsInput } from "../src/faces/all.ts";
import type { BenchOptions, SuiteName } from "./bench-options.ts";
import type { Cost } from "./cost.ts";
import type { Effort } from "./measure.ts";
import type { Peer } from "./peers/peer.ts";
import type { Row } from "./report/report.ts";
import type { Scope } from "./scope.ts";

/** What a task may use. Whatever joins `scope` is freed after it. */
export interface Bench {
  readonly options: BenchOptions;
  readonly effort: Effort;
  /** New for each task, so that its pipelines are compiled anew and its errors are its own. */
  readonly engine: Engine;
  readonly stopwatch: Stopwatch;
  readonly scope: Scope;
  readonly peers: readonly Peer[];
  readonly signal: AbortSignal | undefined;
  readonly notify: (line: string) => void;
  readonly readWeights: (file: string) => Promise<WeightsInput>;
  readonly readPhoto: () => Promise<Photo>;
}

export type Plain = Pick<Row, "group" | "name" | "batch" | "uses" | "flops" | "bytes">;

/** One thing to measure: what is known of it beforehand, and the work that makes its row, or several. */
export interface Task extends Plain {
  readonly suite: SuiteName;
  /** What one image costs the classifier, where a run takes many of them: for estimates alone. */
  readonly image?: Cost;
  /** What it found; a `stage` where it makes several rows. */
  measure(bench: Bench): Promise<(Partial<Row> & { stage?: string })[]>;
}
