import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type { Page } from "puppeteer";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { openPage } from "../../../src/cli/browser.ts";
import type { Estimate, Table } from "../../../src/faces/all.ts";
import { findOverflow, findViolations } from "../../support/accessibility.ts";
import { LONG } from "../../support/long.ts";
import { simulateRun } from "../../support/simulated-run.ts";

const PHOTOS = LONG ? 5000 : 501;
const METHODS = ["relabel", "rise"];

let folder: string;
const part = () => join(folder, "part");
const merged = () => join(folder, "merged");

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "relabel-test-"));
  await simulateRun({ folder: part(), photos: PHOTOS, methods: METHODS, classes: 20 });
  // As a user does: Vitest leaves style sheets empty.
  const command = ["bin/run.mjs", "src/cli/main.ts", "evaluate", "merge", part(), "--out", merged()];
  const { stderr } = await promisify(execFile)(process.execPath, command, { env: { ...process.env, RELABEL_BUNDLE: inject("bundle") } });
  expect(stderr).toMatch(/insertion\.png, \d+ pages in .*report$/m);
  return () => rm(folder, { recursive: true, force: true });
}, 600_000);

/** What the files of a method say, in the order of the photos. */
async function resultsOf(method: string): Promise<{ difference?: number; seconds: number; failed: boolean }[]> {
  const names = (await readdir(join(part(), "photos"))).filter((name) => name.includes(`.${method}.`)).sort();
  return Promise.all(
    names.map(async (name) => {
      const { scores, explained, failed = false } = JSON.parse(await readFile(join(part(), "photos", name), "utf8"));
      return { difference: scores?.causal.difference, seconds: explained.seconds, failed };
    }),
  );
}

const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);

function check(found: Estimate | undefined, values: readonly number[]): void {
  const mean = total(values) / values.length;
  const error = Math.sqrt(total(values.map((value) => (value - mean) ** 2)) / (values.length - 1) / values.length);
  expect(found).toMatchObject({ count: values.length, mean, error });
}

test("the table of many photos is what their files say, bit for bit", async () => {
  const { rows } = JSON.parse(await readFile(join(merged(), "table.json"), "utf8")) as Table;
  const [relabel = [], rise = []] = await Promise.all(METHODS.map(resultsOf));
  expect(relabel).toHaveLength(PHOTOS - Math.floor(PHOTOS / 500));
  const there = (results: typeof rise) => results.flatMap(({ difference }) => difference ?? []);
  check(rows[0]?.measures.difference, there(relabel));
  check(rows[1]?.measures.difference, there(rise));
  const pairs = relabel.flatMap(({ difference: a }, at) => {
    const b = rise[at]?.difference;
    return a === undefined || b === undefined ? [] : [a - b];
  });
  check(rows[0]?.against?.difference, pairs);
  const worked = rise.filter(({ failed }) => !failed);
  expect(rows[1]?.cost?.seconds).toBe(total(worked.map(({ seconds }) => seconds)) / worked.length);
  // A head, five maps a photo, and the photos that were left out.
  const lines = (await readFile(join(merged(), "rows.csv"), "utf8")).split("\r\n");
  expect(lines).toHaveLength(1 + 5 * relabel.length + (PHOTOS - relabel.length) + 1);
});

describe("in a browser", () => {
  const see = async (path: string, look: (page: Page) => Promise<void>) => {
    const page = await openPage(pathToFileURL(join(merged(), path)).href, { software: true });
    try {
      await look(page);
    } finally {
      await page.browser().close();
    }
  };

  test.each(["index.html", "report/classes.html", "report/photos-0002.html", "report/disagreement-01.html"])(
    "%s is accessible, and no wider than a small screen",
    async (path) => {
      await see(path, async (page) => {
        expect(await findViolations(page)).toEqual([]);
        await page.setViewport({ width: 360, height: 800 });
        await page.reload();
        expect(await findOverflow(page)).toBe(0);
      });
    },
    120_000,
  );

  test("classes are sorted by a column, either way, with the keyboard", async () => {
    await see("report/classes.html", async (page) => {
      const column = (at: number) =>
        page.$$eval("tbody tr", (rows, cell) => rows.map((row) => (row as HTMLTableRowElement).cells[cell]?.textContent ?? ""), at);
      const before = await column(0);
      expect(before).toHaveLength(20);
      const numbers = async () => (await column(4)).map(Number);
      await page.focus("thead th:nth-child(5) button");
      await page.keyboard.press("Enter");
      const falling = await numbers();
      expect(falling).toEqual([...falling].sort((a, b) => b - a));
      expect(await page.$$eval("th[aria-sort]", (heads) => heads.map((head) => `${head.textContent} ${head.ariaSort}`))).toEqual([
        "RISE descending",
      ]);
      await page.keyboard.press("Space");
      expect(await numbers()).toEqual([...falling].reverse());
      await page.locator("thead th:first-child button").click();
      expect(await column(0)).toEqual([...before].sort((a, b) => a.localeCompare(b)));
    });
  }, 120_000);
});
