import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { cover } from "../../src/explain/descriptions.ts";
import type { ExplainOptions } from "../../src/explain/explain-options.ts";
import { choose, METHODS } from "../../src/explain/methods.ts";

const OTHERS = METHODS.filter(({ name }) => name !== "relabel");

describe("METHODS", () => {
  test("has re-label distillation first, and names, titles and explained parameters of all", () => {
    expect(METHODS[0]?.name).toBe("relabel");
    expect(new Set(METHODS.map(({ name }) => name)).size).toBe(METHODS.length);
    for (const { name, title, parameters } of METHODS) {
      expect(name).toMatch(/^[a-z-]+$/);
      expect(title).not.toBe("");
      for (const { what } of Object.values(parameters)) expect(what.length).toBeGreaterThan(5);
    }
  });

  test("is in the README as it is", async () => {
    const readme = await readFile("README.md", "utf8");
    const rows = [...readme.matchAll(/^\| `([a-z][a-z-]*)` \|/gm)].map(([, name]) => name);
    expect(rows).toEqual(METHODS.map(({ name }) => name));
  });

  test.each(METHODS.map((method) => [method.name, method] as const))(
    "%s takes its own defaults, and what it says of a cost",
    (name, method) => {
      const defaults = Object.fromEntries(Object.entries(method.parameters).map(([parameter, { value }]) => [parameter, value]));
      const { settings, ...choice } = choose({ method: name, parameters: defaults }, true);
      expect(choice.method).toBe(method);
      for (const [parameter, value] of Object.entries(defaults)) expect([settings[parameter]].flat()).toEqual([value]);
      for (const forwards of [2, 100, 5000])
        expect(() => choose({ method: name, parameters: method.within?.(forwards) }, true)).not.toThrow();
    },
  );
});

describe("choose", () => {
  test("takes re-label distillation by default, with its options, or the same as parameters", () => {
    const options = { samples: 30, fill: ["grey", "blur"], seed: 4 } as const;
    const { method, settings, decodes } = choose(options, true);
    expect([method.name, decodes]).toEqual(["relabel", false]);
    expect(settings).toMatchObject({ ...options, student: "correlation" });
    expect(choose({ parameters: { samples: 30, fill: "grey, blur" }, seed: 4 }, true).settings).toEqual(settings);
    expect(choose({}, true).settings.samples).toBe(250);
    expect(choose({ synthesis: "residual" }, true)).toMatchObject({ decodes: true, settings: { student: "ridge" } });
  });

  test("settles another method's parameters and keeps seed and fit", () => {
    const { settings, decodes } = choose({ method: "rise", parameters: { masks: 9 }, seed: 5, fit: "squash" }, true);
    expect(settings).toEqual({ masks: 9, cells: 7, keep: 0.5, seed: 5, fit: "squash" });
    expect(decodes).toBe(false);
  });

  test.each<[ExplainOptions, string, string]>([
    [{ method: "rice" }, 'no method "rice"', "relabel, occlusion, rise"],
    [{ method: "rise", samples: 9 }, '"samples" is of Re-label distillation', "masks, cells, keep"],
    [{ method: "rise", sgd: {} }, '"sgd"', "Leave it out"],
    [{ method: "rise", parameters: { windows: 3 } }, 'no parameter "windows"', "masks"],
    [{ method: "rise", seed: -1 }, "The seed is -1", "from 0"],
    [{ parameters: { masks: 3 } }, 'no parameter "masks"', "samples"],
    [{ samples: 3, parameters: { samples: 3 } }, '"samples" is given as an option and as a parameter', "once"],
    [{ parameters: { fill: "red" } }, 'no fill "red"', "grey"],
    [{ parameters: { synthesis: "none" } }, '"synthesis"', "paper, residual, gated"],
  ])("refuses %o and says what to do", (options, message, fix) => {
    expect(() => choose(options, true)).toThrow(
      expect.objectContaining({ code: "BAD_OPTION", message: expect.stringContaining(message), fix: expect.stringContaining(fix) }),
    );
  });
});

describe("equal cost", () => {
  test("methods that draw samples draw so many", () => {
    const within = (name: string) => OTHERS.find((method) => method.name === name)?.within?.(300);
    expect(within("rise")).toMatchObject({ masks: 300 });
    expect(within("lime")).toMatchObject({ samples: 300 });
  });

  test("occlusion covers the photo with at most so many images, and with most of them", () => {
    for (let images = 2; images <= 3000; images++) {
      const { window, stride } = cover(images);
      const across = 1 + Math.ceil(Math.max(0, 224 - window) / stride);
      expect(1 + across ** 2).toBeLessThanOrEqual(images);
      expect(stride).toBeLessThanOrEqual(window);
      expect((across - 1) * stride + window).toBeGreaterThanOrEqual(224);
      if (images < 200) expect(1 + across ** 2).toBeGreaterThan(images / 3);
    }
  });
});
