import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Page } from "puppeteer";
import { expect } from "vitest";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** What axe-core finds wrong in both colour schemes: rule and elements. */
export async function findViolations(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: AXE });
  const found: string[] = [];
  for (const value of ["light", "dark"]) {
    await page.emulateMediaFeatures([
      { name: "prefers-color-scheme", value },
      { name: "prefers-reduced-motion", value: "reduce" },
    ]);
    const results = await page.evaluate(() => (window as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run());
    expect(results.passes.length).toBeGreaterThan(10);
    found.push(...results.violations.map(({ id, nodes }) => `${value}: ${id} at ${nodes.map(({ target }) => target).join(", ")}`));
  }
  return found;
}

/** Pixels by which the page is wider than its window. */
export function findOverflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}
