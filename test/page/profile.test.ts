import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readProfileFile } from "../../src/cli/profile-file.ts";
import { makeProfileReport } from "../../src/cli/profile-report.ts";
import { findOverflow, findViolations } from "../support/accessibility.ts";
import { PerformancePanel } from "../support/devtools.ts";
import { checkTraceFormat } from "../support/trace-format.ts";
import { Visitor } from "./visitor.ts";

const SCREENSHOTS = join(tmpdir(), "relabel-screenshots");

describe("the profile on the page", { timeout: 300_000 }, () => {
  let visitor: Visitor;

  beforeAll(async () => {
    visitor = await Visitor.arriveWith("Coffee", 64);
    await visitor.fill("#samples-count", "16");
    await visitor.click("#start");
    await visitor.read("#result-summary");
    visitor.page.setDefaultTimeout(60_000);
  }, 300_000);

  afterAll(() => visitor?.leave(), 60_000);

  /** Clicks a button of the profile, clear of the page's header. */
  async function press(text: string): Promise<void> {
    await visitor.page.$eval("#profile", (section) => section.scrollIntoView({ behavior: "instant" }));
    await visitor.click(`#profile button::-p-text(${text})`);
  }

  /** The cells of the table's lines, but for those that a click opens. */
  function rows(part = "tbody"): Promise<string[][]> {
    return visitor.page.$$eval(`#profile ${part} > tr:not(.below)`, (lines) =>
      lines.map((line) => [...line.children].map((cell) => (cell.textContent ?? "").trim())),
    );
  }

  /** Where the first bar of a track begins, in CSS pixels of the timeline, which is brought into view. */
  function firstBar(track: number): Promise<{ x: number; y: number }> {
    return visitor.page.$eval(
      "#profile canvas",
      (found, index) => {
        const canvas = found as HTMLCanvasElement;
        canvas.scrollIntoView({ behavior: "instant", block: "center" });
        const pixels = (of: CanvasRenderingContext2D, at: number, wide: number) => [
          ...new Uint32Array(of.getImageData(0, at, wide, 1).data.buffer),
        ];
        const scratch = new OffscreenCanvas(1, 1).getContext("2d") as unknown as CanvasRenderingContext2D;
        scratch.fillStyle = getComputedStyle(canvas).getPropertyValue("--sunken");
        scratch.fillRect(0, 0, 1, 1);
        const [ground] = pixels(scratch, 0, 1);
        // Under the axis and the caption, and above the bar's name.
        const y = 20 + index * 46 + 20;
        const scale = canvas.width / canvas.clientWidth;
        const line = pixels(canvas.getContext("2d") as CanvasRenderingContext2D, Math.round(y * scale), canvas.width);
        const first = line.findIndex((pixel) => pixel !== ground);
        if (first < 0) throw new Error(`Track ${index} has no bar.`);
        // Its left edge, from where the next one is farther, however narrow it is.
        return { x: Math.floor(first / scale), y };
      },
      track,
    );
  }

  test("is given up by the button that stops it, and the result stays", async () => {
    const focus = () => visitor.page.evaluate(() => document.activeElement?.id);
    await visitor.page.focus("#profile-start");
    await visitor.page.keyboard.press("Enter");
    await visitor.read("#run-stage", /Profiling/);
    expect(await focus()).toBe("stop");
    await visitor.page.keyboard.press("Enter");
    await visitor.page.waitForSelector("#run", { hidden: true });
    expect(await focus()).toBe("profile-start");
    expect(await visitor.visible("#problem")).toBe(false);
    expect(await visitor.visible("#profile")).toBe(false);
    expect(await visitor.text("#result-summary")).toMatch(/learned from 16 samples/);
  });

  test("comes by one click from an explanation, whose map stays, and names all of the GPU's time", async () => {
    await visitor.drawn();
    const map = () => visitor.page.$eval("#map-canvas", (canvas) => (canvas as HTMLCanvasElement).toDataURL());
    const before = await map();
    const loaded = visitor.requests.length;
    await visitor.click("#profile-start");
    expect(await visitor.read("#run-stage", /Profiling/)).toMatch(/^Profiling\./);
    expect(await visitor.visible("#map-canvas")).toBe(true);
    await visitor.read("#profile tfoot");
    expect(await visitor.page.evaluate(() => document.activeElement?.id)).toBe("profile-heading");
    expect(await map()).toBe(before);
    // The view is not part of what the page loads at first.
    expect(visitor.requests.slice(loaded).some((path) => /profile-view/.test(path))).toBe(true);
    expect(visitor.requests.slice(0, loaded).some((path) => /profile-view/.test(path))).toBe(false);
    const lines = await rows();
    expect(lines.length).toBeGreaterThan(10);
    const shares = lines.map(([, , , share = ""]) => Number.parseFloat(share));
    expect(shares).toEqual([...shares].sort((a, b) => b - a));
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeGreaterThan(95);
    expect((await rows("tfoot")).at(-1)?.slice(0, 4)).toEqual(["All", expect.stringMatching(/^[\d,]+$/), expect.any(String), "100%"]);
    expect(await visitor.text("#profile dl")).toMatch(/Wall time\d+ ms in \d+ submits.*kernels \d.*GPU clockexact, in steps of 1 ns/);
  });

  test("shows the WGSL of a kernel that is clicked, under its constants", async () => {
    const { page } = visitor;
    await visitor.click("#profile tbody .name");
    const kernel = await visitor.text("#profile tbody .name");
    const summary = await visitor.read("#profile .below:not([hidden]) summary", /dispatches/);
    expect(summary).toMatch(new RegExp(`^${kernel} [\\d,]+ dispatches, [\\d.]+ ms; grid `));
    await page.$eval("#profile .below:not([hidden]) details", (details) => {
      (details as HTMLDetailsElement).open = true;
    });
    expect(await visitor.read("#profile .below:not([hidden]) pre", /@compute/)).toContain("fn main(");
    const [, name, value] = /; (\w+) (\w+)(, |$)/.exec(summary.replace(/.*grid/, "")) ?? [];
    if (name) expect(await visitor.text("#profile .below:not([hidden]) pre")).toMatch(new RegExp(`${name}\\b[^=]*= ${value};`));
    await visitor.click("#profile tbody .name");
    expect(await page.$$("#profile .below:not([hidden])")).toEqual([]);
  });

  test("groups by layer and by stage, with the same sum", async () => {
    const sum = (await rows("tfoot")).at(-1);
    await visitor.click("#profile input[value=layer]");
    const layers = await rows();
    expect(layers.some(([name]) => /^teacher: /.test(name ?? ""))).toBe(true);
    expect((await rows("tfoot")).at(-1)).toEqual(sum);
    expect((await rows("tfoot"))[0]?.[0]).toMatch(/^\d+ more$/);
    await visitor.click("#profile .table-box > button");
    expect((await rows()).length).toBeGreaterThan(layers.length);
    expect(await rows("tfoot")).toEqual([sum]);
    await visitor.click("#profile input[value=stage]");
    expect((await rows()).map(([name]) => name)).toEqual(expect.arrayContaining(["classify", "teacher", "observe"]));
    await visitor.click("#profile input[value=kernel]");
  });

  test("has a timeline that wheel, buttons, keys and the pointer move, and whose bars say what they are", async () => {
    const { page } = visitor;
    const picture = () => page.$eval("#profile canvas", (canvas) => (canvas as HTMLCanvasElement).toDataURL());
    const all = await picture();
    const seen = new Set([all]);
    const changes = async (how: string) => {
      const now = await picture();
      expect(seen.has(now), how).toBe(false);
      seen.add(now);
    };
    await page.focus("#profile canvas");
    await page.keyboard.press("+");
    await changes("+");
    await page.keyboard.press("ArrowRight");
    await changes("right");
    await page.keyboard.down("Shift");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.up("Shift");
    const kernel = /^\w+ · .+ · [\d.]+ (µs|ms)( · [\d.]+ GFLOP\/s · [\d.]+ GB\/s)? · grid [\d,]+ × [\d,]+ × [\d,]+/;
    expect(await visitor.read("#profile .detail", /grid/)).toMatch(kernel);
    await visitor.click("#profile button[title='Zoom in']");
    await changes("button");
    const { x = 0, y = 0, width = 0 } = (await (await page.$("#profile canvas"))?.boundingBox()) ?? {};
    await page.mouse.move(x + width / 2, y + 50);
    await page.mouse.wheel({ deltaY: -100 });
    await changes("wheel");
    await page.mouse.down();
    await page.mouse.move(x + width / 2 - 60, y + 50, { steps: 3 });
    await page.mouse.up();
    await changes("drag");
    await page.keyboard.press("Home");
    await visitor.click("#profile button[title='Show all']");
    // The first stage, whose track is the third.
    await page.locator("#profile canvas").click({ offset: await firstBar(2) });
    expect(await visitor.read("#profile .detail", /^classify/)).toMatch(/^classify · [\d.]+ (µs|ms)$/);
  });

  test("saves a trace, which the command line reads with the same numbers", async () => {
    const client = await visitor.page.createCDPSession();
    await client.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: visitor.folder });
    await press("Save trace");
    const path = join(visitor.folder, "coffee.trace.json");
    await expect.poll(() => existsSync(path), { timeout: 20_000 }).toBe(true);
    checkTraceFormat(JSON.parse(await readFile(path, "utf8")));
    const { profile, about } = await readProfileFile(path);
    expect(about).toMatchObject({ command: "explain", image: "coffee.jpg", teacher: "efficientnet-lite0", method: "relabel", samples: 16 });
    expect(about.runtime).toMatch(/Chrome\/\d/);
    const { kernels, ceilings } = makeProfileReport(profile, about);
    expect(ceilings?.gflops).toBeGreaterThan(0);
    const shown = (await rows()).map(([name, dispatches, milliseconds]) => [name, dispatches, milliseconds]);
    expect(shown).toEqual(
      kernels.slice(0, shown.length).map((total) => [total.name, total.dispatches.toLocaleString("en"), total.milliseconds.toFixed(2)]),
    );
  });

  test("saves a trace that the browser's own DevTools open, with every dispatch at its time under its kernel's name", async (context) => {
    const path = join(visitor.folder, "coffee.trace.json");
    const panel = await PerformancePanel.open(visitor.page.browser()).catch((error: Error) => error);
    if (panel instanceof Error) return context.skip(`DevTools cannot be driven here: ${panel.message}`);
    try {
      const tracks = await panel.load(path);
      const { profile, about } = await readProfileFile(path);
      const [gpu, cpu] = Object.keys(tracks).sort((a, b) => Number(/^CPU/.test(a)) - Number(/^CPU/.test(b))) as [string, string];
      expect([gpu, cpu]).toEqual([about.adapter.description, expect.stringMatching(/^CPU \(aligned to [\d.]+ ms\)$/)]);
      const passes = Object.entries(tracks[gpu] ?? {}).flatMap(([thread, events]) => (thread.startsWith("compute passes") ? events : []));
      const dispatches = (events: readonly { name: string; kernel: string | undefined; start: number; length: number }[]) => {
        const begin = Math.min(...events.map(({ start }) => start));
        return events
          .map(({ name, kernel, start, length }) => `${kernel}: ${name}, ${(start - begin).toFixed(3)} ${length.toFixed(3)}`)
          .sort();
      };
      expect(dispatches(passes.map(({ name, args, ts, dur }) => ({ name, kernel: args?.kernel, start: ts, length: dur })))).toEqual(
        dispatches(
          profile.spans.map(({ label, kernel, start, end }) => ({ name: label, kernel, start: start / 1e3, length: (end - start) / 1e3 })),
        ),
      );
      const stages = new Set(profile.spans.map(({ plan }) => plan));
      expect(new Set(tracks[gpu]?.stages?.map(({ name }) => name))).toEqual(stages);
      const work = profile.activities.filter(({ kind }) => kind === "work").map(({ label }) => label);
      expect(tracks[cpu]?.TypeScript?.map(({ name }) => name).sort()).toEqual(work.sort());
    } finally {
      await panel.close();
    }
  });

  test("can be mounted elsewhere with a file, and says where times are replayed ones", async () => {
    const file = JSON.parse(await readFile(join(visitor.folder, "coffee.trace.json"), "utf8"));
    const { profile, about } = file.otherData;
    profile.replayed = true;
    profile.clock = { mode: "quantised", step: 65_536 };
    for (const span of profile.spans.slice(1)) span.replayed = 2e6;
    delete about.ceilings;
    // As text, because the test runner would rewrite an import for Node.
    const shown = (await visitor.page.evaluate(`(async () => {
      const { mountProfile } = await import("/src/page/profile/profile-view.js");
      const box = document.createElement("div");
      document.body.append(box);
      mountProfile(box, ${JSON.stringify(file)});
      const textOf = (selector) => [...box.querySelectorAll(selector)].map(({ textContent }) => textContent);
      const texts = { heads: textOf("thead th"), sum: textOf("tfoot tr:last-child > *"), facts: textOf("dl").join() };
      box.remove();
      return texts;
    })()`)) as { heads: string[]; sum: string[]; facts: string };
    expect(shown.heads).toEqual(["Kernel", "Dispatches", "ms, replayed", "Share", "GFLOP/s", "GB/s", "Grid", "Constants"]);
    const [first, ...rest] = profile.spans;
    const milliseconds = (2 * rest.length + (first.end - first.start) / 1e6).toFixed(2);
    expect(shown.sum.slice(0, 4)).toEqual(["All", String(profile.spans.length), milliseconds, "100%"]);
    expect(shown.facts).toContain("quantised, in steps of 65.536 µs");
    expect(shown.facts).toMatch(new RegExp(`Replayed${milliseconds} ms: the clock is too coarse .*; 1 could not be replayed`));
  });

  test("hands its kernels to Chrome's Performance panel", async () => {
    const { page } = visitor;
    await page.tracing.start({ categories: ["blink.user_timing", "devtools.timeline"] });
    await press("Performance panel");
    const told = await visitor.read("#profile [role=status].hint", /dispatches/);
    const trace = (await page.tracing.stop()) as Uint8Array;
    const { traceEvents } = JSON.parse(new TextDecoder().decode(trace)) as {
      traceEvents: { cat: string; ph: string; args: { detail?: string } }[];
    };
    const spans = traceEvents.filter(
      ({ cat, ph, args }) => cat.includes("blink.user_timing") && ph === "b" && args.detail?.includes("devtools"),
    );
    expect(spans.length.toLocaleString("en")).toBe(/^[\d,]+/.exec(told)?.[0]);
    expect(JSON.parse(spans[0]?.args.detail ?? "")).toMatchObject({
      kernel: expect.any(String),
      devtools: { dataType: "track-entry", track: "GPU" },
    });
  });

  test("has no violation, and fits a narrow window", async () => {
    const { page } = visitor;
    await visitor.click("#profile tbody .name");
    expect(await findViolations(page)).toEqual([]);
    await mkdir(SCREENSHOTS, { recursive: true });
    for (const width of [1440, 360]) {
      await page.setViewport({ width, height: 900 });
      expect(await findOverflow(page)).toBe(0);
      for (const value of ["light", "dark"]) {
        await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
        await page.evaluate(() => document.querySelector("header")?.remove());
        const section = await page.$("#profile");
        await section?.screenshot({ path: join(SCREENSHOTS, `profile-${width}-${value}.png`) as `${string}.png` });
      }
    }
    expect(visitor.errors).toEqual([]);
  });
});
