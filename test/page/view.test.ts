import { expect, test } from "vitest";
import { IMAGENET_INPUT, type InputSpec } from "../../src/classify/input-spec.ts";
import { describeView, seenPart, viewSize } from "../../src/page/view.ts";

const PHOTO = { width: 600, height: 400 };

test.each<[string, Partial<InputSpec>, [number, number, number, number]]>([
  ["the central square, of 224 in 256", {}, [125, 25, 350, 350]],
  ["all of a side", { share: 1 }, [100, 0, 400, 400]],
  ["a wide part", { height: 48, width: 192, share: 1 }, [0, 125, 600, 150]],
  ["a high part", { height: 100, width: 50, share: 0.5 }, [250, 100, 100, 200]],
  ["the whole photo", { resize: "squash", height: 48, width: 192 }, [0, 0, 600, 400]],
])("the classifier sees %s", (_, change, [left, top, width, height]) => {
  expect(seenPart(PHOTO, { ...IMAGENET_INPUT, ...change })).toEqual({ left, top, width, height });
});

test("the view has the input's proportions", () => {
  expect(viewSize({ height: 224, width: 224 })).toEqual({ height: 448, width: 448 });
  expect(viewSize({ height: 48, width: 192 })).toEqual({ height: 112, width: 448 });
  expect(viewSize({ height: 4096, width: 1 })).toEqual({ height: 448, width: 1 });
});

test("words say what is on show", () => {
  expect(describeView(IMAGENET_INPUT)).toBe("The classifier looks at the photo's central square.");
  expect(describeView({ ...IMAGENET_INPUT, width: 96 })).toBe("The classifier looks at the photo's central part.");
  expect(describeView({ ...IMAGENET_INPUT, resize: "squash" })).toBe("The classifier looks at the whole photo, squashed.");
});
