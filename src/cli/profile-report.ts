/** Turns a measured profile into the report of `profile`: as data, and as text for people. */
import {
  type Account,
  accountFor,
  describeCeilings,
  layerOf,
  type Profile,
  type ProfileAbout,
  replaySums,
  STUDENT_PLANS,
  type Total,
  totalsBy,
} from "../faces/all.ts";
import { describeAdapter } from "./command.ts";
import { forMarkdown } from "./escape.ts";
import { markdownTable } from "./markdown-table.ts";
import { percent } from "./progress.ts";

/** What `profile` writes as NAME.profile.json. Times in milliseconds. */
export interface ProfileReport extends ProfileAbout {
  schema: "relabel-profile";
  clock: Profile["clock"];
  wall: number;
  account: Account;
  /** Share of the time from the first kernel to the last in which one ran. */
  occupancy: number;
  /** Share of the GPU time that is the student's, where there is one. */
  student?: number;
  submits: number;
  lost: number;
  /** Whether kernels, stages and layers have the times of dispatches as replayed after the run. */
  replayed: boolean;
  /** Where they have: GPU time in the run itself and as replayed, and the number of dispatches that were not replayed. */
  replay?: ReturnType<typeof replaySums>;
  kernels: Total[];
  stages: Total[];
  layers: Total[];
}

/** Layers that are printed; the JSON has all. */
const PRINTED_LAYERS = 15;
/** Of the wall time, of what is named in it. */
const LEAST_SHARE = 0.0005;

/** All that can be said of a profile; `about` is where it was made. */
export function makeProfileReport(profile: Profile, about: ProfileAbout): ProfileReport {
  const { wall, clock, lost, spans, submits, replayed } = profile;
  const account = accountFor(profile);
  const { kernels, insideSubmits, betweenSubmits } = account;
  const stages = totalsBy(spans, ({ plan }) => plan);
  const students = stages.filter(({ name }) => STUDENT_PLANS.includes(name));
  const student = students.reduce((sum, { share }) => sum + share, 0);
  return {
    ...{ schema: "relabel-profile", ...about, clock, wall, account },
    ...{ occupancy: kernels / (kernels + insideSubmits + betweenSubmits), submits: submits.length, lost, replayed },
    ...(replayed ? { replay: replaySums(spans) } : {}),
    ...(students.length > 0 ? { student } : {}),
    ...{ kernels: kernelTotals(profile), stages },
    layers: totalsBy(spans, layerOf),
  };
}

function kernelTotals({ spans }: Profile): Total[] {
  return totalsBy(spans, ({ kernel }) => kernel);
}

/** The table of kernels alone. */
export function kernelTable(profile: Profile): string {
  return totalsTable("kernel", kernelTotals(profile), profile);
}

/** The report as Markdown whose columns also stand under each other in plain text. */
export function profileToMarkdown(report: ProfileReport): string {
  const { image, command, teacher, method, samples, settings, runtime, clock, ceilings, kernels, stages, layers } = report;
  const drawn = settings ? `; ${method}, ${samples} samples${settings.batch === undefined ? "" : ` in batches of ${settings.batch}`}` : "";
  const step = clock.step < 1000 ? `${clock.step} ns` : `${clock.step / 1000} us`;
  return [
    `## Profile of ${command} ${forMarkdown(image)}`,
    [
      `- ${forMarkdown(describeAdapter(report.adapter))}`,
      `- Runtime: ${forMarkdown(runtime)}`,
      `- Teacher: ${forMarkdown(teacher + drawn)}`,
      `- GPU clock: ${clock.mode}, in steps of ${step}${report.lost ? `; ${report.lost} dispatches could not be timed` : ""}`,
      ...(report.replay ? [replayLine(report.replay)] : []),
      ...(ceilings ? [`- Ceilings of this adapter: ${describeCeilings(ceilings)}`] : []),
    ].join("\n"),
    totalsTable("kernel", kernels, report),
    totalsTable("stage", stages, report),
    totalsTable(
      `layer (the ${Math.min(PRINTED_LAYERS, layers.length)} longest of ${layers.length})`,
      layers.slice(0, PRINTED_LAYERS),
      report,
    ),
    wallLines(report).join("\n"),
  ].join("\n\n");
}

/** What the times in the tables are, where the clock was too coarse for the run's own. */
function replayLine({ run, replayed, left }: NonNullable<ProfileReport["replay"]>): string {
  const rest = left > 0 ? `; ${left} dispatches could not be replayed and have the run's own times` : "";
  return (
    "- Replayed: the clock is too coarse for single kernels, so each dispatch ran many times more after the run. Together " +
    `${replayed.toFixed(2)} ms, in the run itself ${run.toFixed(2)} ms${rest}`
  );
}

/** Where the wall time went. */
function wallLines({ wall, account, occupancy, student, submits }: ProfileReport): string[] {
  const share = (milliseconds: number) => percent(milliseconds / wall);
  const list = (parts: Record<string, number>) => {
    const longest = Object.entries(parts)
      .filter(([, value]) => value / wall >= LEAST_SHARE)
      .sort(([, a], [, b]) => b - a);
    return longest.length > 0 ? ` (${longest.map(([label, value]) => `${label} ${share(value)}`).join(", ")})` : "";
  };
  const cpu = Object.values(account.cpu).reduce((sum, value) => sum + value, 0);
  return [
    `- Wall time ${wall.toFixed(0)} ms in ${submits} submits: kernels ${share(account.kernels)}, gaps between kernels ${share(account.insideSubmits)}, ` +
      `between submits ${share(account.betweenSubmits)}${list(account.waits)}, unaccounted ${share(account.outside - account.disagreement)}`,
    `- CPU time in TypeScript: ${share(cpu)} of the run${list(account.cpu)}`,
    `- GPU occupancy from the first kernel to the last: ${percent(occupancy)}`,
    ...(student === undefined ? [] : [`- Student: ${percent(student)} of the explanation's GPU time`]),
  ];
}

function totalsTable(
  title: string,
  totals: readonly Total[],
  { replayed, ceilings }: Pick<ProfileReport, "replayed" | "ceilings">,
): string {
  const of = (value: number, ceiling: number | undefined) => (ceiling === undefined ? [] : [percent(value / ceiling)]);
  const head = [
    ...[title, "dispatches", replayed ? "ms, replayed" : "ms", "share", "GFLOP/s"],
    ...(ceilings ? ["of ceiling", "GB/s", "of copy"] : ["GB/s"]),
  ];
  const rows = totals.map(({ name, dispatches, milliseconds, share, gflops, gigabytes }) => [
    ...[name, String(dispatches), milliseconds.toFixed(2), percent(share)],
    ...[gflops.toFixed(2), ...of(gflops, ceilings?.gflops), gigabytes.toFixed(2), ...of(gigabytes, ceilings?.gigabytes)],
  ]);
  return markdownTable(head, rows);
}
