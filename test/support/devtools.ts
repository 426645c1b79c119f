import type { Browser, ElementHandle, Page } from "puppeteer";
import { expect } from "vitest";

/** An event on a track of DevTools' Performance panel. */
interface TrackEvent {
  readonly name: string;
  /** Start and length in microseconds. */
  readonly ts: number;
  readonly dur: number;
  readonly args?: { readonly kernel?: string };
}

/** Tracks of the Performance panel: events by thread, by process. */
export type Tracks = Record<string, Record<string, TrackEvent[]>>;

/** What is used of the modules that DevTools is made of. */
const PANEL = `import("devtools://devtools/bundled/panels/timeline/timeline.js").then(({ TimelinePanel }) => TimelinePanel.TimelinePanel.instance())`;
const ABLE = `${PANEL}.then((panel) => typeof panel.hasActiveTrace === "function" && typeof panel.model.parsedTrace === "function")`;
const LOADED = `${PANEL}.then((panel) => panel.hasActiveTrace())`;
const TRACKS = `${PANEL}.then((panel) => {
  const { Renderer, Meta } = panel.model.parsedTrace(0).data;
  const plain = ({ name, ts, dur, args }) => ({ name, ts, dur, args });
  return Object.fromEntries([...Renderer.processes].map(([id, { threads }]) => [
    Meta.processNames.get(id).args.name,
    Object.fromEntries([...threads.values()].map(({ name, entries }) => [name, entries.map(plain)])),
  ]));
})`;

/** The Performance panel of the DevTools that a browser carries. */
export class PerformancePanel {
  private constructor(
    private readonly page: Page,
    private readonly picker: ElementHandle<HTMLInputElement>,
  ) {}

  /** Rejects, with the reason, where the browser does not carry it, or another one than is known here. */
  static async open(browser: Browser): Promise<PerformancePanel> {
    const page = await browser.newPage();
    try {
      await page.goto("devtools://devtools/bundled/devtools_app.html?panel=timeline");
      const picker = await page.waitForSelector(">>> input[type=file][accept*=json]");
      if (!(await page.evaluate(ABLE))) throw new Error("the panel has other methods");
      return new PerformancePanel(page, picker as ElementHandle<HTMLInputElement>);
    } catch (error) {
      await page.close();
      throw error;
    }
  }

  /** Loads a trace by the panel's own picker, and waits until it is shown. */
  async load(path: string): Promise<Tracks> {
    await this.picker.uploadFile(path);
    await expect.poll(() => this.page.evaluate(LOADED), { timeout: 30_000, message: `the Performance panel opens ${path}` }).toBe(true);
    return (await this.page.evaluate(TRACKS)) as Tracks;
  }

  close(): Promise<void> {
    return this.page.close();
  }
}
