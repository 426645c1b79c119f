import { expect, test } from "vitest";
import { cellAt, describeCell, placeOf, rankOf } from "../../src/page/stage/reading.ts";

/** 3 rows of 4 values, 0 to 11 but for one that is there twice, over a part of 80 x 60 of the photo. */
const MAP = {
  values: Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10),
  size: { height: 3, width: 4 },
  crop: { left: 100, top: 50, width: 80, height: 60 },
};

test("a place of the photo is in the value whose part it is, and outside of the map in none", () => {
  expect(cellAt(MAP, 100, 50)).toEqual({ row: 0, column: 0 });
  expect(cellAt(MAP, 139.9, 70)).toEqual({ row: 1, column: 1 });
  expect(cellAt(MAP, 179.9, 109.9)).toEqual({ row: 2, column: 3 });
  for (const [x, y] of [
    [99.9, 60],
    [180, 60],
    [120, 49.9],
    [120, 110],
  ] as const)
    expect(cellAt(MAP, x, y)).toBeUndefined();
});

test("a value's part of the photo is where it is found", () => {
  const { left, top, width, height } = placeOf(MAP, { row: 2, column: 1 });
  expect({ left, top, width, height }).toEqual({ left: 120, top: 90, width: 20, height: 20 });
  expect(cellAt(MAP, left + width / 2, top + height / 2)).toEqual({ row: 2, column: 1 });
});

test("the rank counts values that are as large or larger", () => {
  expect(rankOf(MAP, { row: 0, column: 0 })).toBe(1);
  expect(rankOf(MAP, { row: 2, column: 2 })).toBe(2 / 12);
  expect(describeCell(MAP, { row: 2, column: 1 })).toBe("Value 9, in the top 25% of 12: row 2, column 1");
});
