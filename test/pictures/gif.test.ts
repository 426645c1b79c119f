import fc from "fast-check";
import sharp from "sharp";
import { expect, test } from "vitest";
import { decodeGif } from "../../src/pictures/gif.ts";
import { thrown } from "../support/errors.ts";
import { cases, SEED } from "../support/long.ts";
import { type GifFrame, makeGif, sceneRgb } from "../support/picture-files.ts";

const PALETTE = [10, 20, 30, 250, 0, 0, 0, 240, 0, 0, 0, 230];
const indices = (count: number) => Array.from({ length: count }, (_, at) => (at * at) % 4);
const frame = (left: number, top: number, width: number, height: number, rest: Partial<GifFrame> = {}): GifFrame => ({
  ...{ left, top, width, height, indices: indices(width * height) },
  ...rest,
});
const colour = (index: number) => [...PALETTE.slice(3 * index, 3 * index + 3), 255];
const refusal = (bytes: Uint8Array) => (thrown(() => decodeGif(bytes)) as Error | undefined)?.message;

test.each([2, 4, 16, 64, 256])("sharp's GIF of %i colours is decoded as sharp decodes it", async (colours) => {
  const image = sharp(sceneRgb(120, 90), { raw: { width: 120, height: 90, channels: 3 } });
  const file = await image.gif({ colours, dither: 1 }).toBuffer();
  const expected = await sharp(file).ensureAlpha().raw().toBuffer();
  const { width, height, data } = decodeGif(new Uint8Array(file));
  expect([width, height]).toEqual([120, 90]);
  expect(Buffer.from(data).equals(expected)).toBe(true);
});

test("of an animation the first frame is taken, even where later ones are cut", async () => {
  const frames = ["teal", "gold"].map((background) => ({ create: { width: 9, height: 7, channels: 3, background } }) as const);
  const file = await sharp(await Promise.all(frames.map((input) => sharp(input).png().toBuffer())), { join: { animated: true } })
    .gif({ delay: [100, 100] })
    .toBuffer();
  for (const bytes of [file, file.subarray(0, -9)]) {
    const { width, height, data } = decodeGif(new Uint8Array(bytes));
    expect([width, height, ...data.subarray(0, 4)]).toEqual([9, 7, 0, 128, 128, 255]);
  }
});

test("what a frame does not cover, and its transparent colour, are transparent", () => {
  const { data } = decodeGif(makeGif(6, 5, PALETTE, frame(2, 1, 3, 2, { transparent: 0 })));
  const at = (x: number, y: number) => [...data.subarray(4 * (6 * y + x), 4 * (6 * y + x) + 4)];
  expect(at(0, 0)).toEqual([0, 0, 0, 0]);
  // indices: 0 1 0 / 1 0 1
  expect([at(2, 1), at(3, 1), at(2, 2)]).toEqual([[0, 0, 0, 0], colour(1), colour(1)]);
});

test("a frame beyond the screen makes the picture larger", () => {
  expect(decodeGif(makeGif(4, 4, PALETTE, frame(3, 2, 5, 6)))).toMatchObject({ width: 8, height: 8 });
});

test("interlaced rows come into their places", () => {
  const rows = Array.from({ length: 11 }, (_, row) => row % 4);
  const order = [0, 8, 4, 2, 6, 10, 1, 3, 5, 7, 9];
  const stored = order.flatMap((row) => [rows[row] as number, rows[row] as number]);
  const { data } = decodeGif(makeGif(2, 11, PALETTE, frame(0, 0, 2, 11, { indices: stored, interlaced: true })));
  expect(rows.map((_, row) => [...data.subarray(8 * row, 8 * row + 4)])).toEqual(rows.map(colour));
});

test("a file without its last byte, or with more behind it, is the same", () => {
  const file = makeGif(8, 8, PALETTE, frame(0, 0, 8, 8));
  const expected = decodeGif(file);
  expect(decodeGif(file.subarray(0, -1))).toEqual(expected);
  expect(decodeGif(new Uint8Array([...file, 1, 2, 3]))).toEqual(expected);
});

test("missing pixels are noticed", () => {
  const file = makeGif(30, 20, PALETTE, frame(0, 0, 30, 20));
  for (let at = 6; at < file.length - 4; at += 5) expect(refusal(file.subarray(0, at))).toMatch(/ends before the picture does/);
  expect(refusal(makeGif(30, 20, PALETTE, frame(0, 0, 30, 20, { indices: indices(300) })))).toMatch(/ends before/);
  expect(refusal(makeGif(30, 20, PALETTE))).toMatch(/it has no picture/);
  expect(refusal(makeGif(60000, 60000, PALETTE, frame(0, 0, 2, 2)))).toMatch(/too large/);
});

test("no change of bytes makes the decoder fail otherwise", () => {
  const file = makeGif(16, 16, PALETTE, frame(0, 0, 16, 16));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 10, max: file.length - 1 }), fc.nat(255)), { minLength: 1, maxLength: 9 }),
      (changes) => {
        const spoilt = file.slice();
        for (const [at, byte] of changes) spoilt[at] = byte;
        expect((thrown(() => decodeGif(spoilt)) as Error | undefined)?.name ?? "PictureError").toBe("PictureError");
      },
    ),
    { numRuns: cases(1000), seed: SEED },
  );
});
