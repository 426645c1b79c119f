import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "npyjs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { shortNumber } from "../../src/page/format.ts";
import { findOverflow, findViolations } from "../support/accessibility.ts";
import { Visitor } from "./visitor.ts";

const SIDE = 64;

describe("the picture, enlarged and read", { timeout: 300_000 }, () => {
  let visitor: Visitor;

  beforeAll(async () => {
    visitor = await Visitor.arriveWith("Coffee", SIDE);
    // Without it the page may still be scrolling when places are measured.
    await visitor.page.emulateMediaFeatures([{ name: "prefers-reduced-motion", value: "reduce" }]);
    await visitor.page.select("#method", "grad-cam");
    await visitor.click("#start");
    await visitor.read("#result");
    await visitor.drawn();
  }, 300_000);

  afterAll(() => visitor?.leave(), 60_000);

  const reading = () => visitor.text("#reading");
  const scroll = (selector: string) =>
    visitor.page.$eval(selector, (found) => found.scrollIntoView({ block: "center", behavior: "instant" }));
  const photoBox = () => visitor.page.$eval("#photo-canvas", (canvas) => canvas.getBoundingClientRect().toJSON() as DOMRect);
  const zoom = () => visitor.text("#zoom-level");

  test("the value under the pointer, and under the cursor that keys move, is that of the saved file", async () => {
    const { page, folder } = visitor;
    const client = await page.createCDPSession();
    await client.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: folder });
    await visitor.click("#save-map");
    const path = join(folder, "coffee.grad-cam.map.npy");
    await expect.poll(() => existsSync(path), { timeout: 20_000 }).toBe(true);
    const { buffer, byteOffset, byteLength } = await readFile(path);
    const values = parse(buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer).data as Float32Array;
    const expected = (row: number, column: number) => `Value ${shortNumber(values[row * SIDE + column] as number)}, in the top `;

    await scroll("#stage");
    const box = await page.$eval("#map-canvas", (canvas) => canvas.getBoundingClientRect().toJSON() as DOMRect);
    for (const [row, column] of [
      [3, 50],
      [40, 7],
    ] as const) {
      await page.mouse.move(box.x + ((column + 0.5) / SIDE) * box.width, box.y + ((row + 0.5) / SIDE) * box.height);
      expect(await visitor.read("#reading", new RegExp(`% of 4,096: row ${row}, column ${column}$`))).toContain(expected(row, column));
    }
    await page.mouse.move(box.x - 20, box.y + 20);
    await visitor.read("#reading", /^Point at the map/);

    await page.focus("#probe");
    expect(await reading()).toContain(expected(32, 32));
    await page.keyboard.press("ArrowRight");
    await page.keyboard.down("Shift");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.up("Shift");
    expect(await reading()).toBe(`${expected(22, 33)}${/\S+% of.*/.exec(await reading())?.[0]}`);
    expect(await reading()).toMatch(/row 22, column 33$/);
    for (let press = 0; press < 5; press++) {
      await page.keyboard.down("Shift");
      await page.keyboard.press("ArrowUp");
      await page.keyboard.up("Shift");
    }
    expect(await reading()).toMatch(/row 0, column 33$/);
    expect(await findViolations(page)).toEqual([]);
  });

  test("buttons and keys enlarge it, to eight times at most", async () => {
    const { page } = visitor;
    const before = await photoBox();
    await visitor.click("#zoom-in");
    await visitor.click("#zoom-in");
    expect(await zoom()).toBe("200%");
    expect((await photoBox()).width).toBeCloseTo(2 * before.width, 0);
    await page.focus("#square");
    for (let press = 0; press < 8; press++) await page.keyboard.press("+");
    expect(await zoom()).toBe("800%");
    expect(await page.$eval("#zoom-in", (button) => (button as HTMLButtonElement).disabled)).toBe(true);
    await page.keyboard.press("-");
    expect(await zoom()).toBe("566%");
    await page.keyboard.press("0");
    expect(await zoom()).toBe("100%");
    expect((await photoBox()).width).toBeCloseTo(before.width, 0);
    expect(await findOverflow(page)).toBeLessThanOrEqual(0);
  });

  test("the wheel with Ctrl enlarges what is under the pointer, and a drag moves the photo and not the square", async () => {
    const { page } = visitor;
    await scroll("#stage");
    const before = await photoBox();
    const [x, y] = [before.x + 0.4 * before.width, before.y + 0.6 * before.height];
    await page.mouse.move(x, y);
    const value = await reading();
    expect(value).toMatch(/^Value/);
    await page.keyboard.down("Control");
    await page.mouse.wheel({ deltaY: -300 });
    await page.keyboard.up("Control");
    await page.waitForFunction(() => document.getElementById("zoom-level")?.textContent === "200%");
    const large = await photoBox();
    expect((x - large.x) / large.width).toBeCloseTo(0.4, 2);
    expect((y - large.y) / large.height).toBeCloseTo(0.6, 2);
    const square = () => page.$eval("#square", (found) => (found as HTMLElement).style.cssText);
    const placed = await square();
    await page.mouse.down();
    await page.mouse.move(x - 30, y - 20);
    await page.mouse.move(x - 60, y - 40);
    await page.mouse.up();
    const moved = await photoBox();
    expect([moved.x - large.x, moved.y - large.y].map(Math.round)).toEqual([-60, -40]);
    expect(await square()).toBe(placed);
    await page.mouse.move(x - 59, y - 40);
    await page.mouse.move(x - 60, y - 40);
    expect(await reading()).toBe(value);
    expect(await findViolations(page)).toEqual([]);
  });

  test("two fingers enlarge it", async () => {
    const { page } = visitor;
    await page.focus("#square");
    await page.keyboard.press("0");
    await scroll("#stage");
    const { x, y, width, height } = await photoBox();
    const [left, right, line] = [x + 0.4 * width, x + 0.6 * width, y + 0.5 * height];
    const client = await page.createCDPSession();
    const touch = (type: "touchStart" | "touchMove" | "touchEnd", ...across: number[]) =>
      client.send("Input.dispatchTouchEvent", { type, touchPoints: across.map((at, id) => ({ x: at, y: line, id })) });
    await touch("touchStart", left, right);
    await touch("touchMove", left - 0.05 * width, right + 0.05 * width);
    await touch("touchMove", left - 0.1 * width, right + 0.1 * width);
    await touch("touchEnd");
    expect(Number.parseFloat(await zoom())).toBeGreaterThan(150);
    await page.keyboard.press("0");
  });

  test("another photo begins as large as the window allows", async () => {
    await visitor.click("#zoom-in");
    expect(await zoom()).toBe("141%");
    await visitor.page.$eval("#top5", (list) => list.replaceChildren());
    await visitor.openSample("Cat");
    expect(await zoom()).toBe("100%");
    expect(visitor.errors).toEqual([]);
  });
});
