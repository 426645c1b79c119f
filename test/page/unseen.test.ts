/** What the page does where the classifier, or the photo's decoder, fails at a photo or a part of it. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Explanation } from "../../src/faces/all.ts";
import { findViolations } from "../support/accessibility.ts";
import { onnxOf } from "../support/onnx-of.ts";
import { ownClassifier } from "../support/own-classifier.ts";
import { keptMaps } from "./kept-records.ts";
import { Visitor } from "./visitor.ts";

const SIDE = 64;
const WHAT = "The GPU has too little memory for the photo.";

describe("a photo that cannot be classified", { timeout: 300_000 }, () => {
  let visitor: Visitor;

  beforeAll(async () => {
    visitor = await Visitor.arriveWith("Coffee", SIDE);
    await visitor.page.select("#method", "grad-cam");
    await visitor.page.evaluate((message) => {
      const { postMessage } = Worker.prototype;
      Worker.prototype.postMessage = function (this: Worker, sent: { call: number; method?: string; ask?: object }, ...rest: never[]) {
        const { failing } = window as { failing?: string };
        if (failing !== undefined && sent.method === failing) {
          const error = { name: "EngineError", code: "OUT_OF_MEMORY", message, fix: "Close other pages." };
          this.dispatchEvent(new MessageEvent("message", { data: { kind: "outcome", call: sent.call, outcome: { error } } }));
        } else if (failing !== undefined && sent.ask && failing in sent.ask) this.dispatchEvent(new ErrorEvent("error", { message }));
        else postMessage.call(this, sent, ...rest);
      };
    }, WHAT);
  }, 300_000);

  afterAll(() => visitor?.leave(), 60_000);

  /** Has every call of this name fail: of the classifier's worker one by one, of a decoder with the worker. */
  const fail = (name?: string) => visitor.page.evaluate((failing) => Object.assign(window, { failing }), name);
  const answers = () => visitor.text("#top5");
  const isFormer = () => visitor.page.$eval("#top5", (list) => list.classList.contains("former"));
  const width = async (pixels: number) => {
    await visitor.fill("#frame-width", String(pixels));
    await visitor.page.keyboard.press("Enter");
  };

  test("a part keeps photo and answers on show, marked as those of the part before, and says what to do", async () => {
    const before = await answers();
    await fail("classify");
    await width(100);
    expect(await visitor.read("#problem p", /memory/)).toBe(`${WHAT} Close other pages.`);
    expect(await visitor.text("#verdict-hint")).toBe(
      "It failed at this part of the photo: these are its answers to the part before. Try again, or show it another part of the photo.",
    );
    expect(await visitor.text("#caption")).toMatch(/^coffee\.jpg\. The classifier failed at 100 x 100 pixels at /);
    expect([await visitor.visible("#photo-canvas"), await visitor.visible("#explain"), await isFormer()]).toEqual([true, true, true]);
    expect(await answers()).toBe(before);
    expect(await findViolations(visitor.page)).toEqual([]);
  });

  test("Explain asks the classifier again first: where it fails again there is no map, else one of the new part", async () => {
    await visitor.click("#problem-dismiss");
    await visitor.click("#start");
    await visitor.read("#problem p", /memory/);
    expect([await visitor.visible("#run"), await isFormer()]).toEqual([false, true]);
    await fail();
    await visitor.click("#start");
    await visitor.page.waitForSelector("#strip-list li");
    expect((await keptMaps(visitor.page)).map(({ crop }) => crop as Explanation["crop"])).toMatchObject([{ width: 100, height: 100 }]);
    expect([await visitor.visible("#problem"), await visitor.visible("#verdict-again"), await isFormer()]).toEqual([false, false, false]);
  });

  test("another part, or another try, brings the answers; the focus goes on to them", async () => {
    await fail("open");
    await width(120);
    await visitor.read("#verdict-again");
    await fail();
    await width(SIDE);
    await visitor.read("#verdict-hint", /likeliest/);
    expect([await visitor.visible("#problem"), await isFormer()]).toEqual([false, false]);
    await fail("classify");
    await width(140);
    await visitor.read("#verdict-again");
    await visitor.page.focus("#verdict-again");
    await visitor.page.keyboard.press("Enter");
    await visitor.read("#problem p", /memory/);
    await fail();
    await visitor.page.keyboard.press("Enter");
    await visitor.read("#verdict-hint", /likeliest/);
    expect(await visitor.page.evaluate(() => document.activeElement?.closest("#top5") !== null)).toBe(true);
  });

  test("another photo is on show though nothing is known of it, and so it is tried again", async () => {
    await fail("classify");
    await visitor.click("#samples button::-p-text(Cat)");
    expect(await visitor.read("#verdict-hint", /failed/)).toBe("It failed at this photo. Try again, or show it another part of the photo.");
    expect(await visitor.text("#caption")).toMatch(/^cat\.jpg\. The classifier failed at/);
    expect([await visitor.visible("#photo-canvas"), await visitor.visible("#explain")]).toEqual([true, false]);
    await fail();
    await visitor.click("#verdict-again");
    await visitor.page.waitForSelector("#top5 li");
    expect(await visitor.text("#caption")).toMatch(/^cat\.jpg\. The classifier sees/);
  });

  test("guesses at a model's preprocessing that fail take nothing from its answers", async () => {
    const { classifier, tensors } = ownClassifier({ height: 32, width: 32, channels: 3, classes: 400 });
    const { onnx } = onnxOf("fruit", classifier.net, (key) => tensors.get(key) as Float32Array<ArrayBuffer>, { end: "Softmax" });
    const path = join(visitor.folder, "fruit.onnx");
    await writeFile(path, onnx);
    await fail("comparePreprocessing");
    await visitor.drop(path);
    await visitor.read("#adapter", /^fruit\.onnx on /);
    await visitor.read("#problem p", /memory/);
    expect(await visitor.text("#verdict-hint")).toBe("The five likeliest of 400 classes. Choose the one to explain.");
    expect([await visitor.visible("#start"), await visitor.visible("#verdict-again"), await isFormer()]).toEqual([true, false, false]);
    await visitor.click("#problem-dismiss");
  });

  test("one that can never be shown again is closed, and can be opened anew", async () => {
    await fail("pixels");
    await width(100);
    await visitor.read("#problem p", /memory/);
    expect([await visitor.visible("#photo-canvas"), await visitor.visible("#explain"), await visitor.visible("#verdict")]).toEqual([
      ...[false, false, false],
    ]);
    await fail();
    await visitor.openSample("Cat");
    expect([await visitor.visible("#photo-canvas"), await visitor.visible("#problem")]).toEqual([true, false]);
    expect(visitor.errors).toEqual([]);
  });
});
