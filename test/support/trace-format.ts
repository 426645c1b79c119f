import { expect } from "vitest";
import type { TraceEvent } from "../../src/engine/trace.ts";

const PHASES = ["M", "X", "b", "e"];
/** What the format knows of processes and threads. */
const METADATA = ["process_name", "thread_name"];
/** Microseconds within which sums of floating-point numbers are equal. */
const EQUAL = 1e-6;

/** Fails where the events are not as Chrome's Trace Event Format has them. */
export function checkTraceFormat(file: unknown): void {
  const { traceEvents, displayTimeUnit } = JSON.parse(JSON.stringify(file)) as { traceEvents: TraceEvent[]; displayTimeUnit: unknown };
  expect(["ms", "ns"]).toContain(displayTimeUnit);
  const timed = traceEvents.filter(({ ph }) => ph !== "M");
  for (const { name, ph, pid } of traceEvents) {
    expect(PHASES).toContain(ph);
    expect(typeof name).toBe("string");
    expect(Number.isInteger(pid)).toBe(true);
  }
  for (const { cat, ts, tid } of timed) {
    expect(typeof cat).toBe("string");
    expect(Number.isFinite(ts)).toBe(true);
    expect(Number.isInteger(tid)).toBe(true);
  }
  for (const { ph, name, tid, args } of traceEvents.filter((event) => event.ph === "M")) {
    expect([ph, METADATA.includes(name), typeof args?.name]).toEqual(["M", true, "string"]);
    if (name === "thread_name") expect(Number.isInteger(tid)).toBe(true);
  }
  checkNames(traceEvents, timed);
  checkNesting(timed);
  checkPairs(timed);
}

/** Every process and thread has a name, and only one. */
function checkNames(traceEvents: readonly TraceEvent[], timed: readonly TraceEvent[]): void {
  const placeOf = ({ name, pid, tid }: TraceEvent) => (name === "process_name" ? `${pid}` : `${pid}/${tid}`);
  const named = traceEvents.filter(({ ph }) => ph === "M").map(placeOf);
  expect(named).toHaveLength(new Set(named).size);
  for (const { pid, tid } of timed) expect(named).toEqual(expect.arrayContaining([`${pid}`, `${pid}/${tid}`]));
}

/** Complete events of a thread lie inside each other, or apart. */
function checkNesting(timed: readonly TraceEvent[]): void {
  const complete = timed.filter(({ ph }) => ph === "X");
  eachGroup(
    complete,
    ({ pid, tid }) => `${pid}/${tid}`,
    (events, thread) => {
      const open: number[] = [];
      for (const { ts = 0, dur = Number.NaN } of events) {
        expect(dur, thread).toBeGreaterThanOrEqual(0);
        while (open.length > 0 && (open.at(-1) as number) <= ts + EQUAL) open.pop();
        expect(ts + dur, thread).toBeLessThanOrEqual((open.at(-1) ?? Number.POSITIVE_INFINITY) + EQUAL);
        open.push(ts + dur);
      }
    },
  );
}

/** Asynchronous events begin and end once, under the same category, id and name. */
function checkPairs(timed: readonly TraceEvent[]): void {
  const halves = timed.filter(({ ph }) => ph === "b" || ph === "e");
  eachGroup(
    halves,
    ({ cat, id, pid }) => `${pid} ${cat} ${id}`,
    (events, key) => {
      const phases = events.map(({ ph }) => ph);
      expect(phases, key).toEqual(["b", "e"]);
      const [begin, end] = events as [TraceEvent, TraceEvent];
      expect(begin.id, key).toBeTypeOf("number");
      expect(end.name, key).toBe(begin.name);
      expect(end.ts as number, key).toBeGreaterThanOrEqual(begin.ts as number);
    },
  );
}

function eachGroup(
  events: readonly TraceEvent[],
  keyOf: (event: TraceEvent) => string,
  check: (group: readonly TraceEvent[], key: string) => void,
): void {
  for (const key of new Set(events.map(keyOf))) {
    check(
      events.filter((event) => keyOf(event) === key),
      key,
    );
  }
}
