import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { csvParse } from "d3-dsv";
import { parse } from "npyjs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { percent } from "../../src/page/format.ts";
import { findOverflow, findViolations } from "../support/accessibility.ts";
import { Visitor } from "./visitor.ts";

const SIDE = 64;

describe("how far to trust a map", { timeout: 300_000 }, () => {
  let visitor: Visitor;
  /** Of the class that the classifier names first. */
  let label: string;

  beforeAll(async () => {
    visitor = await Visitor.arriveWith("Coffee", SIDE);
    label = (await visitor.text("#start")).replace(/^Explain “|”$/g, "");
    const client = await visitor.page.createCDPSession();
    await client.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: visitor.folder, eventsEnabled: false });
  }, 300_000);

  afterAll(() => visitor?.leave(), 60_000);

  async function explain(masks: number): Promise<void> {
    await visitor.page.select("#method", "rise");
    await visitor.fill("#rise-masks", String(masks));
    await visitor.click("#start");
    await visitor.read("#result-summary", new RegExp(`${masks} forward`));
  }

  async function download(button: string, name: string): Promise<Buffer> {
    await visitor.click(button);
    const path = join(visitor.folder, name);
    await expect.poll(() => existsSync(path) && readFile(path).then(({ length }) => length > 0), { timeout: 20_000 }).toBe(true);
    return readFile(path);
  }

  /** Moves the slider by keys until it is at the step, and returns what is said there. */
  async function scrubTo(step: number): Promise<string> {
    await visitor.page.focus("#scrub");
    await visitor.page.keyboard.press("Home");
    for (let i = 0; i < step; i++) await visitor.page.keyboard.press("ArrowRight");
    return visitor.text("#judge output");
  }

  const picture = () =>
    visitor.page.$eval("#judge canvas", (found) => {
      const { width, height } = found as HTMLCanvasElement;
      return [...((found as HTMLCanvasElement).getContext("2d")?.getImageData(0, 0, width, height).data ?? [])];
    });

  test("nothing is asked before there is a map; then each question says what it costs", async () => {
    expect(await visitor.visible("#judge")).toBe(false);
    await explain(16);
    expect(await visitor.text("#judge-scores-cost")).toMatch(/^111 images: about (\d+ min )?\d+ s$/);
    expect(await visitor.text("#judge-seeds-cost")).toMatch(/^3 more maps: about /);
    expect(await visitor.text("#judge-sensitivity-cost")).toMatch(/^5 more maps: about /);
    expect(await findViolations(visitor.page)).toEqual([]);
  });

  test("scores: a verdict, and curves whose every step is shown as it was scored", async () => {
    await visitor.click("#judge-scores");
    expect(await visitor.read("#judge-scores-answer")).toMatch(
      /random order.*while pixels go: 0\.\d\d \(random 0\.\d\d\).*come: 0\.\d\d \(random/,
    );
    const rows = csvParse(String(await download("#save-curves-csv", "coffee.rise.curves.csv")));
    expect(rows.columns).toEqual(["pixels", "share", "deletion", "insertion", "deletion of random grid", "insertion of random grid"]);
    expect(rows).toHaveLength(29);
    expect(rows[0]?.deletion).toBe(rows[28]?.insertion);
    const bytes = await download("#save-map", "coffee.rise.map.npy");
    const map = parse(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer).data as Float32Array;
    const order = [...map.keys()].sort((a, b) => (map[b] as number) - (map[a] as number) || a - b);
    await scrubTo(0);
    const whole = await picture();
    for (const step of [5, 14]) {
      const { deletion, share, pixels } = rows[step] as Record<string, string>;
      expect(await scrubTo(step)).toBe(`${percent(Number(share))} hidden: ${label} ${percent(Number(deletion))}`);
      const seen = await picture();
      const changed = order.map((at) => [0, 1, 2].some((colour) => seen[4 * at + colour] !== whole[4 * at + colour]));
      expect(changed.slice(Number(pixels)).some(Boolean)).toBe(false);
      expect(changed.slice(0, Number(pixels)).filter(Boolean).length).toBeGreaterThan(0.95 * Number(pixels));
    }
    await visitor.click("#judge input[value=insertion]");
    const { insertion, share } = rows[14] as Record<string, string>;
    expect(await visitor.text("#judge output")).toBe(`${percent(Number(share))} shown: ${label} ${percent(Number(insertion))}`);
  });

  test("a press on a chart goes to the nearest step; the chart is saved as it is", async () => {
    const chart = await visitor.page.$("#judge .chart");
    const box = await chart?.boundingBox();
    await chart?.evaluate((found) => found.scrollIntoView({ block: "center" }));
    await chart?.click({ offset: { x: (box?.width ?? 0) / 2, y: 40 } });
    expect(await visitor.text("#judge output")).toMatch(/^(4[6-9]|5[0-4])% hidden/);
    const svg = String(await download("#save-curves-svg", "coffee.rise.curves.svg"));
    const read = await visitor.page.evaluate((text) => {
      const found = new DOMParser().parseFromString(text, "image/svg+xml");
      return {
        root: found.documentElement.nodeName,
        maps: found.querySelectorAll("path.chart-map").length,
        text: found.documentElement.textContent,
      };
    }, svg);
    expect(read).toMatchObject({ root: "svg", maps: 2, text: expect.stringContaining(`${label}, efficientnet-lite0, coffee.jpg`) });
    expect(await findViolations(visitor.page)).toEqual([]);
  });

  test("each check says in a sentence what it means for this map", async () => {
    await explain(8);
    expect(await visitor.visible("#judge-scores-answer")).toBe(false);
    expect(await visitor.visible("#judge-scores-exhibit")).toBe(false);
    await visitor.click("#judge-seeds");
    expect(await visitor.read("#judge-seeds-answer")).toMatch(/Maps by 3 seeds correlate by -?\d\.\d\d on average/);
    await visitor.click("#judge-sensitivity");
    expect(await visitor.read("#judge-sensitivity-answer")).toMatch(/changes it by [\d.]+% of its strength at most, in 4 trials/);
    await visitor.click("#judge-randomisation");
    expect(await visitor.read("#judge-randomisation-answer")).toMatch(/Correlation with random weights: -?\d\.\d\d|no map at all/);
    // What was found before is still there.
    expect(await visitor.visible("#judge-seeds-answer")).toBe(true);
    expect(await findViolations(visitor.page)).toEqual([]);
  });

  test("the report is one file with all of it, and with the other maps of the photo", async () => {
    // Not under the page's header, where a press would hit that.
    const press = () => visitor.page.focus("#save-html").then(() => visitor.page.keyboard.press("Enter"));
    await press();
    const path = join(visitor.folder, "coffee.rise.html");
    // Where it takes long, a second press is asked for.
    const ready = async () => existsSync(path) || /ready/.test(await visitor.text("#save-html"));
    await expect.poll(ready, { timeout: 120_000 }).toBe(true);
    if (!existsSync(path)) await press();
    await expect.poll(() => existsSync(path), { timeout: 20_000 }).toBe(true);
    const html = String(await readFile(path));
    expect(await visitor.text("#save-html")).toBe("Save report (HTML)");
    const settings = JSON.parse(String(await download("#save-report", "coffee.rise.json")));
    const answers = await visitor.page.$$eval("#judge .answer:not([hidden])", (all) => all.map(({ textContent }) => textContent));
    expect(answers.length).toBeGreaterThanOrEqual(3);
    const read = await visitor.page.evaluate((text) => {
      const found = new DOMParser().parseFromString(text, "text/html");
      const all = (selector: string) => [...found.querySelectorAll(selector)];
      return {
        title: found.title,
        policy: found.querySelector("meta[http-equiv]")?.getAttribute("content"),
        pictures: all("img").map((image) => [image.getAttribute("src")?.slice(0, 22), image.getAttribute("alt")]),
        said: found.body.textContent ?? "",
        settings: JSON.parse(found.querySelector("pre")?.textContent ?? ""),
        outside: all("script, link, iframe, [src]:not([src^='data:'])").length,
      };
    }, html);
    expect(read).toMatchObject({
      title: `${label} in coffee.jpg`,
      policy: expect.stringMatching(/^default-src 'none'/),
      settings,
      outside: 0,
    });
    expect(read.pictures).toEqual([
      ["data:image/png;base64,", "The map over coffee.jpg"],
      ["data:image/png;base64,", `The map of “${label}” by RISE`],
    ]);
    for (const answer of answers) expect(read.said).toContain(answer);
    // As a reader opens it.
    const reader = await visitor.page.browser().newPage();
    // For the checker's own script.
    await reader.setBypassCSP(true);
    await reader.goto(`file://${join(visitor.folder, "coffee.rise.html")}`);
    expect(await reader.$$eval("img", (all) => all.every(({ complete, naturalWidth }) => complete && naturalWidth > 0))).toBe(true);
    expect(await findViolations(reader)).toEqual([]);
    await reader.close();
  });

  test("a question is stopped by Escape, and gives way to an explanation", async () => {
    await visitor.click("#judge-randomisation");
    await visitor.read("#judge-run");
    expect(await visitor.page.$eval("#judge-scores", (button) => (button as HTMLButtonElement).disabled)).toBe(true);
    await visitor.page.keyboard.press("Escape");
    await visitor.page.waitForFunction(() => document.querySelector<HTMLElement>("#judge-run")?.hidden);
    expect(await visitor.visible("#problem")).toBe(false);
    await visitor.click("#judge-seeds");
    await visitor.read("#judge-run");
    await explain(24);
    expect(await visitor.visible("#judge-run")).toBe(false);
    expect(await visitor.visible("#judge-seeds-answer")).toBe(false);
    expect(visitor.errors).toEqual([]);
  });

  test.for([320, 800, 2560])("nothing overflows at %i pixels", async (width) => {
    if (!(await visitor.visible("#judge-scores-exhibit"))) {
      await visitor.click("#judge-scores");
      await visitor.read("#judge-scores-exhibit");
    }
    await visitor.page.setViewport({ width, height: 800 });
    expect(await findOverflow(visitor.page)).toBeLessThanOrEqual(0);
  });
});
