import { describe, expect, test } from "vitest";
import { CLASSES, findClass } from "../../src/nets/classes.ts";
import { fitSize } from "../../src/nets/photo.ts";
import { findTeacher } from "../../src/nets/teachers.ts";
import { thrown } from "../support/errors.ts";

describe("findClass", () => {
  test("there are a thousand classes with names", () => {
    expect(CLASSES).toHaveLength(1000);
    expect(CLASSES.every((label) => label.length > 0)).toBe(true);
    expect(CLASSES[281]).toMatch(/tabby/);
  });

  test.each([
    ["281", 281],
    ["0", 0],
    ["999", 999],
    ["tabby", 281],
    ["Tabby Cat", 281],
    ["tabby_cat", 281],
    ["  tabby  ", 281],
    ["n02123045", 281],
    ["N02123045", 281],
    ["espresso", 967],
    ["persian", 283],
  ])("%j is class %i", (text, index) => expect(findClass(text)).toBe(index));

  test.each(["1000", "-1", "2.5", "no such thing", ""])("%j is none, and close names are offered", (text) => {
    const error = thrown(() => findClass(text));
    expect(error).toMatchObject({
      code: "UNKNOWN_CLASS",
      message: expect.stringContaining(`"${text}"`),
      fix: expect.stringMatching(/\(\d+\)/),
    });
  });

  test("a misspelt name is offered as it should be", () => {
    expect(thrown(() => findClass("tabbi cat"))).toMatchObject({ fix: expect.stringContaining("(281)") });
  });

  test("a part that fits several classes offers those, by number", () => {
    const error = thrown(() => findClass("terrier")) as { message: string; fix: string };
    expect(error.message).toMatch(/fits \d+ classes/);
    expect(error.fix.match(/terrier/g)?.length).toBeGreaterThanOrEqual(3);
  });
});

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
  ] as const)("$size $fit", ({ size, fit, expected }) => expect(fitSize(size[0], size[1], fit)).toEqual(expected));
});

test("an unknown teacher is refused with the names of those that there are", () => {
  expect(thrown(() => findTeacher("resnet-900"))).toMatchObject({ code: "BAD_OPTION", fix: expect.stringContaining("efficientnet-lite0") });
});
