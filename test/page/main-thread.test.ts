/** While maps are computed, compared and judged the page stays alive: no task of its main thread takes long, by the time of that thread. */
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROOT } from "../../src/cli/paths.ts";
import { Visitor } from "./visitor.ts";

/** In milliseconds: what people and Lighthouse call a long task. */
const LONG_TASK = 50;

interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  /** Microseconds of the thread, which other threads and processes do not add to. */
  tdur?: number;
  args?: { name?: string };
}

/** Milliseconds of each task of a page's main thread. */
function mainThreadTasks(trace: Uint8Array): number[] {
  const { traceEvents } = JSON.parse(new TextDecoder().decode(trace)) as { traceEvents: TraceEvent[] };
  const named = traceEvents.filter(({ name, args }) => name === "thread_name" && args?.name === "CrRendererMain");
  const main = new Set(named.map(({ pid, tid }) => `${pid} ${tid}`));
  const tasks = traceEvents.filter(({ name, ph, pid, tid }) => ph === "X" && /RunTask$/.test(name) && main.has(`${pid} ${tid}`));
  return tasks.map(({ tdur = 0 }) => tdur / 1000);
}

let visitor: Visitor;
let photo: string;

beforeAll(async () => {
  visitor = await Visitor.arriveWith("Cat", 32);
  photo = join(visitor.folder, "large.jpg");
  const noise = { type: "gaussian", mean: 128, sigma: 40 } as const;
  await sharp({ create: { width: 4000, height: 3000, channels: 3, background: "grey", noise } })
    .jpeg()
    .toFile(photo);
}, 300_000);

afterAll(() => visitor?.leave(), 60_000);

/** The tasks while something is done. */
async function tasksOf(work: () => Promise<unknown>): Promise<number[]> {
  let trace: Uint8Array;
  await visitor.page.tracing.start({ categories: ["toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline"] });
  try {
    await work();
  } finally {
    trace = (await visitor.page.tracing.stop()) as Uint8Array;
  }
  return mainThreadTasks(trace);
}

test("of a photo of 12 megapixels, opened and explained from 250 samples", { timeout: 300_000 }, async () => {
  const tasks = await tasksOf(async () => {
    await visitor.page.$eval("#top5", (list) => list.replaceChildren());
    await visitor.openFile(photo);
    await visitor.page.waitForSelector("#top5 li");
    await visitor.fill("#samples-count", "250");
    await visitor.click("#start");
    await visitor.read("#result-summary", /./);
    await visitor.drawn();
  });
  expect(await visitor.text("#result-summary")).toMatch(/from 250 samples|No map was drawn/);
  expect(tasks.length).toBeGreaterThan(250);
  expect(tasks.filter((milliseconds) => milliseconds >= LONG_TASK)).toEqual([]);
});

test("of a photo of 12 megapixels and its map, enlarged and moved", { timeout: 300_000 }, async () => {
  const { page } = visitor;
  const cat = join(visitor.folder, "large-cat.jpg");
  await sharp(join(ROOT, "examples/cat.jpg")).resize(4000, 3000).jpeg().toFile(cat);
  await page.select("#method", "grad-cam");
  await page.$eval("#top5", (list) => list.replaceChildren());
  await visitor.openFile(cat);
  await page.waitForSelector("#top5 li");
  await visitor.click("#start");
  await visitor.read("#result-summary", /Grad-CAM/);
  const tasks = await tasksOf(async () => {
    await page.focus("#square");
    for (let press = 0; press < 6; press++) await page.keyboard.press("+");
    await page.waitForSelector("#photo-detail:not([hidden])");
    await page.waitForSelector("#map-detail:not([hidden])");
    const place = () => page.$eval("#map-detail", (canvas) => (canvas as HTMLElement).style.left);
    const before = await place();
    await page.$eval("#stage", (stage) => stage.scrollBy(200, 100));
    await expect.poll(place, { timeout: 60_000 }).not.toBe(before);
  });
  expect(tasks.length).toBeGreaterThan(10);
  expect(tasks.filter((milliseconds) => milliseconds >= LONG_TASK)).toEqual([]);
});

describe("with a classifier of full size", { timeout: 600_000 }, () => {
  beforeAll(() => visitor.resize(224), 300_000);

  test("of three methods, compared and scored", async () => {
    const tasks = await tasksOf(async () => {
      await visitor.click("#compare summary");
      for (const method of ["relabel", "rise", "grad-cam"]) await visitor.click(`#compare-fields input[value=${method}]`);
      await visitor.click("#compare-scores");
      await visitor.fill("#compare-passes", "64");
      await visitor.click("#compare-start");
      await visitor.read("#compare-state", /^3 of 3 maps are finished\.$/);
      await visitor.page.waitForSelector("#strip-list li:nth-child(3)");
      await visitor.drawn();
    });
    expect(tasks.length).toBeGreaterThan(250);
    expect(tasks.filter((milliseconds) => milliseconds >= LONG_TASK)).toEqual([]);
  });

  test("of an explanation", async () => {
    const tasks = await tasksOf(async () => {
      await visitor.page.select("#method", "relabel");
      await visitor.fill("#samples-count", "32");
      await visitor.click("#start");
      await visitor.read("#result-summary", /from 32 samples/);
      await visitor.drawn();
    });
    expect(tasks.length).toBeGreaterThan(50);
    expect(tasks.filter((milliseconds) => milliseconds >= LONG_TASK)).toEqual([]);
  });

  test.for(["scores", "seeds", "sensitivity", "images"])("of the question about its %s", async (question) => {
    const tasks = await tasksOf(async () => {
      await visitor.page.focus(`#judge-${question}`);
      await visitor.page.keyboard.press("Enter");
      await visitor.page.waitForFunction(
        (wanted) => [...document.querySelectorAll(wanted)].some(({ textContent }) => textContent),
        {},
        `#judge-${question}-answer, #judge-${question}-exhibit`,
      );
    });
    expect(tasks.length).toBeGreaterThan(50);
    expect(tasks.filter((milliseconds) => milliseconds >= LONG_TASK)).toEqual([]);
  });
});

test("a task that does take long is seen", { timeout: 60_000 }, async () => {
  const tasks = await tasksOf(async () => {
    // Several, since on a busy machine the trace begins later than it says.
    for (let turn = 0; turn < 5; turn++)
      await visitor.page.evaluate(() => {
        for (let i = 0; i < 5e8; i++);
      });
  });
  expect(Math.max(...tasks)).toBeGreaterThan(LONG_TASK);
});
