/** What a profile holds, and the sums that reports make of it: by kernel, by stage, by where the time went. */
import type { Clock } from "./clock.ts";

/** One dispatch as it was timed: GPU nanoseconds since the profile's first timestamp. */
export interface Span {
  plan: string;
  kernel: string;
  label: string;
  /** Index into the profile's submits. */
  submit: number;
  start: number;
  end: number;
  flops: number;
  /** Of the bound tensors as a whole: an upper bound where a dispatch touches a part of one. */
  bytes: number;
  /** Workgroups in x, y and z. */
  grid: [x: number, y: number, z: number];
  /** What replaces the kernel's own constants, such as the size of a tile. */
  constants: Record<string, number | string>;
  /**
   * Nanoseconds of one run among many of the same, after the work; those in the work where they are a hundred steps of the clock or more.
   * Absent where this dispatch was not replayed.
   */
  replayed?: number;
}

/** Commands on their way through the queue: milliseconds since the profile began. */
export interface Submit {
  plan: string;
  submitted: number;
  /** When the news came that the work is done. */
  done: number;
}

/** What the CPU did, or waited for while it had nothing to do: milliseconds since the profile began. */
export interface Activity {
  label: string;
  kind: "work" | "wait";
  start: number;
  end: number;
}

/** Everything that was measured of some work, as plain data; functions make tables and traces of it. */
export interface Profile {
  /** When it began, in milliseconds of `performance.now()`. */
  began: number;
  /** Milliseconds from the beginning to the end of the work by the CPU's clock. */
  wall: number;
  /** The GPU's. */
  clock: Clock;
  spans: Span[];
  submits: Submit[];
  activities: Activity[];
  /**
   * Whether dispatches were replayed after the work, because the clock is too coarse for single ones. What they took then is what sums by
   * name count; beginnings and ends are those of the work itself.
   */
  replayed: boolean;
  /** Dispatches whose timestamps make no sense, which the specification allows; they have no span. */
  lost: number;
}

/** Dispatches with a property in common. */
export interface Total {
  name: string;
  dispatches: number;
  /** Of GPU time. */
  milliseconds: number;
  /** Of the GPU time of all dispatches. */
  share: number;
  gflops: number;
  gigabytes: number;
}

/** Nanoseconds of a dispatch: as replayed, where it was. */
export function timeOf({ start, end, replayed }: Span): number {
  return replayed ?? end - start;
}

/** Milliseconds of all dispatches in the work itself and as replayed, and the number of those that were not replayed. */
export function replaySums(spans: readonly Span[]): { run: number; replayed: number; left: number } {
  const run = spans.reduce((sum, { start, end }) => sum + end - start, 0) / 1e6;
  const replayed = spans.reduce((sum, span) => sum + timeOf(span), 0) / 1e6;
  return { run, replayed, left: spans.filter((span) => span.replayed === undefined).length };
}

/** Dispatches by the name that they share, in the order in which names first appear. */
export function spansBy(spans: readonly Span[], nameOf: (span: Span) => string): Map<string, Span[]> {
  const groups = new Map<string, Span[]>();
  for (const span of spans) {
    const group = groups.get(nameOf(span));
    if (group) group.push(span);
    else groups.set(nameOf(span), [span]);
  }
  return groups;
}

/** Sums of the dispatches that share a name; longest first. */
export function totalsBy(spans: readonly Span[], nameOf: (span: Span) => string): Total[] {
  const sum = (group: readonly Span[], value: (span: Span) => number) => group.reduce((total, span) => total + value(span), 0);
  const all = sum(spans, timeOf);
  return [...spansBy(spans, nameOf)]
    .map(([name, group]) => {
      const nanoseconds = sum(group, timeOf);
      const rate = (value: (span: Span) => number) => (nanoseconds > 0 ? sum(group, value) / nanoseconds : 0);
      return {
        ...{ name, dispatches: group.length, milliseconds: nanoseconds / 1e6, share: all > 0 ? nanoseconds / all : 0 },
        ...{ gflops: rate(({ flops }) => flops), gigabytes: rate(({ bytes }) => bytes) },
      };
    })
    .sort((a, b) => b.milliseconds - a.milliseconds);
}

/** A dispatch's stage and layer, and the kernel where the layer is not called after it. */
export function layerOf({ plan, label, kernel }: Span): string {
  return `${plan}: ${label}${label === kernel ? "" : ` (${kernel})`}`;
}

/** Spans that follow each other and belong together, as one from their first start to their last end. */
export function mergeSpans(spans: readonly Span[], together: (a: Span, b: Span) => boolean): Span[] {
  const runs: Span[] = [];
  for (const span of spans) {
    const last = runs.at(-1);
    if (last && together(last, span)) {
      last.start = Math.min(last.start, span.start);
      last.end = Math.max(last.end, span.end);
    } else runs.push({ ...span });
  }
  return runs;
}

