/** The page's side of a run in Chrome that the command line controls. */
import { type WireWeights, weightsAddress } from "../src/cli/page-protocol.ts";
import { openServed } from "../src/cli/served-model.ts";
import type { BenchOptions } from "./bench-options.ts";
import { browserHost } from "./browser-host.ts";
import { type OwnNet, openOwnNet } from "./own-nets.ts";
import type { Report } from "./report/report.ts";
import { runBench } from "./run.ts";

/** A net of a file: the name that its rows have, and where the process serves it and what lies beside it. */
export interface WireNet {
  name: string;
  folder: string;
  weights: WireWeights;
}

/** The page's functions that the command line calls, at `globalThis.relabelBench`. */
interface PageBench {
  /** Resolves to the report, or to the words of the error. */
  run(options: BenchOptions, nets: readonly WireNet[]): Promise<{ report: Report } | { message: string; fix: string | undefined }>;
  abort(): void;
}

declare global {
  var relabelBench: PageBench;
  /** The process's function that the page calls, between rows only: during one it would disturb the measurement. */
  var benchReport: (report: Report, done: number, total: number) => Promise<void>;
}

const abort = new AbortController();

globalThis.relabelBench = {
  async run(options, nets) {
    const given = {
      signal: abort.signal,
      onReport: (report: Report, done: number, total: number) => void globalThis.benchReport(report, done, total),
      onStatus: () => {},
    };
    try {
      const ownNets = new Map<string, OwnNet>();
      for (const { name, folder, weights } of nets) {
        const address = (file: string) => new URL(weightsAddress(folder + file), location.href);
        ownNets.set(name, await openOwnNet(weights.name, await openServed(weights, address)));
      }
      return { report: await runBench(options, await browserHost(new URL(".", location.href), { ...given, ownNets })) };
    } catch (error) {
      const { message, fix } = error as Error & { fix?: string };
      return { message, fix };
    }
  },
  abort: () => abort.abort(),
};
