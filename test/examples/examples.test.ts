import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ExampleSite, run } from "../support/example-site.ts";
import { LONG } from "../support/long.ts";

const MINUTE = 60_000;
/** What an example says when its map is there. */
const VERDICT = /^[\w ,'-]+, \d+\.\d %$/;

let site: ExampleSite;

beforeAll(async () => {
  site = await ExampleSite.open();
}, 2 * MINUTE);

afterAll(() => site?.close());

describe("in Chrome", { timeout: 5 * MINUTE }, () => {
  test("plain HTML shows a map", async () => {
    await site.show("/examples/html/", "output", VERDICT);
    expect(await site.colours()).toBeGreaterThan(1000);
    expect(site.errors).toEqual([]);
  });

  test("a page that lends its device draws on it after the session is gone", async () => {
    await site.show("/examples/shared-device/", "output", VERDICT);
    await expect.poll(() => site.colours(), { timeout: MINUTE }).toBeGreaterThan(1000);
    expect(site.errors).toEqual([]);
  });

  test("a kernel is timed", async () => {
    await site.build("kernel");
    const text = await site.show("/built/kernel/index.html", "pre", /GB/);
    expect(text).toMatch(/^2 x 3 = 6\nscale: \d+\.\d+ ms a run, \d+\.\d+ GFLOP\/s, \d+\.\d+ GB\/s$/);
  });

  test("a session in a worker explains", async () => {
    await site.build("worker");
    await site.show("/built/worker/index.html", "output", VERDICT);
    expect(await site.colours()).toBeGreaterThan(1000);
    expect(site.errors).toEqual([]);
  });
});

describe.runIf(LONG)("installed as its README says", { timeout: 10 * MINUTE }, () => {
  test.each(["react", "three", "worker"])("%s is built and shows a map", async (name) => {
    run(await site.install(name), "npm", "run", "build");
    await site.show(`/built/examples/${name}/dist/index.html`, "output", VERDICT);
    expect(await site.colours()).toBeGreaterThan(1000);
    expect(site.errors).toEqual([]);
  });
});
