import type { Page } from "puppeteer";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { openPage } from "../../src/cli/browser.ts";
import { locateWeights } from "../../src/cli/locate.ts";
import { readPhoto } from "../../src/cli/read-photo.ts";
import { openChrome } from "../../src/cli/runtime-chrome.ts";
import type { Runtime } from "../../src/cli/runtime-types.ts";
import type { ExplainOptions, Photo } from "../../src/faces/all.ts";
import { LONG, SEED } from "../support/long.ts";
import { Random } from "../support/random.ts";

/** The browsers' pages, the newest last. */
const pages: Page[] = [];

vi.mock("../../src/cli/browser.ts", async (original) => {
  const browser = await original<typeof import("../../src/cli/browser.ts")>();
  const open: typeof openPage = async (...given) => {
    const page = await browser.openPage(...given);
    pages.push(page);
    return page;
  };
  return { ...browser, openPage: open };
});

const OPTIONS: ExplainOptions = { samples: 8, fill: ["grey"], student: "correlation", seed: 3 };
/** Starting browsers is most of the time. */
const SMALL = { height: 64, width: 64 };
/** Pages with one crash each, and pages with two. */
const [ONCE, TWICE] = LONG ? [30, 5] : [0, 1];

let photo: Photo;
let undisturbed: Float32Array;
/** Where it was found; the first page of those that crash. */
let calm: Runtime;
let events = 0;
const told: string[] = [];
const random = new Random(SEED);

async function open(): Promise<Runtime> {
  const weights = await locateWeights(undefined, undefined, new AbortController().signal);
  return openChrome({ weights, input: SMALL, tuning: undefined, notify: (line) => told.push(line) });
}

beforeAll(async () => {
  vi.stubEnv("RELABEL_ADAPTER", "swiftshader");
  photo = await readPhoto("examples/cat.jpg");
  calm = await open();
  const { map } = await calm.explain(photo, { ...OPTIONS, onProgress: () => events++ });
  undisturbed = map as Float32Array;
}, 300_000);

afterAll(async () => {
  await calm?.close();
  vi.unstubAllEnvs();
});

/** Explains, and crashes the GPU process at some moment; returns the map and how many reports came between the crash and the restart's. */
async function explainWithCrash(runtime: Runtime): Promise<{ map: Float32Array | undefined; between: number | undefined }> {
  const page = pages.at(-1) as Page;
  const browser = await page.browser().target().createCDPSession();
  const at = random.integer(1, events - 1);
  const turns = random.integer(0, 100);
  let [seen, crashed, between] = [0, 0, undefined as number | undefined];
  const { map } = await runtime.explain(photo, {
    ...OPTIONS,
    async onProgress({ stage }) {
      if (stage === "restarting") between = seen - crashed;
      if (++seen !== at) return;
      // Moves the moment within the batch.
      for (let turn = 0; turn < turns; turn++) await page.evaluate(() => 0);
      crashed = seen;
      await browser.send("Browser.crashGpuProcess").catch(() => {});
    },
  });
  return { map, between };
}

test.runIf(ONCE > 0)(`a GPU process that crashes, in ${ONCE} fresh pages: the same map each time`, { timeout: 7_200_000 }, async () => {
  for (let i = 0; i < ONCE; i++) {
    const runtime = await open();
    const { map, between } = await explainWithCrash(runtime);
    expect(map).toEqual(undisturbed);
    // A crash that comes after the last batch disturbs nothing any more. One report may be under way.
    if (between !== undefined) expect(between).toBeLessThanOrEqual(1);
    expect((await runtime.explain(photo, OPTIONS)).map).toEqual(undisturbed);
    await runtime.close();
  }
});

test(`one that crashes again, in ${TWICE} pages: a new browser goes on`, { timeout: 3_600_000 }, async () => {
  for (let i = 0; i < TWICE; i++) {
    const runtime = i === 0 ? calm : await open();
    const browsers = pages.length;
    for (let crash = 0; crash < 2; crash++) expect((await explainWithCrash(runtime)).map).toEqual(undisturbed);
    expect((await runtime.explain(photo, OPTIONS)).map).toEqual(undisturbed);
    if (pages.length > browsers) expect(told).toContain("The browser stopped or lost the GPU: starting again in a new one.");
    if (i > 0) await runtime.close();
  }
});
