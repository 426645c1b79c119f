import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Visitor } from "./visitor.ts";

const SIDE = 64;

describe("settings in the address", { timeout: 300_000 }, () => {
  let visitor: Visitor;

  beforeAll(async () => {
    visitor = await Visitor.arriveWith("Coffee", SIDE);
  }, 300_000);

  afterAll(() => visitor?.leave(), 60_000);

  const hash = () => visitor.page.evaluate(() => Object.fromEntries(new URLSearchParams(location.hash.slice(1))));
  const held = (selector: string) => visitor.page.$eval(selector, (control) => (control as HTMLInputElement).value);
  const settled = (wanted: string) => visitor.page.waitForFunction((text) => location.hash.includes(text), {}, wanted);

  test("an address without settings stays as it is", async () => {
    expect(await hash()).toEqual({});
  });

  test("what is set stands in it, without the photo", async () => {
    const { page } = visitor;
    await page.select("#method", "rise");
    await visitor.fill("#rise-masks", "8");
    await visitor.fill("#seed", "7");
    await page.select("#look-values", "signed");
    await page.select("#look-colours", "puor");
    await visitor.click("#top5 li:nth-child(2) button");
    const { class: index, ...settings } = await hash();
    expect(settings).toEqual({ method: "rise", "rise-masks": "8", seed: "7", values: "signed", diverging: "puor" });
    expect(index).toMatch(/^\d+$/);
    expect(page.url()).not.toMatch(/coffee/i);
  });

  test("an explanation makes an entry of the history: back and forward lead from one to the other", async () => {
    const { page } = visitor;
    await visitor.click("#start");
    await visitor.read("#result-summary", /8 forward/);
    await page.select("#method", "grad-cam");
    await page.select("#look-values", "for");
    await visitor.click("#top5 li:nth-child(1) button");
    const target = await visitor.text("#start");
    expect(await hash()).toEqual({ method: "grad-cam", seed: "7", diverging: "puor" });
    await page.goBack();
    await settled("method=rise");
    expect([await held("#method"), await held("#rise-masks"), await held("#look-values")]).toEqual(["rise", "8", "signed"]);
    expect(await visitor.text("#start")).not.toBe(target);
    await page.goForward();
    await settled("method=grad-cam");
    expect([await held("#method"), await held("#look-values"), await visitor.text("#start")]).toEqual(["grad-cam", "for", target]);
    await page.goBack();
    await settled("method=rise");
  });

  test("after a reload they are the same, and the maps still there; the class waits for a photo", async () => {
    const address = visitor.page.url();
    await visitor.page.reload();
    await visitor.page.waitForFunction(() => /software adapter/.test(document.querySelector("#adapter")?.textContent ?? ""));
    expect([await held("#method"), await held("#rise-masks"), await held("#seed")]).toEqual(["rise", "8", "7"]);
    expect([await held("#look-values"), await held("#look-colours")]).toEqual(["signed", "puor"]);
    expect(visitor.page.url()).toBe(address);
    expect(await visitor.page.$$eval("#strip-list li", (all) => all.length)).toBe(1);
    await visitor.openSample("Coffee");
    const { class: index } = await hash();
    const chosen = await visitor.page.waitForFunction(() => document.querySelector("#start")?.textContent?.match(/“.+”/)?.[0]);
    expect(index).toBeDefined();
    expect(await chosen.jsonValue()).toMatch(/“.+”/);
    expect(visitor.page.url()).toBe(address);
  });

  const squareFields = async () => (await Promise.all(["left", "top", "width"].map((side) => held(`#frame-${side}`)))).join();
  const squared = (wanted: string) =>
    visitor.page.waitForFunction(
      (text) =>
        ["left", "top", "width"].map((side) => (document.getElementById(`frame-${side}`) as HTMLInputElement).value).join() === text,
      {},
      wanted,
    );

  test("the square stands in it once it stands still, not at every move", async () => {
    const { page } = visitor;
    const without = page.url();
    const during = await page.evaluate(() => {
      const own = window as { changes?: number };
      own.changes = 0;
      for (const name of ["pushState", "replaceState"] as const) {
        const change = history[name];
        history[name] = (...args) => {
          own.changes = (own.changes ?? 0) + 1;
          change.apply(history, args);
        };
      }
      const square = document.getElementById("square");
      for (let press = 0; press < 30; press++) square?.dispatchEvent(new KeyboardEvent("keydown", { key: "PageDown", cancelable: true }));
      return location.href;
    });
    expect(during).toBe(without);
    await settled("square=");
    expect((await hash()).square).toBe(await squareFields());
    expect(page.url()).toMatch(/square=\d+,\d+,\d+/);
    await visitor.read("#verdict-hint", /likeliest/);
    expect(await page.evaluate(() => (window as { changes?: number }).changes)).toBe(1);
  });

  test("back and forward lead to the squares of explanations", async () => {
    const { page } = visitor;
    const small = await squareFields();
    await visitor.click("#start");
    await visitor.read("#result-summary", /8 forward/);
    await visitor.fill("#frame-width", "200");
    await page.keyboard.press("Enter");
    const large = await squareFields();
    await settled(`square=${large}`);
    await page.goBack();
    await squared(small);
    await page.goForward();
    await squared(large);
    expect((await hash()).square).toBe(large);
    expect(large).not.toBe(small);
  });

  test("after a reload it waits for a photo, and goes with the next one", async () => {
    const { page } = visitor;
    const address = page.url();
    const placed = await squareFields();
    await page.reload();
    await page.waitForFunction(() => /software adapter/.test(document.querySelector("#adapter")?.textContent ?? ""));
    expect(page.url()).toBe(address);
    await visitor.openSample("Coffee");
    await visitor.read("#verdict-hint", /likeliest/);
    expect(await squareFields()).toBe(placed);
    expect(page.url()).toBe(address);
    await visitor.click("#samples button::-p-text(Cat)");
    await page.waitForFunction(() => !location.hash.includes("square"));
    // While the photo is classified, too.
    expect(await hash()).toMatchObject({ method: "rise", "rise-masks": "8", seed: "7" });
    expect(await visitor.visible("#frame-reset")).toBe(false);
  });

  test("a link leads to the same settings in a fresh profile, where there are no maps", async () => {
    const context = await visitor.page.browser().createBrowserContext();
    const page = await context.newPage();
    await page.goto(visitor.page.url());
    await page.waitForFunction(() => /software adapter/.test(document.querySelector("#adapter")?.textContent ?? ""), { timeout: 240_000 });
    const values = await page.$$eval("#method, #rise-masks, #seed, #look-values, #look-colours", (all) =>
      Object.fromEntries(all.map((control) => [control.id, (control as HTMLInputElement).value])),
    );
    expect(values).toEqual({ method: "rise", "rise-masks": "8", seed: "7", "look-values": "signed", "look-colours": "puor" });
    expect(await page.$eval("#strip", (strip) => strip.checkVisibility())).toBe(false);
    await context.close();
  });

  test("what no setting may be is left out", async () => {
    await visitor.page.goto("about:blank");
    await visitor.page.goto(
      `${visitor.server.origin}/#method=magic&synthesis=7&values=loud&opacity=9&class=-3&classifier=nobody&fit=stretch&seed=4&square=0,0,5000`,
    );
    await visitor.page.waitForFunction(() => /software adapter/.test(document.querySelector("#adapter")?.textContent ?? ""));
    expect([await held("#method"), await held("#synthesis"), await held("#seed")]).toEqual(["relabel", "gated", "4"]);
    expect([await held("#look-values"), await held("#opacity")]).toEqual(["for", "100"]);
    await visitor.openSample("Cat");
    expect(await visitor.visible("#frame-reset")).toBe(false);
    await visitor.fill("#samples-count", "64");
    expect(await hash()).toEqual({ seed: "4", "samples-count": "64" });
    expect(visitor.errors).toEqual([]);
  });
});
