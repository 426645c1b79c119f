import { describe, expect, test } from "vitest";
import { findClass } from "../../src/zoo/find-class.ts";
import { CLASSES } from "../../src/zoo/imagenet.ts";
import { labelsOf } from "../../src/zoo/labels.ts";
import { findTeacher } from "../../src/zoo/teachers.ts";
import { rejected, thrown } from "../support/errors.ts";

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
  ])("%j is class %i", (text, index) => expect(findClass(text, CLASSES)).toBe(index));

  test.each(["1000", "-1", "2.5", "no such thing", ""])("%j is none, and close names are offered", (text) => {
    const error = thrown(() => findClass(text, CLASSES));
    expect(error).toMatchObject({
      code: "UNKNOWN_CLASS",
      message: expect.stringContaining(`"${text}"`),
      fix: expect.stringMatching(/\(\d+\)/),
    });
  });

  test("a misspelt name is offered as it should be", () => {
    expect(thrown(() => findClass("tabbi cat", CLASSES))).toMatchObject({ fix: expect.stringContaining("(281)") });
  });

  test("a part that fits several classes lists those, and says how to choose", () => {
    const error = thrown(() => findClass("terrier", CLASSES)) as { message: string; fix: string };
    expect(error.message).toMatch(/^"terrier" fits \d+ classes: .*terrier.* \(\d+ or n\d{8}\); .*, and \d+ more\.$/);
    expect(error.message.match(/terrier/gi)?.length).toBeGreaterThanOrEqual(10);
  });

  test("a name of two classes lists both, and their identifiers choose", () => {
    expect(thrown(() => findClass("crane", CLASSES))).toMatchObject({
      message: '"crane" fits 2 classes: crane (134 or n02012849); crane (517 or n03126707).',
      fix: "Choose one by the number or WordNet id behind its name.",
    });
    expect([findClass("n02012849", CLASSES), findClass("n03126707", CLASSES)]).toEqual([134, 517]);
  });

  test("labels of one's own are searched instead, which have no identifiers", () => {
    const labels = ["apple, Malus", "pine\u001bapple", "pear"];
    expect([findClass("Malus", labels), findClass("2", labels), findClass("pea", labels)]).toEqual([0, 2, 2]);
    expect(thrown(() => findClass("apple", ["red apple", "green apple"]))).toMatchObject({
      message: '"apple" fits 2 classes: red apple (0); green apple (1).',
      fix: "Choose one by the number behind its name.",
    });
    expect(thrown(() => findClass("3", labels))).toMatchObject({ fix: expect.stringContaining("from 0 to 2") });
    expect(thrown(() => findClass("pineapples", labels))).toMatchObject({ fix: expect.stringContaining("pine\\u{1b}apple (1)") });
    expect(thrown(() => findClass("n02012849", labels))).toMatchObject({ code: "UNKNOWN_CLASS" });
  });
});

describe("labelsOf", () => {
  test("gives ImageNet's names to a thousand classes, and numbers to others", async () => {
    expect(await labelsOf(1000)).toBe(CLASSES);
    expect(await labelsOf(3)).toEqual(["class 0", "class 1", "class 2"]);
    expect(await labelsOf(2, ["a", "b"])).toEqual(["a", "b"]);
    expect(await Promise.all([labelsOf(1), labelsOf(1, ["a"]), labelsOf(1, ["a", "b"])])).toEqual([
      ["class 0", "not class 0"],
      ["a", "not a"],
      ["a", "b"],
    ]);
    expect(await rejected(labelsOf(1, ["a", "b", "c"]))).toMatchObject({
      code: "BAD_OPTION",
      message: "There are 3 labels, and the classifier has 1 class.",
    });
  });
});

test("an unknown teacher is refused with the names of those that there are", () => {
  expect(thrown(() => findTeacher("resnet-900"))).toMatchObject({ code: "BAD_OPTION", fix: expect.stringContaining("efficientnet-lite0") });
});
