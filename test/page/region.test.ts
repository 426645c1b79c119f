import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Explanation, type InputSpec, TEACHERS } from "../../src/faces/all.ts";
import { describePart, type Framing, partOf, placed, regionAt, regionOn, resized, widthsOf } from "../../src/page/stage/region.ts";

const USUAL = TEACHERS[0]?.input as InputSpec;
const LINE: InputSpec = { ...USUAL, share: 0.8, height: 48, width: 192 };
const PHOTO = { width: 600, height: 400 };
const NOTHING: Framing = { fit: undefined, region: undefined };
const REGION = { left: 10, top: 20, width: 100, height: 100 };

describe("the part that a classifier sees", () => {
  test.for([
    ["by default its own central crop", USUAL, NOTHING, { left: 144, top: 16, width: 224, height: 224 }],
    ["in its own proportions", LINE, NOTHING, { left: 51.2, top: 76.8, width: 409.6, height: 102.4 }],
    ["all of the photo where that is squashed", USUAL, { fit: "squash", region: REGION }, { left: 0, top: 0, width: 512, height: 256 }],
    ["all where the classifier squashes", { ...USUAL, resize: "squash" }, NOTHING, { left: 0, top: 0, width: 512, height: 256 }],
    ["the region that the user placed", USUAL, { fit: "crop", region: REGION }, REGION],
    ["a region, where the classifier crops", USUAL, { fit: undefined, region: REGION }, REGION],
  ] as const)("is %s", ([, input, framing, part]) => {
    const seen = partOf({ width: 512, height: 256 }, input, framing);
    for (const [key, value] of Object.entries(part)) expect(seen[key as keyof typeof seen], key).toBeCloseTo(value, 9);
  });

  test("has a name", () => {
    expect([USUAL, LINE].map((input) => describePart(input, NOTHING))).toEqual(["the photo's central square", "the photo's central part"]);
    expect(describePart(LINE, { fit: "squash", region: REGION })).toBe("the whole photo, squashed");
    expect(describePart({ ...USUAL, channels: "grey" }, { fit: undefined, region: REGION })).toBe(
      "100 x 100 pixels at 10, 20 of the photo, in grey",
    );
  });
});

describe("a region", () => {
  const sizes = fc.record({ width: fc.integer({ min: 1, max: 3000 }), height: fc.integer({ min: 1, max: 3000 }) });
  const anywhere = fc.integer({ min: -4000, max: 4000 });

  test("has whole pixels within the photo, in the input's proportions, wherever it is put", () => {
    fc.assert(
      fc.property(sizes, sizes, anywhere, anywhere, anywhere, (photo, input, left, top, wanted) => {
        const { width, height, ...place } = regionAt(photo, input, { left, top, width: wanted });
        expect([width, height, place.left, place.top].every(Number.isInteger)).toBe(true);
        expect(Math.min(place.left, place.top)).toBeGreaterThanOrEqual(0);
        expect(Math.min(width, height)).toBeGreaterThan(0);
        expect([place.left + width <= photo.width, place.top + height <= photo.height]).toEqual([true, true]);
        if (height > 1 && height < photo.height) expect(Math.abs(height - (width * input.height) / input.width)).toBeLessThanOrEqual(0.5);
      }),
    );
  });

  test("is as large as the photo allows, and not too small to be seen", () => {
    expect(widthsOf(PHOTO, { width: 1, height: 1 })).toEqual({ least: 16, most: 400 });
    expect(widthsOf(PHOTO, { width: 4, height: 1 })).toEqual({ least: 16, most: 600 });
    expect(widthsOf({ width: 9, height: 7 }, { width: 1, height: 1 })).toEqual({ least: 7, most: 7 });
  });

  test("that is asked for is refused where it does not lie on the photo, or is too small to be seen", () => {
    const place = { left: 480, top: 300, width: 100 };
    expect(regionOn(PHOTO, USUAL, place)).toEqual({ ...place, height: 100 });
    expect(regionOn(PHOTO, LINE, { ...place, top: 375 })).toEqual({ ...place, top: 375, height: 25 });
    for (const wrong of [{ left: 501 }, { top: 301 }, { width: 121 }, { width: 15 }, { left: -1 }])
      expect(regionOn(PHOTO, USUAL, { ...place, ...wrong }), JSON.stringify(wrong)).toBeUndefined();
  });

  test("grows about its middle, and moves where an edge is near", () => {
    expect(resized(PHOTO, USUAL, { left: 100, top: 100, width: 100, height: 100 }, 140)).toEqual({
      ...{ left: 80, top: 80, width: 140, height: 140 },
    });
    expect(resized(PHOTO, USUAL, { left: 0, top: 0, width: 100, height: 100 }, 140)).toEqual({ left: 0, top: 0, width: 140, height: 140 });
  });

  test.for([
    { x: 0, y: 0 },
    { x: 1, y: 1 },
  ])("held at a corner it grows up to the edge: %j", (anchor) => {
    const part = { left: 500, top: 300, width: 50, height: 50 };
    const { left, top, width, height } = resized(PHOTO, USUAL, part, 1000, anchor);
    const [across, down] = [part.left + anchor.x * part.width, part.top + anchor.y * part.height];
    expect([left + anchor.x * width, top + anchor.y * height]).toEqual([across, down]);
    expect(width).toBe(Math.min(...(anchor.x ? [across, down] : [PHOTO.width - across, PHOTO.height - down])));
  });

  test("an explanation of its pixels is one of the photo", () => {
    const explained = { photo: { width: 100, height: 100 }, crop: { ...REGION, left: 0, top: 0 }, settings: { fit: "squash", masks: 8 } };
    expect(placed(explained as unknown as Explanation, PHOTO, REGION)).toEqual({
      ...{ photo: PHOTO, crop: REGION, settings: { fit: "crop", masks: 8 } },
    });
  });
});
