import { expect, test } from "vitest";
import { parseColour, parseSize } from "../../src/nets/input-text.ts";

test.each([
  ["48x192", { height: 48, width: 192 }],
  [" 48 X 192 ", { height: 48, width: 192 }],
  ["48×192", { height: 48, width: 192 }],
  ["160", { height: 160, width: 160 }],
  ["0", undefined],
  ["48x0", undefined],
  ["48x", undefined],
  ["48x192x3", undefined],
  ["-48", undefined],
  ["12345", undefined],
  ["", undefined],
])("the size %j", (text, size) => {
  expect(parseSize(text)).toEqual(size);
});

test.each([
  ["0.485,0.456,0.406", [0.485, 0.456, 0.406]],
  [" 0.485, 0.456; .406 ", [0.485, 0.456, 0.406]],
  ["0.1 0.2 0.3", [0.1, 0.2, 0.3]],
  ["-1", [-1, -1, -1]],
  ["0.5,0.5", undefined],
  ["0.5,,0.5", undefined],
  ["0.5,0.5,", undefined],
  ["127.5", undefined],
  ["NaN,0,0", undefined],
  ["", undefined],
])("the colour %j", (text, colour) => {
  expect(parseColour(text)).toEqual(colour);
});
