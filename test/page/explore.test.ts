import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findOverflow, findUnclear, findViolations } from "../support/accessibility.ts";
import { Visitor } from "./visitor.ts";

const SIDE = 64;

describe("looking closer at a map", { timeout: 300_000 }, () => {
  let visitor: Visitor;

  beforeAll(async () => {
    visitor = await Visitor.arriveWith("Coffee", SIDE);
    await visitor.fill("#samples-count", "32");
    await visitor.click("#start");
    await visitor.read("#explore");
  }, 300_000);

  afterAll(() => visitor?.leave(), 60_000);

  /** The numbers of both sheets, and what is said of the image that is chosen. */
  const gallery = () =>
    visitor.page.evaluate(() => {
      const counts = [...document.querySelectorAll("#explore figcaption")].flatMap(
        ({ textContent }) => textContent?.match(/: (\d+)$/)?.[1] ?? [],
      );
      const all = (name: string) => document.querySelectorAll(`.${name}`).length;
      return {
        counts: counts.map(Number),
        dots: [all("gallery-kept"), all("gallery-shifted")],
        said: document.querySelector(".gallery-said")?.textContent ?? "",
        ring: document.querySelector(".gallery-ring")?.getAttribute("cx"),
      };
    });

  test("synthetic images by label, as many points as images, the likeliest first", async () => {
    await visitor.click("#judge-images");
    await visitor.read("#judge-images-exhibit", /Still .*Another class/);
    const { counts, dots, said } = await gallery();
    expect(counts[0]! + counts[1]!).toBe(96);
    expect(dots).toEqual(counts);
    expect(said).toMatch(/^(still|now|no longer) .*%$/);
    expect(await findViolations(visitor.page)).toEqual([]);
  });

  test("the slider goes from the least probable to the most; sheet and plot follow", async () => {
    const shares: number[] = [];
    await visitor.page.focus("#gallery-which");
    for (const key of ["Home", "ArrowRight", "PageUp", "End"] as const) {
      await visitor.page.keyboard.press(key);
      shares.push(Number((await gallery()).said.match(/([\d.]+)%$/)?.[1]));
    }
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    const { ring } = await gallery();
    // The first of the sheet of images that kept the label is the likeliest; the second is another one.
    const sheet = await visitor.page.$("#explore figure:nth-of-type(2) canvas");
    await sheet?.evaluate((found) => found.scrollIntoView({ block: "center" }));
    const width = (await sheet?.boundingBox())?.width ?? 0;
    await sheet?.click({ offset: { x: (1.5 * width) / 8, y: 4 } });
    expect((await gallery()).ring).not.toBe(ring);
    const [x, y] = await visitor.page.$eval(".gallery-plot", (plot) => {
      const matrix = (plot as SVGSVGElement).getScreenCTM() as DOMMatrix;
      const dot = plot
        .querySelector("path")
        ?.getAttribute("transform")
        ?.match(/[\d.]+/g) as string[];
      plot.scrollIntoView({ block: "center" });
      const point = new DOMPoint(Number(dot[0]), Number(dot[1])).matrixTransform((plot as SVGSVGElement).getScreenCTM() ?? matrix);
      return [point.x, point.y] as [number, number];
    });
    await visitor.page.mouse.click(x, y);
    const first = await visitor.page.$eval(".gallery-plot path", (dot) => dot.getAttribute("transform")?.match(/[\d.]+/)?.[0]);
    expect((await gallery()).ring).toBe(first);
  });

  test("more strength shifts more labels", async () => {
    const shifted: number[] = [];
    await visitor.click("#strength-own");
    for (const [key, text] of [
      ["Home", /^5(\.0)?% hidden/],
      ["End", /^95% hidden/],
    ] as const) {
      await visitor.page.$eval("#judge-images-exhibit", (box) => box.replaceChildren());
      await visitor.page.focus("#strength");
      await visitor.page.keyboard.press(key);
      expect(await visitor.text("#explore .strength .hint")).toMatch(text);
      await visitor.read("#judge-images-exhibit", /Still .*Another class/);
      shifted.push((await gallery()).counts[1] as number);
    }
    expect(shifted[1]).toBeGreaterThan(shifted[0] as number);
  });

  test("a brush hides parts, by pointer and by keys, and the classes follow", async () => {
    await visitor.click("#judge-pictures");
    const before = await visitor.read(".brush-said", /hidden: /);
    expect(before).toMatch(/^0% hidden: (.+), \S+ before\.$/);
    expect(before.match(/: .* (\S+), (\S+) before/)?.slice(1)).toEqual([
      before.match(/, (\S+) before/)?.[1],
      before.match(/, (\S+) before/)?.[1],
    ]);
    await visitor.page.$eval("#brush", (canvas) => canvas.scrollIntoView({ block: "center" }));
    const box = await (await visitor.page.$("#brush"))?.boundingBox();
    const [left, top, size] = [box?.x ?? 0, box?.y ?? 0, box?.width ?? 0];
    await visitor.page.mouse.move(left + 0.3 * size, top + 0.5 * size);
    await visitor.page.mouse.down();
    await visitor.page.mouse.move(left + 0.7 * size, top + 0.5 * size, { steps: 12 });
    await visitor.page.mouse.up();
    const drawn = await visitor.read(".brush-said", /^([1-9]|\d\d)[\d.]*% hidden/);
    await visitor.page.focus("#brush");
    for (let i = 0; i < 6; i++) await visitor.page.keyboard.press("ArrowDown");
    await visitor.page.keyboard.press("Space");
    const share = (text: string) => Number(text.match(/^[\d.]+/)?.[0]);
    await visitor.page.waitForFunction((last) => document.querySelector(".brush-said")?.textContent !== last, {}, drawn);
    expect(share(await visitor.text(".brush-said"))).toBeGreaterThan(share(drawn));
    expect(await visitor.page.$$eval("#brush-classes li", (all) => all.length)).toBe(5);
    expect(await findViolations(visitor.page)).toEqual([]);
    expect(await findUnclear(visitor.page)).toEqual([]);
    await visitor.click("#brush-reset");
    expect(await visitor.read(".brush-said", /^0% hidden/)).toBe(before);
  });

  test.for([320, 800, 2560])("nothing overflows at %i pixels", async (width) => {
    await visitor.page.setViewport({ width, height: 800 });
    expect(await findOverflow(visitor.page)).toBeLessThanOrEqual(0);
    expect(visitor.errors).toEqual([]);
  });
});
