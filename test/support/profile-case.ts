/** A profile of three dispatches, whose sums and gaps are plain to see. */
import type { Profile, Span } from "../../src/engine/profile.ts";

const MILLISECOND = 1e6;

/** A dispatch from `start` to `end`, in milliseconds. */
export function span(submit: number, start: number, end: number, more: Partial<Span> = {}): Span {
  const named = { plan: "teacher", kernel: "conv", label: "layer", flops: 4e6, bytes: 2e6, grid: [2, 1, 1] as Span["grid"], constants: {} };
  return { ...named, submit, start: start * MILLISECOND, end: end * MILLISECOND, ...more };
}

/**
 * Two submits on a GPU whose clock is 10 ms behind: 1-3, 4-8 | 12-16; then CPU work in part of the gap between them (18-22 by the CPU's
 * clock) and a wait around it.
 */
export const PROFILE: Profile = {
  began: 0,
  wall: 30,
  clock: { mode: "exact", step: 1 },
  replayed: false,
  lost: 0,
  spans: [span(0, 1, 3), span(0, 4, 8, { label: "other layer" }), span(1, 12, 16, { plan: "distil", kernel: "score" })],
  submits: [
    { plan: "teacher", submitted: 10.9, done: 18.1 },
    { plan: "distil", submitted: 21.9, done: 26.3 },
  ],
  activities: [
    { label: "read back", kind: "wait", start: 17, end: 21 },
    { label: "record", kind: "work", start: 19, end: 20 },
    { label: "record", kind: "work", start: 2, end: 2.5 },
  ],
};
