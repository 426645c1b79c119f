import { expect, test } from "vitest";
import { mapSize, pixelsOf, viewSize, wholeSize } from "../../src/page/view.ts";

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

test("the pixels of a part are those of its rows and columns", () => {
  const photo = { width: 5, height: 4, data: Uint8Array.from({ length: 5 * 4 * 4 }, (_, at) => at) };
  const first = (row: number, column: number) => 4 * (5 * row + column);
  const expected = [1, 2].flatMap((row) => [2, 3, 4].flatMap((column) => [0, 1, 2, 3].map((channel) => first(row, column) + channel)));
  expect([...pixelsOf(photo, { left: 2, top: 1, width: 3, height: 2 })]).toEqual(expected);
});
