/** The page's side of a run on a GPU in Chrome. */
import { Engine } from "../../src/engine/engine.ts";
import { CASES } from "../../test/shaders/cases/index.ts";
import { type AdapterFacts, type DriverFiles, findAdapter } from "./adapter-facts.ts";
import { type CasesResult, runCases } from "./kernel-cases.ts";

/** The page's functions that the process calls, at `globalThis.relabelGpu`. */
interface PageGpu {
  adapter(): Promise<Omit<AdapterFacts, keyof DriverFiles> | undefined>;
  kernels(): Promise<CasesResult>;
  abort(): void;
}

declare global {
  var relabelGpu: PageGpu;
  /** The process's function that the page calls. */
  var gpuPartial: (result: CasesResult) => Promise<void>;
}

const abort = new AbortController();

globalThis.relabelGpu = {
  adapter: () => findAdapter(navigator.gpu),
  kernels: async () => runCases(await Engine.create(), CASES, (result) => void globalThis.gpuPartial(result), abort.signal),
  abort: () => abort.abort(),
};
