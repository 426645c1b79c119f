import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Page } from "puppeteer";
import sharp from "sharp";
import { expect, onTestFinished, test } from "vitest";
import { openPage } from "../../src/cli/browser.ts";
import type { TsnePoint, TsneReport } from "../../src/cli/tsne/report.ts";
import { findOverflow, findViolations } from "../support/accessibility.ts";
import { runCli, temporaryFolder } from "../support/command-line.ts";

const MINUTE = 60_000;
const SAMPLES = 32;

const caption = (page: Page) => page.$eval("#caption", ({ textContent }) => textContent);

test(
  "tsne writes points, a picture, and a page that shows the image of each point to everybody",
  async () => {
    const out = await temporaryFolder();
    const { code, stdout, stderr } = await runCli(
      `tsne examples/cat.jpg --size 64 --samples ${SAMPLES} --batch 8 --perplexity 8 --json --out ${out}`.split(" "),
    );
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/optimising +\[=+\] 100 % \| 1000\/1000/);
    const report: TsneReport = JSON.parse(stdout);
    const files = { page: join(out, "cat.tsne.html"), picture: join(out, "cat.tsne.png") };
    expect(report).toMatchObject({
      ...{ image: "examples/cat.jpg", of: "features", samples: SAMPLES, perplexity: 8, iterations: 1000, rate: 50, files },
      settings: { seed: 0, synthesis: "gated", gates: "balanced", fill: ["inpaint"], batch: 8 },
      seconds: { draw: expect.any(Number), embed: expect.any(Number), page: expect.any(Number) },
    });
    expect(report.divergence).toBeGreaterThan(0);

    const {
      points,
      generator: _,
      ...rest
    } = JSON.parse(await readFile(join(out, "cat.tsne.json"), "utf8")) as TsneReport & {
      generator: string;
      points: TsnePoint[];
    };
    expect(rest).toEqual(report);
    expect(points).toHaveLength(SAMPLES);
    const kept = points.filter(({ label }) => label === "kept");
    expect(1 - kept.length / SAMPLES).toBeCloseTo(report.shiftedShare, 6);
    expect(kept.every(({ choice }) => choice === report.target.label)).toBe(true);
    expect(points.every(({ probability }) => probability >= 0 && probability <= 1)).toBe(true);
    expect(new Set(points.map(({ x, y }) => `${x} ${y}`)).size).toBe(SAMPLES);

    expect(await sharp(files.picture).metadata()).toMatchObject({ format: "png", width: 1200, height: 1200 });
    const colours = await sharp(files.picture).stats();
    expect(colours.channels.slice(0, 3).every(({ min, max }) => min < 150 && max === 255)).toBe(true);
    expect((await stat(files.page)).size).toBeLessThan(300_000);
    await visit(files.page, points);
  },
  3 * MINUTE,
);

async function visit(file: string, points: readonly TsnePoint[]): Promise<void> {
  const page = await openPage(pathToFileURL(file).href, { software: true });
  onTestFinished(() => page.browser().close());
  const errors: unknown[] = [];
  page.on("pageerror", (error) => errors.push(error));
  page.on("request", (request) => {
    if (!request.url().startsWith("data:")) errors.push(request.url());
  });
  await page.setViewport({ width: 1200, height: 900 });
  const likeliest = [...points].sort((a, b) => a.probability - b.probability).at(-1) as TsnePoint;
  expect(await caption(page)).toContain(`${(likeliest.probability * 100).toFixed(1)} %`);
  expect(await page.$$eval("#plot use", ({ length }) => length)).toBe(points.length);
  expect(await findViolations(page)).toEqual([]);

  // The keyboard goes from the likeliest image to the one before, and to the least likely.
  await page.focus("#which");
  const first = await caption(page);
  await page.keyboard.press("ArrowLeft");
  expect(await caption(page)).not.toBe(first);
  await page.keyboard.press("Home");
  const least = await caption(page);
  const place = await page.$eval("#picture", (picture) => (picture as HTMLElement).style.backgroundPosition);

  // The pointer shows what it is near, a click keeps it, and hidden labels are passed over.
  const hit = await page.$("#plot use:nth-of-type(3)");
  await hit?.hover();
  const hovered = await caption(page);
  expect(hovered).not.toBe(least);
  expect(await page.$eval("#picture", (picture) => (picture as HTMLElement).style.backgroundPosition)).not.toBe(place);
  await page.mouse.move(1, 1);
  expect(await caption(page)).toBe(least);
  await hit?.click();
  await page.mouse.move(1, 1);
  expect(await caption(page)).toBe(hovered);
  for (const label of ["kept", "shifted"]) await page.click(`#legend input[value=${label}]`);
  expect(await page.$$eval("#plot use", (all) => all.filter((use) => getComputedStyle(use).display !== "none").length)).toBe(0);

  for (const width of [360, 1920]) {
    await page.setViewport({ width, height: 800 });
    expect(await findOverflow(page)).toBeLessThanOrEqual(0);
  }
  expect(errors).toEqual([]);
}
