/** What a run on a GPU writes: everything that its steps found as JSON, and for people as Markdown. */
import { join } from "node:path";
import { describe as describeTuning } from "../../src/cli/commands/tune.ts";
import { forMarkdown } from "../../src/cli/escape.ts";
import { asJson } from "../../src/cli/json-file.ts";
import { markdownTable } from "../../src/cli/markdown-table.ts";
import { profileToMarkdown } from "../../src/cli/profile-report.ts";
import { adapterName } from "../../src/faces/all.ts";
import { reportToMarkdown } from "../report/markdown.ts";
import { type GPU_SCHEMA, hasFaults, type Report } from "../report/report.ts";
import type { AdapterFacts, DriverFiles } from "./adapter-facts.ts";
import type { CaseNote, CasesResult } from "./kernel-cases.ts";
import type { StepReport } from "./plan.ts";
import { type NetProfile, type NetTuning, type StepName, TEACHERS_EXPLAINED } from "./steps.ts";

/** What `gpu.json` holds. Results of the benchmark's suites are in files of their own, which `compare` reads: `file` names them. */
export interface GpuReport {
  readonly schema: typeof GPU_SCHEMA;
  readonly version: 1;
  /** ISO 8601. */
  readonly date: string;
  readonly revision: string | undefined;
  /** That it was given. */
  readonly minutes: number;
  readonly runtime: string;
  readonly facts: AdapterFacts;
  steps: readonly StepReport[];
}

const SUITES: readonly StepName[] = ["nets", "variants", "peers"];
const isSuite = ({ name }: StepReport) => SUITES.includes(name);

const traceFile = (teacher: string) => `${teacher}.trace.json`;

/** Every file that a run may write, at most eight. */
export const FILES = ["gpu.json", "gpu.md", ...SUITES.map((name) => `${name}.json`), ...TEACHERS_EXPLAINED.map(traceFile)];

/** The files of a report so far, by path in the folder. */
export function filesOf(report: GpuReport, out: string): Map<string, string> {
  const measured = report.steps.filter((step) => isSuite(step) && step.result !== undefined);
  const profiles = report.steps.flatMap((step) => (step.name === "profile" ? ((step.result as NetProfile[] | undefined) ?? []) : []));
  const files: [string, string][] = [
    ["gpu.json", asJson({ ...report, steps: report.steps.map(inShort) })],
    ["gpu.md", gpuToMarkdown(report)],
    ...measured.map(({ name, result }): [string, string] => [`${name}.json`, asJson(result)]),
    ...profiles.map(({ teacher, trace }): [string, string] => [traceFile(teacher), JSON.stringify(trace)]),
  ];
  return new Map(files.map(([name, content]) => [join(out, name), content]));
}

/** A step without what has a file of its own. */
function inShort({ result, ...step }: StepReport): object {
  if (result === undefined) return step;
  if (isSuite({ ...step })) return { ...step, file: `${step.name}.json` };
  if (step.name !== "profile") return { ...step, result };
  return { ...step, result: (result as NetProfile[]).map(({ trace: _, ...rest }) => ({ ...rest, trace: traceFile(rest.teacher) })) };
}

/** Whether something was wrong, or failed that should not. */
export function isWrong({ steps }: GpuReport): boolean {
  const wrong = (step: StepReport) => {
    if (step.state === "failed") return true;
    if (step.result === undefined) return false;
    return step.name === "kernels" ? (step.result as CasesResult).wrong.length > 0 : isSuite(step) && hasFaults(step.result as Report);
  };
  return steps.some(wrong);
}

/** Whether a step found too little time. One that has nothing to measure here lacks nothing. */
export function isIncomplete({ steps }: GpuReport): boolean {
  return steps.some(({ name, state }) => state === "cut" || (state === "skipped" && name !== "peers"));
}

/** The files by which an adapter was reached, or should have been, a kind a line. */
export function describeFiles({ libraries, descriptions }: DriverFiles): string[] {
  return [`Loader and driver libraries in the process: ${listed(libraries)}`, `Driver descriptions (ICD JSON): ${listed(descriptions)}`];
}

const listed = (items: readonly string[]) => (items.length > 0 ? items.join(", ") : "none found");

/** The adapter and its files, a fact a line. */
export function describeFacts(facts: AdapterFacts): string[] {
  const { adapter, device } = facts;
  const name = `${adapterName(adapter)}${device ? ` (device ${device})` : ""}`;
  return [`Adapter: ${name}${adapter.software ? "; it is the CPU" : ""}`, ...describeFiles(facts)];
}

export function gpuToMarkdown(report: GpuReport): string {
  const { facts, date, revision, minutes, runtime, steps } = report;
  const head = [
    ...describeFacts(facts),
    `Features: ${listed(facts.features)}`,
    `WGSL language features: ${listed(facts.language)}`,
    `Runtime: ${runtime}`,
    `Date: ${date}${revision ? `, revision ${revision}` : ""}; ${minutes} minutes given`,
  ];
  const table = markdownTable(
    ["step", "state", "s", "why"],
    steps.map(({ title, state, seconds, why }) => [title, state, seconds.toFixed(0), why ?? ""]),
    (column) => column !== 2,
  );
  const sections = steps.filter(({ result }) => result !== undefined).map((step) => `## ${step.title}\n\n${describeResult(step)}`);
  return `${["# Run on a GPU", head.map((line) => `- ${forMarkdown(line)}`).join("\n"), table, ...sections].join("\n\n")}\n`;
}

function describeResult({ name, result }: StepReport): string {
  if (name === "kernels") return describeCases(result as CasesResult);
  if (Array.isArray(result) && result.length === 0) return "No net came to its end.";
  if (name === "profile") return (result as NetProfile[]).map(describeProfile).join("\n\n");
  if (name === "tuner") return (result as NetTuning[]).map(describeTuned).join("\n\n");
  return deeper(reportToMarkdown(result as Report).trim());
}

function describeCases({ total, done, wrong, leftOut }: CasesResult): string {
  const table = (title: string, notes: readonly CaseNote[]) =>
    notes.length === 0
      ? []
      : [
          title,
          markdownTable(
            ["kernel", "case", "why"],
            notes.map((note) => [note.kernel, note.name, note.notes.join("; ")]),
            () => true,
          ),
        ];
  const line = `${done} of ${total} cases were run: ${done - wrong.length} right, ${wrong.length} wrong.`;
  return [line, ...table("Wrong:", wrong), ...table("Left out:", leftOut)].join("\n\n");
}

const describeProfile = ({ report, madeUp }: NetProfile) => `${deeper(profileToMarkdown(report))}${madeUp ? "\n- Weights: made up" : ""}`;

function describeTuned({ teacher, madeUp, ...tuning }: NetTuning): string {
  return `### ${teacher}${madeUp ? ", of made-up weights" : ""}\n\n\`\`\`text\n${describeTuning(tuning).join("\n").trim()}\n\`\`\``;
}

/** Headings one level down. */
const deeper = (markdown: string) => markdown.replace(/^#/gm, "##");
