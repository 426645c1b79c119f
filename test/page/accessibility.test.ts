import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PIECE_BYTES } from "../../src/nets/weights/kept-files.ts";
import { findOverflow, findUnclear, findViolations } from "../support/accessibility.ts";
import { startHub } from "../support/hub-server.ts";
import { MOBILENET_PATH, makeMobilenet } from "./mobilenet-file.ts";
import { Visitor } from "./visitor.ts";

describe("the page for everybody", { timeout: 300_000 }, () => {
  let visitor: Visitor;

  beforeAll(async () => {
    visitor = await Visitor.arrive();
  }, 180_000);

  afterAll(() => visitor?.leave(), 60_000);

  const violations = async () => [...(await findViolations(visitor.page, true)), ...(await findUnclear(visitor.page))];
  const overflow = () => findOverflow(visitor.page);

  test("no violation before, during and after an explanation, nor beside an error", async () => {
    await visitor.load();
    expect(await violations()).toEqual([]);
    await visitor.click("#tune");
    await visitor.read("#tune-hint", /Measuring/);
    expect(await violations()).toEqual([]);
    await visitor.click("#tune");
    await visitor.read("#tune-hint", /once/);
    await visitor.openSample("Coffee");
    await visitor.resize(64);
    await visitor.click("#options summary");
    expect(await violations()).toEqual([]);
    await visitor.fill("#samples-count", "16");
    await visitor.click("#start");
    await visitor.read("#run");
    expect(await violations()).toEqual([]);
    await visitor.read("#result");
    await visitor.fill("#samples-count", "1");
    await visitor.click("#start");
    await visitor.read("#samples-error");
    expect(await violations()).toEqual([]);
    await visitor.page.select("#method", "lime");
    await visitor.fill("#lime-samples", "1");
    await visitor.click("#start");
    await visitor.read("#options-error");
    expect(await violations()).toEqual([]);
  });

  test("progress and outcome are announced", async () => {
    expect(await visitor.page.$eval("#announcement", (region) => region.textContent)).toBe("The map is finished, from 16 samples.");
  });

  test("no violation while weights are chosen, downloaded, listed and refused", async () => {
    const { page } = visitor;
    const hub = await startHub({ [MOBILENET_PATH]: makeMobilenet() });
    await visitor.useHub(hub.endpoint);
    await page.select("#teacher", "mobilenet_v2");
    expect(await violations()).toEqual([]);
    hub.faults.stallAfter = PIECE_BYTES + 1_000_000;
    await visitor.click("#teacher-use");
    await visitor.read("#transfer-text", /: 5/);
    expect(await violations()).toEqual([]);
    await visitor.click("#transfer-cancel");
    await visitor.click("#weights summary");
    await visitor.read("#stored", /Delete/);
    hub.faults = { status: 500 };
    await visitor.click("#teacher-use");
    await visitor.read("#problem p", /answered 500/);
    expect(await violations()).toEqual([]);
    expect(await overflow()).toBeLessThanOrEqual(0);
    await page.setViewport({ width: 360, height: 800 });
    expect(await overflow()).toBeLessThanOrEqual(0);
    await page.setViewport({ width: 1280, height: 900 });
    await visitor.click("#stored button");
    await visitor.read("#stored-total", /none/);
  });

  test.for([360, 800, 1920])("nothing overflows at %i pixels", async (width) => {
    await visitor.page.setViewport({ width, height: 800 });
    expect(await overflow()).toBeLessThanOrEqual(0);
  });

  test("the keyboard alone opens a sample, chooses a class and reaches the start", async () => {
    const { page } = visitor;
    await visitor.load();
    const reach = async (wanted: string) => {
      for (let presses = 0; presses < 40; presses++) {
        await page.keyboard.press("Tab");
        if (await page.evaluate((selector) => document.activeElement?.matches(selector), wanted)) return;
      }
      throw new Error(`Tab does not reach ${wanted}.`);
    };
    await reach("#samples li:nth-child(2) button");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#top5 li");
    await reach("#top5 li:nth-child(2) button");
    await page.keyboard.press("Space");
    expect(await page.$$eval("#top5 button", (all) => all.map((button) => button.getAttribute("aria-pressed")).join())).toBe(
      "false,true,false,false,false",
    );
    await reach("#samples-count");
    await reach("#start");
  });

  test("without WebGPU the page says what to do and loads no weights", async () => {
    await visitor.page.evaluateOnNewDocument(() => Object.defineProperty(Navigator.prototype, "gpu", { get: () => undefined }));
    visitor.requests.length = 0;
    await visitor.load();
    expect(await visitor.read("#problem")).toMatch(/This browser has no WebGPU.*Open the page in a current Chrome/);
    expect(visitor.requests.filter((path) => path.startsWith("/weights/") && !path.includes("?"))).toEqual([]);
    expect(await violations()).toEqual([]);
  });
});
