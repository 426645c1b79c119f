import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findOverflow, findViolations } from "../support/accessibility.ts";
import { Visitor } from "./visitor.ts";

describe("finished maps", { timeout: 300_000 }, () => {
  let visitor: Visitor;

  beforeAll(async () => {
    visitor = await Visitor.arriveWith("Coffee", 64);
  }, 300_000);

  afterAll(() => visitor?.leave(), 60_000);

  /** Explains by RISE, and waits until so many maps are listed. */
  async function explain(masks: number, listed: number): Promise<void> {
    await visitor.page.select("#method", "rise");
    await visitor.fill("#rise-masks", String(masks));
    await visitor.click("#start");
    await listing(listed);
  }

  async function listing(wanted: number): Promise<void> {
    await visitor.page.waitForFunction((count) => document.querySelectorAll("#strip-list li").length === count, {}, wanted);
  }

  const cards = () => visitor.page.$$eval("#strip-list .kept", (all) => all.map(({ children }) => [...children].map((c) => c.textContent)));
  const colours = () =>
    visitor.page.$eval("#maps canvas", (found) => {
      const canvas = found as HTMLCanvasElement;
      const image = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height);
      return new Set(new Uint32Array(image?.data.buffer ?? new ArrayBuffer(0))).size;
    });
  const close = async () => {
    await visitor.click("#maps-close");
    await visitor.page.waitForSelector("#maps:not([open])");
  };

  test("there is no strip before the first of them", async () => {
    expect(await visitor.visible("#strip")).toBe(false);
  });

  test("each is a card: its picture, class, method, classifier, samples and time", async () => {
    await visitor.fill("#samples-count", "16");
    await visitor.click("#start");
    await listing(1);
    await explain(8, 2);
    const [first, second] = await cards();
    expect(first?.slice(1)).toEqual([
      expect.stringMatching(/\w/),
      "RISE",
      "efficientnet-lite0",
      expect.stringMatching(/^8 samples, [\d.]+ s$/),
    ]);
    expect(second?.slice(2)).toEqual(["Re-label distillation", "efficientnet-lite0", expect.stringMatching(/^16 samples, .+, [\d.]+ s$/)]);
    await visitor.page.waitForFunction(() => document.querySelector<HTMLCanvasElement>("#strip-list canvas")?.width === 176);
    expect(await visitor.text("#strip-size")).toMatch(/^\d\.\d MB, the newest first$/);
  });

  test("a click shows one large, with its numbers, and the explanation on show stays", async () => {
    const before = await visitor.text("#facts");
    await visitor.click("#strip-list li:last-child .kept");
    expect(await visitor.read("#maps[open]")).toMatch(/coffee\.jpg.*Through the classifier.*Seed0.*Time[\d.]+ s/);
    expect(await visitor.text("#maps-row section > p:not(.legend)")).toMatch(/learned from 16 samples/);
    expect(await visitor.text("#maps .legend")).toMatch(/^[\d.e−]+ ?[\d.e−]+$/);
    const covered = await colours();
    expect(covered).toBeGreaterThan(1000);
    await visitor.click("#maps-cover");
    await visitor.page.waitForFunction(() => document.querySelector("#maps canvas")?.ariaLabel === "coffee.jpg, as the classifier saw it");
    expect(await colours()).not.toBe(covered);
    expect(await findViolations(visitor.page)).toEqual([]);
    await close();
    expect(await visitor.text("#facts")).toBe(before);
  });

  test("they are there after a reload, and nothing is computed to show one", async () => {
    const before = await cards();
    await visitor.load();
    await listing(2);
    expect(await cards()).toEqual(before);
    await visitor.page.focus("#strip-list .kept");
    await visitor.page.keyboard.press("Enter");
    expect(await visitor.read("#maps[open]")).toMatch(/made by RISE in 8 forward passes/);
    expect(await colours()).toBeGreaterThan(1000);
    await visitor.page.keyboard.press("Escape");
    await visitor.page.waitForSelector("#maps:not([open])");
    expect(await visitor.page.evaluate(() => document.activeElement?.className)).toBe("kept");
    expect(await visitor.visible("#run")).toBe(false);
  });

  test("two that are chosen stand side by side, with a colour scale each or one for both", async () => {
    const { page } = visitor;
    const legends = () => page.$$eval("#maps .legend", (all) => all.map(({ children }) => [...children].map((end) => end.textContent)));
    const places = () => page.$$eval("#maps canvas", (all) => all.map((canvas) => canvas.getBoundingClientRect().toJSON() as DOMRect));
    expect(await page.$eval("#strip-together", (button) => (button as HTMLButtonElement).disabled)).toBe(true);
    for (const card of [1, 2]) await visitor.click(`#strip-list li:nth-child(${card}) input`);
    expect(await visitor.text("#strip-together")).toBe("2 side by side");
    await visitor.click("#strip-together");
    expect(await visitor.read("#maps[open] h2")).toBe("2 maps side by side");
    const own = await legends();
    expect(own[0]).not.toEqual(own[1]);
    const before = await colours();
    await visitor.click("#maps-common");
    await expect.poll(async () => new Set((await legends()).map(String)).size).toBe(1);
    const numbers = (text: string | null | undefined) => Number(text?.replace("−", "-"));
    const [common] = await legends();
    expect(numbers(common?.at(0))).toBe(Math.min(...own.map((ends) => numbers(ends.at(0)))));
    expect(numbers(common?.at(-1))).toBe(Math.max(...own.map((ends) => numbers(ends.at(-1)))));
    expect(await colours()).not.toBe(before);
    expect(await findViolations(page)).toEqual([]);
    const [left, right] = await places();
    expect(right?.left).toBeGreaterThanOrEqual(left?.right ?? Number.NaN);
    expect(right).toMatchObject({ top: left?.top, width: left?.width });
    await page.setViewport({ width: 360, height: 900 });
    const [upper, lower] = await places();
    expect(lower?.top).toBeGreaterThanOrEqual(upper?.bottom ?? Number.NaN);
    expect(lower?.left).toBe(upper?.left);
    await close();
  });

  test.for([360, 768, 1440])("nothing overflows at %i pixels, with a map open or not", async (width) => {
    await visitor.page.setViewport({ width, height: 900 });
    expect(await findOverflow(visitor.page)).toBeLessThanOrEqual(0);
    await visitor.click("#strip-list .kept");
    await visitor.read("#maps[open]");
    expect(await visitor.page.$eval("#maps", ({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBe(0);
    await close();
  });

  test("another tab sees what is deleted here", async () => {
    const other = await visitor.page.browserContext().newPage();
    await other.goto(visitor.page.url());
    await other.waitForSelector("#strip-list li:nth-child(2)");
    await visitor.page.bringToFront();
    await visitor.click("#strip-list li:first-child .kept-actions button");
    await listing(1);
    expect((await cards())[0]?.[2]).toBe("Re-label distillation");
    await other.waitForFunction(() => document.querySelectorAll("#strip-list li").length === 1);
    await other.close();
    await visitor.load();
    await listing(1);
  });

  test("beyond the limit the oldest goes", async () => {
    await visitor.openSample("Coffee");
    await visitor.resize(64);
    await explain(8, 2);
    const [newest, size] = [(await cards())[0], await visitor.text("#strip-size")];
    const limit = String(Number.parseFloat(size) * 1.1);
    await visitor.page.$eval("meta[name=kept-megabytes]", (meta, content) => meta.setAttribute("content", content), limit);
    await visitor.fill("#rise-masks", "10");
    await visitor.click("#start");
    await visitor.page.waitForFunction(() => /^10 samples/.test(document.querySelector(".kept span:last-child")?.textContent ?? ""));
    const listed = await cards();
    expect(listed).toHaveLength(2);
    expect(listed[1]).toEqual(newest);
  });

  test("a map for which there is no storage stays until the page is left, and the user hears why", async () => {
    await visitor.page.evaluate(() => {
      IDBObjectStore.prototype.put = () => {
        throw new DOMException("The quota has been exceeded.", "QuotaExceededError");
      };
    });
    await explain(32, 3);
    expect(await visitor.read("#problem")).toMatch(/did not store the map \(The quota has been exceeded\)\. It is here until you leave/);
    expect(await visitor.text("#result-summary")).toMatch(/RISE in 32 forward passes/);
    await visitor.click("#problem-dismiss");
    await visitor.click("#strip-list .kept");
    expect(await visitor.read("#maps[open]")).toMatch(/RISE in 32 forward passes/);
    await close();
    await visitor.load();
    await listing(2);
  });

  test("what goes wrong while one is large is said in its dialog, and after it on the page", async () => {
    await visitor.click("#strip-list .kept");
    await visitor.read("#maps[open]");
    const path = join(visitor.folder, "broken.png");
    await writeFile(path, "no picture");
    await visitor.drop(path);
    expect(await visitor.read("#maps #problem")).toContain("broken.png");
    expect(await findViolations(visitor.page)).toEqual([]);
    await close();
    expect(await visitor.read("header #problem")).toContain("broken.png");
    await visitor.click("#problem-dismiss");
  });

  test("one button deletes all", async () => {
    await visitor.click("#strip-clear");
    expect(await visitor.text("#strip-clear")).toMatch(/^Delete \d maps? for good$/);
    await visitor.page.focus("#strip-together, #file");
    expect(await visitor.text("#strip-clear")).toBe("Delete all");
    await visitor.click("#strip-clear");
    await visitor.click("#strip-clear");
    await listing(0);
    expect(await visitor.visible("#strip")).toBe(false);
    await visitor.load();
    expect(await visitor.visible("#strip")).toBe(false);
    expect(visitor.errors).toEqual([]);
  });
});
