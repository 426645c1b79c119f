import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Explanation, Rectangle } from "../../src/faces/all.ts";
import { findOverflow, findViolations } from "../support/accessibility.ts";
import { keptMaps } from "./kept-records.ts";
import { Visitor } from "./visitor.ts";

/** Of the classifier's input: a region of that width is seen pixel by pixel. */
const SIDE = 64;
/** What the classifier sees by default: of the photo at 109 x 73, the 64 x 64 in its middle. */
const USUAL = { left: 121, top: 22, width: 352, height: 351 };

describe("the classifier's square on the photo", { timeout: 300_000 }, () => {
  let visitor: Visitor;

  beforeAll(async () => {
    visitor = await Visitor.arriveWith("Coffee", SIDE);
    await visitor.page.select("#method", "grad-cam");
    await visitor.drawn();
  }, 300_000);

  afterAll(() => visitor?.leave(), 60_000);

  /** Where the square is, in pixels of the photo, as drawn and as said. */
  const square = async (): Promise<Rectangle> => {
    const [left, top, width, height] = await visitor.page.$eval("#square", (found) => {
      const photo = document.getElementById("photo-canvas") as HTMLCanvasElement;
      const { style } = found as HTMLElement;
      const of = (text: string, length: number) => Math.round((Number.parseFloat(text) / 100) * length);
      return [of(style.left, photo.width), of(style.top, photo.height), of(style.width, photo.width), of(style.height, photo.height)];
    });
    expect(await visitor.page.$eval("#square", ({ ariaLabel }) => ariaLabel)).toBe(
      `What the classifier sees: ${width} x ${height} pixels at ${left}, ${top}`,
    );
    return { left, top, width, height } as Rectangle;
  };
  const settled = () => visitor.read("#verdict-hint", /likeliest/);
  const press = async (...keys: ("ArrowRight" | "ArrowDown" | "ArrowLeft" | "PageUp" | "PageDown")[]) => {
    for (const key of keys) await visitor.page.keyboard.press(key);
  };
  const explain = async (): Promise<Explanation> => {
    const before = (await keptMaps(visitor.page)).length;
    await visitor.click("#start");
    await visitor.page.waitForFunction((count) => document.querySelectorAll("#strip-list li").length > count, {}, before);
    return (await keptMaps(visitor.page)).at(-1) as Explanation;
  };
  /** Drags from an element's middle, or from a place in it, by pixels of the photo. */
  const drag = async (selector: string, across: number, down: number) => {
    const { x, y, scale } = await visitor.page.$eval(selector, (grip) => {
      const photo = document.getElementById("photo-canvas") as HTMLCanvasElement;
      const box = grip.getBoundingClientRect();
      return { x: box.x + box.width / 2, y: box.y + box.height / 2, scale: photo.getBoundingClientRect().width / photo.width };
    });
    await visitor.page.mouse.move(x, y);
    await visitor.page.mouse.down();
    await visitor.page.mouse.move(x + (across * scale) / 2, y + (down * scale) / 2);
    await visitor.page.mouse.move(x + across * scale, y + down * scale);
    await visitor.page.mouse.up();
  };

  test("the whole photo is on show, the usual crop marked on it", async () => {
    expect(
      await visitor.page.$eval("#photo-canvas", (canvas) => [(canvas as HTMLCanvasElement).width, (canvas as HTMLCanvasElement).height]),
    ).toEqual([600, 400]);
    expect(await square()).toMatchObject(USUAL);
    expect(await visitor.text("#caption")).toBe("coffee.jpg. The classifier sees the photo's central square.");
    expect(await visitor.visible("#frame-reset")).toBe(false);
    const { width, height } = await visitor.page.$eval("#stage", (stage) => stage.getBoundingClientRect().toJSON());
    expect(width / height).toBeCloseTo(1.5, 2);
    expect(width).toBeGreaterThan(600);
  });

  test("numbers place it, and what is not possible becomes what is nearest", async () => {
    const { page } = visitor;
    await visitor.fill("#frame-width", String(SIDE));
    await page.keyboard.press("Tab");
    expect(await square()).toEqual({ left: 265, top: 165, width: SIDE, height: SIDE });
    await visitor.fill("#frame-left", "1000");
    await page.keyboard.press("Enter");
    expect(await square()).toEqual({ left: 536, top: 165, width: SIDE, height: SIDE });
    expect(await page.$eval("#frame-left", (field) => (field as HTMLInputElement).value)).toBe("536");
    await settled();
  });

  test("keys move it and change its size, in steps or by a pixel", async () => {
    const { page } = visitor;
    await page.focus("#square");
    await press("ArrowLeft", "ArrowDown");
    expect(await square()).toEqual({ left: 524, top: 177, width: SIDE, height: SIDE });
    await page.keyboard.down("Shift");
    await press("ArrowRight", "PageUp", "PageUp");
    await page.keyboard.up("Shift");
    expect(await square()).toMatchObject({ width: SIDE + 2, height: SIDE + 2 });
    await press("PageDown");
    expect(await square()).toMatchObject({ width: SIDE - 10 });
    await settled();
  });

  test("a pointer drags it, and its corners", async () => {
    await visitor.fill("#frame-width", "100");
    await visitor.page.keyboard.press("Enter");
    await visitor.fill("#frame-left", "200");
    await visitor.page.keyboard.press("Enter");
    const before = await square();
    await drag("#square", -60, 40);
    expect(await square()).toEqual({ ...before, left: 140, top: before.top + 40 });
    const moved = await square();
    await drag("[data-corner=bottom-right]", 50, 10);
    expect(await square()).toEqual({ ...moved, width: 150, height: 150 });
    await drag("[data-corner=top-left]", 86, 0);
    expect(await square()).toEqual({ left: 226, top: moved.top + 86, width: SIDE, height: SIDE });
    expect(await visitor.visible("#frame-reset")).toBe(true);
    await settled();
  });

  test("what the classifier sees is that part of the photo, pixel by pixel, and the map, its files and the kept map are of it", async () => {
    const { page, folder } = visitor;
    const crop = await square();
    const explanation = await explain();
    expect(explanation).toMatchObject({ crop, photo: { width: 600, height: 400 }, width: SIDE, height: SIDE });
    const pixels = await page.$eval(
      "#photo-canvas",
      (canvas, { left, top, width, height }) => [
        ...((canvas as HTMLCanvasElement).getContext("2d")?.getImageData(left, top, width, height).data ?? []),
      ],
      crop,
    );
    const colours = (rgba: Iterable<number>) => [...rgba].filter((_, at) => at % 4 < 3);
    expect(colours(explanation.input)).toEqual(colours(pixels));
    await visitor.drawn();
    const style = (selector: string) => page.$eval(selector, (found) => (found as HTMLElement).style.cssText.replace(/;? *$/, ""));
    expect(await style("#map-layer")).toContain(await style("#square"));
    const client = await page.createCDPSession();
    await client.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: folder });
    await visitor.click("#save-report");
    const path = join(folder, "coffee.grad-cam.json");
    await expect.poll(() => existsSync(path), { timeout: 20_000 }).toBe(true);
    expect(JSON.parse(String(await readFile(path)))).toMatchObject({ crop, photo: { width: 600, height: 400 }, settings: { fit: "crop" } });
  });

  test("a map of another part is marked as such until there is one of this part", async () => {
    const stale = () => visitor.page.$eval("#map-layer", (layer) => layer.classList.contains("stale"));
    expect(await stale()).toBe(false);
    await visitor.page.focus("#square");
    await press("ArrowLeft");
    expect(await stale()).toBe(true);
    expect(await visitor.text("#caption")).toMatch(/of another part of the photo: Explain makes one of this part$/);
    expect(await findViolations(visitor.page)).toEqual([]);
    const crop = await square();
    // Not waited for: the explanation waits for the classifier's verdict on the part.
    expect((await explain()).crop).toEqual(crop);
    expect(await stale()).toBe(false);
  });

  test("an explanation that is asked for between two moves is of the last place", async () => {
    const before = (await square()).left;
    const kept = (await keptMaps(visitor.page)).length;
    await visitor.page.evaluate(() => {
      const move = () => document.getElementById("square")?.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft" }));
      move();
      (document.getElementById("explain-form") as HTMLFormElement).requestSubmit();
      move();
    });
    await visitor.page.waitForFunction((count) => document.querySelectorAll("#strip-list li").length > count, {}, kept);
    const { crop } = (await keptMaps(visitor.page)).at(-1) as Explanation;
    expect(crop).toEqual(await square());
    expect(crop.left).toBe(before - 24);
  });

  test("the whole photo can be squashed, and the usual crop is a press away", async () => {
    const { page } = visitor;
    await visitor.click("#frame input[value=squash]");
    await settled();
    expect(await visitor.visible("#frame-numbers")).toBe(false);
    expect(await square()).toEqual({ left: 0, top: 0, width: 600, height: 400 });
    await page.focus("#square");
    await press("ArrowRight");
    expect(await square()).toMatchObject({ left: 0 });
    expect(await explain()).toMatchObject({ crop: { left: 0, top: 0, width: 600, height: 400 }, settings: { fit: "squash" } });
    await visitor.click("#frame input[value=crop]");
    expect(await square()).toMatchObject({ width: SIDE });
    await visitor.click("#frame-reset");
    expect(await square()).toMatchObject(USUAL);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("square");
    await settled();
  });

  test("while an explanation is under way it stays where it is", async () => {
    const before = await square();
    await visitor.page.select("#method", "rise");
    await visitor.fill("#rise-masks", "4000");
    await visitor.click("#start");
    await visitor.read("#run");
    await visitor.page.focus("#square");
    await press("ArrowRight");
    expect(await square()).toEqual(before);
    expect(await visitor.page.$eval("#frame-width", (field) => field.matches(":disabled"))).toBe(true);
    await visitor.page.keyboard.press("Escape");
    await visitor.page.waitForSelector("#run[hidden]");
  });

  test.for([320, 360, 768, 1440, 2560])(
    "fits a window of %i pixels; of one column the picture and the button stay in sight",
    async (width) => {
      const { page } = visitor;
      await page.setViewport({ width, height: 800 });
      expect(await findOverflow(page)).toBeLessThanOrEqual(0);
      await page.$eval("#explain", (section) => section.scrollIntoView({ block: "end", behavior: "instant" }));
      const [canvas, start] = await page.evaluate(() =>
        ["photo-canvas", "start"].map((id) => document.getElementById(id)?.getBoundingClientRect().toJSON() as DOMRect),
      );
      if (width < 896) {
        expect(canvas?.top).toBeGreaterThanOrEqual(0);
        expect(canvas?.bottom).toBeLessThan(480);
        expect(start?.bottom).toBeLessThanOrEqual(800);
        expect(start?.bottom).toBeGreaterThan(760);
      }
      expect(await findViolations(page)).toEqual([]);
    },
  );

  test("nothing went wrong unseen", () => {
    expect(visitor.errors).toEqual([]);
  });
});
