import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findClasses } from "../../src/page/find-class.ts";
import { findOverflow, findViolations } from "../support/accessibility.ts";
import { keptMaps } from "./kept-records.ts";
import { Visitor } from "./visitor.ts";

test("a class is found by words of its names in any order, parts of them, and by its number", () => {
  const labels = ["tabby, tabby cat", "tiger cat", "Egyptian cat", "cougar, puma"];
  expect(findClasses(labels, "cat")).toEqual([0, 1, 2]);
  expect(findClasses(labels, " CAT  tig ")).toEqual([1]);
  expect(findClasses(labels, "puma")).toEqual([3]);
  expect(findClasses(labels, "2")).toEqual([2]);
  expect(findClasses(labels, "dog")).toEqual([]);
  expect(findClasses(labels, "  ")).toEqual([]);
});

describe("any class of the classifier", { timeout: 300_000 }, () => {
  let visitor: Visitor;

  beforeAll(async () => {
    visitor = await Visitor.arriveWith("Coffee", 64);
  }, 300_000);

  afterAll(() => visitor?.leave(), 60_000);

  const texts = (list: string) => visitor.page.$$eval(`${list} .name`, (all) => all.map(({ firstChild }) => firstChild?.textContent));
  const pressed = (list: string) =>
    visitor.page.$$eval(`${list} button[aria-pressed=true] .name`, (all) => all.map(({ firstChild }) => firstChild?.textContent));

  test("is listed by what is typed, the likeliest first, with its probability", async () => {
    await visitor.fill("#find", "cat");
    expect(await visitor.read("#found-hint")).toMatch(/^\d+ classes; the 8 likeliest:$/);
    const shares = await visitor.page.$$eval("#found .share", (all) => all.map(({ textContent }) => Number.parseFloat(textContent ?? "")));
    expect(shares).toHaveLength(8);
    expect(shares).toEqual([...shares].sort((a, b) => b - a));
    expect(await findViolations(visitor.page)).toEqual([]);
    await visitor.fill("#find", "tiger cat");
    expect(await texts("#found")).toEqual(["tiger cat"]);
    await visitor.fill("#find", "zzz");
    expect(await visitor.text("#found-hint")).toBe("No class has that name. Try another word, or a part of it.");
    expect(await texts("#found")).toEqual([]);
  });

  test("is chosen by the keyboard, stands with the likeliest from then on, and is what is explained", async () => {
    const { page } = visitor;
    await visitor.fill("#find", "tiger cat");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    expect(await visitor.text("#start")).toBe("Explain “tiger cat”");
    expect([await pressed("#found"), await pressed("#top5")]).toEqual([["tiger cat"], ["tiger cat"]]);
    expect(await texts("#top5")).toHaveLength(6);
    expect(await page.evaluate(() => document.activeElement?.closest("#found") !== null)).toBe(true);
    await page.select("#method", "rise");
    await visitor.fill("#rise-masks", "8");
    await visitor.click("#start");
    await page.waitForSelector("#strip-list li");
    expect((await keptMaps(page))[0]?.target).toMatchObject({ index: 282, label: "tiger cat" });
  });

  test("stays the one to explain where the square is moved, with what the classifier says of it there", async () => {
    const share = () => visitor.text("#top5 li:last-child .share");
    await visitor.page.focus("#square");
    for (let press = 0; press < 8; press++) await visitor.page.keyboard.press("ArrowLeft");
    await visitor.read("#verdict-hint", /likeliest/);
    expect(await pressed("#top5")).toEqual(["tiger cat"]);
    expect(await visitor.text("#start")).toBe("Explain “tiger cat”");
    expect(await visitor.text("#found .share")).toBe(await share());
    await visitor.click("#top5 button");
    expect(await texts("#top5")).toHaveLength(5);
    await visitor.page.setViewport({ width: 320, height: 800 });
    expect(await findOverflow(visitor.page)).toBeLessThanOrEqual(0);
    expect(visitor.errors).toEqual([]);
  });
});
