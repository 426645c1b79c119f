import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Page, SerializedAXNode } from "puppeteer";
import { expect } from "vitest";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** How people see the page: the preferred scheme, and whether the system's own colours replace the page's. */
const MODES = [
  ["light", "light", "none"],
  ["dark", "dark", "none"],
  ["forced colours", "dark", "active"],
] as const;

/** What axe-core finds wrong in both colour schemes, and if asked in `forced` colours, too: rule and elements. */
export async function findViolations(page: Page, forced = false): Promise<string[]> {
  await page.addScriptTag({ path: AXE });
  const found: string[] = [];
  // Of its own, since puppeteer knows no forced colours; they end with the session.
  const client = await page.createCDPSession();
  for (const [mode, scheme, colours] of forced ? MODES : MODES.slice(0, 2)) {
    const features = Object.entries({ "prefers-color-scheme": scheme, "prefers-reduced-motion": "reduce", "forced-colors": colours });
    await client.send("Emulation.setEmulatedMedia", { features: features.map(([name, value]) => ({ name, value })) });
    const results = await page.evaluate(() => (window as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run());
    expect(results.passes.length).toBeGreaterThan(10);
    found.push(...results.violations.map(({ id, nodes }) => `${mode}: ${id} at ${nodes.map(({ target }) => target).join(", ")}`));
  }
  await client.detach();
  // Whoever goes on clicks where things are, and not where they glide to.
  await page.emulateMediaFeatures([{ name: "prefers-reduced-motion", value: "reduce" }]);
  return found;
}

/** What a reader of the screen can act on. */
const CONTROLS = ["button", "link", "textbox", "searchbox", "checkbox", "radio", "slider", "combobox", "spinbutton"];
/** What has to be told in words. */
const PICTURES = ["image", "application", "progressbar", "region", "dialog"];

/**
 * What of a page says too little to whoever hears it: controls and pictures without a name, controls of one name, and headings that leave out a
 * level.
 */
export async function findUnclear(page: Page): Promise<string[]> {
  const nodes = flatten((await page.accessibility.snapshot({ interestingOnly: false })) ?? undefined);
  const controls = nodes.filter(({ role }) => CONTROLS.includes(role));
  const pictures = nodes.filter(({ role }) => PICTURES.includes(role));
  const names = controls.map(({ role, name }) => `${role} “${name}”`);
  const levels = nodes.filter(({ role }) => role === "heading").map(({ level = 1, name }) => ({ level, name }));
  expect(controls.length).toBeGreaterThan(0);
  return [
    ...[...controls, ...pictures].filter(({ name }) => !name).map(({ role }) => `${role} without a name`),
    ...names.filter((name, at) => names.indexOf(name) < at).map((name) => `more than one ${name}`),
    ...levels
      .filter(({ level }, at) => at > 0 && level > (levels[at - 1]?.level ?? 0) + 1)
      .map(({ name }) => `a level before “${name}” is missing`),
  ];
}

function flatten(node: SerializedAXNode | undefined): SerializedAXNode[] {
  return node ? [node, ...(node.children ?? []).flatMap(flatten)] : [];
}

/** Pixels by which the page is wider than its window. */
export function findOverflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}
