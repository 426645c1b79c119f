import { describe, expect, test } from "vitest";
import { accountFor, alignClocks, gapsOf, type Profile, totalsBy } from "../../src/engine/profile.ts";
import { traceOf } from "../../src/engine/trace.ts";
import { PROFILE, span } from "../support/profile-case.ts";

describe("totals", () => {
  test("sum time, rates and shares of what shares a name, longest first", () => {
    const [conv, score, ...rest] = totalsBy(PROFILE.spans, ({ kernel }) => kernel);
    expect(conv).toMatchObject({ name: "conv", dispatches: 2, milliseconds: 6, share: 0.6 });
    expect(score).toMatchObject({ name: "score", dispatches: 1, milliseconds: 4, share: 0.4 });
    expect([conv?.gflops, conv?.gigabytes].map((value) => value?.toFixed(6))).toEqual(["1.333333", "0.666667"]);
    expect(rest).toEqual([]);
    expect(totalsBy(PROFILE.spans, ({ plan, label }) => `${plan} ${label}`)).toHaveLength(3);
  });

  test("of dispatches that a rounded clock saw no time of have no rates and no shares", () => {
    expect(totalsBy([span(0, 1, 1)], ({ kernel }) => kernel)).toMatchObject([{ milliseconds: 0, share: 0, gflops: 0, gigabytes: 0 }]);
  });
});

describe("gaps", () => {
  test("lie inside a submit or between two", () => {
    expect(gapsOf(PROFILE.spans).map(({ inside, start, end }) => [inside, start / 1e6, end / 1e6])).toEqual([
      [true, 3, 4],
      [false, 8, 12],
    ]);
  });

  test("begin where the last of overlapping kernels ends, whatever the order", () => {
    const spans = [span(1, 9, 10), span(0, 0, 6), span(0, 2, 3)];
    expect(gapsOf(spans)).toMatchObject([{ inside: false, start: 6e6, end: 9e6 }]);
    expect(accountFor({ ...PROFILE, spans })).toMatchObject({ kernels: 7, insideSubmits: 0, betweenSubmits: 3, outside: 20 });
  });
});

describe("the account", () => {
  test("splits the wall time, and the time between submits by what the CPU did", () => {
    const { waits, cpu, ...parts } = accountFor(PROFILE);
    expect(parts).toEqual({ kernels: 10, insideSubmits: 1, betweenSubmits: 4, outside: 15, disagreement: 0 });
    expect(cpu).toEqual({ record: 1.5 });
    // The gap is 18 to 22 by the CPU's clock.
    expect(Object.keys(waits).sort()).toEqual(["other", "read back", "record"]);
    expect(waits.record).toBeCloseTo(1, 9);
    expect(waits["read back"]).toBeCloseTo(2, 9);
    expect(waits.other).toBeCloseTo(1, 9);
  });

  test("shows by how much the GPU's clock exceeds the CPU's", () => {
    expect(accountFor({ ...PROFILE, wall: 14 })).toMatchObject({ outside: 0, disagreement: -1 });
  });

  test("of nothing is the wall time", () => {
    const { waits, ...parts } = accountFor({ ...PROFILE, spans: [], submits: [], activities: [] });
    expect(parts).toEqual({ kernels: 0, insideSubmits: 0, betweenSubmits: 0, outside: 30, disagreement: 0, cpu: {} });
    expect(waits).toEqual({});
  });
});

describe("the two clocks", () => {
  test("are aligned to within what submits and their ends allow", () => {
    // 21.9 - 12 at least, 18.1 - 8 at most.
    expect(alignClocks(PROFILE)?.offset).toBeCloseTo(10, 9);
    expect(alignClocks(PROFILE)?.error).toBeCloseTo(0.1, 9);
  });

  test("cannot be where a kernel would run before its submit or after the news of its end", () => {
    const submits = [PROFILE.submits[0], { plan: "distil", submitted: 25, done: 26.3 }] as Profile["submits"];
    expect(alignClocks({ ...PROFILE, submits })).toBeUndefined();
    expect(accountFor({ ...PROFILE, submits }).waits).toEqual({});
    expect(traceOf({ ...PROFILE, submits }, "").traceEvents.some(({ pid }) => pid === 2)).toBe(false);
  });
});
