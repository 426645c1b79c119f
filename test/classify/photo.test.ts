import { describe, expect, test } from "vitest";
import { fitSize, withFit } from "../../src/classify/fit.ts";
import { resizeTaps } from "../../src/classify/photo.ts";
import { type Filter, IMAGENET_INPUT, type InputSpec } from "../../src/nets/input-spec.ts";

const sized = (height: number, width: number, rest: Partial<InputSpec> = {}): InputSpec => ({ ...IMAGENET_INPUT, height, width, ...rest });

describe("fitSize", () => {
  test.each([
    // As torchvision's Resize(256) and CenterCrop(224) have it: the longer side rounds down, the start of the crop to the even half.
    { size: [300, 400], fit: "crop", expected: { width: 256, height: 341, left: 16, top: 58 } },
    { size: [400, 300], fit: "crop", expected: { width: 341, height: 256, left: 58, top: 16 } },
    { size: [256, 256], fit: "crop", expected: { width: 256, height: 256, left: 16, top: 16 } },
    { size: [1, 1], fit: "crop", expected: { width: 256, height: 256, left: 16, top: 16 } },
    { size: [100, 300], fit: "crop", expected: { width: 256, height: 768, left: 16, top: 272 } },
    { size: [512, 674], fit: "crop", expected: { width: 256, height: 337, left: 16, top: 56 } },
    { size: [300, 400], fit: "squash", expected: { width: 224, height: 224, left: 0, top: 0 } },
  ] as const)("$size $fit", ({ size, fit, expected }) => {
    expect(fitSize(size[0], size[1], withFit(IMAGENET_INPUT, fit))).toEqual(expected);
  });

  test.each([
    { name: "0.875 of 224", input: sized(224, 224, { share: 0.875 }), expected: { width: 256, height: 341, left: 16, top: 58 } },
    { name: "0.95 of 224: 235.8", input: sized(224, 224, { share: 0.95 }), expected: { width: 235, height: 313, left: 6, top: 44 } },
    { name: "all of 32", input: sized(32, 32, { share: 1 }), expected: { width: 32, height: 42, left: 0, top: 5 } },
    { name: "a low input: the width decides", input: sized(48, 192), expected: { width: 219, height: 292, left: 14, top: 122 } },
    { name: "a narrow input: the height decides", input: sized(192, 48), expected: { width: 164, height: 219, left: 58, top: 14 } },
    { name: "squash", input: sized(48, 192, { resize: "squash" }), expected: { width: 192, height: 48, left: 0, top: 0 } },
  ])("300 x 400, $name", ({ input, expected }) => expect(fitSize(300, 400, input)).toEqual(expected));

  test("a share that is a ratio of two sizes gives the larger one back", () => {
    for (let size = 1; size <= 600; size++) {
      for (const larger of [size, size + 1, size + 8, size + 32, 2 * size + 1]) {
        expect(fitSize(9, 9, sized(size, size, { share: size / larger })).width).toBe(larger);
      }
    }
  });

  test("what is kept of the resized photo lies within it", () => {
    for (const share of [1, 0.999, 0.95, 224 / 256, 1 / 3]) {
      for (let i = 0; i < 3000; i++) {
        const [width, height] = [1 + ((i * 37) % 911), 1 + ((i * 101) % 877)];
        const input = sized(1 + ((i * 53) % 389), 1 + ((i * 17) % 401), { share });
        const full = fitSize(width, height, input);
        expect(full.left >= 0 && full.top >= 0).toBe(true);
        expect(full.left + input.width <= full.width && full.top + input.height <= full.height).toBe(true);
      }
    }
  });
});

test.each<Filter>(["bilinear", "bicubic"])(
  "sums of %s weights and bytes fit 32 bits with a sign, and a constant stays what it is",
  (filter) => {
    for (let size = 1; size < 300; size += 1 + (size >> 4)) {
      for (const outSize of [1, 2, 3, 7, 33, 64, 224, 256]) {
        const { taps, reach } = resizeTaps(size, outSize, 0, outSize, filter);
        for (let output = 0; output < outSize; output++) {
          const row = taps.subarray(output * (2 + reach), (output + 1) * (2 + reach));
          const weights = [...new Int32Array(row.slice(2, 2 + (row[1] as number)).buffer)];
          const total = weights.reduce((sum, weight) => sum + weight, 0);
          expect((255 * total + 2 ** 21) >> 22).toBe(255);
          expect(255 * weights.reduce((sum, weight) => sum + Math.abs(weight), 0) + 2 ** 21).toBeLessThan(2 ** 31);
        }
      }
    }
  },
);

test("a fit is a classifier's own unless it is given", () => {
  expect(withFit(IMAGENET_INPUT, undefined)).toEqual(IMAGENET_INPUT);
  expect(withFit({ ...IMAGENET_INPUT, resize: "squash" }, undefined).resize).toBe("squash");
  expect(withFit(IMAGENET_INPUT, "squash")).toEqual({ ...IMAGENET_INPUT, resize: "squash" });
});
