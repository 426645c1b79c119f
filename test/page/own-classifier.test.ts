import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { METHODS } from "../../src/faces/all.ts";
import { findOverflow, findViolations } from "../support/accessibility.ts";
import { makeGreyLite0, TEN } from "../support/grey-lite0.ts";
import { LONG } from "../support/long.ts";
import { Visitor } from "./visitor.ts";

/** Every method, with parameters that keep it short. */
const QUICK: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  relabel: { "#samples-count": "16" },
  occlusion: { "#occlusion-window": "80", "#occlusion-stride": "72" },
  rise: { "#rise-masks": "16" },
  lime: { "#lime-samples": "16" },
  "score-cam": { "#score-cam-layer": "blocks.1.0.bn3" },
  "grad-cam": {},
  linear: {},
  excitation: {},
  extremal: { "#extremal-iterations": "5" },
  fgvis: { "#fgvis-iterations": "5" },
};

const SCREENSHOTS = join(tmpdir(), "relabel-screenshots");

describe("a classifier of one's own on the page", { timeout: 300_000 }, () => {
  let visitor: Visitor;

  beforeAll(async () => {
    visitor = await Visitor.arrive();
    await visitor.load();
    await visitor.openSample("Cat");
  }, 180_000);

  afterAll(() => visitor?.leave(), 60_000);

  async function write(name: string, content: string | Uint8Array): Promise<string> {
    const path = join(visitor.folder, name);
    await writeFile(path, content);
    return path;
  }

  const value = (selector: string) => visitor.page.$eval(selector, (control) => (control as HTMLInputElement).value);
  const disabled = (selector: string) => visitor.page.$eval(selector, (control) => control.matches(":disabled"));
  const names = () => visitor.page.$$eval("#top5 .name", (all) => all.map(({ textContent }) => textContent));
  const shares = () => visitor.page.$$eval("#top5 .share", (all) => all.map(({ textContent }) => Number.parseFloat(textContent ?? "")));
  const canvasSize = async (id: string) => {
    await visitor.drawn();
    return visitor.page.$eval(id, (canvas) => [(canvas as HTMLCanvasElement).width, (canvas as HTMLCanvasElement).height]);
  };

  /** Changes the classifier, waits until another one is in use and has seen the photo. */
  async function settle(change: () => Promise<unknown>): Promise<void> {
    await visitor.page.$eval("#top5", (list) => list.replaceChildren());
    await change();
    await visitor.page.waitForSelector("#top5 li");
  }

  test("a grey file of ten classes is used with the labels that were dropped with it", async () => {
    expect(await visitor.text("#caption")).toBe("cat.jpg. The classifier sees the photo's central square.");
    const paths = [
      await write("mine.safetensors", await makeGreyLite0()),
      await write("labels.txt", `${TEN.join("\n")}\n`),
      await write("config.json", JSON.stringify({ label_names: ["unused"] })),
    ];
    await settle(() => visitor.drop(...paths));
    expect(await visitor.text("#teacher option")).toBe("efficientnet-lite0 – from mine.safetensors");
    expect((await names()).every((name) => TEN.includes(name as string))).toBe(true);
    expect((await names())[0]).toMatch(/tabby|tiger cat|Egyptian cat/);
    expect((await shares()).reduce((sum, share) => sum + share)).toBeGreaterThan(95);
    expect(await visitor.text("#verdict-hint")).toBe("The five likeliest of 10 classes. Choose the one to explain.");
    expect(await visitor.text("#caption")).toBe("cat.jpg. The classifier sees the photo's central square, in grey.");
    await visitor.drawn();
    const coloured = await visitor.page.$eval("#photo-canvas", (found) => {
      const canvas = found as HTMLCanvasElement;
      const data = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data as Uint8ClampedArray;
      return data.some((byte, index) => index % 4 < 3 && byte !== data[index - (index % 4)]);
    });
    expect(coloured).toBe(false);
  });

  test("the form has what the classifier takes, and says what it cannot use", async () => {
    const { page } = visitor;
    await visitor.click("#input summary");
    expect(await Promise.all(["size", "channels", "resize", "share", "outputs"].map((field) => value(`#input-${field}`)))).toEqual([
      ...["112", "grey", "crop", "0.875", "softmax"],
    ]);
    expect(await value("#input-mean")).toBe("0.498039");
    expect(await disabled("#input-channels option[value=rgb]")).toBe(true);
    expect(await disabled("#input-apply")).toBe(true);
    await visitor.fill("#input-mean", "127");
    await page.keyboard.press("Enter");
    expect(await visitor.read("#input-error")).toMatch(/^Give the mean as three numbers/);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("input-mean");
    expect(await findViolations(page)).toEqual([]);
    await visitor.fill("#input-mean", "0.498039");
    expect(await disabled("#input-apply")).toBe(true);
    await visitor.fill("#input-size", "5000");
    await page.keyboard.press("Enter");
    expect(await visitor.read("#problem p", /5000/)).toMatch(
      /^The height of the input is 5000\. Give a whole number of pixels from 1 to 4096/,
    );
    expect(await value("#input-size")).toBe("5000");
    expect(await visitor.text("#adapter")).toMatch(/^efficientnet-lite0 on/);
    await visitor.fill("#input-size", "112");
    await page.select("#input-resize", "squash");
    expect(await visitor.visible("#input-share")).toBe(false);
    await page.select("#input-resize", "crop");
    expect(await disabled("#input-apply")).toBe(true);
  });

  test("a size that is not square and sigmoid outputs are applied, the labels kept, and the photo is classified and explained", async () => {
    const { page } = visitor;
    await visitor.fill("#input-size", "32x128");
    await page.select("#input-outputs", "sigmoid");
    await settle(() => visitor.click("#input-apply"));
    expect(await visitor.visible("#problem")).toBe(false);
    expect((await names()).every((name) => TEN.includes(name as string))).toBe(true);
    // A yes or no a class: together they are no whole.
    expect((await shares()).reduce((sum, share) => sum + share)).toBeGreaterThan(105);
    expect([await value("#input-size"), await value("#input-outputs")]).toEqual(["32 x 128", "sigmoid"]);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("input-size");
    expect(await visitor.text("#caption")).toBe("cat.jpg. The classifier sees the photo's central part, in grey.");
  });

  test("the methods below are all there are", async () => {
    const offered = await visitor.page.$$eval("#method option", (all) => all.map(({ value }) => value));
    expect(Object.keys(QUICK).sort()).toEqual(offered.sort());
  });

  // One of each kind; the others, whose forms are made alike, in the long run.
  const KINDS = ["relabel", "score-cam", "grad-cam", "extremal"];
  test.each(Object.entries(QUICK).filter(([method]) => LONG || KINDS.includes(method)))(
    "is explained by %s",
    async (method, parameters) => {
      const { page } = visitor;
      await page.select("#method", method);
      for (const [id, text] of Object.entries(parameters)) await visitor.fill(id, text);
      await page.$eval("#result-summary", (summary) => summary.replaceChildren());
      await visitor.click("#start");
      const { title } = METHODS.find(({ name }) => name === method) as (typeof METHODS)[number];
      expect(await visitor.read("#result-summary")).toContain(method === "relabel" ? "learned from 16 samples" : `by ${title}`);
      expect(await visitor.visible("#problem")).toBe(false);
      expect([await canvasSize("#photo-canvas"), await canvasSize("#map-canvas")]).toEqual([
        [451, 300],
        [448, 112],
      ]);
      expect((await visitor.compareCanvases()).colours).toBeGreaterThan(1000);
      const { width, height } = await page.$eval("#stage", (stage) => stage.getBoundingClientRect().toJSON());
      expect(width / height).toBeCloseTo(451 / 300, 1);
    },
  );

  test("looks well, wide and narrow", async () => {
    const { page } = visitor;
    await mkdir(SCREENSHOTS, { recursive: true });
    for (const width of [360, 1280]) {
      await page.setViewport({ width, height: 900 });
      expect(await findOverflow(page)).toBeLessThanOrEqual(0);
      await page.evaluate(() => window.scrollTo(0, 0));
      await page.screenshot({ path: join(SCREENSHOTS, `own-classifier-${width}.png`) as `${string}.png`, fullPage: true });
    }
    expect(await findViolations(page)).toEqual([]);
  });

  test("logits are shown as scores", async () => {
    await visitor.page.select("#input-outputs", "logits");
    await settle(() => visitor.click("#input-apply"));
    expect(await visitor.text("#top5 .share")).toMatch(/^-?\d+\.\d\d$/);
    expect(await visitor.page.$("#top5 .meter")).toBeNull();
  });

  test("labels that are dropped alone name the classes of the classifier in use, and must fit", async () => {
    await visitor.drop(await write("two.txt", "cat\ndog\n"));
    expect(await visitor.read("#problem p", /labels/)).toBe(
      "There are 2 labels, and the classifier has 10 classes. Give one label a class, in the order of the classes.",
    );
    const path = await write("numbers.json", JSON.stringify(Object.fromEntries(TEN.map((_, index) => [index, `number ${index}`]))));
    await settle(() => visitor.drop(path));
    expect((await names())[0]).toMatch(/^number \d$/);
    expect(await value("#input-outputs")).toBe("logits");
  });

  test("another file begins anew, with a config's labels where they fit, and says what it leaves unused", async () => {
    const paths = [
      await write("two.safetensors", await makeGreyLite0(2)),
      await write("config.json", JSON.stringify({ id2label: { 0: "tabby", 1: "tiger cat", 2: "persian" } })),
    ];
    await settle(() => visitor.drop(...paths));
    expect(await visitor.text("#unused")).toBe("Not used: the 3 labels in config.json, since the classifier has 2 classes.");
    expect((await names()).sort()).toEqual(["class 0", "class 1"]);
    expect(await visitor.text("#verdict-hint")).toBe("Its 2 classes, the likeliest first. Choose the one to explain.");
    expect(await value("#input-outputs")).toBe("softmax");
  });

  test("what is squashed is shown whole and in its own proportions, in a window that has room for more", async () => {
    await visitor.fill("#input-size", "96x32");
    await visitor.page.select("#input-resize", "squash");
    await settle(() => visitor.click("#input-apply"));
    expect(await visitor.text("#caption")).toBe("cat.jpg. The classifier sees the whole photo, squashed, in grey.");
    expect(await canvasSize("#photo-canvas")).toEqual([451, 300]);
    expect(await visitor.page.$eval("#stage", (stage) => stage.clientHeight)).toBeLessThan(900 - 16 * 18);
    expect(await visitor.text("#unused")).toBe("");
  });

  test("a part is cut from the photo where it lies, stretched to what is asked for, in colours or in grey", async () => {
    // A photo of 200 x 100, red but for a blue frame of 20 pixels.
    const seen = (left: number, width: number, grey: boolean) =>
      visitor.page.evaluate(`(async () => {
        const { drawPart } = await import("/src/page/view.js");
        const data = new Uint8ClampedArray(200 * 100 * 4).fill(255);
        for (let i = 0; i < 200 * 100; i++) {
          const [x, y] = [i % 200, Math.floor(i / 200)];
          data.set(x < 20 || x >= 180 || y < 20 || y >= 80 ? [0, 0, 255] : [255, 0, 0], 4 * i);
        }
        const part = { left: ${left}, top: 30, width: ${width}, height: 40 };
        const view = drawPart({ width: 200, height: 100, data }, { part, size: { width: 448, height: 112 }, grey: ${grey} });
        const at = (x, y) => Array.from(view.data.slice(4 * (y * view.width + x), 4 * (y * view.width + x) + 4));
        return [view.width, view.height, at(2, 2), at(view.width / 2, view.height / 2)];
      })()`);
    expect(await seen(20, 160, false)).toEqual([448, 112, [255, 0, 0, 255], [255, 0, 0, 255]]);
    expect(await seen(0, 200, false)).toEqual([448, 112, [0, 0, 255, 255], [255, 0, 0, 255]]);
    expect(await seen(20, 160, true)).toEqual([448, 112, [76, 76, 76, 255], [76, 76, 76, 255]]);
  });

  test("nothing went wrong unseen", () => {
    expect(visitor.errors).toEqual([]);
  });
});
