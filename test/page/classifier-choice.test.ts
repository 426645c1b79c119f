import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TEACHERS } from "../../src/faces/all.ts";
import { PIECE_BYTES } from "../../src/nets/weights/kept-files.ts";
import { startHub } from "../support/hub-server.ts";
import { encodeSafetensors, f32 } from "../support/safetensors-file.ts";
import { MOBILENET_PATH, makeMobilenet } from "./mobilenet-file.ts";
import { Visitor } from "./visitor.ts";

describe("the choice of the classifier", { timeout: 300_000 }, () => {
  let visitor: Visitor;
  const file = makeMobilenet();

  beforeAll(async () => {
    visitor = await Visitor.arrive();
  }, 180_000);

  afterAll(() => visitor?.leave(), 60_000);

  const option = (name: string) => visitor.text(`#teacher option[value=${name}]`);
  const focus = () => visitor.page.evaluate(() => document.activeElement?.id);
  const inUse = (name: string) => visitor.read("#adapter", new RegExp(`^${name} on`));
  /** The five likeliest classes, once they are others than before. */
  const verdict = async (before = "") => {
    await visitor.page.waitForFunction(
      (old) => {
        const text = document.querySelector("#top5")?.textContent?.trim();
        return text && text.replace(/\s+/g, " ") !== old;
      },
      {},
      before,
    );
    return visitor.text("#top5");
  };

  test("every classifier says what of it is at hand, and choosing one downloads nothing", async () => {
    await visitor.load();
    expect(await option("efficientnet-lite0")).toBe("efficientnet-lite0 – built in");
    const published = TEACHERS.filter(({ hub }) => hub);
    for (const { name, hub } of published) expect(await option(name)).toBe(`${name} – download ${hub?.megabytes} MB`);
    // Nobody publishes the others': they cannot be chosen before their weights are opened.
    expect(await option("googlenet")).toBe("googlenet – open its weights");
    const disabled = await visitor.page.$$eval("#teacher option:disabled", (all) => all.map((one) => (one as HTMLOptionElement).value));
    expect(disabled).toEqual(TEACHERS.slice(1).flatMap(({ name, hub }) => (hub ? [] : [name])));
    expect(await visitor.visible("#teacher-use")).toBe(false);
    await visitor.page.select("#teacher", "resnet50");
    expect(await visitor.text("#teacher-use")).toBe("Download 102 MB");
    expect(await visitor.text("#teacher-hint")).toBe("Still in use: efficientnet-lite0.");
    expect(await visitor.text("#stored-total")).toBe("Weights: none stored");
    expect(visitor.requests.filter((path) => /api|resolve/.test(path))).toEqual([]);
  });

  test("tuning shows its progress and is stopped, and a classifier that was tuned before says so", async () => {
    const { page } = visitor;
    expect(await visitor.text("#tune-hint")).toBe("Measures which kernels are the fastest here, once.");
    await visitor.click("#tune");
    expect(await visitor.read("#tune-hint", /layer (?!1 )\d+ of/)).toMatch(/^Measuring layer \d+ of \d+$/);
    expect(await page.$eval("#tune-bar", (bar) => (bar as HTMLProgressElement).value)).toBeGreaterThan(0);
    expect(await page.$eval("#teacher", (select) => (select as HTMLSelectElement).disabled)).toBe(true);
    expect(await visitor.text("#announcement")).toBe("Tuning.");
    expect(await visitor.text("#tune")).toBe("Stop tuning");
    await visitor.click("#tune");
    await visitor.read("#tune", /^Tune for this GPU$/);
    expect(await visitor.visible("#problem")).toBe(false);
    expect(await visitor.visible("#tune-bar")).toBe(false);
    expect(await focus()).toBe("tune");
    // As text, since modules of the page's own server are meant.
    await page.evaluate(`(async () => {
      const { tuningKey } = await import("/src/explain/tuning.js");
      const { browserStore } = await import("/src/page/tuning-store.js");
      const { Engine } = await import("/src/engine/engine.js");
      const engine = await Engine.create();
      await browserStore().save(tuningKey(engine, "efficientnet-lite0 112x112", "f32", "f32"), { choices: {}, saved: 0.25 });
      engine.dispose();
    })()`);
    await visitor.load();
    expect(await visitor.text("#tune-hint")).toBe("Tuned: 25% less time in its main layers.");
    await page.select("#teacher", "resnet50");
  });

  test("a hub out of reach leaves the former classifier at work", async () => {
    await visitor.click("#teacher-use");
    expect(await visitor.read("#problem p")).toMatch(/^http:\/\/127\.0\.0\.1:9 cannot be reached .* Check the connection/);
    expect(await focus()).toBe("teacher");
    expect(await visitor.text("#teacher-use")).toBe("Download 102 MB");
    await visitor.openSample("Cat");
    expect(await verdict()).toMatch(/cat/);
    visitor.errors.length = 0;
  });

  test("a download shows its progress, is cancelled and goes on, and the photo is classified anew", async () => {
    const hub = await startHub({ [MOBILENET_PATH]: file });
    await visitor.useHub(hub.endpoint);
    const before = await verdict();
    hub.faults.stallAfter = PIECE_BYTES + 1_000_000;
    await visitor.page.select("#teacher", "mobilenet_v2");
    await visitor.click("#teacher-use");
    expect(await visitor.read("#transfer-text", /: 5\.\d MB/)).toMatch(/^Downloading mobilenet_v2: 5\.\d MB of 7\.\d MB$/);
    expect(await visitor.page.$eval("#transfer-bar", (bar) => (bar as HTMLProgressElement).value)).toBeGreaterThan(0.6);
    expect(await visitor.text("#announcement")).toMatch(/^Downloading mobilenet_v2/);
    expect(await focus()).toBe("transfer-cancel");
    await visitor.page.keyboard.press("Enter");
    await visitor.read("#teacher-use", /^Download the other 3\.\d MB$/);
    expect(await visitor.visible("#transfer")).toBe(false);
    expect(await visitor.visible("#problem")).toBe(false);
    expect(await option("mobilenet_v2")).toMatch(/^mobilenet_v2 – 4\.2 MB of 7\.\d MB here$/);
    expect(await focus()).toBe("teacher");
    expect(await verdict()).toBe(before);

    hub.faults = {};
    await visitor.fill("#samples-count", "77");
    await visitor.click("#teacher-use");
    await inUse("mobilenet_v2");
    expect(await verdict(before)).not.toBe(before);
    expect(await visitor.page.$eval("#samples-count", (input) => (input as HTMLInputElement).value)).toBe("77");
    expect(await option("mobilenet_v2")).toMatch(/^mobilenet_v2 – in this browser, 7\.\d MB$/);
    expect(hub.requests.map(({ range }) => range)).toEqual([undefined, `bytes=${PIECE_BYTES}-`]);
  });

  test("after a reload stored weights are used without a download, and deleting them leaves the classifier at work", async () => {
    await visitor.useHub("http://127.0.0.1:9");
    await visitor.load();
    await visitor.openSample("Cat");
    const before = await verdict();
    await visitor.page.select("#teacher", "mobilenet_v2");
    expect(await visitor.read("#teacher-use", /^Use/)).toBe("Use it");
    await visitor.click("#teacher-use");
    await inUse("mobilenet_v2");
    const after = await verdict(before);
    expect(await visitor.text("#stored-total")).toMatch(/^Weights: 7\.\d MB stored$/);
    await visitor.click("#weights summary");
    expect(await visitor.read("#stored")).toMatch(/^mobilenet_v2 ?7\.\d MB ?Delete$/);
    await visitor.click("#stored button");
    expect(await visitor.read("#stored-total", /none/)).toBe("Weights: none stored");
    expect(await focus()).toBe("stored-total");
    expect(await visitor.page.evaluate(() => caches.keys())).toEqual([]);
    await visitor.openSample("Coffee");
    await verdict(after);
    expect(await visitor.text("#adapter")).toMatch(/^mobilenet_v2 on/);
  });

  test("another net under the classifier's name is refused and deleted, and the former stays", async () => {
    const other = new Uint8Array(encodeSafetensors({ "fc.weight": f32([2, 2], [1, 2, 3, 4]) }));
    const hub = await startHub({ [MOBILENET_PATH]: other, "timm/vgg19.tv_in1k/model.safetensors": other });
    await visitor.useHub(hub.endpoint);
    await visitor.page.select("#teacher", "efficientnet-lite0");
    await visitor.click("#teacher-use");
    await inUse("efficientnet-lite0");
    await visitor.page.select("#teacher", "vgg19");
    await visitor.click("#teacher-use");
    expect(await visitor.read("#problem p")).toMatch(
      /sent as vgg19\.safetensors is not vgg19 \(.*matches no known architecture\), so it was deleted\. Use another/,
    );
    expect(await visitor.text("#stored-total")).toBe("Weights: none stored");
    await visitor.page.select("#teacher", "mobilenet_v2");
    await visitor.click("#teacher-use");
    expect(await visitor.read("#problem p", /first/)).toMatch(/has another mobilenet_v2\.safetensors than was downloaded first/);
    expect(await visitor.text("#teacher-hint")).toBe("Still in use: efficientnet-lite0.");
    await visitor.click("#problem-dismiss");
    const before = await verdict();
    await visitor.openSample("Cat");
    expect(await verdict(before)).toMatch(/cat/);
  });

  test("the classifier can't be changed during an explanation, and a download that ends meanwhile waits", async () => {
    await visitor.useHub((await startHub({ [MOBILENET_PATH]: file })).endpoint);
    await visitor.page.emulateNetworkConditions({ upload: -1, download: 1_000_000, latency: 0 });
    await visitor.page.select("#teacher", "mobilenet_v2");
    await visitor.click("#teacher-use");
    await visitor.read("#transfer-text", /Downloading/);
    await visitor.fill("#samples-count", "5000");
    await visitor.click("#start");
    await visitor.read("#run");
    expect(await visitor.visible("#transfer")).toBe(true);
    await visitor.page.emulateNetworkConditions(null);
    await visitor.read("#teacher-hint", /when the explanation has ended/);
    expect(await option("mobilenet_v2")).toMatch(/in this browser/);
    expect(await visitor.page.$eval("#teacher", (select) => (select as HTMLSelectElement).disabled)).toBe(true);
    expect(await visitor.text("#adapter")).toMatch(/^efficientnet-lite0 on/);
    await visitor.click("#stop");
    await visitor.read("#problem", /Stopped before/);
    await visitor.page.waitForFunction(() => !(document.querySelector("#teacher") as HTMLSelectElement).disabled);
    expect(await visitor.text("#teacher-use")).toBe("Use it");
    // The problem makes the header taller, and the button may be under it.
    await visitor.page.evaluate(() => window.scrollTo(0, 0));
    await visitor.click("#teacher-use");
    await inUse("mobilenet_v2");
    expect(await visitor.visible("#result")).toBe(false);
    expect(await visitor.visible("#problem")).toBe(false);
  });

  test("nothing went wrong unseen", () => {
    expect(visitor.errors).toEqual([]);
  });
});
