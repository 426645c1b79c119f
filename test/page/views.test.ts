/** Every view of the page, one after the other on the way of a visit, and of the benchmark's: whether everybody can see, hear and reach all of it. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findOverflow, findUnclear, findViolations } from "../support/accessibility.ts";
import { Visitor } from "./visitor.ts";

const WIDTHS = [320, 768, 2560];

/** What is wrong with what is on show: in light, dark and forced colours, at every width. */
async function faultsOf({ page }: Visitor): Promise<string[]> {
  const found = await findUnclear(page);
  for (const width of WIDTHS) {
    await page.setViewport({ width, height: 900 });
    found.push(...(await findViolations(page, true)).map((violation) => `${width} pixels, ${violation}`));
    const overflow = await findOverflow(page);
    if (overflow > 0) found.push(`${width} pixels: ${overflow} too wide`);
  }
  await page.setViewport({ width: 1280, height: 900 });
  return found;
}

/** Has what is folded away on show. */
const unfold = ({ page }: Visitor) =>
  page.$$eval("details", (all) => {
    for (const details of all) (details as HTMLDetailsElement).open = true;
  });

describe("every view, for everybody", { timeout: 600_000 }, () => {
  let visitor: Visitor;

  beforeAll(async () => {
    visitor = await Visitor.arrive({ camera: true });
    await visitor.page.browserContext().overridePermissions(visitor.server.origin, ["camera" as never]);
    await visitor.load();
  }, 300_000);

  afterAll(() => visitor?.leave(), 60_000);

  /** Presses a button by its key. */
  const press = async (selector: string): Promise<void> => {
    await visitor.page.focus(selector);
    await visitor.page.keyboard.press("Enter");
  };

  test("before a photo, all unfolded", async () => {
    await unfold(visitor);
    expect(await faultsOf(visitor)).toEqual([]);
  });

  test("the camera", async () => {
    await press("#camera-open");
    await visitor.page.waitForSelector("#camera-take:not(:disabled)");
    expect(await faultsOf(visitor)).toEqual([]);
    await visitor.page.keyboard.press("Escape");
  });

  test("a photo that was classified, methods and options unfolded", async () => {
    await visitor.openSample("Coffee");
    await visitor.resize(64);
    await unfold(visitor);
    await visitor.page.waitForSelector(".cards input");
    expect(await faultsOf(visitor)).toEqual([]);
  });

  test("a map, with all that is asked about it, its profile, and another that was kept", async () => {
    await visitor.page.select("#method", "grad-cam");
    await press("#start");
    await visitor.read("#result");
    await visitor.page.select("#method", "relabel");
    await visitor.fill("#samples-count", "32");
    await press("#start");
    await visitor.read("#explore");
    for (const question of ["scores", "seeds", "images", "pictures"]) {
      await visitor.page.waitForSelector(`#judge-${question}:not([aria-disabled=true]):not(:disabled)`);
      await press(`#judge-${question}`);
      await visitor.page.waitForFunction(
        (asked) =>
          ["answer", "exhibit"].some((part) => document.querySelector(`#judge-${asked}-${part}`)?.textContent) &&
          document.querySelector("#run")?.checkVisibility() !== true,
        {},
        question,
      );
    }
    await press("#profile-start");
    await visitor.read("#profile tfoot");
    await unfold(visitor);
    expect(await faultsOf(visitor)).toEqual([]);
  });

  test("by the Tab key every control is reached, and shows so", async () => {
    const { page } = visitor;
    const wanted = await page.evaluate(() => {
      const controls = [...document.querySelectorAll<HTMLElement>("a[href], button, input, select, textarea, summary, [tabindex='0']")];
      const reachable = controls.filter((control) => {
        const { tabIndex, name, type, checked } = control as HTMLInputElement;
        // Of radio buttons of one name the arrow keys reach the others.
        const grouped = type === "radio" && !checked && document.querySelector(`input[name="${name}"]:checked`) !== null;
        return control.checkVisibility({ visibilityProperty: true }) && !control.matches(":disabled") && tabIndex >= 0 && !grouped;
      });
      for (const [index, control] of reachable.entries()) control.dataset.reachable = String(index);
      (document.activeElement as HTMLElement).blur();
      return reachable.map((control) => control.outerHTML.slice(0, 120));
    });
    expect(wanted.length).toBeGreaterThan(60);
    const reached = new Set<number>();
    const unmarked: string[] = [];
    for (let presses = 0; presses < 2 * wanted.length && reached.size < wanted.length; presses++) {
      await page.keyboard.press("Tab");
      const { at, marked } = await page.evaluate(() => {
        const focused = document.activeElement as HTMLElement;
        // Of a file's field that is not seen, its label shows it.
        const shown = focused.matches(".visually-hidden") ? (focused.closest("label") ?? focused) : focused;
        const { outlineStyle, boxShadow } = getComputedStyle(shown);
        return { at: focused.dataset.reachable, marked: outlineStyle !== "none" || boxShadow !== "none" };
      });
      if (at === undefined) continue;
      reached.add(Number(at));
      if (!marked) unmarked.push(wanted[Number(at)] as string);
    }
    expect(wanted.filter((_, index) => !reached.has(index))).toEqual([]);
    expect(unmarked).toEqual([]);
  });

  test("two maps side by side", async () => {
    await visitor.page.$$eval("#strip-list input", (boxes) => {
      for (const box of boxes.slice(0, 2)) (box as HTMLInputElement).click();
    });
    await press("#strip-together");
    await visitor.read("#maps[open] h2", /2 maps/);
    expect(await faultsOf(visitor)).toEqual([]);
    expect(visitor.errors).toEqual([]);
  });
});

describe("the benchmark's pages, for everybody", { timeout: 300_000 }, () => {
  let visitor: Visitor;

  beforeAll(async () => {
    visitor = await Visitor.arrive({ developed: true });
  }, 180_000);

  afterAll(() => visitor?.leave(), 60_000);

  test.for(["/bench/", "/bench/results/"])("%s, all unfolded", async (path) => {
    await visitor.page.goto(visitor.server.origin + path);
    await visitor.page.waitForSelector("h2");
    await unfold(visitor);
    expect(await faultsOf(visitor)).toEqual([]);
    expect(visitor.errors).toEqual([]);
  });
});
