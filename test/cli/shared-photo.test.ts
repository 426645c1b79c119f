import type { Page } from "puppeteer";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { openPage } from "../../src/cli/browser.ts";
import { judge } from "../../src/cli/evaluation/judge.ts";
import type { ChosenMethod } from "../../src/cli/evaluation/run.ts";
import { locateWeights } from "../../src/cli/locate.ts";
import { readPhoto } from "../../src/cli/read-photo.ts";
import { openRuntime } from "../../src/cli/runtime.ts";
import type { Runtime, RuntimeName } from "../../src/cli/runtime-types.ts";
import type { startServer } from "../../src/cli/server.ts";
import { Plan } from "../../src/engine/plan.ts";
import type { Photo } from "../../src/faces/all.ts";

const { pages, offered } = vi.hoisted(() => ({ pages: [] as unknown[], offered: [] as unknown[] }));

vi.mock("../../src/cli/browser.ts", async (original) => {
  const browser = await original<typeof import("../../src/cli/browser.ts")>();
  const open: typeof openPage = async (...given) => {
    const page = await browser.openPage(...given);
    pages.push(page);
    return page;
  };
  return { ...browser, openPage: open };
});

vi.mock("../../src/cli/server.ts", async (original) => {
  const server = await original<typeof import("../../src/cli/server.ts")>();
  const start: typeof startServer = async (...given) => {
    const { offer, ...rest } = await server.startServer(...given);
    const count = (photo: Photo) => {
      offered.push(photo);
      return offer(photo);
    };
    return { ...rest, offer: count };
  };
  return { ...server, startServer: start };
});

const { signal } = new AbortController();
const chosen = (name: string, parameters: Record<string, number>): ChosenMethod => ({
  ...{ name, options: { method: name, parameters }, settings: {}, decodes: false },
});
const METHODS = [chosen("rise", { masks: 8 }), chosen("occlusion", { window: 224, stride: 224 })];
/** Small enough that starting the runtime is most of the time. */
const SMALL = { height: 64, width: 64 };
const JUDGE = { target: undefined, seed: 0, protocol: "xplique", metrics: [], signal, onProgress: () => {} } as const;

let photo: Photo;

async function open(name: RuntimeName): Promise<Runtime> {
  const weights = await locateWeights(undefined, undefined, signal);
  return openRuntime(name, { weights, input: SMALL, batch: 8, tuning: undefined, notify: () => {} });
}

beforeAll(async () => {
  vi.stubEnv("RELABEL_ADAPTER", "swiftshader");
  photo = await readPhoto("examples/cat.jpg");
});

afterAll(() => vi.unstubAllEnvs());

afterEach(() => vi.restoreAllMocks());

describe("a photo that is explained by several methods and scored", () => {
  test("is prepared and classified once in Node", { timeout: 300_000 }, async () => {
    const runtime = await open("node");
    const run = vi.spyOn(Plan.prototype, "run");
    const results = await judge(runtime, photo, METHODS, false, JUDGE);
    const labels = (run.mock.contexts as Plan[]).map(({ label }) => label);
    expect(results.map(({ method, scores }) => [method, scores])).toEqual([
      ["rise", {}],
      ["occlusion", {}],
    ]);
    expect(labels.filter((label) => label.startsWith("photo "))).toEqual([`photo ${photo.width} x ${photo.height}`]);
    expect(labels.filter((label) => label === "classify")).toHaveLength(1);
    await runtime.close();
  });

  test("is fetched and opened once by Chrome, and once more by a new one", { timeout: 600_000 }, async () => {
    const runtime = await open("chrome");
    const explain = async (given: Parameters<Runtime["explain"]>[0]) => {
      const { map, input, target } = await runtime.explain(given, { method: "rise", parameters: { masks: 8 }, signal });
      return { map, input, target };
    };
    const alone = await explain(photo);
    offered.length = 0;
    const shared = await runtime.open(photo, signal);
    await runtime.classify(shared, {}, signal);
    expect(await explain(shared)).toEqual(alone);
    expect(await explain(shared)).toEqual(alone);
    expect(offered).toHaveLength(1);
    await (pages.at(-1) as Page).browser().close();
    expect(await explain(shared)).toEqual(alone);
    expect(offered).toHaveLength(2);
    await runtime.close();
  });
});
