import { expect, test } from "vitest";
import { count, duration, inWords, megabytes, percent, shortLabel, timeLeft } from "../../src/page/format.ts";

test("shares below ten percent and near a hundred keep a digit, and nothing stays nothing", () => {
  expect([0, 0.0004, 0.0183, 0.0994, 0.0996, 0.3661, 0.9987, 0.9998, 1].map(percent)).toEqual([
    "0%",
    "0.0%",
    "1.8%",
    "9.9%",
    "10%",
    "37%",
    "99.9%",
    "100%",
    "100%",
  ]);
});

test("durations never say 60 seconds", () => {
  expect([0.004, 9.996, 59.94, 59.96, 119.7, 125].map(duration)).toEqual([
    "0.00 s",
    "10.0 s",
    "59.9 s",
    "1 min 0 s",
    "2 min 0 s",
    "2 min 5 s",
  ]);
});

test("estimates grow coarser with their length", () => {
  expect([0.2, 7.4, 31, 89.9, 95, 600].map(timeLeft)).toEqual([
    "a moment left",
    "about 7 s left",
    "about 35 s left",
    "about 90 s left",
    "about 2 min left",
    "about 10 min left",
  ]);
});

test("counts, sizes and class names", () => {
  expect([250, 1000, 100_000].map(count)).toEqual(["250", "1,000", "100,000"]);
  expect(megabytes(9_579_784)).toBe("9.6 MB");
  expect([shortLabel("tabby, tabby cat"), shortLabel("goldfish")]).toEqual(["tabby", "goldfish"]);
});

test("names of parameters as words", () => {
  expect(["masks", "contrastLayer"].map(inWords)).toEqual(["Masks", "Contrast layer"]);
});
