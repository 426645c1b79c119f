import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { findOverflow, findViolations } from "../support/accessibility.ts";
import { Visitor } from "./visitor.ts";

describe("a photo from the camera", { timeout: 300_000 }, () => {
  let visitor: Visitor;

  beforeAll(async () => {
    visitor = await Visitor.arrive({ camera: true });
    await visitor.page.evaluateOnNewDocument(() => {
      const streams: MediaStream[] = [];
      const devices = navigator.mediaDevices;
      const ask = devices.getUserMedia.bind(devices);
      devices.getUserMedia = async (constraints) => {
        const stream = await ask(constraints);
        streams.push(stream);
        return stream;
      };
      Object.assign(window, { streams });
    });
    await visitor.load();
  }, 300_000);

  afterAll(() => visitor?.leave(), 60_000);

  beforeEach(() => permit("camera"));

  /** Lets the page have the camera, or refuses it. */
  const permit = (...permissions: "camera"[]) =>
    visitor.page.browserContext().overridePermissions(visitor.server.origin, permissions as never);
  /** States of all cameras that the page was ever given. */
  const states = () =>
    visitor.page.evaluate(() =>
      (window as unknown as { streams: MediaStream[] }).streams.map((stream) =>
        stream
          .getTracks()
          .map(({ readyState }) => readyState)
          .join(),
      ),
    );
  const live = async () => (await states()).filter((state) => state !== "ended").length;
  const isOpen = () => visitor.page.$eval("body", (body) => body.querySelector("#camera") !== null);
  const focused = () => visitor.page.evaluate(() => document.activeElement?.id);
  const open = async () => {
    await visitor.page.focus("#camera-open");
    await visitor.page.keyboard.press("Enter");
    await visitor.page.waitForSelector("#camera-take:not(:disabled)");
  };

  test("by the keyboard alone: what it sees is shown, taken, classified, and the camera let go of", async () => {
    const { page } = visitor;
    await open();
    expect(await live()).toBe(1);
    expect(await page.$eval("#camera video", (video) => (video as HTMLVideoElement).videoWidth)).toBeGreaterThan(100);
    expect(await focused()).toBe("camera-take");
    expect(await findViolations(page)).toEqual([]);
    await page.keyboard.press("Enter");
    await visitor.read("#caption", /^camera-\d\d-\d\d-\d\d\.png\. The classifier sees/);
    await page.waitForSelector("#top5 li");
    expect(await isOpen()).toBe(false);
    expect(await live()).toBe(0);
    expect(await focused()).toBe("camera-open");
  });

  test("of two cameras another can be chosen, and only one is in use", async () => {
    const { page } = visitor;
    await open();
    const cameras = await page.$$eval("#camera-list option", (all) => all.map(({ value }) => value));
    expect(cameras).toHaveLength(2);
    const now = () => page.$eval("#camera-list", (list) => (list as HTMLSelectElement).value);
    const first = await now();
    await page.focus("#camera-list");
    await page.select("#camera-list", cameras.find((id) => id !== first) as string);
    await page.waitForSelector("#camera-take:not(:disabled)");
    expect(await now()).not.toBe(first);
    expect(await focused()).toBe("camera-list");
    expect((await states()).at(-1)).toBe("live");
    expect(await live()).toBe(1);
    await page.setViewport({ width: 360, height: 640 });
    expect(await findOverflow(page)).toBeLessThanOrEqual(0);
    await page.setViewport({ width: 1280, height: 900 });
    await visitor.click("#camera-cancel");
    expect(await live()).toBe(0);
  });

  test("Escape closes it, even while the camera is starting, and lets go of it", async () => {
    const { page } = visitor;
    await open();
    await page.keyboard.press("Escape");
    expect(await isOpen()).toBe(false);
    expect(await live()).toBe(0);
    const before = (await states()).length;
    await page.$eval("#camera-open", (button) => (button as HTMLButtonElement).click());
    await page.waitForSelector("#camera");
    await page.$eval("#camera", (dialog) => (dialog as HTMLDialogElement).close());
    await expect.poll(async () => (await states()).length).toBe(before + 1);
    await expect.poll(live).toBe(0);
    expect(await isOpen()).toBe(false);
  });

  test("a hidden tab has no camera, and has it again when it is shown", async () => {
    const { page } = visitor;
    const hide = (hidden: boolean) =>
      page.evaluate((value) => {
        Object.defineProperty(document, "hidden", { configurable: true, get: () => value });
        document.dispatchEvent(new Event("visibilitychange"));
      }, hidden);
    await open();
    await hide(true);
    expect(await live()).toBe(0);
    await hide(false);
    await page.waitForSelector("#camera-take:not(:disabled)");
    expect(await live()).toBe(1);
    await page.keyboard.press("Escape");
    await hide(true);
    await hide(false);
    expect(await live()).toBe(0);
    await page.evaluate(() => Reflect.deleteProperty(document, "hidden"));
  });

  test("a camera that goes away says so", async () => {
    await open();
    await visitor.page.evaluate(() => {
      const track = (window as unknown as { streams: MediaStream[] }).streams.at(-1)?.getTracks()[0];
      track?.dispatchEvent(new Event("ended"));
    });
    expect(await visitor.read("#camera-problem")).toBe("The camera has stopped. Connect it again and try again.");
    expect(await live()).toBe(0);
    await visitor.click("#camera-cancel");
  });

  test("where it is not allowed the dialog says what to do, and works once it is", async () => {
    await permit();
    await open();
    expect(await visitor.read("#camera-problem")).toBe(
      "This page may not use the camera. Allow it in the browser's settings of this page, then try again.",
    );
    expect(await visitor.text("#camera-take")).toBe("Try again");
    expect(await findViolations(visitor.page)).toEqual([]);
    await permit("camera");
    await visitor.click("#camera-take");
    await visitor.page.waitForSelector("#camera video:not([hidden])");
    await visitor.page.waitForFunction(() => document.querySelector("#camera-take:not(:disabled)")?.textContent === "Take it");
    expect(await visitor.visible("#camera-problem")).toBe(false);
    await visitor.click("#camera-cancel");
    expect(await live()).toBe(0);
  });

  test.for([
    ["NotFoundError", /^There is no camera\. Connect one/],
    ["NotReadableError", /^The camera does not answer\. Close other programs/],
    ["TypeError", /^The camera cannot be used \(as a test\)\. Try again/],
  ] as const)("%s is put into words", async ([name, says]) => {
    await visitor.page.evaluate((wanted) => {
      const { mediaDevices } = navigator;
      const former = mediaDevices.getUserMedia;
      mediaDevices.getUserMedia = async () => {
        mediaDevices.getUserMedia = former;
        throw new DOMException("as a test", wanted);
      };
    }, name);
    await open();
    expect(await visitor.read("#camera-problem")).toMatch(says);
    await visitor.click("#camera-cancel");
  });

  test("without cameras there is no button, and nothing went wrong unseen", async () => {
    expect(visitor.errors).toEqual([]);
    await visitor.page.evaluateOnNewDocument(() => Object.defineProperty(navigator, "mediaDevices", { value: undefined }));
    await visitor.page.evaluateOnNewDocument(() => Object.assign(window, { streams: [] }));
    await visitor.page.reload();
    await visitor.page.waitForSelector("#samples button");
    expect(await visitor.visible("#camera-open")).toBe(false);
  });
});
