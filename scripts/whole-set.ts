/**
 * Measures what the report of a whole validation set costs, in time and in memory. The results have invented numbers.
 *
 *     node bin/run.mjs scripts/whole-set.ts [--photos 50000] [--out FOLDER] [--merge]
 *
 * It writes a folder of ten methods' results as `evaluate` does, unless FOLDER has them; then it reads the results and writes the report, in a
 * process that does nothing else. --merge merges the folder into another one, too, which copies every file. FOLDER is kept if it was named.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { parse } from "valibot";
import { merge } from "../src/cli/commands/evaluate.ts";
import { reportPaths, writeReport } from "../src/cli/evaluation/report.ts";
import { run as runSchema } from "../src/cli/evaluation/schemas.ts";
import { RUN, Store } from "../src/cli/evaluation/store.ts";
import { Outputs } from "../src/cli/output-files.ts";
import { printLine } from "../src/cli/print.ts";
import { simulateRun } from "../test/support/simulated-run.ts";

const { values } = parseArgs({
  options: {
    photos: { type: "string", default: "50000" },
    out: { type: "string" },
    merge: { type: "boolean", default: false },
    stage: { type: "string" },
  },
});
const folder = values.out ?? mkdtempSync(join(tmpdir(), "relabel-set-"));

/** Prints what the work took, also of the processor alone, which other processes do not add to, and the most memory that this one had so far. */
async function measure(what: string, work: () => Promise<unknown>): Promise<void> {
  const [began, before] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(before);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  // On Linux maxRSS begins with that of the process that started this one.
  const peak = process.platform === "linux" ? /VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1] : undefined;
  const megabytes = (Number(peak ?? process.resourceUsage().maxRSS) * 1024) / 1e6;
  printLine(`${what}: ${seconds} s, ${((user + system) / 1e6).toFixed(1)} s of the processor, at most ${megabytes.toFixed(0)} MB`);
}

/** The stages; each runs in a separate process. */
const STAGES: Readonly<Record<string, () => Promise<void>>> = {
  write: () => measure(`${values.photos} photos written`, () => simulateRun({ folder, photos: Number(values.photos) })),
  report: async () => {
    const run = parse(runSchema, JSON.parse(readFileSync(join(folder, RUN), "utf8")));
    let store: Store | undefined;
    await measure("Results checked", async () => {
      store = await Store.read(folder, run);
    });
    const outputs = await Outputs.checkPaths(await reportPaths(folder), [], { out: folder });
    await measure("Table and report", () => writeReport((store as Store).findings(), outputs));
  },
  merge: () => measure("Merged, with its report", () => merge([folder], { out: `${folder}-merged` }, new AbortController().signal)),
};

async function inProcess(stage: string): Promise<void> {
  const args = [process.execPath, "bin/run.mjs", "scripts/whole-set.ts", "--stage", stage, "--out", folder, "--photos", values.photos];
  const [command, ...rest] = args as [string, ...string[]];
  const child = spawn(command, rest, { stdio: "inherit" });
  const code = await new Promise((resolve) => child.once("close", resolve));
  if (code !== 0) process.exit(1);
}

if (values.stage) await STAGES[values.stage]?.();
else {
  try {
    if (!existsSync(join(folder, RUN))) await inProcess("write");
    await inProcess("report");
    if (values.merge) await inProcess("merge");
  } finally {
    if (values.out === undefined) rmSync(folder, { recursive: true, force: true });
    if (values.merge) rmSync(`${folder}-merged`, { recursive: true, force: true });
  }
}
