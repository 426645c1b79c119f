import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ElementHandle } from "puppeteer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeGreyLite0, TEN } from "../support/grey-lite0.ts";
import { Visitor } from "./visitor.ts";

let visitor: Visitor;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "relabel-test-"));
  await writeFile(join(folder, "ten.safetensors"), await makeGreyLite0());
  await writeFile(join(folder, "ten.txt"), TEN.join("\n"));
  await writeFile(join(folder, "german.json"), JSON.stringify(TEN.map((name) => `${name}!`)));
  visitor = await Visitor.arrive();
}, 180_000);

afterAll(async () => {
  await visitor?.leave();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

async function open(...names: string[]): Promise<void> {
  const picker = (await visitor.page.$("#weights-file")) as ElementHandle<HTMLInputElement>;
  await picker.uploadFile(...names.map((name) => join(folder, name)));
}

const size = (id: string) =>
  visitor.page.$eval(`#${id}`, (canvas) => [(canvas as HTMLCanvasElement).width, (canvas as HTMLCanvasElement).height]);
const value = (id: string) => visitor.page.$eval(`#${id}`, (field) => (field as HTMLInputElement).value);
/** Whether the view has no colour. */
const isGrey = () =>
  visitor.page.evaluate(() => {
    const canvas = document.getElementById("photo-canvas") as HTMLCanvasElement;
    const data = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data as Uint8ClampedArray;
    return data.every((value, at) => at % 4 === 3 || Math.abs(value - (data[at - (at % 4)] as number)) <= 2);
  });

test("a grey net of ten classes, its labels, size and sigmoid outputs", { timeout: 300_000 }, async () => {
  await visitor.load();
  await visitor.openSample("Coffee");
  expect(await isGrey()).toBe(false);
  await open("ten.safetensors", "ten.txt");
  expect(await visitor.read("#verdict-hint", /of 10 classes/)).toBe("The likeliest of 10 classes. Choose the one to explain.");
  expect([await value("input-channels"), await value("input-size"), await value("input-outputs")]).toEqual(["grey", "224", "softmax"]);
  expect(await isGrey()).toBe(true);

  await visitor.page.click("#input summary");
  expect(await visitor.page.$eval("#input-apply", (button) => (button as HTMLButtonElement).disabled)).toBe(true);
  await visitor.fill("#input-size", "48x192");
  await visitor.page.select("#input-outputs", "sigmoid");
  await visitor.page.click("#input-apply");
  await visitor.page.waitForFunction(() => (document.getElementById("photo-canvas") as HTMLCanvasElement).height === 112);
  await visitor.read("#top5", /espresso.*100/);
  expect(await size("photo-canvas")).toEqual([448, 112]);
  // A yes or no a class: more than one may be likely.
  const shares = (await visitor.page.$$eval("#top5 .share", (all) =>
    all.map(({ textContent }) => Number.parseFloat(textContent ?? "")),
  )) as number[];
  expect(shares.slice(0, 4).map((share) => Math.round(share))).toEqual([100, 100, 76, 74]);

  await visitor.page.select("#method", "grad-cam");
  await visitor.page.click("#explain-form button[type=submit]");
  await visitor.page.waitForSelector("#map-canvas:not([hidden])");
  expect(await size("map-canvas")).toEqual([448, 112]);
  expect((await visitor.compareCanvases()).colours).toBeGreaterThan(20);

  await open("german.json");
  await visitor.read("#top5", /espresso!/);
  expect(await value("input-outputs")).toBe("sigmoid");

  await visitor.fill("#input-mean", "127, 127, 127");
  await visitor.page.click("#input-apply");
  expect(await visitor.read("#problem p", /mean/)).toContain("divide them by 255");
  await visitor.fill("#input-mean", "0.1, 0.2, 0.3");
  await visitor.page.click("#input-apply");
  expect(await visitor.read("#problem p", /grey/i)).toContain("one mean");
  expect(visitor.errors).toEqual([]);
  if (process.env.RELABEL_SHOTS) {
    await visitor.page.screenshot({ path: join(process.env.RELABEL_SHOTS, "wide.png"), fullPage: true });
    await visitor.page.setViewport({ width: 360, height: 800 });
    await visitor.page.screenshot({ path: join(process.env.RELABEL_SHOTS, "narrow.png"), fullPage: true });
  }
});
