import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { interpolatePuOr } from "d3-scale-chromatic";
import { parse } from "npyjs";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROOT } from "../../src/cli/paths.ts";
import type { Explanation } from "../../src/faces/all.ts";
import { keptMaps } from "./kept-records.ts";
import { Visitor } from "./visitor.ts";

/** What the strip keeps of a map, as far as files repeat it. */
interface Kept {
  map: number[];
  said: Record<string, unknown>;
}

describe("the files of a map", { timeout: 300_000 }, () => {
  let visitor: Visitor;
  let kept: Kept;

  beforeAll(async () => {
    visitor = await Visitor.arriveWith("Coffee", 64);
    await visitor.page.select("#method", "rise");
    await visitor.fill("#rise-masks", "8");
    await visitor.click("#start");
    await visitor.page.waitForSelector("#strip-list li");
    const client = await visitor.page.createCDPSession();
    await client.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: visitor.folder, eventsEnabled: false });
    const [{ map, input, ...said }] = (await keptMaps(visitor.page)) as [Explanation & { map: Float32Array }];
    kept = { map: [...map], said };
  }, 300_000);

  afterAll(() => visitor?.leave(), 60_000);

  async function download(button: string, name: string): Promise<Buffer> {
    await visitor.click(button);
    const path = join(visitor.folder, name);
    await expect.poll(() => existsSync(path), { timeout: 20_000 }).toBe(true);
    return readFile(path);
  }

  const valuesOf = ({ buffer, byteOffset, byteLength }: Buffer) => parse(buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer);

  test("the values are those of the map: NPY 1.0, float32", async () => {
    const bytes = await download("#save-map", "coffee.rise.map.npy");
    expect([...bytes.subarray(0, 8)]).toEqual([0x93, ...Buffer.from("NUMPY"), 1, 0]);
    const { data, shape, dtype } = valuesOf(bytes);
    expect({ shape, dtype }).toEqual({ shape: [64, 64], dtype: "f4" });
    expect([...(data as Float32Array)]).toEqual(kept.map);
  });

  test("the JSON says what was set and found", async () => {
    const { image, adapter, ...said } = JSON.parse(String(await download("#save-report", "coffee.rise.json")));
    expect(said).toEqual(JSON.parse(JSON.stringify(kept.said)));
    expect(said).toMatchObject({ method: "rise", samples: 8, settings: { masks: 8, seed: 0 }, passes: { forward: 8 } });
    expect(image).toBe("coffee.jpg");
    expect(adapter.software).toBe(true);
  });

  test("the picture is the whole photo at its own resolution, the map over what was seen, and a colour bar", async () => {
    const picture = sharp(await download("#save-overlay", "coffee.rise.overlay.png")).removeAlpha();
    const { width, height } = await picture.metadata();
    expect({ width, height }).toEqual({ width: 600, height: 464 });
    // Outside of the central square nothing covers the photo.
    const edge = { left: 0, top: 0, width: 60, height: 400 };
    const [drawn, taken] = await Promise.all(
      [picture.clone(), sharp(join(ROOT, "examples/coffee.jpg"))].map((image) => image.extract(edge).raw().toBuffer()),
    );
    const difference =
      (drawn as Buffer).reduce((sum, value, at) => sum + Math.abs(value - (taken?.[at] ?? 0)), 0) / (drawn as Buffer).length;
    expect(difference).toBeLessThan(2);
    const bar = await picture.clone().extract({ left: 12, top: 412, width: 576, height: 1 }).raw().toBuffer();
    expect([...bar.subarray(0, 3)]).toEqual([0, 0, 4]);
    expect([...bar.subarray(-3)]).toEqual([252, 255, 164]);
  });

  test("other values and colours are those of the picture on show, of the file and of the strip's map alike", async () => {
    const { page, folder } = visitor;
    const ends = (selector: string) => page.$$eval(`${selector} span:not(.scale)`, (all) => all.map(({ textContent }) => textContent));
    const bar = (selector: string) => page.$eval(`${selector} .scale`, (scale) => (scale as HTMLElement).style.background);
    const usual = await ends("#map-controls .legend");
    await page.select("#look-values", "signed");
    await page.select("#look-colours", "puor");
    await visitor.drawn();
    const signed = await ends("#map-controls .legend");
    expect(signed[0]).toBe(`−${signed[1]}`);
    expect(signed).not.toEqual(usual);
    await rm(join(folder, "coffee.rise.overlay.png"));
    const picture = sharp(await download("#save-overlay", "coffee.rise.overlay.png")).removeAlpha();
    const colours = await picture.extract({ left: 12, top: 412, width: 576, height: 1 }).raw().toBuffer();
    const channels = (colour: string) => colour.match(/\d+/g)?.map(Number);
    expect([[...colours.subarray(0, 3)], [...colours.subarray(-3)]]).toEqual([0, 1].map((end) => channels(interpolatePuOr(end))));
    const shown = await bar("#map-controls");
    expect(shown).toContain(interpolatePuOr(0));
    await visitor.click("#strip-list .kept");
    await visitor.read("#maps[open]");
    expect([await ends("#maps .legend"), await bar("#maps")]).toEqual([signed, shown]);
    await visitor.click("#maps-close");
    await page.waitForSelector("#maps:not([open])");
    expect(await page.$$eval("#look-colours option", (all) => all.map(({ value }) => value))).toEqual(["rdbu", "puor"]);
    await page.select("#look-values", "for");
    expect(await page.$eval("#look-colours", (select) => (select as HTMLSelectElement).value)).toBe("inferno");
    await visitor.drawn();
    expect(await ends("#map-controls .legend")).toEqual(usual);
  });

  test("of a map of the strip there are the same files, without its photo", async () => {
    await visitor.load();
    await visitor.page.waitForSelector("#strip-list li");
    await visitor.click("#strip-list .kept");
    await visitor.read("#maps[open]");
    const saved = await visitor.page.evaluateHandle(() => {
      const blobs: Blob[] = [];
      const create = URL.createObjectURL;
      URL.createObjectURL = (content) => {
        blobs.push(content as Blob);
        return create(content);
      };
      return blobs;
    });
    for (const index of [1, 2, 3]) await visitor.click(`#maps .actions button:nth-child(${index})`);
    await expect.poll(() => saved.evaluate(({ length }) => length)).toBe(3);
    const contents = await saved.evaluate((all) =>
      Promise.all(all.map(async (blob) => [blob.type, [...new Uint8Array(await blob.arrayBuffer())]] as const)),
    );
    const of = (type: string) => Buffer.from(contents.find(([kind]) => kind === type)?.[1] ?? []);
    expect([...(valuesOf(of("application/octet-stream")).data as Float32Array)]).toEqual(kept.map);
    const { image, ...said } = JSON.parse(String(of("application/json")));
    expect(said).toEqual(JSON.parse(JSON.stringify(kept.said)));
    const { width, height } = await sharp(of("image/png")).metadata();
    expect({ width, height }).toEqual({ width: 448, height: 512 });
    expect(visitor.errors).toEqual([]);
  });
});
