import { readFile } from "node:fs/promises";
import fc from "fast-check";
import sharp, { type Sharp } from "sharp";
import { beforeAll, describe, expect, test } from "vitest";
import { cleanJpeg } from "../../src/pictures/jpeg.ts";
import { thrown } from "../support/errors.ts";
import { cases, SEED } from "../support/long.ts";
import { concat, sceneRgb } from "../support/picture-files.ts";

const RUNS = cases(400);

const scene = () => sharp(sceneRgb(70, 45), { raw: { width: 70, height: 45, channels: 3 } });
const END = [0xff, 0xd9];

/** Made by Pillow from a gradient, with a restart marker after every MCU, which sharp cannot write. */
const restarts = async () => new Uint8Array(await readFile("test/golden/restarts.jpg"));
const save = async (image: Sharp) => new Uint8Array(await image.toBuffer());

describe.each<[string, () => Promise<Uint8Array>]>([
  ["baseline", () => save(scene().jpeg({ quality: 90, mozjpeg: false }))],
  ["without chroma subsampling", () => save(scene().jpeg({ chromaSubsampling: "4:4:4" }))],
  ["progressive", () => save(scene().jpeg({ progressive: true }))],
  ["progressive with scans of its own", () => save(scene().jpeg({ mozjpeg: true }))],
  ["grey", () => save(scene().greyscale().jpeg())],
  ["CMYK", () => save(scene().toColourspace("cmyk").jpeg())],
  ["with restart markers", restarts],
])("a JPEG, %s", (_, make) => {
  let file: Uint8Array;
  let pixels: Buffer;

  const decode = (bytes: Uint8Array) => sharp(bytes, { failOn: "none" }).raw().toBuffer();
  const refusal = (bytes: Uint8Array) => (thrown(() => cleanJpeg(bytes)) as Error | undefined)?.message;
  /** The place of the n-th segment with this marker. */
  const find = (marker: number) => {
    const at = file.findIndex((byte, index) => byte === 0xff && file[index + 1] === marker);
    expect(at).toBeGreaterThan(0);
    return at;
  };
  const insert = (at: number, bytes: number[] | string) => concat(file.subarray(0, at), bytes, file.subarray(at));

  beforeAll(async () => {
    file = await make();
    pixels = await decode(file);
  });

  test("is left as it is", () => {
    expect(Buffer.from(cleanJpeg(file)).equals(file)).toBe(true);
  });

  test.for<[string, () => Uint8Array]>([
    ["stray bytes before its tables", () => insert(find(0xdb), [0, 0])],
    ["stray bytes before a scan", () => insert(find(0xda), [1, 2, 3])],
    ["stray bytes at its start", () => insert(2, [7, 7, 7])],
    ["stray bytes before its end marker", () => insert(file.length - 2, "stray")],
    ["any bytes behind its end marker", () => concat(file, "GIF89a and more")],
    ["another picture behind its end marker", () => concat(file, file)],
    ["fill bytes before a marker", () => insert(find(0xda), [0xff, 0xff, 0xff])],
    ["no end marker", () => file.slice(0, -2)],
    ["half an end marker", () => file.slice(0, -1)],
    ["a restart marker in its header", () => insert(2, [0xff, 0xd0])],
    ["an unknown JFIF version", () => insert(2, concat([0xff, 0xe0, 0, 16], "JFIF\0", [9, 9, 0, 0, 1, 0, 1, 0, 0]) as unknown as number[])],
  ])("with %s is the same picture, to a strict decoder, too", async ([, spoil]) => {
    const clean = cleanJpeg(spoil());
    expect((await decode(clean)).equals(pixels)).toBe(true);
    expect([...clean.subarray(-2)]).toEqual(END);
  });

  test("is refused wherever it is cut, with an end marker or zeros in place of the rest, too", () => {
    const from = find(0xda) + 14;
    fc.assert(
      fc.property(fc.integer({ min: from, max: file.length - 4 }), (at) => {
        const rest = file.subarray(0, at);
        expect(refusal(rest)).toMatch(/damaged/);
        expect(refusal(concat(rest, new Uint8Array(file.length - at)))).toMatch(/damaged/);
      }),
      { numRuns: RUNS, seed: SEED },
    );
    for (const share of [0.1, 0.35, 0.55, 0.8]) {
      const rest = file.subarray(0, Math.round(from + share * (file.length - from)));
      expect(refusal(concat(rest, END))).toMatch(/damaged/);
    }
  });

  test("is refused where it is cut in its header", () => {
    for (let at = 3; at < find(0xda) + 10; at += 7) expect(refusal(file.subarray(0, at))).toMatch(/ends before/);
  });

  test("never makes the check fail otherwise, whatever bytes change", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { minLength: 1, maxLength: 20 }), (changes) => {
        const spoilt = file.slice();
        for (const [at, byte] of changes) spoilt[at] = byte;
        expect((thrown(() => cleanJpeg(spoilt)) as Error | undefined)?.name ?? "PictureError").toBe("PictureError");
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });
});

