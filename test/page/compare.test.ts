import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findOverflow, findViolations } from "../support/accessibility.ts";
import { Visitor } from "./visitor.ts";

describe("methods compared on the page", { timeout: 300_000 }, () => {
  let visitor: Visitor;

  beforeAll(async () => {
    visitor = await Visitor.arriveWith("Coffee", 64);
    await visitor.click("#compare summary");
  }, 300_000);

  afterAll(() => visitor?.leave(), 60_000);

  const choose = async (...methods: string[]) => {
    for (const method of methods) await visitor.click(`#compare-fields input[value=${method}]`);
  };
  /** Deletes all maps. */
  const clear = async () => {
    for (let press = 0; press < 2; press++) {
      await visitor.page.focus("#strip-clear");
      await visitor.page.keyboard.press("Enter");
    }
    await expect.poll(methods).toEqual([]);
  };
  const methods = () => visitor.page.$$eval("#strip-list .kept", (all) => all.map(({ children }) => children[2]?.textContent));

  test("fewer than two methods, or no number of passes, start nothing", async () => {
    await choose("relabel");
    await visitor.click("#compare-start");
    expect(await visitor.read("#compare-error")).toBe("Choose two methods or more.");
    await choose("rise", "grad-cam");
    await visitor.fill("#compare-passes", "1");
    await visitor.click("#compare-start");
    expect(await visitor.read("#compare-error")).toBe("Give a whole number of passes from 2 to 100,000.");
    expect(await findViolations(visitor.page)).toEqual([]);
    expect(await visitor.visible("#run")).toBe(false);
  });

  test("three run one after the other into the strip, at the cost that was said", async () => {
    await visitor.fill("#compare-passes", "16");
    expect(await visitor.text("#compare-estimate")).toBe("3 methods, 34 passes in all. The first map will tell how long one takes here.");
    await visitor.click("#compare-start");
    await visitor.read("#compare-state", /^Method 1 of 3: Re-label distillation/);
    await visitor.read("#compare-state", /^3 of 3 maps are finished\.$/);
    await visitor.page.waitForSelector("#strip-list li:nth-child(3)");
    expect(await methods()).toEqual(["Grad-CAM", "RISE", "Re-label distillation"]);
    await visitor.click("#strip-list li:nth-child(2) .kept");
    expect(await visitor.read("#maps[open]")).toMatch(/made by RISE in 16 forward passes/);
    await visitor.click("#maps-close");
    expect(await visitor.read("#compare-estimate", /about/)).toMatch(/^3 methods, 34 passes in all: about .+ s, by the last map\.$/);
  });

  test("each can be scored, too: its card, its panel and the estimate say so", async () => {
    await choose("relabel");
    await visitor.fill("#compare-passes", "8");
    await visitor.click("#compare-scores");
    expect(await visitor.text("#compare-estimate")).toMatch(/^2 methods, 232 passes in all: about /);
    await visitor.click("#compare-start");
    await visitor.read("#compare-state", /^2 of 2 maps are finished\.$/);
    const said = () => visitor.page.$$eval("#strip-list .kept", (all) => all.map(({ children }) => children[5]?.textContent ?? ""));
    await expect.poll(async () => (await said()).filter(Boolean).length, { timeout: 60_000 }).toBe(2);
    expect((await said()).slice(0, 2)).toEqual(Array(2).fill(expect.stringMatching(/^Deletion 0\.\d\d, insertion 0\.\d\d$/)));
    expect(await methods()).toHaveLength(5);
    await visitor.click("#strip-list li:nth-child(1) .kept");
    expect(await visitor.read("#maps[open]")).toMatch(/Deletion0\.\d\d \(random 0\.\d\d\)Insertion0\.\d\d/);
    await visitor.click("#maps-close");
    await visitor.click("#compare-scores");
    await choose("relabel");
  });

  test("a stop ends the one under way, and what is finished stays", async () => {
    await choose("relabel", "rise", "extremal");
    await visitor.fill("#compare-passes", "5000");
    await visitor.click("#compare-start");
    await visitor.read("#compare-state", /^Method 2 of 2: Extremal/);
    await visitor.page.keyboard.press("Escape");
    expect(await visitor.read("#compare-state", /finished/)).toBe("Stopped: 1 of 2 maps are finished.");
    await expect.poll(async () => (await methods()).filter((title) => title === "Grad-CAM")).toHaveLength(3);
    expect(await visitor.page.$eval("#compare-start", (button) => (button as HTMLButtonElement).disabled)).toBe(false);
  });

  test("one press compares three methods: those that are missing are made, and all are shown side by side", async () => {
    await clear();
    await visitor.page.select("#method", "relabel");
    await visitor.fill("#samples-count", "32");
    await visitor.click("#start");
    await visitor.read("#result-summary", /32 samples/);
    await visitor.read("#compare-quick-hint", /^RISE and Grad-CAM, too: 2 methods, 252 passes in all: about /);
    await visitor.page.focus("#compare-quick");
    await visitor.page.keyboard.press("Enter");
    const shown = await visitor.read("#maps[open]");
    expect(shown).toMatch(/^3 maps side by side/);
    expect(await visitor.page.$$eval("#maps h3", (all) => all.map(({ textContent }) => textContent?.replace(/^.* by /, "")))).toEqual([
      "Re-label distillation",
      "RISE",
      "Grad-CAM",
    ]);
    expect(await findViolations(visitor.page)).toEqual([]);
    // The next press exports.
    await visitor.page.evaluate(() => {
      HTMLAnchorElement.prototype.click = function () {
        document.body.dataset.saved = this.download;
      };
    });
    await visitor.page.focus("#maps-report");
    await visitor.page.keyboard.press("Enter");
    await visitor.page.waitForFunction(() => document.body.dataset.saved?.endsWith(".html"));
    await visitor.click("#maps-close");
    // Once there are all, a press shows them.
    const count = (await methods()).length;
    expect(await visitor.text("#compare-quick-hint")).toBe("All three are finished.");
    await visitor.page.focus("#compare-quick");
    await visitor.page.keyboard.press("Enter");
    expect(await visitor.read("#maps[open]")).toMatch(/^3 maps side by side/);
    await visitor.click("#maps-close");
    expect(await methods()).toHaveLength(count);
    // They are none of another class.
    await visitor.click("#top5 li:nth-child(2) button");
    expect(await visitor.text("#compare-quick-hint")).toMatch(/^Re-label distillation, RISE, and Grad-CAM: 3 methods/);
    await visitor.click("#top5 li:nth-child(1) button");
    expect(await visitor.text("#compare-quick-hint")).toBe("All three are finished.");
  });

  test("a map that was deleted is not kept again with its scores", async () => {
    await clear();
    await visitor.page.focus("#judge-scores");
    await visitor.page.keyboard.press("Enter");
    await visitor.read("#judge-scores-answer");
    expect(await methods()).toEqual([]);
    await visitor.read("#compare-quick-hint", /^Re-label distillation, RISE, and Grad-CAM: 3 methods/);
  });

  test("nothing overflows on a phone, and nothing went wrong unseen", async () => {
    await visitor.page.setViewport({ width: 360, height: 800 });
    expect(await findOverflow(visitor.page)).toBeLessThanOrEqual(0);
    expect(visitor.errors).toEqual([]);
  });
});
