/** Work goes on, and ends right, in a tab that another one hides: it draws no frames then. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Visitor } from "./visitor.ts";

describe("a tab that is hidden", { timeout: 300_000 }, () => {
  let visitor: Visitor;

  beforeAll(async () => {
    visitor = await Visitor.arriveWith("Coffee", 64);
  }, 300_000);

  afterAll(() => visitor?.leave(), 60_000);

  const press = (selector: string) => visitor.page.$eval(selector, (button) => (button as HTMLElement).click());
  /** Not by frames, as whoever waits for what is to be seen does. */
  const become = (selector: string, pattern: RegExp) =>
    expect.poll(() => visitor.text(selector), { timeout: 240_000, interval: 250 }).toMatch(pattern);

  test("an explanation under way ends, is drawn and kept", async () => {
    await visitor.fill("#samples-count", "64");
    await visitor.page.$eval("#start", (button) => (button as HTMLElement).click());
    await visitor.read("#run-stage", /[1-9]\d* of 64/);
    const other = await visitor.page.browser().newPage();
    await other.bringToFront();
    await expect.poll(() => visitor.page.evaluate(() => document.visibilityState)).toBe("hidden");
    await become("#result-summary", /64 samples/);
    expect(await visitor.page.$eval("#run", (run) => (run as HTMLElement).hidden)).toBe(true);
    await expect.poll(() => visitor.page.$eval("#stage", (stage) => stage.ariaBusy), { timeout: 60_000 }).toBe("false");
    await expect.poll(() => visitor.page.$$eval("#strip-list li", (all) => all.length), { timeout: 60_000 }).toBe(1);
  });

  test("so does a question, with what is to be seen of it", async () => {
    await press("#judge-scores");
    await become("#judge-scores-answer", /random order/);
    await become("#judge-scores-exhibit", /hidden: /);
    await press("#judge-images");
    await become("#judge-images-exhibit", /Another class/);
    await press("#judge-pictures");
    await become(".brush-said", /^0% hidden/);
  });

  test("so does a comparison; then nothing is under way, and the page that is seen again shows all of it", async () => {
    for (const method of ["rise", "grad-cam"]) await press(`#compare-fields input[value=${method}]`);
    await visitor.page.$eval("#compare-passes", (input) => {
      (input as HTMLInputElement).value = "16";
    });
    await press("#compare-start");
    await become("#compare-state", /^2 of 2 maps are finished\.$/);
    expect(await visitor.page.evaluate(() => document.visibilityState)).toBe("hidden");
    await visitor.page.bringToFront();
    for (const line of ["#run", "#judge-run", "#explore-run", "#problem"]) expect(await visitor.visible(line)).toBe(false);
    expect((await visitor.compareCanvases()).colours).toBeGreaterThan(200);
    await visitor.page.waitForFunction(
      () => document.querySelector<HTMLCanvasElement>("#strip-list li:nth-child(3) canvas")?.width === 176,
    );
    expect(visitor.errors).toEqual([]);
  });
});