test("zeros in the header of a sequential scan are put right", async () => {
  const file = await save(scene().jpeg());
  const at = file.findIndex((byte, index) => byte === 0xff && file[index + 1] === 0xda) + 2;
  const range = at + (((file[at] as number) << 8) | (file[at + 1] as number)) - 3;
  expect([...file.subarray(range, range + 3)]).toEqual([0, 63, 0]);
  const spoilt = file.slice();
  spoilt.set([0, 0, 0], range);
  expect(Buffer.from(cleanJpeg(spoilt)).equals(file)).toBe(true);
});

test("a JPEG without Huffman tables has the usual ones", async () => {
  const file = await save(scene().jpeg({ optimiseCoding: false }));
  const parts: Uint8Array[] = [file.subarray(0, 2)];
  let at = 2;
  for (; file[at + 1] !== 0xda; ) {
    const end = at + 2 + (((file[at + 2] as number) << 8) | (file[at + 3] as number));
    if (file[at + 1] !== 0xc4) parts.push(file.subarray(at, end));
    at = end;
  }
  const bare = concat(...parts, file.subarray(at));
  expect(bare.length).toBeLessThan(file.length - 400);
  expect(Buffer.from(cleanJpeg(bare)).equals(bare)).toBe(true);
  expect(thrown(() => cleanJpeg(bare.subarray(0, bare.length - 40)))).toMatchObject({ message: expect.stringContaining("ends before") });
});

test("a lost restart interval is noticed", async () => {
  const file = await restarts();
  const marker = (code: number) => file.findIndex((byte, index) => byte === 0xff && file[index + 1] === code);
  const lost = concat(file.subarray(0, marker(0xd1)), file.subarray(marker(0xd2)));
  expect(thrown(() => cleanJpeg(lost))).toMatchObject({ message: "the image is damaged (a part in its middle is missing)" });
});

test.for([
  [0xc9, 8, /^a JPEG with arithmetic coding is not supported$/],
  [0xc3, 8, /^a JPEG with lossless coding is not supported$/],
  [0xc1, 12, /^a JPEG with 12-bit samples is not supported$/],
] as const)("coding %i with %i bits is named", async ([marker, precision, says]) => {
  const file = await save(scene().jpeg());
  const frame = file.findIndex((byte, index) => byte === 0xff && file[index + 1] === 0xc0);
  file.set([marker, file[frame + 2] as number, file[frame + 3] as number, precision], frame + 1);
  expect(thrown(() => cleanJpeg(file))).toMatchObject({ name: "PictureError", message: expect.stringMatching(says) });
});

test("a picture of 65,535 pixels a side is refused before its blocks are", async () => {
  const file = await save(scene().jpeg());
  const frame = file.findIndex((byte, index) => byte === 0xff && file[index + 1] === 0xc0);
  file.fill(0xff, frame + 5, frame + 9);
  expect(thrown(() => cleanJpeg(file))).toMatchObject({ message: expect.stringMatching(/^65535 x 65535 pixels is too large/) });
});
