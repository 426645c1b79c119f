import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GUIDES, METHODS } from "../../src/faces/all.ts";
import { findOverflow, findViolations } from "../support/accessibility.ts";
import { onnxOf } from "../support/onnx-of.ts";
import { signedClassifier } from "../support/signed-classifier.ts";
import { Visitor } from "./visitor.ts";

test("each method has its guide, and no other", () => {
  expect(Object.keys(GUIDES)).toEqual(METHODS.map(({ name }) => name));
});

describe("choosing a method on the page", { timeout: 300_000 }, () => {
  let visitor: Visitor;

  beforeAll(async () => {
    visitor = await Visitor.arriveWith("Coffee", 64);
  }, 300_000);

  afterAll(() => visitor?.leave(), 60_000);

  const card = (name: string) => `.card:has([value=${name}])`;
  const chosen = () =>
    visitor.page.evaluate(() => [
      (document.querySelector("#method") as HTMLSelectElement).value,
      document.querySelector<HTMLInputElement>(".card :checked")?.value,
    ]);
  const focused = () => visitor.page.evaluate(() => document.activeElement?.id);

  test("the passes are said beforehand, for whatever the form holds", async () => {
    const { page } = visitor;
    expect(await visitor.read("#estimate")).toBe(
      "Up to 250 passes through the classifier. The first map will tell how long one takes here.",
    );
    await visitor.fill("#samples-count", "64");
    expect(await visitor.text("#estimate")).toMatch(/^Up to 64 passes/);
    await page.select("#gates", "random");
    expect(await visitor.text("#estimate")).toMatch(/^Up to 244 passes/);
    await page.select("#gates", "balanced");
    await visitor.fill("#samples-count", "1");
    expect(await visitor.text("#estimate")).toBe("");
    await page.select("#method", "occlusion");
    expect(await visitor.text("#estimate")).toMatch(/^Up to 442 passes/);
    await page.select("#method", "rise");
    expect(await visitor.text("#estimate")).toMatch(/^Up to 4,000 passes/);
    await visitor.fill("#rise-masks", "1");
    await page.keyboard.press("Enter");
    expect(await visitor.read("#options-error")).toMatch(/^Masks is a whole number/);
    expect(await page.$eval("#rise-masks", (field) => field.getAttribute("aria-describedby"))).toBe("rise-masks-hint options-error");
    await visitor.fill("#rise-masks", "8");
    expect(await visitor.visible("#options-error")).toBe(false);
    expect(await page.$eval("#rise-masks", (field) => field.getAttribute("aria-describedby"))).toBe("rise-masks-hint");
    expect(await visitor.text("#estimate")).toMatch(/^Up to 8 passes/);
    await page.select("#method", "relabel");
  });

  test("cards say what each method does and costs, and are loaded when they are opened", async () => {
    const { page } = visitor;
    const loaded = () => visitor.requests.some((path) => /cards/.test(path));
    expect(loaded()).toBe(false);
    await visitor.click("#guide summary");
    await page.waitForSelector(".card");
    expect(loaded()).toBe(true);
    expect(await page.$$eval(".card label", (all) => all.map(({ textContent }) => textContent))).toEqual(METHODS.map(({ title }) => title));
    expect(await visitor.text(card("rise"))).toMatch(
      /random masks.*Needs the classifier's answers alone\. ?Up to 8 passes, time not measured yet\.$/,
    );
    expect(await visitor.text(card("excitation"))).toMatch(/patent-pending/);
    expect(await chosen()).toEqual(["relabel", "relabel"]);
    expect(await findViolations(page)).toEqual([]);
  });

  test("a card chooses, by a press or by the keyboard, and follows the list; the address has the method once", async () => {
    const { page } = visitor;
    await visitor.click(card("rise"));
    expect(await chosen()).toEqual(["rise", "rise"]);
    expect(await visitor.visible("#rise-masks")).toBe(true);
    await page.keyboard.press("ArrowUp");
    expect(await chosen()).toEqual(["occlusion", "occlusion"]);
    await page.select("#method", "rise");
    expect(await chosen()).toEqual(["rise", "rise"]);
    expect(new URL(page.url()).hash).toMatch(/^#method=rise&(?!.*card)/);
  });

  test("once there is a map, its pace tells the time of the others", async () => {
    await visitor.page.focus("#start");
    await visitor.page.keyboard.press("Enter");
    await visitor.read("#result-summary", /8 forward passes/);
    await visitor.read("#estimate", /about/);
    expect(await visitor.text("#estimate")).toMatch(/^Up to 8 passes through the classifier: about \d+ s here\.$/);
    expect(await visitor.text(card("occlusion"))).toMatch(/Up to 442 passes, about [\dmin ]+ s here\.$/);
  });

  test("of layers behind the map's own alone one can be contrasted", async () => {
    const { page } = visitor;
    await page.select("#method", "excitation");
    const offered = () =>
      page.$$eval("#excitation-contrastLayer option:not(:disabled)", (all) => all.map((option) => (option as HTMLOptionElement).value));
    expect(await offered()).toContain("blocks.1.1");
    await visitor.fill("#excitation-contrastLayer", "blocks.1.1");
    await visitor.fill("#excitation-layer", "bn2");
    expect((await offered()).slice(0, 2)).toEqual(["", "bn2"]);
    expect(await page.$eval("#excitation-contrastLayer", (list) => (list as HTMLSelectElement).value)).toBe("");
    const groups = await page.$$eval("#excitation-layer optgroup", (all) => all.map(({ label }) => label));
    expect(groups.slice(0, 2)).toEqual(["64 x 64", "32 x 32"]);
    expect(new Set(groups).size).toBe(groups.length);
  });

  test("what a classifier cannot be explained by is said on the card, and at the field where it is tried", async () => {
    const { page } = visitor;
    const { classifier, tensors } = signedClassifier(32, 400);
    const { onnx } = onnxOf("signed", classifier.net, (key) => tensors.get(key) as Float32Array<ArrayBuffer>);
    const path = join(visitor.folder, "signed.onnx");
    await writeFile(path, onnx);
    await visitor.drop(path);
    await visitor.read("#adapter", /^signed\.onnx/);
    await page.waitForSelector("#top5 li");
    expect(await visitor.read(`${card("fgvis")} .error`)).toMatch(
      /^FGVis is not defined for this net: layer ".+" ends in .+ below 0\. Choose another/,
    );
    expect(await visitor.visible(`${card("relabel")} .error`)).toBe(false);
    await page.select("#method", "fgvis");
    await page.focus("#start");
    await page.keyboard.press("Enter");
    expect(await visitor.read("#options-error")).toMatch(/^FGVis is not defined/);
    expect(await focused()).toBe("method");
    expect(await page.$eval("#options-error", (error) => error.closest(".field")?.querySelector("select")?.id)).toBe("method");
    expect(await findViolations(page)).toEqual([]);
    await page.select("#method", "excitation");
    expect(await visitor.visible("#options-error")).toBe(false);
    await page.focus("#start");
    await page.keyboard.press("Enter");
    expect(await visitor.read("#options-error")).toMatch(/^Excitation backprop is not defined/);
    expect(await focused()).toBe("excitation-layer");
    expect(await visitor.visible("#problem")).toBe(false);
    expect(await visitor.visible("#run")).toBe(false);
  });

  test("nothing overflows on a phone, and nothing went wrong unseen", async () => {
    await visitor.page.setViewport({ width: 360, height: 800 });
    expect(await findOverflow(visitor.page)).toBeLessThanOrEqual(0);
    expect(visitor.errors).toEqual([]);
  });
});
