/** Measures on the command line, and writes report, tables and charts. */
import { join } from "node:path";
import { CommandError } from "../../src/cli/errors.ts";
import { asJson } from "../../src/cli/json-file.ts";
import { Outputs } from "../../src/cli/output-files.ts";
import { notify, printLine } from "../../src/cli/print.ts";
import type { RuntimeName } from "../../src/cli/runtime-types.ts";
import type { BenchOptions } from "../bench-options.ts";
import { chartNames } from "../report/charts.ts";
import { reportToMarkdown } from "../report/markdown.ts";
import { hasFaults } from "../report/report.ts";
import { tasksOf } from "../run.ts";
import type { OwnFiles } from "./own-files.ts";
import { drawPlots } from "./plots.ts";
import { revision } from "./revision.ts";
import { printingWatcher } from "./watcher.ts";

export interface MeasureOptions {
  runtime: RuntimeName;
  out: string;
  force?: boolean;
  json?: boolean;
}

/** The command `run`. Resolves to whether every result was right. Throws what opening the runtime throws, and what `Outputs.check` does. */
export async function measure(
  options: BenchOptions,
  own: OwnFiles,
  { runtime, out, force, json }: MeasureOptions,
  signal: AbortSignal,
): Promise<boolean> {
  const ownNets = await own.open();
  if ((await tasksOf(options, ownNets)).length === 0)
    throw new CommandError("Nothing is left to measure", "Choose other suites, nets or a wider --layer; --help lists them.");
  const plots = chartNames(options.batches).flatMap((name) => [`${name}.svg`, `${name}.png`]);
  const outputs = await Outputs.checkPaths(
    ["report.json", "report.md", ...plots].map((name) => join(out, name)),
    [],
    { out, force },
  );
  const watcher = printingWatcher(signal);
  // Each is loaded only where it is chosen.
  const running =
    runtime === "node"
      ? (await import("./node.ts")).runInNode(options, ownNets, watcher)
      : (await import("./chrome.ts")).runInChrome(options, own, watcher);
  const report = await running.finally(() => own.close());
  report.revision = await revision();
  const files = new Map([["report.json", asJson(report)], ["report.md", reportToMarkdown(report)], ...(await drawPlots(report))]);
  await outputs.write(new Map([...files].map(([name, content]) => [join(out, name), content])));
  notify(`Written to ${out}: ${[...files.keys()].join(", ")}`);
  printLine(json ? JSON.stringify(report, undefined, 2) : reportToMarkdown(report));
  return !hasFaults(report);
}
