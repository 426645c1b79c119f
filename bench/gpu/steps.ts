/** The steps of a run on a GPU, in order of worth, and what each of them finds. */
import type { ProfileReport } from "../../src/cli/profile-report.ts";
import type { RuntimeName } from "../../src/cli/runtime-types.ts";
import type { TuningReport } from "../../src/faces/all.ts";
import type { Report } from "../report/report.ts";
import type { AdapterFacts } from "./adapter-facts.ts";
import type { CasesResult } from "./kernel-cases.ts";

export type StepName = "kernels" | "nets" | "profile" | "tuner" | "variants" | "peers";

export interface Step {
  readonly name: StepName;
  readonly title: string;
  /** Seconds with which it is worth beginning; later steps leave so much to it. */
  readonly least: number;
  /** Why this machine cannot do it at all, if it cannot. */
  readonly impossible?: string;
}

export const STEPS: readonly Step[] = [
  { name: "kernels", title: "Every kernel against its float64 reference", least: 20 },
  { name: "nets", title: "Whole nets at batch 1, 8 and 32", least: 30 },
  { name: "profile", title: "Profiled explanations", least: 40 },
  { name: "tuner", title: "The tuner", least: 40 },
  { name: "variants", title: "Every way to compute a layer", least: 60 },
  { name: "peers", title: "Other libraries in the browser", least: 40 },
];

/** The nets that are explained and tuned. */
export const TEACHERS_EXPLAINED = ["efficientnet-lite0", "resnet50"] as const;

/** One net's profile; `trace` is what Perfetto and `profile --from` open. */
export interface NetProfile {
  readonly teacher: string;
  /** Whether its weights were made up, since the machine has none. */
  readonly madeUp: boolean;
  readonly report: ProfileReport;
  readonly trace: object;
}

export interface NetTuning extends TuningReport {
  readonly teacher: string;
  readonly madeUp: boolean;
}

/** What each step finds, complete or as far as it came. */
export interface StepResults {
  adapter: AdapterFacts;
  kernels: CasesResult;
  nets: Report;
  profile: NetProfile[];
  tuner: NetTuning[];
  variants: Report;
  peers: Report;
}

/** What a step's own process is told. */
export interface Order {
  readonly step: keyof StepResults;
  readonly runtime: RuntimeName;
  /** File, folder or address of weights, as on the command line. */
  readonly weights: string | undefined;
  /** For files that the step needs and nobody keeps. */
  readonly scratch: string;
}

/** What a step's own process tells of itself; `result` is that of the step, and `partial` may come many times. */
export type Message =
  | { readonly kind: "partial"; readonly result: unknown; readonly line: string }
  | { readonly kind: "end"; readonly result: unknown; readonly complete: boolean }
  | { readonly kind: "error"; readonly message: string; readonly fix: string | undefined };