/** A time in which the GPU had no kernel to run, in its nanoseconds. */
export interface Gap {
  /** Whether the kernels before and after it are of one submit. */
  inside: boolean;
  start: number;
  end: number;
}

/** The gaps between kernels, in order. */
export function gapsOf(spans: readonly Span[]): Gap[] {
  const [first, ...rest] = [...spans].sort((a, b) => a.start - b.start);
  const gaps: Gap[] = [];
  let last = first;
  for (const span of rest) {
    const { end, submit } = last as Span;
    if (span.start > end) gaps.push({ inside: span.submit === submit, start: end, end: span.start });
    // Kernels may overlap: a gap begins where all have ended.
    if (span.end > end) last = span;
  }
  return gaps;
}

/** Where the wall time went, in milliseconds. The first five add up to it. */
export interface Account {
  /** At least one kernel ran. */
  kernels: number;
  insideSubmits: number;
  betweenSubmits: number;
  /** Before the first kernel, which waits for the photo and its plan, and after the last one, until its result is read. */
  outside: number;
  /** By which the GPU's clock exceeds the CPU's; negative. */
  disagreement: number;
  /** What the CPU did between submits, by label; empty where the two clocks cannot be aligned. */
  waits: Record<string, number>;
  /** CPU time of synchronous TypeScript, at any time, by label. */
  cpu: Record<string, number>;
}

/** Splits a profile's wall time. */
export function accountFor(profile: Profile): Account {
  const { wall, spans, activities } = profile;
  const gaps = gapsOf(spans);
  const length = (chosen: readonly Gap[]) => chosen.reduce((sum, { start, end }) => sum + end - start, 0) / 1e6;
  const between = gaps.filter(({ inside }) => !inside);
  const [inside, outer] = [length(gaps.filter((gap) => gap.inside)), length(between)];
  const extent = gpuExtent(spans);
  const cpu: Record<string, number> = {};
  for (const { label, kind, start, end } of activities) if (kind === "work") cpu[label] = (cpu[label] ?? 0) + end - start;
  return {
    ...{ kernels: extent - inside - outer, insideSubmits: inside, betweenSubmits: outer },
    ...{ outside: Math.max(0, wall - extent), disagreement: Math.min(0, wall - extent) },
    ...{ waits: waitsIn(profile, between), cpu },
  };
}

/** Milliseconds from the start of the first kernel to the end of the last. */
function gpuExtent(spans: readonly Span[]): number {
  if (spans.length === 0) return 0;
  const [start, end] = spans.reduce(([low, high], span) => [Math.min(low, span.start), Math.max(high, span.end)], [Infinity, -Infinity]);
  return (end - start) / 1e6;
}

/** Milliseconds by which both clocks may seem to disagree for their rounding. */
const ROUNDING = 0.2;

/**
 * Milliseconds to add to the GPU's for the CPU's, from what must be so: no submit starts before it was submitted, or ends after the news of
 * its end. `error` is how far off that may be. Undefined where no number satisfies all submits.
 */
export function alignClocks({ spans, submits, clock }: Profile): { offset: number; error: number } | undefined {
  let [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (const span of spans) {
    const { submitted, done } = submits[span.submit] as Submit;
    low = Math.max(low, submitted - span.start / 1e6);
    high = Math.min(high, done - span.end / 1e6);
  }
  const tolerance = ROUNDING + (2 * clock.step) / 1e6;
  if (!Number.isFinite(low + high) || low > high + tolerance) return undefined;
  return { offset: (low + high) / 2, error: Math.abs(high - low) / 2 };
}

/** What the CPU did in these gaps: each moment counts for what it worked on, else for what it waited for, else for "other". */
function waitsIn(profile: Profile, gaps: readonly Gap[]): Record<string, number> {
  const clocks = alignClocks(profile);
  const waits: Record<string, number> = {};
  if (!clocks) return waits;
  for (const gap of gaps) {
    const [start, end] = [gap.start / 1e6 + clocks.offset, gap.end / 1e6 + clocks.offset];
    const near = profile.activities.filter((activity) => activity.start < end && activity.end > start);
    const cuts = [start, end, ...near.flatMap((activity) => [activity.start, activity.end])].filter((cut) => cut >= start && cut <= end);
    cuts.sort((a, b) => a - b);
    for (const [index, cut] of cuts.slice(1).entries()) {
      const middle = (cut + (cuts[index] as number)) / 2;
      const running = near.filter((activity) => activity.start <= middle && activity.end >= middle);
      const label = (running.find(({ kind }) => kind === "work") ?? running[0])?.label ?? "other";
      waits[label] = (waits[label] ?? 0) + cut - (cuts[index] as number);
    }
  }
  return waits;
}
