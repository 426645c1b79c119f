import { describe, expect, test } from "vitest";
import { type Profile, type Span, totalsBy } from "../../src/faces/all.ts";
import { describeConstants, describeGrid, rowsOf } from "../../src/page/profile/rows.ts";
import { barAt, COLOURS, coloursOf, extentOf, pan, type Track, ticksOf, tracksOf, zoom } from "../../src/page/profile/tracks.ts";

/** A dispatch from `start` to `end`, in milliseconds. */
function span(kernel: string, submit: number, start: number, end: number, more: Partial<Span> = {}): Span {
  const named = { plan: "teacher", kernel, label: kernel, flops: 4e6, bytes: 2e6, grid: [2, 3, 1] as Span["grid"], constants: {} };
  return { ...named, submit, start: start * 1e6, end: end * 1e6, ...more };
}

/** The GPU's clock is 10 ms behind the CPU's. */
const PROFILE: Profile = {
  ...{ began: 0, wall: 30, clock: { mode: "exact", step: 1 }, replayed: false, lost: 0 },
  spans: [
    span("conv", 0, 1, 3, { label: "stem", constants: { TILE: 4 } }),
    span("conv", 0, 4, 8, { label: "deep", constants: { TILE: 8 }, grid: [1200, 1, 1] }),
    span("score", 1, 12, 13, { plan: "distil" }),
  ],
  submits: [
    { plan: "teacher", submitted: 10.9, done: 18.1 },
    { plan: "distil", submitted: 21.9, done: 23.3 },
  ],
  activities: [
    { label: "record", kind: "work", start: 19, end: 20 },
    { label: "read back", kind: "wait", start: 17, end: 21 },
  ],
};

describe("the tracks", () => {
  const tracks = tracksOf(PROFILE);
  const track = (name: string) => tracks.find((each) => each.name === name) as Track;
  const times = (name: string) =>
    track(name).bars.map(({ start, end, title }) => [title, Math.round(start / 1e5) / 10, Math.round(end / 1e5) / 10]);

  test("have kernels, the gaps between them, stages, submits, and TypeScript's work, on one clock", () => {
    expect(tracks.map(({ name }) => name)).toEqual(["Kernels", "Gaps", "Stages", "Submits", "TypeScript"]);
    expect(times("Kernels")).toEqual([
      ["stem", 11, 13],
      ["deep", 14, 18],
      ["score", 22, 23],
    ]);
    expect(times("Gaps")).toEqual([
      ["gap in a submit", 13, 14],
      ["gap between submits", 18, 22],
    ]);
    expect(times("Stages")).toEqual([
      ["teacher", 11, 18],
      ["distil", 22, 23],
    ]);
    expect(times("Submits")).toEqual([
      ["0: teacher", 11, 18],
      ["1: distil", 22, 23],
    ]);
    expect(times("TypeScript")).toEqual([["record", 19, 20]]);
  });

  test("lack TypeScript where the clocks cannot be aligned", () => {
    const submits = PROFILE.submits.map((submit) => ({ ...submit, submitted: 29 }));
    const [kernels, ...others] = tracksOf({ ...PROFILE, submits });
    expect(others.map(({ name }) => name)).not.toContain("TypeScript");
    expect(kernels?.bars[0]?.start).toBe(1e6);
  });

  test("colour kernels by their time, and those beyond the first alike", () => {
    const spans = Array.from({ length: 12 }, (_, index) => span(`k${index}`, 0, index * 20, index * 20 + 12 - index));
    const colours = coloursOf({ ...PROFILE, spans });
    expect([...colours.values()]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, ...Array(4).fill(COLOURS)]);
    expect(coloursOf(PROFILE)).toEqual(new Map(Object.entries({ conv: 0, score: 1 })));
  });

  test("tell the bar at a time, or the nearest within reach", () => {
    const kernels = track("Kernels");
    expect(barAt(kernels, 15e6, 0)?.title).toBe("deep");
    expect(barAt(kernels, 13.4e6, 0)).toBeUndefined();
    expect(barAt(kernels, 13.4e6, 1e6)?.title).toBe("stem");
    expect(barAt(kernels, 13.6e6, 1e6)?.title).toBe("deep");
  });
});

