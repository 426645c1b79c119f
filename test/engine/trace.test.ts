import { describe, expect, test } from "vitest";
import type { Profile, Span } from "../../src/engine/profile.ts";
import { profileFile } from "../../src/engine/profile-file.ts";
import { traceOf } from "../../src/engine/trace.ts";
import { PROFILE as PLAIN, span as plainSpan } from "../support/profile-case.ts";
import { checkTraceFormat } from "../support/trace-format.ts";

const TILED = { grid: [2, 3, 1] as Span["grid"], constants: { TILE: 4 } };
const span = (...[submit, start, end, more]: Parameters<typeof plainSpan>) => plainSpan(submit, start, end, { ...TILED, ...more });

/** With constants, a replayed dispatch, and work inside of other work. */
const PROFILE: Profile = {
  ...PLAIN,
  spans: [span(0, 1, 3), span(0, 4, 8, { label: "other layer" }), span(1, 12, 16, { plan: "distil", kernel: "score", replayed: 3e6 })],
  activities: [{ label: "outer", kind: "work", start: 19, end: 20.5 }, ...PLAIN.activities],
};

/** Passes that overlap in part, as those of one submit may on a GPU, and out of order. */
const OVERLAPPING: Profile = {
  ...PROFILE,
  spans: [span(0, 4, 8), span(0, 1, 5), span(0, 6, 9), span(1, 7, 16, { plan: "distil" })],
};

const ABOUT = {
  ...{ command: "explain", image: "cat.jpg", teacher: "toy", runtime: "Node", date: "2026-01-02T03:04:05Z" },
  adapter: { vendor: "v", architecture: "a", description: "d", software: false },
};

const track = ({ traceEvents }: ReturnType<typeof traceOf>, name: string) => {
  const [{ pid, tid } = { pid: 0, tid: 0 }] = traceEvents.filter(({ ph, args }) => ph === "M" && args?.name === name);
  return traceEvents.filter((event) => event.ph === "X" && event.pid === pid && event.tid === tid);
};

describe("the trace", () => {
  test.each([
    ["a profile", PROFILE],
    ["passes that overlap", OVERLAPPING],
    ["clocks that cannot be aligned", { ...PROFILE, submits: PROFILE.submits.map((submit) => ({ ...submit, submitted: 29 })) }],
    ["nothing", { ...PROFILE, spans: [], submits: [], activities: [] }],
  ])("is in the Trace Event Format: %s", (_, profile) => {
    checkTraceFormat(traceOf(profile, "adapter"));
    checkTraceFormat(profileFile(profile, ABOUT));
  });

  test("has ordered events, which begin at 0 or later", () => {
    const times = traceOf(PROFILE, "").traceEvents.flatMap(({ ts }) => ts ?? []);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times[0]).toBeGreaterThanOrEqual(0);
  });

  test("has tracks of passes, stages and submits that keep the gaps, on the CPU's clock", () => {
    const trace = traceOf(PROFILE, "adapter");
    const passes = track(trace, "compute passes");
    expect(passes).toMatchObject([
      {
        name: "layer",
        cat: "conv",
        args: { plan: "teacher", kernel: "conv", flops: 4e6, bytes: 2e6, grid: [2, 3, 1], constants: { TILE: 4 } },
      },
      { name: "other layer" },
      { name: "layer", cat: "score", args: { replayed: 3e6 } },
    ]);
    expect(passes.map(({ ts, dur }) => [ts, dur].map((value) => Math.round(value as number)))).toEqual([
      [11_000, 2000],
      [14_000, 4000],
      [22_000, 4000],
    ]);
    expect(track(trace, "stages").map(({ name, dur }) => [name, dur])).toEqual([
      ["teacher", 7000],
      ["distil", 4000],
    ]);
    expect(track(trace, "submits")).toHaveLength(2);
  });

  test("has passes that overlap on threads of their own", () => {
    const trace = traceOf(OVERLAPPING, "adapter");
    const lengths = (name: string) => track(trace, name).map(({ dur }) => dur);
    expect(lengths("compute passes")).toEqual([4000, 3000]);
    expect(lengths("compute passes 2")).toEqual([4000]);
    expect(lengths("compute passes 3")).toEqual([9000]);
    expect([lengths("stages"), lengths("stages 2")]).toEqual([[8000], [9000]]);
  });

  test("shows what the CPU did and waited for, and submits in the queue", () => {
    const cpu = traceOf(PROFILE, "").traceEvents.filter(({ pid, ph }) => pid === 2 && ph !== "M");
    expect(cpu.filter(({ ph }) => ph === "X").map(({ name }) => name)).toEqual(["record", "outer", "record"]);
    const begun = cpu.filter(({ ph }) => ph === "b").map(({ name, cat }) => `${cat}: ${name}`);
    expect(begun.sort()).toEqual(["in the queue: distil", "in the queue: teacher", "wait: read back"]);
  });

  test("as a file holds the profile and where it was made, as plain data", () => {
    const { otherData, traceEvents } = JSON.parse(JSON.stringify(profileFile(PROFILE, ABOUT)));
    expect(otherData).toEqual({ schema: "relabel-trace", version: 1, about: ABOUT, profile: PROFILE });
    expect(traceEvents).toEqual(traceOf(PROFILE, "d").traceEvents);
  });
});
