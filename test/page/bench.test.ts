import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { barCharts } from "../../bench/report/chart-data.ts";
import { parseReport } from "../../bench/report/read-report.ts";
import type { Report } from "../../bench/report/report.ts";
import { findOverflow, findViolations } from "../support/accessibility.ts";
import { onnxOf } from "../support/onnx-of.ts";
import { ownClassifier } from "../support/own-classifier.ts";
import { Visitor } from "./visitor.ts";

const LAYERS = "upsample2|lrn5|gemm 512";

describe("the benchmark's page", { timeout: 120_000 }, () => {
  let visitor: Visitor;
  let report: Report;

  beforeAll(async () => {
    visitor = await Visitor.arrive({ developed: true });
    visitor.page.setDefaultTimeout(30_000);
    // What the page would save, in place of downloads.
    await visitor.page.evaluateOnNewDocument(() => {
      const saved: Blob[] = [];
      Object.assign(globalThis, { saved });
      const create = URL.createObjectURL;
      URL.createObjectURL = (content) => {
        saved.push(content as Blob);
        return create(content);
      };
      HTMLAnchorElement.prototype.click = () => {};
    });
    await visitor.page.goto(`${visitor.server.origin}/bench/?layer=${encodeURIComponent(LAYERS)}`);
    await visitor.read("#status", /to measure/);
  }, 120_000);

  afterAll(() => visitor?.leave(), 60_000);

  const column = (at: number) =>
    visitor.page.$$eval("#rows tbody tr", (lines, index) => lines.map((line) => (line.children[index] as HTMLElement).dataset.value), at);
  const names = () => visitor.page.$$eval("#rows tbody th", (cells) => cells.map(({ textContent }) => textContent));
  const sorted = () => visitor.page.$eval("[data-column=wall]", (button) => button.closest("th")?.ariaSort);
  const saved = async () => {
    await visitor.page.waitForFunction(() => (globalThis as unknown as { saved: Blob[] }).saved.length > 0);
    return visitor.page.evaluateHandle(() => (globalThis as unknown as { saved: Blob[] }).saved.pop() as Blob);
  };
  const write = async (name: string, content: string | Uint8Array) => {
    const path = join(visitor.folder, name);
    await writeFile(path, content);
    return path;
  };

  test("a preset fills the form and the address, and says how long it takes", async () => {
    await visitor.click("[data-preset=everything]");
    await visitor.read("#status", /11 rows to measure/);
    expect(new URL(visitor.page.url()).searchParams.get("preset")).toBe("everything");
    await visitor.click("[data-preset=quick]");
    await visitor.read("#status", /4 rows to measure/);
    expect(Object.fromEntries(new URL(visitor.page.url()).searchParams)).toEqual({ preset: "quick", layer: LAYERS });
    expect(await visitor.page.$$eval("#presets [aria-pressed=true]", (all) => all.map(({ textContent }) => textContent))).toEqual([
      expect.stringMatching(/^Quick look/),
    ]);
    expect(await visitor.text("#estimate")).toMatch(
      /^It takes about \d+ s, a rough guess: .*\(software\) was never measured in this browser\.$/,
    );
  });

  test("rows appear while others are measured, in the order that is chosen meanwhile", async () => {
    const { page } = visitor;
    const press = async () => {
      await page.focus("[data-column=name]");
      await page.keyboard.press("Enter");
    };
    await visitor.click("#run");
    const first = await page.waitForFunction(() => {
      const [{ length }, status] = [document.querySelectorAll("#rows tbody tr"), document.querySelector("#status")?.textContent];
      return length > 0 && { length, status };
    });
    expect(await first.jsonValue()).toEqual({ length: 1, status: expect.stringMatching(/^1 of 4 rows/) });
    await press();
    await press();
    await visitor.read("#status", /^Done/);
    expect(await names()).toEqual([
      expect.stringMatching(/^upsample2 32/),
      expect.stringMatching(/^upsample2 16/),
      expect.stringMatching(/^lrn5/),
      expect.stringMatching(/^gemm/),
    ]);
    await press();
    expect(await names()).toEqual(["gemm 512x512x512", "upsample2 16x16 96", "upsample2 32x32 48", expect.stringMatching(/^lrn5/)]);
    expect(await visitor.read("#estimate", /by what .* did before/)).toMatch(/about \d+ s/);
  });

  test("its JSON and its charts say the same", async () => {
    await visitor.click("#save-json");
    report = parseReport(await (await saved()).evaluate((content) => content.text()), "report.json");
    expect(report.rows.map(({ state }) => state)).toEqual(["ok", "ok", "ok", "ok"]);
    const marks = await visitor.page.$$eval("#charts rect[data-key]", (all) => all.map((rect) => ({ ...(rect as SVGElement).dataset })));
    const bars = barCharts(report).find(({ name }) => name === "layers-batch-1")?.bars ?? [];
    expect(marks).toEqual(bars.map(({ key, share, milliseconds }) => ({ key, share: String(share), milliseconds: String(milliseconds) })));
    expect(marks).toHaveLength(3);
    const [dot] = await visitor.page.$$eval("#charts .dot", (all) => all.map((path) => ({ ...(path as SVGElement).dataset })));
    const [product] = report.rows;
    expect(Number(dot?.gflops)).toBeCloseTo((product?.flops ?? 0) / (product?.times?.gpu?.median ?? 0) / 1e6, 9);
  });

  test("a picture has all charts", async () => {
    await visitor.click("#save-picture");
    const [type, width, height] = await (await saved()).evaluate(async (content) => {
      const bitmap = await createImageBitmap(content);
      return [content.type, bitmap.width, bitmap.height] as const;
    });
    expect([type, width]).toEqual(["image/png", 2400]);
    expect(height).toBeGreaterThan(1200);
  });

  test("rows are sorted by a click and by keyboard, filtered, and unfold", async () => {
    const { page } = visitor;
    await visitor.click("[data-column=wall]");
    const rising = (await column(4)).map(Number);
    expect(rising).toEqual(report.rows.map(({ times }) => times?.wall.median as number).sort((a, b) => a - b));
    expect(await sorted()).toBe("ascending");
    await page.focus("[data-column=wall]");
    await page.keyboard.press("Enter");
    expect(await sorted()).toBe("descending");
    expect((await column(4)).map(Number)).toEqual([...rising].reverse());
    await visitor.fill("#filter-text", "UPSAMPLE 16x16");
    expect(await visitor.read("#filter-count", /of/)).toBe("1 of 4 rows");
    expect(await names()).toEqual(["upsample2 16x16 96"]);
    expect(await page.$$eval("#charts rect[data-key]", ({ length }) => length)).toBe(1);
    await visitor.click(".unfold");
    expect(await visitor.read(".details")).toMatch(/Wallmedian [\d.]+ ms, 90th percentile/);
    await page.setViewport({ width: 360, height: 700 });
    expect(await findOverflow(page)).toBe(0);
    await page.setViewport({ width: 1280, height: 900 });
    expect(await findViolations(page)).toEqual([]);
    await page.select("#filter-choice", "faults");
    expect(await visitor.read("#filter-count", /^0/)).toBe("0 of 4 rows");
  });

  test("charts stand above the tables, and next to them where there is room for both", async () => {
    const { page } = visitor;
    await page.select("#filter-choice", "all");
    const box = (selector: string) => page.$eval(selector, (part) => part.getBoundingClientRect().toJSON() as DOMRect);
    const [above, below] = [await box("#charts"), await box("#rows")];
    expect(above.bottom).toBeLessThanOrEqual(below.top);
    await page.setViewport({ width: 2560, height: 1300 });
    const [charts, rows, all] = [await box("#charts"), await box("#rows"), await box("#report")];
    expect(rows.top).toBe(charts.top);
    expect(charts.right).toBeLessThan(rows.left);
    // Hardly any of the width is left empty.
    expect((charts.width + rows.width) / all.width).toBeGreaterThan(0.95);
    expect(await findOverflow(page)).toBe(0);
    await page.setViewport({ width: 1280, height: 900 });
  });

  test("a run is there after a reload, and is no slower than itself", async () => {
    await visitor.page.reload();
    await visitor.read("#run-list");
    await visitor.click("#run-list .open");
    await visitor.read("#filter-count", /4 rows/);
    expect(await names()).toEqual(report.rows.map(({ name }) => name));
    await visitor.click("#run-list [name=before]");
    await visitor.click("#run-list [name=after]");
    expect(await visitor.read("#comparison li")).toBe("Of 4 rows 0 became slower and 0 faster by more than 5 %; 4 did not change.");
    expect(await findViolations(visitor.page)).toEqual([]);
  });

  test("reports of files are shown and compared; adapters that differ are said", async () => {
    const adapter = { vendor: "nvidia", architecture: "ada", description: "", software: false };
    const slower = structuredClone({ ...report, adapter });
    for (const { times } of slower.rows) {
      for (const part of ["median", "p90", "min"] as const) if (times?.gpu) times.gpu[part] *= 4;
    }
    await visitor.drop(await write("slower.json", JSON.stringify(slower)));
    expect(await visitor.read("#report-title", /slower/)).toBe("slower.json");
    await visitor.click("#run-list tr:first-child [name=after]");
    expect(await visitor.read("#comparison", /4 became slower/)).toMatch(/Different adapters: .*, then nvidia ada/);
    await visitor.click("#run-list tr:last-child .delete");
    await visitor.page.waitForFunction(() => document.querySelectorAll("#run-list tr").length === 1);
    await visitor.drop(await write("other.json", "{}"));
    expect(await visitor.read("#problem")).toBe(
      "other.json is no report of this benchmark. Give the report.json of a run of the benchmark.",
    );
  });

  test("a net of a file is measured with the others", async () => {
    const { classifier, tensors } = ownClassifier({ height: 16, width: 16, channels: 3, classes: 10 });
    const { onnx } = onnxOf("fruit", classifier.net, (key) => tensors.get(key) as Float32Array<ArrayBuffer>);
    await visitor.drop(await write("fruit.onnx", onnx));
    expect(await visitor.read("#narrowed", /fruit/)).toMatch(/^Only the nets fruit\.onnx, and names that match/);
    await visitor.page.$eval("#choose", (details) => {
      (details as HTMLDetailsElement).open = true;
    });
    await visitor.fill("#form [name=layer]", "fruit");
    await visitor.read("#status", /^1 row to measure/);
    await visitor.click("#run");
    await visitor.read("#status", /^Done/);
    expect(await names()).toEqual(["fruit.onnx"]);
    expect(await visitor.page.$eval("#rows tbody td:nth-child(3)", ({ textContent }) => textContent)).toMatch(/^right(, noisy)?$/);
    await visitor.drop(await write("broken.onnx", "not a model"));
    expect(await visitor.read("#problem")).toMatch(/broken\.onnx/);
    expect(visitor.errors).toEqual([]);
  });
});
