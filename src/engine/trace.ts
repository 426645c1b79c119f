/** Turns a profile into a file for trace viewers. */
import { alignClocks, type Profile, type Span, type Submit } from "./profile.ts";

/** An event of Chrome's trace event format; times in microseconds. */
export interface TraceEvent {
  name: string;
  ph: "M" | "X" | "b" | "e";
  pid: number;
  tid?: number;
  cat?: string;
  id?: number;
  ts?: number;
  dur?: number;
  args?: Record<string, unknown>;
}

const GPU = 1;
const CPU = 2;
const PASSES = 1;
const STAGES = 2;
const SUBMITS = 3;
const WORK = 1;

/**
 * A profile as a trace that Perfetto and Chrome's performance panel open: compute passes, stages (the runs of a plan, gaps included) and
 * submits as the GPU saw them; and, where the two clocks can be aligned, TypeScript's work, what it waited for, and submits in the queue.
 */
export function traceOf(profile: Profile, adapter: string): { traceEvents: TraceEvent[]; displayTimeUnit: "ns" } {
  const clocks = alignClocks(profile);
  const shift = (clocks?.offset ?? 0) * 1e3;
  const microseconds = (nanoseconds: number) => nanoseconds / 1e3 + shift;
  const names = [
    ...nameProcess(GPU, adapter || "GPU", { [PASSES]: "compute passes", [STAGES]: "stages", [SUBMITS]: "submits" }),
    ...(clocks ? nameProcess(CPU, `CPU (aligned to ${clocks.error.toFixed(2)} ms)`, { [WORK]: "TypeScript" }) : []),
  ];
  const passes = profile.spans.map((span) =>
    complete(span, PASSES, span.label, { plan: span.plan, kernel: span.kernel, flops: span.flops, bytes: span.bytes }),
  );
  const events = [
    ...passes,
    ...merge(profile.spans, (a, b) => a.plan === b.plan).map((run) => complete(run, STAGES, run.plan)),
    ...merge(profile.spans, (a, b) => a.submit === b.submit).map((run) => complete(run, SUBMITS, `${run.plan} ${run.submit}`)),
    ...(clocks ? cpuEvents(profile) : []),
  ];
  // Stable: an event that begins with another one comes after the one that holds it.
  events.sort((a, b) => (a.ts as number) - (b.ts as number));
  return { traceEvents: [...names, ...events], displayTimeUnit: "ns" };

  function complete({ kernel, start, end }: Span, tid: number, name: string, args?: TraceEvent["args"]): TraceEvent {
    const ts = microseconds(start);
    return { name, cat: tid === PASSES ? kernel : "run", ph: "X", pid: GPU, tid, ts, dur: (end - start) / 1e3, ...(args ? { args } : {}) };
  }
}

/**
 * Adds every dispatch to the performance timeline by `performance.measure`, named after its label, where Chrome's performance panel shows
 * them as a track. Returns the measures: none where the clocks of GPU and CPU cannot be aligned.
 */
export function measureProfile(profile: Profile): PerformanceMeasure[] {
  const clocks = alignClocks(profile);
  if (!clocks) return [];
  return profile.spans.map(({ plan, kernel, label, start, end, flops, bytes }) => {
    const devtools = { dataType: "track-entry", trackGroup: "relabel", track: "GPU" };
    return performance.measure(label, {
      start: Math.max(0, profile.began + clocks.offset + start / 1e6),
      duration: (end - start) / 1e6,
      detail: { plan, kernel, flops, bytes, devtools },
    });
  });
}

function nameProcess(pid: number, name: string, threads: Record<number, string>): TraceEvent[] {
  const process = { name: "process_name", ph: "M" as const, pid, args: { name } };
  return [
    process,
    ...Object.entries(threads).map(([tid, thread]) => ({
      ...{ name: "thread_name", ph: "M" as const, pid, tid: Number(tid), args: { name: thread } },
    })),
  ];
}

/** Spans that follow each other and belong together, as one from the start of the first to the end of the last. */
function merge(spans: readonly Span[], together: (a: Span, b: Span) => boolean): Span[] {
  const runs: Span[] = [];
  for (const span of spans) {
    const last = runs.at(-1);
    if (last && together(last, span)) last.end = Math.max(last.end, span.end);
    else runs.push({ ...span });
  }
  return runs;
}

/** TypeScript's work on one track, and each wait and submit on another one, since they may overlap. */
function cpuEvents({ activities, submits }: Profile): TraceEvent[] {
  const work = activities.filter(({ kind }) => kind === "work");
  const waits = activities.filter(({ kind }) => kind === "wait");
  const pair = (cat: string, name: string, id: number, start: number, end: number): TraceEvent[] => [
    { name, cat, ph: "b", pid: CPU, tid: WORK, id, ts: start * 1e3 },
    { name, cat, ph: "e", pid: CPU, tid: WORK, id, ts: Math.max(start, end) * 1e3 },
  ];
  return [
    ...work.map(({ label, start, end }) => ({
      ...{ name: label, cat: "work", ph: "X" as const, pid: CPU, tid: WORK, ts: start * 1e3, dur: (end - start) * 1e3 },
    })),
    ...waits.flatMap(({ label, start, end }, id) => pair("wait", label, id, start, end)),
    ...submits.flatMap(({ plan, submitted, done }: Submit, id) => pair("in the queue", plan, id, submitted, done)),
  ];
}
