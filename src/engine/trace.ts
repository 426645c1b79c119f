/** Turns a profile into a file for trace viewers. */
import { alignClocks, mergeSpans, type Profile, type Span, type Submit } from "./profile.ts";

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
/** The CPU's only thread. */
const WORK = 1;
/** Threads of the GPU's process that one track may fill: where spans overlap, since those of a thread must not. */
const LANES = 10;

/**
 * A profile as a trace that Perfetto and Chrome's performance panel open: compute passes, stages (the runs of a plan, gaps included) and
 * submits as the GPU saw them; and, where the two clocks can be aligned, TypeScript's work, what it waited for, and submits in the queue.
 */
export function traceOf(profile: Profile, adapter: string): { traceEvents: TraceEvent[]; displayTimeUnit: "ns" } {
  const clocks = alignClocks(profile);
  const shift = (clocks?.offset ?? 0) * 1e3;
  const { spans } = profile;
  const stages = mergeSpans(spans, (a, b) => a.plan === b.plan);
  const submits = mergeSpans(spans, (a, b) => a.submit === b.submit);
  const names: Record<number, string> = {};
  const events = [
    ...lay(1, "compute passes", spans, ({ label, kernel: cat, plan, flops, bytes, grid, constants, replayed }) => {
      const args = { plan, kernel: cat, flops, bytes, grid, constants, ...(replayed === undefined ? {} : { replayed }) };
      return { name: label, cat, args };
    }),
    ...lay(2, "stages", stages, ({ plan }) => ({ name: plan, cat: "run" })),
    ...lay(3, "submits", submits, ({ plan, submit }) => ({ name: `${plan} ${submit}`, cat: "run" })),
    ...(clocks ? cpuEvents(profile) : []),
  ];
  // Stable: an event that begins with another one comes after the one that holds it.
  events.sort((a, b) => (a.ts as number) - (b.ts as number));
  const processes = [
    ...nameProcess(GPU, adapter || "GPU", names),
    ...(clocks ? nameProcess(CPU, `CPU (aligned to ${clocks.error.toFixed(2)} ms)`, { [WORK]: "TypeScript" }) : []),
  ];
  return { traceEvents: [...processes, ...events], displayTimeUnit: "ns" };

  /** A track of the GPU, named in `names`; spans that overlap lie on threads of their own. */
  function lay(track: number, title: string, spans: readonly Span[], describe: (span: Span) => Pick<TraceEvent, "name" | "cat" | "args">) {
    const ends: number[] = [];
    names[track * LANES] = title;
    return [...spans]
      .sort((a, b) => a.start - b.start)
      .map((span): TraceEvent => {
        const { start, end } = span;
        const free = ends.findIndex((before) => before <= start);
        const lane = Math.min(free < 0 ? ends.length : free, LANES - 1);
        ends[lane] = end;
        const tid = track * LANES + lane;
        names[tid] ??= `${title} ${lane + 1}`;
        return { ...describe(span), ph: "X", pid: GPU, tid, ts: start / 1e3 + shift, dur: (end - start) / 1e3 };
      });
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
