import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ElementHandle, Page } from "puppeteer";
import { TimeoutError } from "puppeteer-core";
import { expect } from "vitest";
import { openPage } from "../../src/cli/browser.ts";
import { type PageServer, serveBuilt, serveSources } from "./page-server.ts";

const PATIENCE = 240_000;
const FAKE_CAMERA = "--use-fake-device-for-media-stream=device-count=2";
/** Until a page that draws no frames is brought to the front. */
const FRAMES_PATIENCE = 60_000;

/** The page, open in Chrome on its software adapter, and what a visitor does there. */
export class Visitor {
  /** Messages of errors that nobody caught, or that the page wrote to its console. */
  readonly errors: string[] = [];
  /** Paths asked of the server, with their queries. */
  readonly requests: string[] = [];
  /** By default one that nobody reaches. */
  #hub = "http://127.0.0.1:9";

  private constructor(
    readonly page: Page,
    readonly server: PageServer,
    readonly folder: string,
  ) {
    this.#listen();
  }

  /**
   * `developed`: the page is served from its sources, as by `npm start`, and not built; `server`: where it is served already; `camera`: whether the
   * machine has one, which shows a moving picture.
   */
  static async arrive({
    developed = false,
    camera = false,
    server: given,
  }: {
    developed?: boolean;
    camera?: boolean;
    server?: PageServer;
  } = {}): Promise<Visitor> {
    const folder = await mkdtemp(join(tmpdir(), "relabel-page-"));
    const server = given ?? (developed ? await serveSources(folder) : await serveBuilt());
    // Another document of the same origin first, so that the page's own start is seen from its first request on.
    const page = await openPage(server.origin + server.other, { software: true, flags: camera ? [FAKE_CAMERA] : [] });
    page.setDefaultTimeout(PATIENCE);
    const visitor = new Visitor(page, server, folder);
    await page.setViewport({ width: 1280, height: 900 });
    return visitor;
  }

  /** The page with a sample, which the classifier has seen at so many pixels a side. */
  static async arriveWith(sample: string, side: number): Promise<Visitor> {
    const visitor = await Visitor.arrive();
    try {
      await visitor.load();
      await visitor.openSample(sample);
      await visitor.resize(side);
      return visitor;
    } catch (error) {
      await visitor.leave();
      throw error;
    }
  }

