import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "npyjs";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Visitor } from "./visitor.ts";

const SCREENSHOTS = join(tmpdir(), "relabel-screenshots");

describe("the page, on Chrome's software adapter", { timeout: 300_000 }, () => {
  let visitor: Visitor;

  beforeAll(async () => {
    visitor = await Visitor.arrive();
    await visitor.load();
    await visitor.openSample("Coffee");
  }, 300_000);

  afterAll(() => visitor?.leave(), 60_000);

  async function start(samples: number): Promise<void> {
    await visitor.fill("#samples-count", String(samples));
    await visitor.click("#start");
    await visitor.read("#run");
  }

  async function screenshot(name: string): Promise<void> {
    await mkdir(SCREENSHOTS, { recursive: true });
    const path = join(SCREENSHOTS, `${name}.png`);
    await visitor.page.evaluate(() => window.scrollTo(0, 0));
    await visitor.page.screenshot({ path: path as `${string}.png`, fullPage: true });
    expect((await sharp(path).stats()).entropy).toBeGreaterThan(1);
  }

  async function download(button: string, name: string): Promise<Buffer> {
    const client = await visitor.page.createCDPSession();
    await client.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: visitor.folder });
    await visitor.click(button);
    const path = join(visitor.folder, name);
    await expect.poll(() => existsSync(path), { timeout: 20_000 }).toBe(true);
    return readFile(path);
  }

  test("names the software adapter as such and classifies at once", async () => {
    expect(await visitor.text("#adapter")).toMatch(/efficientnet-lite0 on .*swiftshader.*software adapter.*nothing about a GPU/i);
    expect(await visitor.text("#samples-hint")).toMatch(/250 on this software adapter/);
    expect(await visitor.page.$eval("#samples-count", (input) => (input as HTMLInputElement).value)).toBe("");
    const rows = await visitor.page.$$eval("#top5 button", (buttons) => buttons.map((button) => button.textContent ?? ""));
    expect(rows).toHaveLength(5);
    expect(rows.slice(0, 3).join()).toMatch(/espresso|coffeepot/);
    const shares = rows.map((row) => Number(/([\d.]+)%$/.exec(row)?.[1]));
    expect(shares).toEqual([...shares].sort((a, b) => b - a));
    expect(shares.reduce((sum, share) => sum + share)).toBeLessThanOrEqual(100.5);
    expect(await visitor.page.$eval("#top5 button", (button) => button.getAttribute("aria-pressed"))).toBe("true");
    expect(visitor.requests.filter((path) => path.startsWith("/weights/") && !path.includes("?"))).toEqual([
      "/weights/efficientnet-lite0.safetensors",
    ]);
    await screenshot("classified");
  });

  test("explains from 16 samples: progress moves, the map covers the photo, numbers and files follow", async () => {
    await visitor.page.evaluate(() => {
      const bar = document.getElementById("run-bar") as HTMLProgressElement;
      const seen: number[] = [];
      new MutationObserver(() => seen.push(bar.value)).observe(bar, { attributes: true });
      Object.assign(window, { seen });
    });
    await start(16);
    expect(await visitor.page.evaluate(() => document.activeElement?.id)).toBe("stop");
    expect(await visitor.read(".run-text", /of 16 samples.*left/)).toMatch(/\d+ of 16 samples/);
    expect(await visitor.read("#result-summary")).toMatch(/learned from 16 samples/);
    const seen = await visitor.page.evaluate(() => (window as unknown as { seen: number[] }).seen);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(new Set(seen).size).toBeGreaterThanOrEqual(4);
    expect(await visitor.visible("#run")).toBe(false);
    expect(await visitor.page.evaluate(() => document.activeElement?.id)).toBe("start");

    const { difference, colours } = await visitor.compareCanvases();
    expect(difference).toBeGreaterThan(5);
    expect(colours).toBeGreaterThan(1000);
    const facts = await visitor.text("#facts");
    expect(facts).toMatch(/lost the label\d+(\.\d)?%.*Student agrees with classifier\d+(\.\d)?%/);
    expect(await visitor.text("#seconds")).toMatch(/software adapter.*Teacher[\d.]+ s.*In total/);
    await screenshot("explained");
  });

  test("saves the overlay and the raw map", async () => {
    const { width, height, format } = await sharp(await download("#save-overlay", "coffee.overlay.png")).metadata();
    expect({ width, height, format }).toEqual({ width: 600, height: 464, format: "png" });
    const bytes = await download("#save-map", "coffee.map.npy");
    const { data, shape, dtype, fortranOrder } = parse(
      bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer,
    );
    expect({ shape, dtype, fortranOrder }).toEqual({ shape: [112, 112], dtype: "f4", fortranOrder: false });
    const values = Array.from(data as Float32Array);
    expect(values.every(Number.isFinite)).toBe(true);
    expect(Math.max(...values)).toBeGreaterThan(Math.min(...values));
  });

  test("the map can be dimmed and hidden", async () => {
    const seen = () => visitor.page.$eval("#map-canvas", (canvas) => canvas.checkVisibility({ visibilityProperty: true }));
    const full = (await visitor.compareCanvases()).difference;
    expect(await seen()).toBe(true);
    await visitor.page.focus("#opacity");
    await visitor.page.keyboard.press("Home");
    // What is left is the photo in less colour.
    expect((await visitor.compareCanvases()).difference).toBeLessThan(full * 0.8);
    await visitor.page.keyboard.press("End");
    expect((await visitor.compareCanvases()).difference).toBe(full);
    await visitor.page.focus("#show-map");
    await visitor.page.keyboard.press("Space");
    expect(await seen()).toBe(false);
    await visitor.page.keyboard.press("Space");
    expect(await seen()).toBe(true);
  });

  test("another size of the input makes another verdict, and all that was found before goes", async () => {
    const before = await visitor.text("#top5");
    await visitor.resize(64);
    expect(await visitor.text("#top5")).not.toBe(before);
    expect(await visitor.visible("#result")).toBe(false);
  });

  test("stopping keeps the map of the samples so far and says how many", async () => {
    const before = await visitor.compareCanvases();
    await visitor.click("#top5 li:nth-child(2) button");
    const name = await visitor.page.$eval("#top5 li:nth-child(2) .name", (label) => label.firstChild?.textContent ?? "");
    expect(await visitor.text("#start")).toContain(name);
    await start(5000);
    await visitor.read("#caption", /still growing/);
    await visitor.click("#stop");
    const summary = await visitor.read("#result-summary");
    expect(summary).toContain(`Stopped: this map of “${name}”`);
    const samples = Number(/first (\d+) samples/.exec(summary)?.[1]);
    expect(samples).toBeGreaterThanOrEqual(32);
    expect(samples).toBeLessThan(5000);
    expect(await visitor.text("#caption")).toContain(`from ${samples} of 5000 samples: stopped early`);
    const { difference, colours } = await visitor.compareCanvases();
    expect(colours).toBeGreaterThan(1000);
    expect(difference).not.toBe(before.difference);
  });

  test("stopping before there is anything to keep, by the key Escape, says so", async () => {
    await start(5000);
    await visitor.page.keyboard.press("Escape");
    expect(await visitor.read("#problem")).toMatch(/Stopped before there were enough samples for a map\. .*32 samples or more/);
    expect(await visitor.visible("#result")).toBe(false);
    await visitor.click("#problem-dismiss");
    expect(await visitor.visible("#problem")).toBe(false);
  });

  test("a fill by the VAE loads the VAE, then explains", async () => {
    await visitor.page.$eval("#options", (details) => {
      (details as HTMLDetailsElement).open = true;
    });
    await visitor.click("#fills input[value=vae]");
    await visitor.click("#fills input[value=inpaint]");
    expect(visitor.requests).not.toContain("/weights/vae.safetensors");
    await start(4);
    expect(await visitor.read("#result")).toMatch(/from 4 samples|No map was drawn/);
    expect(visitor.requests).toContain("/weights/vae.safetensors");
  });

  test("wrong numbers and an empty choice of fills start nothing and say what to give", async () => {
    await visitor.fill("#samples-count", "0");
    await visitor.click("#start");
    expect(await visitor.read("#samples-error")).toBe("Give a whole number from 2 to 100,000, or nothing.");
    expect(await visitor.page.evaluate(() => document.activeElement?.id)).toBe("samples-count");
    await visitor.fill("#samples-count", "4");
    await visitor.click("#fills input[value=vae]");
    await visitor.click("#start");
    expect(await visitor.read("#options-error")).toBe("Choose one fill or more.");
    await visitor.click("#fills input[value=inpaint]");
    await visitor.fill("#seed", "-1");
    await visitor.click("#start");
    expect(await visitor.read("#options-error")).toMatch(/whole number from 0 to 4294967295/);
    expect(await visitor.visible("#run")).toBe(false);
  });

  test("another method is chosen with its own parameters, which are checked, and says what it did", async () => {
    await visitor.page.select("#method", "rise");
    expect(await visitor.visible("#samples-count")).toBe(false);
    expect(await visitor.visible("#synthesis")).toBe(false);
    expect(await visitor.page.$eval("#rise-masks", (input) => (input as HTMLInputElement).value)).toBe("4000");
    expect(await visitor.text("#rise-masks-hint")).toMatch(/Number of masks.*\(2 to 100,000\)/);
    await visitor.fill("#seed", "3");
    await visitor.fill("#rise-masks", "1");
    await visitor.click("#start");
    expect(await visitor.read("#options-error")).toBe("Masks is a whole number from 2 to 100,000.");
    expect(await visitor.page.evaluate(() => document.activeElement?.id)).toBe("rise-masks");
    await visitor.fill("#rise-masks", "8");
    await visitor.click("#start");
    await visitor.read("#run");
    expect(await visitor.text("#stop")).toBe("Stop");
    expect(await visitor.read("#result-summary")).toMatch(/was made by RISE in 8 forward passes\.$/);
    expect(await visitor.text("#facts")).toMatch(/MethodRISE.*Samples8Masks8Cells7Keep0\.5Through the classifier8 forward passesSeed3/);
    expect(await visitor.text("#seconds")).toMatch(/Perturb.*Teacher[\d.]+ s.*In total/);
    expect(await visitor.text("#caption")).toMatch(/^Evidence for “.+” by RISE$/);
    expect((await visitor.compareCanvases()).colours).toBeGreaterThan(1000);
    await download("#save-map", "coffee.rise.map.npy");
    // What was set stays where another method is looked at.
    await visitor.page.select("#method", "lime");
    expect(await visitor.visible("#lime-segmentation")).toBe(true);
    await visitor.page.select("#method", "rise");
    expect(await visitor.page.$eval("#rise-masks", (input) => (input as HTMLInputElement).value)).toBe("8");
    await visitor.page.select("#method", "relabel");
    expect(await visitor.visible("#samples-count")).toBe(true);
    expect(await visitor.page.$("#rise-masks")).toBeNull();
  });

  test("layers are chosen from the classifier's own, with their shapes, and a choice stays where another size has it", async () => {
    const { page } = visitor;
    await page.select("#method", "grad-cam");
    const options = await page.$$eval("#grad-cam-layer option", (all) => all.map(({ textContent }) => textContent));
    expect(options).toEqual(expect.arrayContaining(["by default", "blocks.1.1 – 16 x 16 x 24", "bn2 – 2 x 2 x 1280"]));
    // A vector has no places.
    expect(options.filter((text) => text?.startsWith("classifier"))).toEqual([]);
    await visitor.fill("#grad-cam-layer", "blocks.1.1");
    await visitor.click("#start");
    expect(await visitor.read("#facts", /blocks/)).toMatch(/Layerblocks\.1\.1/);
    await visitor.resize(96);
    expect(await page.$eval("#grad-cam-layer", (select) => (select as HTMLSelectElement).selectedOptions[0]?.textContent)).toBe(
      "blocks.1.1 – 24 x 24 x 24",
    );
    await page.select("#method", "excitation");
    // A vector is behind the map's layer, too. The last layer's own weights are what is contrasted.
    const contrasts = await page.$$eval("#excitation-contrastLayer option", (all) => all.map(({ textContent }) => textContent ?? ""));
    expect(contrasts.at(-1)).toMatch(/ – 1 x 1 x 1280$/);
    expect(contrasts.filter((text) => text.startsWith("classifier"))).toEqual([]);
  });

  test("nothing went wrong unseen", () => {
    expect(visitor.errors).toEqual([]);
  });
});
