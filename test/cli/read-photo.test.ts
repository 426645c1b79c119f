import { truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp, { type Sharp } from "sharp";
import { describe, expect, test } from "vitest";
import { checkPhoto, readPhoto } from "../../src/cli/read-photo.ts";
import { temporaryFolder } from "../support/command-line.ts";
import { rejected } from "../support/errors.ts";
import {
  concat,
  iccChunk,
  makePng,
  makeProfile,
  makeTiff,
  SRGB_PRIMARIES,
  SRGB_TAG,
  sceneRgb,
  tableTag,
} from "../support/picture-files.ts";

const RED = [255, 0, 0, 255];
const BLUE = [0, 0, 255, 255];

/** Two pixels side by side, red then blue, as raw RGB. */
function redBlue() {
  return sharp(Uint8Array.of(255, 0, 0, 0, 0, 255), { raw: { width: 2, height: 1, channels: 3 } });
}

async function roundTrip(image: Sharp, name: string) {
  const path = join(await temporaryFolder(), name);
  await writeFile(path, await image.toBuffer());
  return readPhoto(path);
}

test("a photo becomes RGBA rows", async () => {
  const photo = await roundTrip(redBlue().png(), "plain.png");
  expect(photo).toMatchObject({ width: 2, height: 1 });
  expect([...photo.data]).toEqual([...RED, ...BLUE]);
});

test("EXIF orientation turns the pixels and swaps the sides", async () => {
  const photo = await roundTrip(redBlue().withMetadata({ orientation: 6 }).png(), "turned.png");
  expect(photo).toMatchObject({ width: 1, height: 2 });
  expect([...photo.data]).toEqual([...RED, ...BLUE]);
  const upsideDown = await roundTrip(redBlue().withMetadata({ orientation: 3 }).png(), "upside-down.png");
  expect([...upsideDown.data]).toEqual([...BLUE, ...RED]);
});

test("grey images become RGBA with equal channels", async () => {
  const grey = sharp(Uint8Array.of(7, 200), { raw: { width: 2, height: 1, channels: 1 } });
  expect([...(await roundTrip(grey.png(), "grey.png")).data]).toEqual([7, 7, 7, 255, 200, 200, 200, 255]);
});

test("16-bit images keep their upper 8 bits", async () => {
  const deep = sharp(Uint16Array.of(0xffff, 0x8080, 0x0101), { raw: { width: 1, height: 1, channels: 3 } }).toColourspace("rgb16");
  expect([...(await roundTrip(deep.png(), "deep.png")).data]).toEqual([255, 128, 1, 255]);
});

test("what is transparent stands on white", async () => {
  const glass = sharp(Uint8Array.of(10, 20, 30, 0, 10, 20, 30, 255), { raw: { width: 2, height: 1, channels: 4 } });
  expect([...(await roundTrip(glass.png(), "glass.png")).data]).toEqual([255, 255, 255, 255, 10, 20, 30, 255]);
});

const WIDTH = 40;
const HEIGHT = 30;
const SIZE = { width: WIDTH, height: HEIGHT };
const SCENE = sceneRgb(WIDTH, HEIGHT);
const scene = () => sharp(SCENE, { raw: { ...SIZE, channels: 3 } });
/** 16 bits for 8, with noise in the lower ones. */
const deepen = (samples: Uint8Array) => Uint16Array.from(samples, (value, index) => value * 256 + ((index * 7919) % 256));
const greys = Uint8Array.from({ length: WIDTH * HEIGHT }, (_, index) => SCENE[3 * index] as number);

async function read(file: Uint8Array, name = "photo") {
  const path = join(await temporaryFolder(), name);
  await writeFile(path, file);
  return readPhoto(path);
}

/** The largest difference of a photo's RGB to what `expected` says of each pixel. */
function differ({ data }: { data: ArrayLike<number> }, expected: (pixel: number) => readonly number[]): number {
  let most = 0;
  for (let pixel = 0; pixel < data.length / 4; pixel++) {
    for (const [c, value] of expected(pixel).entries()) most = Math.max(most, Math.abs((data[4 * pixel + c] as number) - value));
  }
  return most;
}

const rgb = (pixel: number) => [...SCENE.subarray(3 * pixel, 3 * pixel + 3)];

describe("profiles", () => {
  const [red, green, blue] = SRGB_PRIMARIES;
  /** sRGB, but what is called red is green, and so on: a picture in it is another where the profile is not heeded. */
  const turned = makeProfile(SRGB_TAG, [green, blue, red]);
  const opacities = Uint8Array.from({ length: WIDTH * HEIGHT }, (_, index) => (index * 37) % 256);
  const rgba = Uint8Array.from({ length: 4 * WIDTH * HEIGHT }, (_, index) =>
    index % 4 === 3 ? (opacities[index >> 2] as number) : (SCENE[3 * (index >> 2) + (index % 4)] as number),
  );
  const onWhite = (values: readonly number[], pixel: number) =>
    values.map((value) => 255 + ((value - 255) * (opacities[pixel] as number)) / 255);

  test.each([8, 16] as const)("of RGB in %i bits", async (depth) => {
    const samples = (values: Uint8Array) => (depth === 8 ? values : deepen(values));
    const chunks = [iccChunk(turned)];
    const opaque = await read(makePng({ ...SIZE, depth, type: 2, samples: samples(SCENE), chunks }));
    const [r, g, b] = [0, 1, 2].map((c) => (pixel: number) => rgb(pixel)[c] as number) as [...((pixel: number) => number)[]];
    const seen = (pixel: number) => [b?.(pixel) as number, r?.(pixel) as number, g?.(pixel) as number];
    expect(differ(opaque, seen)).toBeLessThanOrEqual(1);
    const transparent = await read(makePng({ ...SIZE, depth, type: 6, samples: samples(rgba), chunks }));
    expect(differ(transparent, (pixel) => onWhite(seen(pixel), pixel))).toBeLessThanOrEqual(1);
  });

  test.each([8, 16] as const)("of greys in %i bits", async (depth) => {
    const encode = (light: number) => 255 * (light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055);
    const seen = (pixel: number) => Array(3).fill(encode(((greys[pixel] as number) / 255) ** 1.4)) as number[];
    const samples = (values: Uint8Array) => (depth === 8 ? values : deepen(values));
    const chunks = [iccChunk(makeProfile(tableTag(1.4)))];
    expect(differ(await read(makePng({ ...SIZE, depth, type: 0, samples: samples(greys), chunks })), seen)).toBeLessThan(2);
    const two = Uint8Array.from({ length: 2 * WIDTH * HEIGHT }, (_, index) => (index % 2 ? opacities : greys)[index >> 1] as number);
    const transparent = await read(makePng({ ...SIZE, depth, type: 4, samples: samples(two), chunks }));
    expect(differ(transparent, (pixel) => onWhite(seen(pixel), pixel))).toBeLessThan(2);
  });

  test("of another kind of picture are ignored", async () => {
    for (const [type, samples, profile] of [
      [0, greys, turned],
      [2, SCENE, makeProfile(tableTag(1.4))],
    ] as const) {
      const seen = (pixel: number) => (type === 0 ? Array(3).fill(greys[pixel]) : rgb(pixel));
      expect(differ(await read(makePng({ ...SIZE, depth: 8, type, samples, chunks: [iccChunk(profile)] })), seen)).toBe(0);
    }
  });

  test("of inks are ignored: inks are light that is let through", async () => {
    const inks = scene().toColourspace("cmyk").withIccProfile("cmyk");
    const samples = await inks.clone().raw().toBuffer();
    const seen = (pixel: number) => {
      const [c, m, y, k] = [...samples.subarray(4 * pixel, 4 * pixel + 4)] as [number, number, number, number];
      return [c, m, y].map((ink) => ((255 - ink) * (255 - k)) / 255);
    };
    expect(differ(await read(await inks.clone().tiff({ compression: "none" }).toBuffer()), seen)).toBeLessThan(1);
    expect(differ(await read(await inks.clone().jpeg({ quality: 100, chromaSubsampling: "4:4:4" }).toBuffer()), seen)).toBeLessThan(12);
  });
});

describe("TIFF", () => {
  const little = (values: Uint16Array) => new Uint8Array(values.buffer);
  const tiff = (samples: Uint8Array, tags: Record<number, number[]>) => read(makeTiff(WIDTH, HEIGHT, samples, tags));
  const RGB = { 262: [2], 277: [3], 258: [8, 8, 8] };

  test.each([[8], [16]])("in %i bits whose end is missing is damaged", async (bits) => {
    const whole = await sharp(greys, { raw: { width: WIDTH, height: HEIGHT, channels: 1 } })
      .toColourspace(bits === 16 ? "grey16" : "b-w")
      .tiff({ compression: "none" })
      .toBuffer();
    await expect(read(whole.subarray(0, whole.length - 200))).rejects.toThrow(/the image is damaged/);
  });

  test("of greys and RGB in 8 and 16 bits, in white and in black", async () => {
    const grey = (pixel: number) => Array(3).fill(greys[pixel]) as number[];
    expect(differ(await tiff(greys, {}), grey)).toBe(0);
    expect(differ(await tiff(little(deepen(greys)), { 258: [16] }), grey)).toBe(0);
    expect(
      differ(
        await tiff(
          greys.map((value) => 255 - value),
          { 262: [0] },
        ),
        grey,
      ),
    ).toBe(0);
    expect(differ(await tiff(SCENE, RGB), rgb)).toBe(0);
    expect(differ(await tiff(little(deepen(SCENE)), { ...RGB, 258: [16, 16, 16] }), rgb)).toBe(0);
  });

  test("with a fourth channel that is alpha, or premultiplied alpha, or none", async () => {
    const four = (value: (pixel: number, c: number) => number) =>
      Uint8Array.from({ length: 4 * WIDTH * HEIGHT }, (_, index) => (index % 4 === 3 ? 128 : value(index >> 2, index % 4)));
    const plain = four((pixel, c) => rgb(pixel)[c] as number);
    const dimmed = four((pixel, c) => ((rgb(pixel)[c] as number) * 128) / 255);
    const tags = { 262: [2], 277: [4], 258: [8, 8, 8, 8] };
    const onWhite = (pixel: number) => rgb(pixel).map((value) => 255 + ((value - 255) * 128) / 255);
    expect(differ(await tiff(plain, { ...tags, 338: [2] }), onWhite)).toBeLessThan(1);
    expect(differ(await tiff(dimmed, { ...tags, 338: [1] }), onWhite)).toBeLessThan(2);
    expect(differ(await tiff(plain, { ...tags, 338: [0] }), rgb)).toBe(0);
    expect(differ(await tiff(plain, tags), rgb)).toBe(0);
  });

  test("with tags that nobody knows", async () => {
    expect(differ(await tiff(SCENE, { ...RGB, 50000: [1, 2, 3] }), rgb)).toBe(0);
  });

  test.each([10, 12, 14])("that keeps %i bits in 16 is refused by name, and black is not", async (bits) => {
    const samples = Uint16Array.from(greys, (value) => value << (bits - 8));
    expect(await rejected(tiff(little(samples), { 258: [16] }))).toMatchObject({
      message: expect.stringMatching(new RegExp(`: TIFF of ${bits}-bit values in 16 bits is not supported$`)),
      fix: "Scale its values up to 65535, or save it with 8 bits.",
    });
    expect(differ(await tiff(new Uint8Array(2 * greys.length), { 258: [16] }), () => [0, 0, 0])).toBe(0);
    expect(await rejected(tiff(little(samples), { 258: [16], 262: [0] }))).toMatchObject({
      message: expect.stringMatching(new RegExp(`: TIFF of ${bits}-bit values in 16 bits is not supported$`)),
    });
  });

  test("that is cut is refused", async () => {
    const file = await scene().tiff({ compression: "lzw" }).toBuffer();
    for (const share of [0.3, 0.6, 0.95]) {
      const cut = file.subarray(0, Math.round(share * file.length));
      expect(await rejected(read(cut))).toMatchObject({ name: "CommandError", message: expect.stringMatching(/: the image is damaged/) });
    }
  });
});

const TURNED: Record<string, (image: Sharp) => Sharp> = {
  JPEG: (image) => image.jpeg({ quality: 100, chromaSubsampling: "4:4:4" }),
  PNG: (image) => image.png(),
  WebP: (image) => image.webp({ lossless: true }),
  TIFF: (image) => image.tiff({ compression: "none" }),
};

test.each(Object.keys(TURNED))("the orientation of a %s is applied", async (kind) => {
  const [w, h] = [WIDTH, HEIGHT];
  const sources = [
    ...[(x: number, y: number) => [x, y], (x: number, y: number) => [w - 1 - x, y], (x: number, y: number) => [w - 1 - x, h - 1 - y]],
    ...[(x: number, y: number) => [x, h - 1 - y], (x: number, y: number) => [y, x], (x: number, y: number) => [y, h - 1 - x]],
    ...[(x: number, y: number) => [w - 1 - y, h - 1 - x], (x: number, y: number) => [w - 1 - y, x]],
  ] as const;
  for (const [index, source] of sources.entries()) {
    const save = TURNED[kind] as (image: Sharp) => Sharp;
    const photo = await read(await save(scene().withMetadata({ orientation: index + 1 })).toBuffer());
    expect([photo.width, photo.height]).toEqual(index < 4 ? [w, h] : [h, w]);
    const seen = (pixel: number) => {
      const [x, y] = source(pixel % photo.width, Math.floor(pixel / photo.width)) as [number, number];
      return rgb(y * w + x);
    };
    expect(differ(photo, seen)).toBeLessThanOrEqual(kind === "JPEG" ? 6 : 0);
  }
});

test.each(["4:4:4", "4:2:0"])("AVIF with chroma %s is decoded, transparent on white", async (chromaSubsampling) => {
  const smooth = sharp(sceneRgb(8, 6), { raw: { width: 8, height: 6, channels: 3 } }).resize(64, 48, { kernel: "cubic" });
  const image = sharp(await smooth.png().toBuffer());
  const expected = await image.clone().raw().toBuffer();
  const file = await image.clone().avif({ quality: 100, chromaSubsampling }).toBuffer();
  const seen = (pixel: number) => [...expected.subarray(3 * pixel, 3 * pixel + 3)];
  const most = chromaSubsampling === "4:4:4" ? 4 : 20;
  expect(differ(await read(file, "photo.png"), seen)).toBeLessThanOrEqual(most);
  const half = await image.clone().ensureAlpha(0.5).avif({ quality: 100, chromaSubsampling }).toBuffer();
  expect(differ(await read(half), (pixel) => seen(pixel).map((value) => 255 - (255 - value) / 2))).toBeLessThanOrEqual(most);
  expect(await rejected(read(file.subarray(0, file.length - 20)))).toMatchObject({ message: expect.stringMatching(/damaged/) });
});

test.each<[string, Uint8Array, RegExp]>([
  ["drawing.png", concat("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"), /drawing\.png: SVG is not supported$/],
  ["phone.jpg", concat([0, 0, 0, 24], "ftypheic\0\0\0\0mif1heic"), /phone\.jpg: HEIC is not supported$/],
  ["half.webp", concat("RIFF", [0, 0, 0, 0], "WEBPVP8X"), /half\.webp: the image is damaged/],
])("%s is refused by its content before it is decoded", async (name, content, says) => {
  const path = join(await temporaryFolder(), name);
  await writeFile(path, content);
  for (const work of [checkPhoto, readPhoto]) expect(await rejected(work(path))).toMatchObject({ message: expect.stringMatching(says) });
});

test("a file of 2 GB is refused before it is read", async () => {
  const path = join(await temporaryFolder(), "huge.png");
  await writeFile(path, makePng({ ...SIZE, depth: 8, type: 2, samples: SCENE }));
  await truncate(path, 2e9);
  expect(await rejected(checkPhoto(path))).toMatchObject({ message: expect.stringMatching(/huge\.png: 2000 MB is too large for a photo/) });
});