  #listen(): void {
    this.page.on("pageerror", (error) => this.errors.push(String(error)));
    this.page.on("console", (message) => {
      if (message.type() === "error") this.errors.push(`${message.text()} ${message.location().url ?? ""}`);
    });
    this.page.on("request", (request) => this.requests.push(request.url().slice(this.server.origin.length)));
  }

  /** Opens the page anew and waits until the engine is ready, or cannot be. */
  async load(): Promise<void> {
    await this.page.goto(this.server.origin + (this.server.path ?? ""));
    await this.useHub(this.#hub);
    await this.page.waitForFunction(() => /software adapter|No adapter/.test(document.querySelector("#adapter")?.textContent ?? ""));
  }

  /** Has the page download from this hub, as if whoever serves it had named it. */
  async useHub(endpoint: string): Promise<void> {
    this.#hub = endpoint;
    await this.page.$eval("meta[name=hub]", (meta, hub) => meta.setAttribute("content", hub), endpoint);
  }

  async leave(): Promise<void> {
    await this.page.browser().close();
    await this.server.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  text(selector: string): Promise<string> {
    return this.page.$eval(selector, (found) => (found.textContent ?? "").replace(/\s+/g, " ").trim());
  }

  visible(selector: string): Promise<boolean> {
    return this.page.$eval(selector, (found) => found.checkVisibility());
  }

  /** Waits until an element is shown and its text matches; returns the text. */
  async read(selector: string, pattern = /\S/): Promise<string> {
    await this.page.waitForFunction(
      (wanted, source, flags) => {
        const found = document.querySelector(wanted);
        return found?.checkVisibility() && new RegExp(source, flags).test(found.textContent ?? "");
      },
      {},
      selector,
      pattern.source,
      pattern.flags,
    );
    return this.text(selector);
  }

  /**
   * Clicks when the element stands still and is in view: what went before may still be moving the page. Both are told by frames, of which a
   * page that is not in front draws none.
   */
  async click(selector: string): Promise<void> {
    const locator = this.page.locator(selector);
    try {
      await locator.setTimeout(FRAMES_PATIENCE).click();
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
      await this.page.bringToFront();
      await locator.setTimeout(PATIENCE).click();
    }
  }

  async openSample(name: string): Promise<void> {
    await this.click(`#samples button::-p-text(${name})`);
    await this.page.waitForSelector("#top5 li");
  }

  /** Has the classifier take photos of another size, and waits until it has seen the photo so. */
  async resize(side: number): Promise<void> {
    await this.page.$eval("#input", (details) => {
      (details as HTMLDetailsElement).open = true;
    });
    await this.page.$eval("#top5", (list) => list.replaceChildren());
    await this.fill("#input-size", String(side));
    // Not by a click: what has just been opened moves the button.
    await this.page.keyboard.press("Enter");
    await this.page.waitForSelector("#top5 li");
  }

  async openFile(path: string): Promise<void> {
    const picker = (await this.page.$("#file")) as ElementHandle<HTMLInputElement>;
    await picker.uploadFile(path);
  }

  /** Drops files on the page. */
  async drop(...paths: string[]): Promise<void> {
    // Only a picker gives the page files of this machine.
    const picker = (await this.page.evaluateHandle(() =>
      Object.assign(document.createElement("input"), { type: "file", multiple: true }),
    )) as ElementHandle<HTMLInputElement>;
    await picker.uploadFile(...paths);
    await picker.evaluate(({ files }) => {
      const dataTransfer = new DataTransfer();
      for (const file of files ?? []) dataTransfer.items.add(file);
      document.body.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer }));
    });
  }

  /** Types into a field as a person does, in place of what it holds; of a list, chooses. */
  async fill(selector: string, value: string): Promise<void> {
    if (await this.page.$eval(selector, (control) => control.matches("select"))) {
      expect(await this.page.select(selector, value)).toEqual([value]);
      return;
    }
    await this.page.focus(selector);
    await this.page.$eval(selector, (input) => (input as HTMLInputElement).select());
    await this.page.keyboard.type(value);
  }

  /** Waits until the canvases show what they are to show. */
  async drawn(): Promise<void> {
    await this.page.waitForSelector("#stage:not([aria-busy=true])");
  }

  /** The mean absolute difference of the map's colours from those of the photo below it, 0-255, and the number of different colours of the map. */
  async compareCanvases(): Promise<{ difference: number; colours: number }> {
    await this.drawn();
    return this.page.evaluate(() => {
      const [photo, map] = ["photo-canvas", "map-canvas"].map((id) => document.getElementById(id) as HTMLCanvasElement) as [
        HTMLCanvasElement,
        HTMLCanvasElement,
      ];
      const pixels = (canvas: HTMLCanvasElement | OffscreenCanvas) =>
        (canvas.getContext("2d") as CanvasRenderingContext2D).getImageData(0, 0, map.width, map.height).data;
      const share = (side: "left" | "top" | "width" | "height") => Number.parseFloat((map.parentElement as HTMLElement).style[side]) / 100;
      const below = new OffscreenCanvas(map.width, map.height);
      const [left, width] = [share("left") * photo.width, share("width") * photo.width];
      const [top, height] = [share("top") * photo.height, share("height") * photo.height];
      below.getContext("2d")?.drawImage(photo, left, top, width, height, 0, 0, map.width, map.height);
      const [under, over] = [pixels(below), pixels(map)];
      let sum = 0;
      const colours = new Set<number>();
      for (let i = 0; i < over.length; i += 4) {
        for (let c = 0; c < 3; c++) sum += Math.abs((over[i + c] as number) - (under[i + c] as number));
        colours.add(((over[i] as number) << 16) | ((over[i + 1] as number) << 8) | (over[i + 2] as number));
      }
      return { difference: sum / (over.length * 0.75), colours: colours.size };
    });
  }
}
