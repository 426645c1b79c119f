/** What a visitor sees of a GPU device, or a GPU process, that is lost while something is under way: words, and in the end what was asked for. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Visitor } from "./visitor.ts";

const AGAIN = "The GPU was lost: starting again";

/** In the worker that computes: how many devices are still to be lost. */
type Losing = { losing?: number };

describe("a GPU that is lost", { timeout: 300_000 }, () => {
  let visitor: Visitor;

  beforeAll(async () => {
    visitor = await Visitor.arriveWith("Coffee", 64);
    for (const worker of visitor.page.workers()) {
      await worker.evaluate(() => {
        const { createCommandEncoder } = GPUDevice.prototype;
        GPUDevice.prototype.createCommandEncoder = function (...given) {
          const { losing = 0 } = globalThis as Losing;
          if (losing > 0) {
            Object.assign(globalThis, { losing: losing - 1 });
            this.destroy();
          }
          return createCommandEncoder.apply(this, given);
        };
      });
    }
    await visitor.page.evaluate(() => {
      const said: string[] = [];
      Object.assign(window, { said });
      const lines = ["run-stage", "judge-text", "explore-text"].flatMap((id) => document.getElementById(id) ?? []);
      for (const line of lines) new MutationObserver(() => said.push(line.textContent ?? "")).observe(line, { childList: true });
    });
  }, 300_000);

  afterAll(() => visitor?.leave(), 60_000);

  /** Has the next devices be lost, in the middle of what they do then. */
  const lose = (losing: number) =>
    Promise.all(visitor.page.workers().map((worker) => worker.evaluate((count) => Object.assign(globalThis, { losing: count }), losing)));
  /** What the lines of progress have said since this was asked last. */
  const said = () => visitor.page.evaluate(() => (window as unknown as { said: string[] }).said.splice(0));
  const press = (selector: string) => visitor.page.focus(selector).then(() => visitor.page.keyboard.press("Enter"));
  /** Sums of what the canvases show. */
  const pictures = async (selector: string) => {
    await visitor.drawn();
    return visitor.page.$$eval(selector, (all) =>
      (all as HTMLCanvasElement[]).map((canvas) => {
        const { data } = (canvas.getContext("2d") as CanvasRenderingContext2D).getImageData(0, 0, canvas.width, canvas.height);
        return data.reduce((sum, value) => sum + value, 0);
      }),
    );
  };
  const SHOWN = "#photo-canvas, #map-canvas, #strip-list canvas, .exhibit:not([hidden]) canvas";

  const cards = () => visitor.page.$$eval("#strip-list li", (all) => all.length);

  async function explain(samples: number): Promise<void> {
    await visitor.fill("#samples-count", String(samples));
    await press("#start");
    await visitor.read("#run");
  }

  test("an explanation begins again, says so, and has the same map", async () => {
    await explain(40);
    await visitor.read("#result-summary", /40 samples/);
    const undisturbed = await pictures("#map-canvas");
    await said();
    await explain(40);
    await visitor.read("#run-stage", /[1-9]\d* of 40/);
    await lose(1);
    await visitor.read("#result-summary", /40 samples/);
    expect(await said()).toContain(AGAIN);
    expect(await pictures("#map-canvas")).toEqual(undisturbed);
    expect(await visitor.visible("#problem")).toBe(false);
  });

  test.for(["scores", "randomisation"])("so does the question of %s", async (question) => {
    await lose(1);
    await press(`#judge-${question}`);
    await visitor.read(`#judge-${question}-answer`);
    expect(await said()).toContain(AGAIN);
    expect(await visitor.visible("#problem")).toBe(false);
    expect(await visitor.page.$eval("#judge-scores", (button) => (button as HTMLButtonElement).disabled)).toBe(false);
  });

  test("so do images of another strength", async () => {
    await visitor.page.focus("#strength-own");
    await visitor.page.keyboard.press("Space");
    await lose(1);
    await visitor.page.focus("#strength");
    await visitor.page.keyboard.press("End");
    await visitor.read("#judge-images-exhibit", /Still .*Another class/);
    expect(await said()).toContain(AGAIN);
  });

  test("the brush, tuning and a profile end as if nothing had been", async () => {
    await lose(1);
    await press("#judge-pictures");
    await visitor.read(".brush-said", /^0% hidden/);
    await lose(1);
    await visitor.page.focus("#brush");
    await visitor.page.keyboard.press("Space");
    await visitor.read(".brush-said", /^[1-9][\d.]*% hidden/);
    await lose(1);
    await press("#tune");
    await visitor.read("#tune-hint", /^Tuned: /);
    await lose(1);
    await press("#profile-start");
    await visitor.read("#profile-box table");
    expect(await visitor.visible("#problem")).toBe(false);
  });

  test("a comparison goes on", async () => {
    await visitor.page.$eval("#compare", (details) => {
      (details as HTMLDetailsElement).open = true;
    });
    for (const method of ["rise", "grad-cam"])
      await visitor.page.$eval(`#compare-fields input[value=${method}]`, (box) => (box as HTMLElement).click());
    await visitor.fill("#compare-passes", "16");
    await lose(1);
    await press("#compare-start");
    expect(await visitor.read("#compare-state", /finished/)).toBe("2 of 2 maps are finished.");
    expect(await said()).toContain(AGAIN);
  });

  test("canvases that the browser has emptied, with its GPU process, show the same again; then an explanation works", async () => {
    await explain(40);
    await visitor.read("#result-summary", /40 samples/);
    await press("#judge-scores");
    await visitor.read("#judge-scores-exhibit");
    await visitor.page.waitForFunction(() =>
      [...document.querySelectorAll<HTMLCanvasElement>("#strip-list canvas")].every(({ width }) => width > 1),
    );
    const before = await pictures(SHOWN);
    expect(before.length).toBeGreaterThan(6);
    const emptied = visitor.page.evaluate(
      (selector) =>
        Promise.all(
          [...document.querySelectorAll(selector)].map((canvas) => new Promise((done) => canvas.addEventListener("contextlost", done))),
        ),
      SHOWN,
    );
    const browser = await visitor.page.browser().target().createCDPSession();
    await browser.send("Browser.crashGpuProcess").catch(() => {});
    await emptied;
    await expect.poll(() => pictures(SHOWN), { timeout: 60_000 }).toEqual(before);
    await explain(40);
    await visitor.read("#result-summary", /40 samples/);
    expect(await visitor.visible("#problem")).toBe(false);
    // Each explanation and comparison until here.
    await visitor.page.waitForSelector("#strip-list li:nth-child(6)");
  });

  test("where there is no device to be had any more the page says what to do, keeps what there is, and goes on once there is one", async () => {
    const kept = (await cards()) + 1;
    await explain(32);
    await visitor.read("#result-summary", /32 samples/);
    await expect.poll(cards, { timeout: 60_000 }).toBe(kept);
    await lose(Number.MAX_SAFE_INTEGER);
    await visitor.page.focus("#frame input[value=squash]");
    await visitor.page.keyboard.press("Space");
    expect(await visitor.read("#problem")).toMatch(/GPU device was lost.* (Try again|Close all windows)/);
    expect(await visitor.visible("#photo-canvas")).toBe(true);
    expect(await visitor.visible("#map-canvas")).toBe(true);
    expect(await visitor.text("#verdict-hint")).toMatch(/^It failed at this part of the photo: .* Try again/);
    await lose(0);
    await press("#verdict-again");
    await visitor.page.waitForSelector("#verdict-again", { hidden: true });
    expect(await visitor.page.evaluate(() => document.activeElement?.matches("#top5 button"))).toBe(true);
    await lose(Number.MAX_SAFE_INTEGER);
    await explain(32);
    await visitor.read("#problem", /GPU device was lost/);
    expect(await visitor.visible("#run")).toBe(false);
    expect(await visitor.page.$eval("#samples-count", (input) => (input as HTMLInputElement).value)).toBe("32");
    expect(await cards()).toBe(kept);
    await lose(0);
    await explain(32);
    await visitor.read("#result-summary", /32 samples/);
    expect(visitor.errors).toEqual([]);
  });
});
