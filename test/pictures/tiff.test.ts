import { expect, test } from "vitest";
import { checkTiff, exifOrientation } from "../../src/pictures/tiff.ts";
import { webpOrientation, webpSize } from "../../src/pictures/webp.ts";
import { thrown } from "../support/errors.ts";
import { concat, makeTiff } from "../support/picture-files.ts";

const tiff = (tags: Record<number, number[]>) => makeTiff(4, 4, new Uint8Array(48), tags);
const RGB = { 258: [8, 8, 8], 262: [2], 277: [3] };

test.each<[string, Record<number, number[]>, RegExp]>([
  [
    "floating-point numbers",
    { 258: [32], 339: [3] },
    /^TIFF of 32-bit floating-point numbers is not supported\. Save it with 8 or 16 bits/,
  ],
  ["half-precision numbers", { ...RGB, 258: [16, 16, 16], 339: [3, 3, 3] }, /^TIFF of 16-bit floating-point numbers is/],
  ["signed numbers", { 258: [16], 339: [2] }, /^TIFF of 16-bit signed numbers is/],
  ["complex numbers", { 258: [64], 339: [6] }, /^TIFF of 64-bit complex numbers is/],
  ["32-bit whole numbers", { 258: [32] }, /^TIFF with 32 bits a channel is/],
  ["12 bits", { 258: [12] }, /^TIFF with 12 bits a channel is/],
  ["channels of different depths", { ...RGB, 258: [5, 6, 5] }, /^TIFF with 5 bits a channel is/],
  ["CIELAB", { ...RGB, 262: [8] }, /^TIFF in CIELAB is/],
  ["LogLuv", { 262: [32845] }, /^TIFF in LogLuv is/],
  ["YCbCr without JPEG", { ...RGB, 262: [6] }, /^TIFF in YCbCr without JPEG compression is/],
  ["a sensor's colours", { 262: [32803] }, /^a camera's raw format is not supported\. Export the photo/],
  ["DNG's version", { ...RGB, 50706: [1] }, /^a camera's raw format is/],
  ["a thumbnail before the photo", { ...RGB, 254: [1], 330: [8] }, /^a camera's raw format is/],
])("a TIFF with %s is refused by name", (_, tags, says) => {
  const { name, message, fix } = thrown(() => checkTiff(tiff(tags))) as Error & { fix: string };
  expect([name, `${message}. ${fix}`]).toEqual(["PictureError", expect.stringMatching(says)]);
});

test("a TIFF says whether there is alpha", () => {
  const four = { 258: [8, 8, 8, 8], 262: [2], 277: [4] };
  const channels = (extra: number[]) => checkTiff(tiff({ ...four, 338: extra }));
  expect([checkTiff(tiff(four)), channels([0]), channels([1]), channels([2]), checkTiff(tiff({}))]).toEqual([
    false,
    false,
    true,
    true,
    false,
  ]);
});

test("a TIFF without its directory is cut", () => {
  const file = tiff(RGB);
  for (const size of [5, 20, file.length - 40])
    expect(thrown(() => checkTiff(file.subarray(0, size)))).toMatchObject({ message: expect.stringMatching(/ends before/) });
});

const EXIF = concat("MM\0*", [0, 0, 0, 8, 0, 1, 1, 18, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0]);

test("an orientation is found in EXIF data of either byte order, and 1 where there is none", () => {
  expect(exifOrientation(EXIF)).toBe(6);
  expect(exifOrientation(tiff({ 274: [3] }))).toBe(3);
  expect(exifOrientation(tiff({ 274: [9] }))).toBe(1);
  expect(exifOrientation(EXIF.subarray(0, 12))).toBe(1);
});

const webp = (...chunks: Uint8Array[]) => concat("RIFF", [0, 0, 0, 0], "WEBP", ...chunks);
const chunk = (name: string, content: Uint8Array) => concat(name, [content.length, 0, 0, 0], content, content.length % 2 ? [0] : []);

test("a WebP's orientation is found behind other chunks, with EXIF's prefix or without", () => {
  const canvas = chunk("VP8X", concat([8, 0, 0, 0, 99, 1, 0, 49, 0, 0]));
  expect(webpOrientation(webp(canvas, chunk("VP8L", new Uint8Array(7)), chunk("EXIF", EXIF)))).toBe(6);
  expect(webpOrientation(webp(canvas, chunk("EXIF", concat("Exif\0\0", EXIF))))).toBe(6);
  expect(webpOrientation(webp(canvas))).toBe(1);
  // What the head does not announce is not there.
  const plain = chunk("VP8X", concat([0, 0, 0, 0, 99, 1, 0, 49, 0, 0]));
  expect(webpOrientation(webp(plain, chunk("EXIF", EXIF)))).toBe(1);
  expect(webpSize(webp(canvas))).toEqual([356, 50]);
});
