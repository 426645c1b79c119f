import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { drawFigure } from "../../src/cli/figure.ts";
import { describeMethods, parseMethods, parseSet, planExplanations } from "../../src/cli/method-flags.ts";
import { chooseColours, shade } from "../../src/cli/shading.ts";
import { shortNumber } from "../../src/cli/typeset.ts";
import { GUIDES, METHODS } from "../../src/faces/all.ts";

const NAMES = METHODS.map(({ name }) => name);
const set = (...texts: string[]) => texts.reduce<ReturnType<typeof parseSet>>((former, text) => parseSet(text, former), []);

describe("--method, --set and --forwards", () => {
  test("name methods, or all of them, each once", () => {
    expect(parseMethods("rise, lime,rise")).toEqual(["rise", "lime"]);
    expect(parseMethods("all")).toEqual(NAMES);
    expect(() => parseMethods("rise,rice")).toThrow(/list such as relabel,occlusion.*score-cam/);
    expect(() => parseMethods("")).toThrow("Give a list");
  });

  test("parameters go to their method, as numbers where those are meant", () => {
    const plan = planExplanations(
      { method: ["relabel", "rise", "score-cam"], set: set("rise.masks=1e2", "score-cam.layer=blocks.2.1", "rise.keep=.25") },
      { samples: 30, seed: 5, target: 7 },
    );
    expect(plan).toMatchObject([
      { method: "relabel", samples: 30, seed: 5, target: 7, parameters: {} },
      { method: "rise", seed: 5, target: 7, parameters: { masks: 100, keep: 0.25 } },
      { method: "score-cam", seed: 5, target: 7, parameters: { layer: "blocks.2.1" } },
    ]);
    expect(plan[1]).not.toHaveProperty("samples");
    expect(planExplanations({ method: ["rise"], set: set("masks=9") }, {})).toMatchObject([{ parameters: { masks: 9 } }]);
    expect(planExplanations({}, { samples: 9 })).toMatchObject([{ method: "relabel", samples: 9 }]);
  });

  test("the same number of forwards for every method that can choose it, unless it is given otherwise", () => {
    const method = ["relabel", "occlusion", "rise", "score-cam", "lime"];
    expect(planExplanations({ method, forwards: 300, set: set("lime.samples=50") }, {}).map(({ parameters }) => parameters)).toEqual([
      { samples: 300 },
      { window: 15, stride: 14 },
      { masks: 300 },
      {},
      { samples: 50 },
    ]);
    expect(planExplanations({ forwards: 300 }, { samples: 9 })).toMatchObject([{ samples: 9, parameters: {} }]);
  });

  test.each<[string, RegExp, () => unknown]>([
    [
      "a parameter of nobody",
      /RISE has no parameter "mask".*masks, cells, keep/,
      () => planExplanations({ method: ["rise"], set: set("mask=3") }, {}),
    ],
    ["a value out of range", /"masks" of RISE is 1.*from 2 to/, () => planExplanations({ method: ["rise"], set: set("masks=1") }, {})],
    [
      "a text for a number",
      /"masks" of RISE is many.*whole number/,
      () => planExplanations({ method: ["rise"], set: set("masks=many") }, {}),
    ],
    ["no number", /"masks" of RISE is \..*whole number/, () => planExplanations({ method: ["rise"], set: set("masks=") }, {})],
    ["no method", /does not say which.*--set rise\.masks=3/, () => planExplanations({ method: ["rise", "lime"], set: set("masks=3") }, {})],
    ["another method", /lime is not asked for.*rise/, () => planExplanations({ method: ["rise"], set: set("lime.samples=3") }, {})],
    ["an unknown method", /rice is no method/, () => planExplanations({ method: ["rise"], set: set("rice.masks=3") }, {})],
    ["relabel's option", /"samples" is of Re-label.*masks/, () => planExplanations({ method: ["rise"] }, { samples: 3 })],
    ["a cost that cannot be chosen", /Score-CAM takes.*Leave/, () => planExplanations({ method: ["score-cam"], forwards: 30 }, {})],
    ["no value", /NAME=VALUE/, () => parseSet("masks")],
  ])("%s is refused with what to do", (_, message, work) => {
    let told = "";
    try {
      work();
    } catch (error) {
      told = `${(error as Error).message}. ${(error as { fix?: string }).fix}`;
    }
    expect(told).toMatch(message);
  });

  test("the help has every method, parameter, default and range", () => {
    const help = describeMethods();
    for (const { name, title, note, parameters } of METHODS) {
      expect(help).toContain(`  ${name}: ${title}\n`);
      if (note) expect(help).toContain(note);
      expect(help).toContain(GUIDES[name]?.what);
      for (const [parameter, { value, what }] of Object.entries(parameters)) {
        expect(help).toContain(`${parameter}=${value} `);
        expect(help).toContain(what);
      }
    }
    expect(help).toMatch(/keep=0\.5 +probability .* \(0\.01 to 0\.99\)/);
  });
});

describe("the figure", () => {
  const SIZE = 32;
  const figure = { title: "A title", subtitle: "below", footnote: "A note.", input: { width: SIZE, height: SIZE } };
  const image = { width: SIZE, height: SIZE, data: Buffer.alloc(SIZE * SIZE * 3, 128) };
  const panel = { title: "Panel", image, shading: shade(Float32Array.of(0, 1), chooseColours({})), lines: ["1 s"] };
  const grey = async (png: Uint8Array) => sharp(png).greyscale().raw().toBuffer({ resolveWithObject: true });

  test.each([
    [1, 1, 1],
    [4, 4, 1],
    [5, 3, 2],
    [11, 4, 3],
  ])("%i panels stand in %i columns and %i rows", async (count, columns, rows) => {
    const draw = async (n: number) => (await grey(await drawFigure({ ...figure, panels: Array(n).fill(panel) }))).info;
    const [one, all] = await Promise.all([draw(1), draw(count)]);
    expect(all.width).toBe(2 * (2 * 28 + columns * 224 + (columns - 1) * 24));
    expect(all.height / one.height).toBeGreaterThan(0.4 * rows);
  });

  test("its text is drawn without any font of the system", async () => {
    const panels = [{ title: "Panel", reason: "Out of memory.", lines: [] }];
    const texts = [{ title: "A title" }, { title: "Another" }, { title: "Łódź 猫" }];
    const [first, second, third] = await Promise.all(
      texts.map(async (change) => (await grey(await drawFigure({ ...figure, panels, ...change }))).data),
    );
    const dark = (pixels: Buffer | undefined) => pixels?.filter((value) => value < 100).length;
    expect(dark(first)).toBeGreaterThan(200);
    expect(dark(third)).toBeGreaterThan(200);
    expect(first?.equals(second as Buffer)).toBe(false);
  });

  test("numbers are short", () => {
    expect([0, 1234.5, -0.0012345, 1e-9].map(shortNumber)).toEqual(["0", "1230", "−0.00123", "1e−9"]);
  });
});
