import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findOverflow, findViolations } from "../support/accessibility.ts";
import { type ModelForm, onnxOf } from "../support/onnx-of.ts";
import { ownClassifier } from "../support/own-classifier.ts";
import { Visitor } from "./visitor.ts";

const SCREENSHOTS = join(tmpdir(), "relabel-screenshots");
const LABELS = Array.from({ length: 400 }, (_, index) => `fruit ${index}`);

function fruit(form: ModelForm) {
  const { classifier, tensors } = ownClassifier({ height: 32, width: 32, channels: 3, classes: LABELS.length });
  return onnxOf("fruit", classifier.net, (key) => tensors.get(key) as Float32Array<ArrayBuffer>, form);
}

describe("an ONNX model on the page", { timeout: 300_000 }, () => {
  let visitor: Visitor;
  let paths: string[];

  beforeAll(async () => {
    visitor = await Visitor.arrive();
    const { onnx, files } = fruit({ end: "Softmax", external: true });
    const [[, data]] = [...files] as [[string, Uint8Array]];
    paths = await Promise.all(
      Object.entries({ "fruit.onnx": onnx, "fruit.onnx.data": data, "fruit.txt": LABELS.join("\n") }).map(async ([name, content]) => {
        await writeFile(join(visitor.folder, name), content);
        return join(visitor.folder, name);
      }),
    );
    await visitor.load();
    await visitor.openSample("Cat");
  }, 180_000);

  afterAll(() => visitor?.leave(), 60_000);

  const guess = (name: string) => `#guess-list li:has([data-preprocess="${name}"])`;

  test("without the file beside it, what is missing is named", async () => {
    await visitor.drop(paths[0] as string);
    expect(await visitor.read("#problem-message")).toMatch(/^fruit\.onnx keeps its weights in .*, which is not among the files\.$/);
    expect(await visitor.text("#problem-fix")).toBe("Drop both files together.");
  });

  test("both files and the labels, dropped together, show its classes under every preprocessing", async () => {
    await visitor.page.$eval("#top5", (list) => list.replaceChildren());
    await visitor.drop(...paths);
    await visitor.read("#guesses h3");
    expect(await visitor.text("#adapter")).toMatch(/^fruit\.onnx on /);
    expect(await visitor.text("#verdict-hint")).toBe("The five likeliest of 400 classes. Choose the one to explain.");
    const rows = await visitor.page.$$eval("#guess-list li", (all) => all.map((row) => row.querySelector(".likeliest")?.textContent ?? ""));
    expect(rows).toHaveLength(5);
    for (const row of rows) expect(row).toMatch(/^fruit \d+ [\d.]+%( · fruit \d+ [\d.]+%){4}$/);
    expect(await visitor.text(`${guess("torchvision")} button`)).toBe("In use");
    const shown = await visitor.page.$$eval("#top5 .name", (all) => all.map(({ textContent }) => textContent));
    expect(rows[0]?.replace(/ [\d.]+%/g, "").split(" · ")).toEqual(shown);
    await mkdir(SCREENSHOTS, { recursive: true });
    await visitor.page.screenshot({ path: join(SCREENSHOTS, "onnx.png") as `${string}.png` });
    expect(await findViolations(visitor.page)).toEqual([]);
    expect(await findOverflow(visitor.page)).toBe(0);
  });

  test("labels that come while the model is loading are its labels", async () => {
    await visitor.page.$eval("#top5", (list) => list.replaceChildren());
    await visitor.drop(...paths.slice(0, 2));
    await visitor.drop(paths[2] as string);
    await visitor.read("#top5 .name", /^fruit \d+$/);
    expect(await visitor.visible("#problem-message")).toBe(false);
    await visitor.read("#guesses h3");
  });

  test("another preprocessing is taken by its button", async () => {
    const wanted = await visitor.text(`${guess("keras-tf")} .likeliest`);
    await visitor.page.$eval(`${guess("keras-tf")} button`, (button) => (button as HTMLButtonElement).click());
    await visitor.read(`${guess("keras-tf")} button`, /In use/);
    expect(await visitor.text(`${guess("keras-tf")} .likeliest`)).toBe(wanted);
    expect(await visitor.page.$eval("#input-mean", (input) => (input as HTMLInputElement).value)).toBe("0.5");
  });

  test("it is explained by a gradient", async () => {
    await visitor.page.select("#method", "grad-cam");
    await visitor.page.locator("#start").click();
    expect(await visitor.read("#result-summary")).toMatch(/fruit \d+/);
  });

  test("kept in the browser, it is there the next time, with what was said of it, until it is deleted", async () => {
    await visitor.page.$eval("#weights", (details) => {
      (details as HTMLDetailsElement).open = true;
    });
    await visitor.page.$eval("#keep-model", (button) => (button as HTMLButtonElement).click());
    await visitor.read("#stored li .name", /^fruit\.onnx$/);
    const before = await visitor.page.$$eval("#top5 button", (all) => all.map(({ textContent }) => textContent));
    await visitor.load();
    await visitor.openSample("Cat");
    await visitor.page.$eval("#weights", (details) => {
      (details as HTMLDetailsElement).open = true;
    });
    await visitor.page.$eval('#stored [aria-label="Use it: fruit.onnx"]', (button) => (button as HTMLButtonElement).click());
    await visitor.read("#guesses h3");
    expect(await visitor.page.$$eval("#top5 button", (all) => all.map(({ textContent }) => textContent))).toEqual(before);
    await visitor.page.$eval('#stored [aria-label="Delete fruit.onnx"]', (button) => (button as HTMLButtonElement).click());
    await visitor.page.waitForFunction(() => document.querySelectorAll("#stored li").length === 0);
    expect(await visitor.page.evaluate(async () => (await caches.keys()).filter((name) => name.includes("fruit")))).toEqual([]);
    expect(visitor.errors).toEqual([]);
  });
});
