/** Where a run on a GPU takes place: in a process of Node's, or in a page of Chrome's. */
import type { RuntimeName } from "../../src/cli/runtime-types.ts";
import type { BenchOptions } from "../bench-options.ts";
import type { Watcher } from "../cli/watcher.ts";
import type { Report } from "../report/report.ts";
import type { AdapterFacts, DriverFiles } from "./adapter-facts.ts";
import type { CasesResult } from "./kernel-cases.ts";

/** What steps ask of it. */
export interface Place {
  /** The files alone where there is no adapter. */
  adapter(): Promise<AdapterFacts | DriverFiles>;
  kernels(onPartial: (result: CasesResult) => void, signal: AbortSignal): Promise<CasesResult>;
  bench(options: BenchOptions, watcher: Watcher): Promise<Report>;
}

/** Each is loaded only where it is chosen. */
export async function placeOf(runtime: RuntimeName): Promise<Place> {
  return runtime === "node" ? (await import("./in-node.ts")).inNode : (await import("./in-chrome.ts")).inChrome;
}
