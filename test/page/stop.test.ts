/** How soon Stop ends what is under way: at once where nothing of it is kept, else as soon as the map so far is drawn. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Visitor } from "./visitor.ts";

describe("Stop", { timeout: 300_000 }, () => {
  let visitor: Visitor;

  beforeAll(async () => {
    visitor = await Visitor.arriveWith("Coffee", 64);
  }, 300_000);

  afterAll(() => visitor?.leave(), 60_000);

  /** Presses a button and, as soon as the line shows that something is under way, Escape; returns what of the line is to be seen after each. */
  const pressAndStop = (button: string, line: string) =>
    visitor.page.evaluate(
      async (wanted, shown) => {
        const turn = () => new Promise((resolve) => setTimeout(resolve, 0));
        const seen = () => !document.querySelector<HTMLElement>(shown)?.hidden;
        document.querySelector<HTMLElement>(wanted)?.click();
        for (let turns = 0; turns < 1000 && !seen(); turns++) await turn();
        const during = seen();
        document.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
        await turn();
        return { during, after: seen() };
      },
      button,
      line,
    );

  /** Milliseconds from the press of a button to the line's end. */
  const timeStop = (button: string, line: string) =>
    visitor.page.evaluate(
      (wanted, shown) =>
        new Promise<number>((resolve) => {
          const watched = document.querySelector(shown) as HTMLElement;
          const pressed = performance.now();
          new MutationObserver(() => watched.hidden && resolve(performance.now() - pressed)).observe(watched, { attributes: true });
          document.querySelector<HTMLElement>(wanted)?.click();
        }),
      button,
      line,
    );

  test("an explanation without samples ends at once, and the next one is not disturbed by it", async () => {
    await visitor.fill("#samples-count", "5000");
    expect(await pressAndStop("#start", "#run")).toEqual({ during: true, after: false });
    expect(await visitor.read("#problem")).toMatch(/Stopped before there were enough samples/);
    await visitor.fill("#samples-count", "40");
    await visitor.click("#start");
    expect(await visitor.read("#result-summary")).toMatch(/learned from 40 samples/);
    expect(await visitor.visible("#run")).toBe(false);
  });

  test("one that is stopped before it begins does not begin", async () => {
    await visitor.fill("#samples-count", "5000");
    const began = await visitor.page.evaluate(async () => {
      const run = document.querySelector("#run") as HTMLElement;
      const shown: boolean[] = [];
      new MutationObserver(() => shown.push(!run.hidden)).observe(run, { attributes: true });
      document.querySelector<HTMLElement>("#start")?.click();
      document.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
      await new Promise((resolve) => setTimeout(resolve, 1000));
      return shown;
    });
    expect(began).toEqual([]);
    expect(await visitor.visible("#result")).toBe(true);
  });

  test.for(["scores", "seeds", "randomisation", "sensitivity", "images", "pictures"])(
    "the question of %s ends at once",
    async (question) => {
      const line = ["images", "pictures"].includes(question) ? "#explore-run" : "#judge-run";
      expect(await pressAndStop(`#judge-${question}`, line)).toEqual({ during: true, after: false });
      expect(await visitor.visible("#problem")).toBe(false);
      expect(await visitor.visible(`#judge-${question}-answer`)).toBe(false);
      expect(await visitor.page.$eval(`#judge-${question}`, (button) => (button as HTMLButtonElement).disabled)).toBe(false);
    },
  );

  test("of strengths that come faster than their images the last is drawn", async () => {
    await visitor.page.focus("#strength-own");
    await visitor.page.keyboard.press("Space");
    await visitor.page.focus("#strength");
    for (const key of ["Home", "ArrowRight", "End"] as const) await visitor.page.keyboard.press(key);
    await visitor.read("#judge-images-exhibit", /Still .*Another class: \d+/);
    expect(await visitor.visible("#explore-run")).toBe(false);
    expect(await visitor.page.evaluate(() => document.activeElement?.id)).toBe("strength");
    expect(Number((await visitor.text("#judge-images-exhibit")).match(/Another class: (\d+)/)?.[1])).toBeGreaterThan(48);
  });

  test("an explanation with samples ends with the map of those", async () => {
    await visitor.fill("#samples-count", "5000");
    await visitor.click("#start");
    await visitor.read("#caption", /still growing/);
    const waited = await timeStop("#stop", "#run");
    process.stdout.write(`Stop with a map so far: ${Math.round(waited)} ms\n`);
    expect(await visitor.text("#result-summary")).toMatch(/^Stopped: .* from the first \d+ samples\.$/);
    expect(await visitor.text("#facts")).toMatch(/Student agrees with classifier–/);
    expect(visitor.errors).toEqual([]);
  });
});
