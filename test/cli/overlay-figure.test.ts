import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  interpolateCividis,
  interpolateInferno,
  interpolateMagma,
  interpolatePuOr,
  interpolateRdBu,
  interpolateTurbo,
  interpolateViridis,
} from "d3-scale-chromatic";
import sharp, { type Sharp } from "sharp";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { layOut } from "../../src/cli/figure-layout.ts";
import { drawOverlay } from "../../src/cli/overlay-figure.ts";
import { drawFrame, paintMap } from "../../src/cli/paint.ts";
import { isWhole, placeOf } from "../../src/cli/photo-place.ts";
import { COLORMAPS, chooseColours, shade } from "../../src/cli/shading.ts";
import { type Explanation, overlay, overlayScale } from "../../src/faces/all.ts";
import { IMAGENET_INPUT } from "../../src/nets/input-spec.ts";
import { runHere, temporaryFolder } from "../support/command-line.ts";
import { fakeRuntime } from "../support/fake-runtime.ts";
import { Random } from "../support/random.ts";

const { open } = vi.hoisted(() => ({ open: vi.fn() }));
vi.mock("../../src/cli/runtime.ts", async (original) => ({ ...(await original<object>()), openRuntime: open }));

describe("where the classifier looks", () => {
  test("is the centre of a photo, in the photo's pixels", () => {
    const place = placeOf({ width: 600, height: 400 }, IMAGENET_INPUT);
    expect(place).toEqual({ photo: { width: 600, height: 400 }, crop: { left: 125, top: 25, width: 350, height: 350 } });
    expect(isWhole(place)).toBe(false);
    const { crop } = placeOf({ width: 1, height: 500 }, IMAGENET_INPUT);
    expect(crop).toMatchObject({ left: 0.0625, width: 0.875, height: 0.875 });
    expect(crop.top + crop.height / 2).toBeCloseTo(250);
  });

  test("is all of it where it is squashed, or cropped to its own proportions", () => {
    const plate = { ...IMAGENET_INPUT, height: 48, width: 192 };
    const whole = placeOf({ width: 1000, height: 333 }, { ...plate, resize: "squash" });
    expect(whole.crop).toEqual({ left: 0, top: 0, width: 1000, height: 333 });
    expect(isWhole(whole)).toBe(true);
    expect(isWhole(placeOf({ width: 400, height: 100 }, { ...plate, share: 1 }))).toBe(true);
    expect(isWhole(placeOf({ width: 400, height: 400 }, { ...plate, share: 1 }))).toBe(false);
  });
});

describe("the layout", () => {
  test("shows a photo pixel by pixel, but tiny and huge ones, and as large as asked for", () => {
    expect(layOut({ width: 600, height: 400 }).shown).toEqual({ width: 600, height: 400 });
    expect(layOut({ width: 4096, height: 1000 }).shown).toEqual({ width: 4096, height: 1000 });
    expect(layOut({ width: 8192, height: 2000 }).shown).toEqual({ width: 4096, height: 1000 });
    expect(layOut({ width: 28, height: 14 }).shown).toEqual({ width: 224, height: 112 });
    expect(layOut({ width: 600, height: 400 }, 300).shown).toEqual({ width: 300, height: 200 });
    expect(layOut({ width: 1, height: 9000 }, 100).shown).toEqual({ width: 1, height: 100 });
  });

  test("keeps text legible: seen 1,400 pixels wide or 1,000 high, it is hardly smaller than usual", () => {
    for (const [width, height] of [
      [224, 224],
      [4000, 3000],
      [3000, 4000],
      [4096, 400],
      [16384, 16384],
    ] as const) {
      const { shown, unit, text } = layOut({ width, height }, Math.max(width, height));
      const seen = Math.min(1, 1400 / shown.width, 1000 / shown.height);
      expect(unit * seen).toBeGreaterThanOrEqual(0.9);
      expect(text).toBeGreaterThanOrEqual(320 * unit);
    }
  });
});

