/**
 * What the timeline of a profile shows: bars on tracks, and the window on them, which can be moved. Times are nanoseconds: since the profile
 * began, or since its first kernel where the clocks of GPU and CPU cannot be aligned.
 */
import { alignClocks, gapsOf, mergeSpans, type Profile, type Span, totalsBy } from "../../faces/all.ts";

/** How many kernels have a colour of their own: those that take the longest. All others share the next one. */
export const COLOURS = 8;
/** Two colours in turn, for what follows each other and is no kernel. */
const PLAIN = [COLOURS, COLOURS + 1] as const;

/** A stretch of time on a track. */
export interface Bar {
  start: number;
  end: number;
  title: string;
  /** Number of its colour; undefined for a time in which nothing was done. */
  colour: number | undefined;
  /** The dispatch that it stands for. */
  span?: Span;
}

/** Bars in order of their starts. */
export interface Track {
  name: string;
  bars: Bar[];
}

/** The part of the time that is on show. */
export interface Window {
  from: number;
  to: number;
}

/** The shortest window, in nanoseconds. */
const SHORTEST = 1000;

/** The number of every kernel's colour: by the time that it takes, longest first. */
export function coloursOf({ spans }: Profile): Map<string, number> {
  const names = totalsBy(spans, ({ kernel }) => kernel).map(({ name }) => name);
  return new Map(names.map((name, index) => [name, Math.min(index, COLOURS)]));
}

/** Kernels, gaps between them, stages, submits, and what TypeScript did where the two clocks can be aligned. */
export function tracksOf(profile: Profile): Track[] {
  const clocks = alignClocks(profile);
  const shift = (clocks?.offset ?? 0) * 1e6;
  const spans = profile.spans.map((span) => ({ ...span, start: span.start + shift, end: span.end + shift }));
  const colours = coloursOf(profile);
  const kernels = spans.map(
    (span): Bar => ({ start: span.start, end: span.end, title: span.label, colour: colours.get(span.kernel) ?? COLOURS, span }),
  );
  const gaps = gapsOf(spans).map(
    ({ start, end, inside }): Bar => ({ start, end, title: inside ? "gap in a submit" : "gap between submits", colour: undefined }),
  );
  const stages = mergeSpans(spans, (a, b) => a.plan === b.plan).map(
    ({ start, end, plan }, index): Bar => ({ start, end, title: plan, colour: PLAIN[index % 2] }),
  );
  const submits = mergeSpans(spans, (a, b) => a.submit === b.submit).map(
    ({ start, end, plan, submit }, index): Bar => ({ start, end, title: `${submit}: ${plan}`, colour: PLAIN[index % 2] }),
  );
  const work = profile.activities
    .filter(({ kind }) => kind === "work")
    .map(({ label, start, end }): Bar => ({ start: start * 1e6, end: end * 1e6, title: label, colour: COLOURS }));
  return [
    { name: "Kernels", bars: kernels },
    { name: "Gaps", bars: gaps },
    { name: "Stages", bars: stages },
    { name: "Submits", bars: submits },
    ...(clocks ? [{ name: "TypeScript", bars: work }] : []),
  ].map(({ name, bars }) => ({ name, bars: bars.sort((a, b) => a.start - b.start) }));
}

/** All of the time that the tracks show. */
export function extentOf(tracks: readonly Track[]): Window {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { bars } of tracks) {
    for (const { start, end } of bars) [from, to] = [Math.min(from, start), Math.max(to, end)];
  }
  return from < to ? { from, to } : { from: 0, to: SHORTEST };
}

/** The window made longer by `factor`, or shorter where that is below 1; `at` stays where it is, unless the window would leave `extent`. */
export function zoom({ from, to }: Window, extent: Window, factor: number, at: number): Window {
  const all = extent.to - extent.from;
  const length = Math.min(Math.max((to - from) * factor, Math.min(SHORTEST, all)), all);
  return moveInto({ from: at - ((at - from) / (to - from)) * length, to: 0 }, length, extent);
}

/** The window moved by a share of its own length. */
export function pan({ from, to }: Window, extent: Window, share: number): Window {
  return moveInto({ from: from + share * (to - from), to: 0 }, to - from, extent);
}

function moveInto({ from }: Window, length: number, extent: Window): Window {
  const start = Math.min(Math.max(from, extent.from), extent.to - length);
  return { from: start, to: start + length };
}

/** Round times inside the window, about as many as `count`. */
export function ticksOf({ from, to }: Window, count: number): number[] {
  const rough = (to - from) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(from / step);
  return Array.from({ length: Math.max(0, Math.floor(to / step) - first + 1) }, (_, index) => (first + index) * step);
}

/** The bar at a time, or the nearest within `reach` of it. */
export function barAt({ bars }: Track, time: number, reach: number): Bar | undefined {
  const distance = ({ start, end }: Bar) => Math.max(start - time, time - end, 0);
  const near = bars.filter((bar) => distance(bar) <= reach);
  return near.reduce<Bar | undefined>((best, bar) => (best && distance(best) <= distance(bar) ? best : bar), undefined);
}
