import { describe, expect, test } from "vitest";
import { detailOf, mapSize, pixelsOf, viewSize, wholeSize } from "../../src/page/view.ts";

test("what is kept has the input's proportions, and 448 pixels on its longer side", () => {
  expect(viewSize({ height: 112, width: 112 })).toEqual({ height: 448, width: 448 });
  expect(viewSize({ height: 48, width: 192 })).toEqual({ height: 112, width: 448 });
  expect(viewSize({ height: 640, width: 320 })).toEqual({ height: 448, width: 224 });
  expect(viewSize({ height: 1, width: 4096 })).toEqual({ height: 1, width: 448 });
});

test("a photo is shown with its own pixels, or with 1600 on its longer side", () => {
  expect(wholeSize({ height: 400, width: 600 })).toEqual({ height: 400, width: 600 });
  expect(wholeSize({ height: 3000, width: 4000 })).toEqual({ height: 1200, width: 1600 });
});

test("a map has the pixels that the photo on show has below it, from 448 to 1024 on its longer side", () => {
  expect(mapSize({ height: 1200, width: 1600 }, { height: 500, width: 800 })).toEqual({ height: 500, width: 800 });
  expect(mapSize({ height: 3000, width: 4000 }, { height: 2000, width: 2000 })).toEqual({ height: 800, width: 800 });
  expect(mapSize({ height: 400, width: 600 }, { height: 350, width: 350 })).toEqual({ height: 448, width: 448 });
  expect(mapSize({ height: 1600, width: 1600 }, { height: 1600, width: 1600 })).toEqual({ height: 1024, width: 1024 });
});

describe("what is drawn of what is in sight", () => {
  const ALL = { left: 0, top: 0, width: 8000, height: 6000 };
  const SEEN = { left: 100.4, top: -20, width: 800.2, height: 700 };

  test("is whole pixels of the photo, all of them where the screen has half as many a side, else those of the screen", () => {
    const part = { left: 100, top: 0, width: 901 - 100, height: 680 };
    for (const screen of [1.5, 0.5]) expect(detailOf(SEEN, ALL, screen, 0.2)).toEqual({ part, size: { height: 680, width: 801 } });
    expect(detailOf(SEEN, ALL, 0.4, 0.2)).toEqual({ part, size: { height: 272, width: 320 } });
  });

  test("is within what it is a part of", () => {
    const crop = { left: 640.5, top: 99.2, width: 500, height: 500 };
    expect(detailOf(SEEN, crop, 1, 0.2)?.part).toEqual({ left: 641, top: 100, width: 260, height: 499 });
    expect(detailOf(SEEN, { ...crop, left: 901 }, 1, 0.2)).toBeUndefined();
  });

  test("is nothing where what is shown has as many pixels, or nearly", () => {
    expect(detailOf(ALL, ALL, 0.2, 0.2)).toBeUndefined();
    expect(detailOf(ALL, ALL, 0.21, 0.2)).toBeUndefined();
    expect(detailOf(SEEN, ALL, 2, 1)).toBeUndefined();
    expect(detailOf(ALL, ALL, 0.23, 0.2)?.size).toEqual({ height: 1380, width: 1840 });
  });

  test("has 4 million pixels at most, whatever photo and screen", () => {
    const { size } = detailOf(ALL, ALL, 1, 0.2) ?? {};
    expect((size?.width ?? 0) * (size?.height ?? 0)).toBeCloseTo(4e6, -4);
  });
});

test("the pixels of a part are those of its rows and columns", () => {
  const photo = { width: 5, height: 4, data: Uint8Array.from({ length: 5 * 4 * 4 }, (_, at) => at) };
  const first = (row: number, column: number) => 4 * (5 * row + column);
  const expected = [1, 2].flatMap((row) => [2, 3, 4].flatMap((column) => [0, 1, 2, 3].map((channel) => first(row, column) + channel)));
  expect([...pixelsOf(photo, { left: 2, top: 1, width: 3, height: 2 })]).toEqual(expected);
});
