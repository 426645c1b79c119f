/** The page's side of a run in Chrome that the command line controls. */
import type { BenchOptions } from "./bench-options.ts";
import { browserHost } from "./browser-host.ts";
import type { Report } from "./report/report.ts";
import { runBench } from "./run.ts";

/** The page's functions that the command line calls, at `globalThis.relabelBench`. */
interface PageBench {
  /** Resolves to the report, or to the words of the error. */
  run(options: BenchOptions): Promise<{ report: Report } | { message: string; fix: string | undefined }>;
  abort(): void;
}

declare global {
  var relabelBench: PageBench;
  /** The process's function that the page calls, between rows only: during one it would disturb the measurement. */
  var benchReport: (report: Report, done: number, total: number) => Promise<void>;
}

const abort = new AbortController();

globalThis.relabelBench = {
  async run(options) {
    const watching = {
      signal: abort.signal,
      onReport: (report: Report, done: number, total: number) => void globalThis.benchReport(report, done, total),
      onStatus: () => {},
    };
    try {
      return { report: await runBench(options, await browserHost(new URL(".", location.href), watching)) };
    } catch (error) {
      const { message, fix } = error as Error & { fix?: string };
      return { message, fix };
    }
  },
  abort: () => abort.abort(),
};
