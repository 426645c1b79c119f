import { expect, test } from "vitest";
import { enlarge } from "../../src/page/enlarge.ts";

const square = (side: number) => ({ height: side, width: side });

test("a linear ramp stays linear and the edge values repeat, as with aligned pixel centres", () => {
  const ramp = Float32Array.from({ length: 16 }, (_, i) => (i % 4) + 10 * Math.floor(i / 4));
  const expected = Float32Array.from({ length: 64 }, (_, i) => {
    const centre = (at: number) => Math.min(Math.max((at + 0.5) / 2 - 0.5, 0), 3);
    return centre(i % 8) + 10 * centre(Math.floor(i / 8));
  });
  expect(enlarge(ramp, square(4), square(8))).toEqual(expected);
});

test("rows and columns keep their places", () => {
  const spot = new Float32Array(9);
  spot[2] = 1;
  const large = enlarge(spot, square(3), square(6));
  expect(large.indexOf(Math.max(...large))).toBe(5);
});

test("height and width are resampled each by its own factor", () => {
  // 2 x 3 to 4 x 3: only rows are mixed.
  const map = Float32Array.of(0, 1, 2, 4, 5, 6);
  const expected = Float32Array.of(0, 1, 2, 1, 2, 3, 3, 4, 5, 4, 5, 6);
  expect(enlarge(map, { height: 2, width: 3 }, { height: 4, width: 3 })).toEqual(expected);
  const across = enlarge(map, { height: 2, width: 3 }, { height: 2, width: 6 });
  expect(across).toEqual(Float32Array.of(0, 0.25, 0.75, 1.25, 1.75, 2, 4, 4.25, 4.75, 5.25, 5.75, 6));
});

test("of a part it is that part of the whole, whose values reach into it", () => {
  const map = Float32Array.from({ length: 24 }, (_, i) => Math.sin(i * 12.9898));
  const whole = enlarge(map, { height: 4, width: 6 }, { height: 16, width: 24 });
  const part = enlarge(map, { height: 4, width: 6 }, { height: 6, width: 10 }, { left: 0.75, top: 1.5, width: 2.5, height: 1.5 });
  const expected = Float32Array.from({ length: 60 }, (_, i) => whole[(6 + Math.floor(i / 10)) * 24 + 3 + (i % 10)] as number);
  expect(part).toEqual(expected);
});

test("the same size changes nothing, and one pixel becomes a plane", () => {
  const noise = Float32Array.from({ length: 25 }, (_, i) => Math.sin(i * 12.9898));
  expect(enlarge(noise, square(5), square(5))).toEqual(noise);
  expect(enlarge(Float32Array.of(0.5), square(1), square(3))).toEqual(new Float32Array(9).fill(0.5));
});