describe("colours", () => {
  test("are those of d3's scales; of diverging ones the warm end speaks for the class", () => {
    const scales = {
      ...{ inferno: interpolateInferno, magma: interpolateMagma, viridis: interpolateViridis, cividis: interpolateCividis },
      ...{ turbo: interpolateTurbo, rdbu: (share: number) => interpolateRdBu(1 - share), puor: interpolatePuOr },
    };
    expect(COLORMAPS).toEqual(Object.keys(scales));
    for (const [colormap, scale] of Object.entries(scales)) {
      const { table } = chooseColours({ colormap, signed: ["rdbu", "puor"].includes(colormap) });
      expect(table).toHaveLength(256);
      for (const at of [0, 100, 255]) {
        const wanted = scale(at / 255);
        const hex = `#${table[at]?.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
        expect([hex, `rgb(${table[at]?.join(", ")})`]).toContain(wanted);
      }
    }
    const [red, , blue] = chooseColours({ signed: true }).table[250] as [number, number, number];
    expect(red).toBeGreaterThan(blue);
  });

  test("of the wrong kind are refused with those that fit", () => {
    expect(() => chooseColours({ colormap: "viridis", signed: true })).toThrow(
      expect.objectContaining({ message: "--colormap viridis has no colour for zero", fix: expect.stringContaining("rdbu, puor") }),
    );
    expect(() => chooseColours({ colormap: "rdbu" })).toThrow(
      expect.objectContaining({ message: "--colormap rdbu is for maps with --signed", fix: expect.stringContaining("inferno, magma") }),
    );
  });

  test("of a signed map are symmetric, and zero is transparent", () => {
    const map = new Random(3).floats(4096).map((value) => value - 0.2);
    const { low, high, colourOf } = shade(map, chooseColours({ signed: true }));
    expect(low).toBe(-high);
    expect(high).toBe(overlayScale(map.map(Math.abs)).high);
    expect(colourOf(0).opacity).toBeLessThan(0.02);
    expect(colourOf(-high).opacity).toBeCloseTo(colourOf(high).opacity);
    expect(colourOf(2 * high)).toEqual(colourOf(high));
  });
});

describe("painting", () => {
  const SIZE = 16;
  const grey = (width: number, height: number, value = 100) => ({ width, height, data: Buffer.alloc(width * height * 3, value) });
  const pixel = ({ width, data }: ReturnType<typeof grey>, x: number, y: number) => [
    ...data.subarray(3 * (y * width + x), 3 * (y * width + x) + 3),
  ];

  test("at the map's own size is the library's overlay, in the same colours", () => {
    const random = new Random(5);
    const map = random.floats(SIZE * SIZE);
    const photo = Uint8ClampedArray.from({ length: SIZE * SIZE * 4 }, (_, i) =>
      i % 4 === 3 ? 255 : Math.floor(256 * (random.floats(1)[0] as number)),
    );
    const picture = { width: SIZE, height: SIZE, data: Buffer.from(photo.filter((_, i) => i % 4 !== 3)) };
    paintMap(
      picture,
      { values: map, width: SIZE, height: SIZE, shading: shade(map, chooseColours({})) },
      { left: 0, top: 0, width: SIZE, height: SIZE },
    );
    const wanted = overlay(map, photo).filter((_, i) => i % 4 !== 3);
    expect(Math.max(...picture.data.map((value, i) => Math.abs(value - (wanted[i] as number))))).toBeLessThanOrEqual(1);
  });

  test("enlarges the map smoothly where it belongs, and darkens what lies around", () => {
    const values = Float32Array.of(0, 0, 0, 1);
    const picture = grey(100, 50);
    paintMap(
      picture,
      { values, width: 2, height: 2, shading: shade(values, chooseColours({})) },
      { left: 20, top: 10, width: 40, height: 40 },
    );
    expect(pixel(picture, 19, 30)).toEqual([60, 60, 60]);
    expect(pixel(picture, 60, 30)).toEqual([60, 60, 60]);
    expect(pixel(picture, 40, 9)).toEqual([60, 60, 60]);
    expect(pixel(picture, 20, 10)).toEqual([100, 100, 100]);
    const reds = [30, 40, 45, 50, 59].map((x) => pixel(picture, x, 49)[0] as number);
    expect(reds).toEqual(reds.toSorted((a, b) => a - b));
    expect(reds.at(-1)).toBeGreaterThan(200);
  });

  test("frames the part with white in black, also where it reaches the photo's edge", () => {
    const inside = grey(100, 50);
    drawFrame(inside, { left: 20, top: 10, width: 40, height: 30 }, 2);
    expect([15, 17, 19, 20].map((x) => pixel(inside, x, 25)[0])).toEqual([100, 0, 255, 100]);
    expect([59, 60, 62, 64].map((x) => pixel(inside, x, 25)[0])).toEqual([100, 255, 0, 100]);
    expect([7, 9, 10, 39, 40, 42].map((y) => pixel(inside, 30, y)[0])).toEqual([0, 255, 100, 100, 255, 0]);
    const edge = grey(100, 50);
    drawFrame(edge, { left: 25, top: 0, width: 50, height: 50 }, 2);
    expect([0, 2, 4].map((y) => pixel(edge, 50, y)[0])).toEqual([0, 255, 100]);
    expect([49, 47, 45].map((y) => pixel(edge, 50, y)[0])).toEqual([0, 255, 100]);
    expect(() => drawFrame(grey(1, 1), { left: 0.4, top: 0.2, width: 0.1, height: 0.1 }, 3)).not.toThrow();
  });
});

describe("the figure", () => {
  const target = { index: 1, label: "stripe", probability: 0.75 };
  const explain = (map: Float32Array, size: number) =>
    ({
      ...{ map, width: size, height: size, input: new Uint8ClampedArray(size * size * 4).fill(50) },
      ...{ target, top5: [target], method: "rise", teacher: "efficientnet-lite0" },
    }) as Partial<Explanation> as Explanation;

  /** Columns of green in every shade, so that a pixel tells where it was. */
  const photo = (width: number, height: number) => ({
    ...{ width, height },
    data: Uint8Array.from(
      { length: width * height * 4 },
      (_, i) => [0, 100 + ((Math.floor(i / 4) % width) % 100), 0, 255][i % 4] as number,
    ),
  });

  test("has every pixel of the photo, the map at its place, text above, and a bar with numbers below", async () => {
    const map = Float32Array.from({ length: 64 }, (_, i) => (i % 8 < 5 ? 0 : 2));
    const [width, height] = [600, 400];
    const given = photo(width, height);
    const place = placeOf(given, IMAGENET_INPUT);
    const request = { image: "a/photo.jpg", photo: given, place, colours: chooseColours({ colormap: "viridis" }), overlaySize: undefined };
    const png = await drawOverlay(explain(map, 8), map, request);
    const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width: width + 32, channels: 3 });
    const at = (x: number, y: number) => [...data.subarray(3 * (y * info.width + x), 3 * (y * info.width + x) + 3)];
    const top = Array.from({ length: info.height }, (_, y) => y).find((y) => at(16, y).join() === "0,60,0") as number;
    expect(top).toBeGreaterThan(40);
    for (const x of [0, 1, 50, 99, 110, 500, 599]) expect(at(16 + x, top)).toEqual([0, Math.floor((100 + (x % 100)) * 0.6), 0]);
    expect(at(16, top + height)).toEqual([255, 255, 255]);
    // Left of the crop's fifth column the map is 0; right of it the scale's last colour, yellow, covers three quarters.
    const [, green] = at(16 + 150, top + 200) as [number, number, number];
    expect(green).toBeLessThan(130);
    expect(at(16 + 460, top + 200)).toEqual([
      expect.closeTo(253 * 0.75 + 0.25 * 0.6 * 0.587 * 160, -1),
      expect.closeTo(231 * 0.75 + 0.25 * (0.6 * 0.587 + 0.4) * 160, -1),
      expect.closeTo(37 * 0.75 + 0.25 * 0.6 * 0.587 * 160, -1),
    ]);
    expect(at(16 + 125 - 1, top + 200)).toEqual([255, 255, 255]);
    const dark = (first: number, end: number) =>
      Array.from({ length: (end - first) * info.width }, (_, i) => data[3 * (first * info.width + i)] as number).filter(
        (value) => value < 100,
      ).length;
    expect(dark(0, top)).toBeGreaterThan(300);
    expect(dark(top + height, info.height)).toBeGreaterThan(300);
  });

  test("shows what the classifier sees where that is too narrow a part of the photo", async () => {
    const map = new Random(1).floats(64);
    const given = photo(3, 900);
    const request = {
      image: "a.jpg",
      photo: given,
      place: placeOf(given, IMAGENET_INPUT),
      colours: chooseColours({}),
      overlaySize: undefined,
    };
    const { width, height } = await sharp(await drawOverlay(explain(map, 8), map, request)).metadata();
    expect(width).toBe(320 + 32);
    expect(height).toBeLessThan(224 + 250);
  });

  describe("by the command", () => {
    let folder: string;
    beforeEach(async () => {
      folder = await temporaryFolder();
      const top5 = [target];
      const runtime = fakeRuntime();
      const map = Float32Array.from({ length: 256 }, (_, i) => i - 100);
      const more = { map, top5, settings: {}, samples: 8, seed: 0, memory: { budget: 1, peak: 1 }, method: "rise" };
      const explain: typeof runtime.explain = async (...given) => ({ ...(await runtime.explain(...given)), ...more });
      open.mockImplementation(async () => ({ ...runtime, explain, classify: async () => ({ top5 }) }));
    });

    const flat = (width: number, height: number) => sharp({ create: { width, height, channels: 4, background: "#f804" } });

    test.each<[string, () => Sharp, string, number, number]>([
      ["turned by its EXIF", () => flat(300, 200).jpeg().withMetadata({ orientation: 6 }), "jpg", 200, 300],
      ["in inks", () => flat(300, 200).toColourspace("cmyk").jpeg(), "jpg", 300, 200],
      ["with transparency", () => flat(300, 200).png(), "png", 300, 200],
      ["in grey", () => flat(300, 200).toColourspace("b-w").png(), "png", 300, 200],
      ["a pixel wide", () => flat(1, 300).png(), "png", 1, 300],
      ["a pixel high", () => flat(300, 1).png(), "png", 300, 1],
    ])("of a photo %s, whose size and crop are in the JSON", async (_, make, ending, width, height) => {
      const image = join(folder, `photo.${ending}`);
      await writeFile(image, await make().toBuffer());
      const { code, stdout, stderr } = await runHere(["explain", image, "--method", "rise", "--json", "--out", folder]);
      expect(code, stderr).toBe(0);
      const { photo, crop, files } = JSON.parse(stdout);
      expect(photo).toEqual({ width, height });
      const side = Math.min(width, height);
      expect(crop.width).toBeCloseTo(0.875 * side, 1);
      expect(crop.left + crop.width / 2).toBeCloseTo(width / 2, 0);
      expect(JSON.parse(await readFile(join(folder, "photo.json"), "utf8"))).toMatchObject({ photo, crop });
      const figure = await sharp(files.overlay).metadata();
      expect(figure).toMatchObject({ format: "png", width: Math.max(320, side > 1 ? width : 0) + 32 });
    });

    test("is as large, and in the colours, as asked for; of several methods, too", async () => {
      const image = join(folder, "photo.png");
      await flat(300, 200).toFile(image);
      const drawn = async (...options: string[]) => {
        const { code, stderr } = await runHere(["explain", image, "--out", folder, "--method", "rise", ...options]);
        expect(code, stderr).toBe(0);
      };
      const read = (name: string) => readFile(join(folder, name));
      await drawn("--overlay-size", "600");
      const plain = await read("photo.overlay.png");
      expect(await sharp(plain).metadata()).toMatchObject({ width: 600 + 32 });
      await drawn("--overlay-size", "600", "--signed", "--colormap", "PuOr");
      expect((await read("photo.overlay.png")).equals(plain)).toBe(false);
      const figures: Buffer[] = [];
      for (const options of [[], ["--signed"]]) {
        await drawn("--method", "rise,lime", ...options);
        figures.push(await read("photo.methods.png"), await read("photo.lime.overlay.png"));
      }
      expect(new Set(figures.map((figure) => figure.toString("base64"))).size).toBe(4);
    });
  });
});
