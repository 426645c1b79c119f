import { describe, expect, test } from "vitest";
import { type InputSpec, TEACHERS } from "../../src/faces/all.ts";
import { describePart, seenPart, viewSize } from "../../src/page/view.ts";

const USUAL = TEACHERS[0]?.input as InputSpec;
const CROP: InputSpec = { ...USUAL, share: 0.8 };
const LINE: InputSpec = { ...CROP, height: 48, width: 192 };
const SQUASH: InputSpec = { ...LINE, resize: "squash" };

describe("the part that a classifier sees", () => {
  test.for([
    ["of a wide photo the central square", USUAL, [512, 256], { left: 144, top: 16, width: 224, height: 224 }],
    ["of a high photo the central square", CROP, [100, 300], { left: 10, top: 110, width: 80, height: 80 }],
    ["of a square photo a wide part across", LINE, [200, 200], { left: 20, top: 80, width: 160, height: 40 }],
    ["of a wider photo a part that its height limits", LINE, [1000, 100], { left: 340, top: 10, width: 320, height: 80 }],
    ["of a photo of the input's proportions its share a side", LINE, [400, 100], { left: 40, top: 10, width: 320, height: 80 }],
    ["without a margin all of one side", { ...LINE, share: 1 }, [100, 300], { left: 0, top: 137.5, width: 100, height: 25 }],
    ["squashed the whole photo", SQUASH, [512, 256], { left: 0, top: 0, width: 512, height: 256 }],
  ] as const)("is %s", ([, input, [width, height], part]) => {
    const seen = seenPart({ width, height }, input);
    for (const [key, value] of Object.entries(part)) expect(seen[key as keyof typeof seen], key).toBeCloseTo(value, 9);
  });

  test("lies within the photo, whatever the rounding", () => {
    for (let side = 1; side < 300; side++) {
      const { left, top, width, height } = seenPart({ width: side, height: 300 - side }, { ...LINE, share: 1 });
      expect(Math.min(left, top)).toBeGreaterThanOrEqual(0);
      expect([left + width <= side + 1e-9, top + height <= 300 - side + 1e-9]).toEqual([true, true]);
    }
  });

  test("is shown in the input's proportions, the longer side with 448 pixels", () => {
    expect(viewSize(USUAL)).toEqual({ height: 448, width: 448 });
    expect(viewSize(SQUASH)).toEqual({ height: 112, width: 448 });
    expect(viewSize({ height: 640, width: 320 })).toEqual({ height: 448, width: 224 });
    expect(viewSize({ height: 1, width: 4096 })).toEqual({ height: 1, width: 448 });
  });

  test("has a name", () => {
    expect([USUAL, LINE, SQUASH, { ...USUAL, channels: "grey" } as const].map(describePart)).toEqual([
      "the photo's central square",
      "the photo's central part",
      "the whole photo, squashed",
      "the photo's central square, in grey",
    ]);
  });
});
