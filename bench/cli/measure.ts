import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { CommandError } from "../../src/cli/errors.ts";
import { ROOT } from "../../src/cli/paths.ts";
import { notify, printLine } from "../../src/cli/print.ts";
import type { RuntimeName } from "../../src/cli/runtime.ts";
import type { BenchOptions } from "../options.ts";
import { reportToMarkdown } from "../report/markdown.ts";
import { hasFaults, type Report } from "../report/report.ts";
import { tasksOf } from "../run.ts";
import { writePlots } from "./plots.ts";
import { printingWatcher } from "./watcher.ts";

export interface MeasureOptions {
  runtime: RuntimeName;
  out: string;
  json?: boolean;
}

/** The command `run`. Resolves to whether every result was right. Throws what opening the runtime throws. */
export async function measure(options: BenchOptions, { runtime, out, json }: MeasureOptions, signal: AbortSignal): Promise<boolean> {
  if (tasksOf(options).length === 0)
    throw new CommandError("Nothing is left to measure", "Choose other suites, nets or a wider --layer; --help lists them.");
  const watcher = printingWatcher(signal);
  // Each is loaded only where it is chosen.
  const report =
    runtime === "node"
      ? await (await import("./node.ts")).runInNode(options, watcher)
      : await (await import("./chrome.ts")).runInChrome(options, watcher);
  report.revision = await revision();
  await write(report, out);
  printLine(json ? JSON.stringify(report, undefined, 2) : reportToMarkdown(report));
  return !hasFaults(report);
}

/** The commit of the sources, with a mark where they differ from it; undefined outside a repository. */
async function revision(): Promise<string | undefined> {
  const described = await promisify(execFile)("git", ["describe", "--always", "--dirty"], { cwd: ROOT }).catch(() => undefined);
  return described?.stdout.trim();
}

async function write(report: Report, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "report.json"), `${JSON.stringify(report, undefined, 2)}\n`);
  await writeFile(join(folder, "report.md"), reportToMarkdown(report));
  const plots = await writePlots(report, folder);
  notify(`Written to ${folder}: ${["report.json", "report.md", ...plots].join(", ")}`);
}
