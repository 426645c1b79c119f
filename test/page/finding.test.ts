import { expect, test } from "vitest";
import { describeWhere } from "../../src/page/finding.ts";

/** A map of 9 x 9 zeros but for these values, by row and column. */
function mapOf(...found: [row: number, column: number, value: number][]) {
  const values = new Float32Array(81);
  for (const [row, column, value] of found) values[9 * row + column] = value;
  return { values, size: { height: 9, width: 9 } };
}

const block = (row: number, column: number, count: number) =>
  Array.from({ length: count }, (_, at): [number, number, number] => [row + Math.floor(at / 3), column + (at % 3), 1]);

test("the strongest tenth, by thirds of the map each way", () => {
  expect(describeWhere(mapOf(...block(3, 3, 9)))).toBe("Of its strongest tenth 100% lies in the centre.");
  expect(describeWhere(mapOf(...block(0, 0, 6), ...block(6, 3, 3)))).toBe(
    "Of its strongest tenth 67% lies at the upper left, 33% at the bottom.",
  );
  expect(describeWhere(mapOf(...block(3, 6, 5), ...block(0, 3, 3), ...block(6, 6, 1)))).toBe(
    "Of its strongest tenth 56% lies at the right, 33% at the top.",
  );
});

test("rows and columns are told apart where the map is no square", () => {
  const values = Float32Array.of(0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0);
  expect(describeWhere({ values, size: { height: 2, width: 6 } })).toBe("Of its strongest tenth 100% lies at the upper right.");
});

test("a map that is the same everywhere has no strongest part", () => {
  expect(describeWhere({ values: new Float32Array(4).fill(2), size: { height: 2, width: 2 } })).toBe("It is the same everywhere.");
});
