/** Runs the command: finds the adapter, refuses a CPU, and does step after step within the minutes. */
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommandError } from "../../src/cli/errors.ts";
import { Outputs } from "../../src/cli/output-files.ts";
import { ROOT } from "../../src/cli/paths.ts";
import { notify, printLine } from "../../src/cli/print.ts";
import { makeRunFolder, removeRunFolder } from "../../src/cli/run-folder.mjs";
import { revision } from "../cli/revision.ts";
import { GPU_SCHEMA } from "../report/report.ts";
import type { AdapterFacts } from "./adapter-facts.ts";
import { IS_CLONE, withoutPeers } from "./bench-steps.ts";
import { describeFacts, FILES, filesOf, type GpuReport, gpuToMarkdown, isIncomplete, isWrong } from "./gpu-report.ts";
import { endWithin, type Running, runPlan, type StepReport } from "./plan.ts";
import type { GpuOptions } from "./program.ts";
import { type Order, STEPS } from "./steps.ts";

/** Something is wrong or failed; all is right, but steps found no time. */
export const [EXIT_FAULT, EXIT_INCOMPLETE] = [1, 3];

/** Seconds, from the start of the process, within which it is known whether there is a GPU; from the start of the search at the least. */
const [ADAPTER_SECONDS, LEAST_ADAPTER_SECONDS] = [30, 15];
/** Milliseconds that are kept for the last files and the end of the process. */
const MARGIN = 8000;

/** Starts a step in a process of its own. */
export type Start = (order: Order, onLine: (line: string) => void) => Running;

const HELP =
  "Install the GPU's Vulkan driver: for NVIDIA libGLX_nvidia.so.0, which containers have where NVIDIA_DRIVER_CAPABILITIES names graphics, and a " +
  "description of it (nvidia_icd.json), which `scripts/gpu.sh` brings. Or measure the CPU with --cpu-allowed.";

/** The adapter. Throws a CommandError where there is none, where its driver does not answer in time, and where it is a CPU that is not allowed. */
export async function requireAdapter(running: Running, seconds: number, cpuAllowed: boolean, signal: AbortSignal): Promise<AdapterFacts> {
  const { state, why, result } = await endWithin(running, seconds * 1000, signal);
  if (state !== "done") throw new CommandError(state === "cut" ? `The GPU's driver gave no answer: ${why}` : (why as string), HELP);
  const facts = result as AdapterFacts;
  for (const line of describeFacts(facts)) notify(line);
  if (facts.adapter.software && !cpuAllowed) throw new CommandError("No GPU was found, only a CPU adapter (above)", HELP);
  return facts;
}

/** Does it all; `start` starts processes. Resolves to the exit code. Throws a CommandError before the first step only. */
export async function runGpu(options: GpuOptions, start: Start, signal: AbortSignal): Promise<number> {
  const { minutes, runtime, weights, out, cpuAllowed = false, force = false } = options;
  const began = performance.now() - process.uptime() * 1000;
  if (runtime === "chrome" && !IS_CLONE) throw new CommandError("Chrome's parts are not in this pack", "Leave out --runtime chrome.");
  const paths = FILES.map((name) => join(out, name));
  const outputs = await Outputs.checkPaths(paths, weights === undefined ? [] : [weights], { out, force });
  const scratch = makeRunFolder(tmpdir(), "relabel-gpu");
  const orderOf = (step: Order["step"]): Order => ({ step, runtime, weights, scratch });
  try {
    const search = Math.max(ADAPTER_SECONDS - process.uptime(), LEAST_ADAPTER_SECONDS);
    const facts = await requireAdapter(start(orderOf("adapter"), notify), search, cpuAllowed, signal);
    const report: GpuReport = {
      ...{ schema: GPU_SCHEMA, version: 1, date: new Date().toISOString(), revision: packedRevision() ?? (await revision()) },
      ...{ minutes, runtime: runtime === "node" ? `Node.js ${process.versions.node}` : "Chrome", facts, steps: [] },
    };
    const noPeers = await withoutPeers();
    const steps = STEPS.map((step) => (step.name === "peers" && noPeers !== undefined ? { ...step, impossible: noPeers } : step));
    report.steps = await runPlan(steps, (name) => start(orderOf(name), (line) => notify(`${name}: ${line}`)), {
      deadline: began + minutes * 60_000 - MARGIN,
      signal,
      onBegin: ({ title }, seconds) => notify(`${title}, at most ${Math.round(seconds)} s`),
      async onEnd(ended) {
        report.steps = ended;
        const files = filesOf(report, out);
        // Files of an earlier run would seem to belong to this one.
        const stale = paths.filter((path) => !files.has(path));
        await outputs.write(files, stale);
        const { title, state, why } = ended.at(-1) as StepReport;
        notify(`${title}: ${state}${why === undefined ? "" : ` (${why})`}`);
      },
    });
    printLine(gpuToMarkdown(report));
    notify(`Written to ${out}: ${[...filesOf(report, out).keys()].join(", ")}`);
    return isWrong(report) ? EXIT_FAULT : isIncomplete(report) ? EXIT_INCOMPLETE : 0;
  } finally {
    removeRunFolder(scratch);
  }
}

/** The commit that `scripts/gpu.sh` packed; undefined in a clone. */
function packedRevision(): string | undefined {
  return JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).revision;
}