describe("the window", () => {
  const all = { from: 0, to: 1e9 };

  test("holds all tracks at first, and something where they are empty", () => {
    expect(extentOf(tracksOf(PROFILE))).toMatchObject({ from: expect.closeTo(11e6, 0), to: expect.closeTo(23e6, 0) });
    const { from, to } = extentOf([]);
    expect(to).toBeGreaterThan(from);
  });

  test("is zoomed about a time, which stays where it is", () => {
    const near = zoom(all, all, 0.5, 0.25e9);
    expect(near).toEqual({ from: 0.125e9, to: 0.625e9 });
    expect(zoom(near, all, 2, 0.25e9)).toEqual(all);
    expect(zoom(near, all, 100, 0.6e9)).toEqual(all);
    expect(zoom(all, all, 1e-12, 0).to).toBe(1000);
    expect(zoom({ from: 0, to: 500 }, { from: 0, to: 500 }, 0.1, 0)).toEqual({ from: 0, to: 500 });
  });

  test("is moved by its own length, and stays inside", () => {
    expect(pan({ from: 0, to: 1e8 }, all, 0.5)).toEqual({ from: 0.5e8, to: 1.5e8 });
    expect(pan({ from: 0, to: 1e8 }, all, -1)).toEqual({ from: 0, to: 1e8 });
    expect(pan({ from: 0.8e9, to: 0.9e9 }, all, 5)).toEqual({ from: 0.9e9, to: 1e9 });
  });

  test("has marks at round times", () => {
    expect(ticksOf({ from: 130, to: 1130 }, 5)).toEqual([200, 400, 600, 800, 1000]);
    expect(ticksOf({ from: 0, to: 95 }, 10)).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90]);
    expect(ticksOf({ from: -3, to: 7 }, 2)).toEqual([0, 5]);
  });
});

describe("the table", () => {
  test.each([
    ["kernel", ["conv", "score"]],
    ["layer", ["teacher: deep (conv)", "teacher: stem (conv)", "distil: score"]],
    ["stage", ["teacher", "distil"]],
  ] as const)("has all of the GPU's time by %s", (grouping, names) => {
    const rows = rowsOf(PROFILE, grouping);
    expect(rows.map(({ total }) => total.name)).toEqual(names);
    expect(rows.reduce((sum, { total }) => sum + total.share, 0)).toBeCloseTo(1, 12);
    const [all] = totalsBy(PROFILE.spans, () => "all");
    expect(rows.reduce((sum, { total }) => sum + total.milliseconds, 0)).toBeCloseTo(all?.milliseconds ?? 0, 9);
    for (const { total, variants } of rows) {
      expect(variants.reduce((sum, variant) => sum + variant.total.dispatches, 0)).toBe(total.dispatches);
    }
  });

  test("names grid and constants, or how many there are, and every text that was compiled", () => {
    const [conv, score] = rowsOf(PROFILE, "kernel");
    expect([conv?.grid, conv?.constants]).toEqual(["2 sizes", "2 kinds"]);
    expect(conv?.variants).toMatchObject([
      { kernel: "conv", constants: { TILE: 8 }, grid: "1,200 × 1 × 1", total: { milliseconds: 4 } },
      { kernel: "conv", constants: { TILE: 4 }, grid: "2 × 3 × 1", total: { milliseconds: 2 } },
    ]);
    expect([score?.grid, score?.constants]).toEqual(["2 × 3 × 1", "–"]);
    expect(describeGrid([1, 2048, 3])).toBe("1 × 2,048 × 3");
    expect(describeConstants({ TILE: 4, Weight: "f16" })).toBe("TILE 4, Weight f16");
  });
});
