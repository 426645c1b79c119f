import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { cleanPng } from "../../src/pictures/png.ts";
import { rejected } from "../support/errors.ts";
import {
  concat,
  gamaChunk,
  iccChunk,
  makePng,
  makeProfile,
  PNG_START,
  pngChunk,
  SRGB_PRIMARIES,
  sceneRgb,
  tableTag,
} from "../support/picture-files.ts";

const SIZE = { width: 40, height: 30 };
const scene = { ...SIZE, depth: 8, type: 2, samples: sceneRgb(40, 30) } as const;
const plain = makePng(scene);
const pixels = Buffer.from(scene.samples);

const decode = async (file: Uint8Array) =>
  sharp((await cleanPng(file)).bytes)
    .raw()
    .toBuffer();
const refusal = async (file: Uint8Array) => ((await rejected(cleanPng(file))) as Error | undefined)?.message;

test("an ordinary PNG is left as it is", async () => {
  expect(Buffer.from((await cleanPng(plain)).bytes).equals(plain)).toBe(true);
});

const TEXT = concat("Comment\0made in a test");

test.each<[string, Uint8Array]>([
  ["no end", plain.subarray(0, -12)],
  ["half an end", plain.subarray(0, -5)],
  ["anything behind its end", concat(plain, "and more")],
  ["a wrong checksum of its end", makePng({ ...scene, tail: [pngChunk("IEND", new Uint8Array(), true)] })],
  ["a wrong checksum of a text", makePng({ ...scene, chunks: [pngChunk("tEXt", TEXT, true)] })],
  ["a wrong checksum of its gamma", makePng({ ...scene, chunks: [concat(gamaChunk(1).subarray(0, -1), [0])] })],
  ["a text that is cut", concat(plain.subarray(0, -12), pngChunk("tEXt", TEXT).subarray(0, 15))],
  ["a text that is none", makePng({ ...scene, chunks: [pngChunk("tEXt", concat("x"))] })],
  ["chunks that nobody knows", makePng({ ...scene, chunks: [pngChunk("teSt", TEXT)] })],
  ["a second header of colours", makePng({ ...scene, chunks: [pngChunk("sRGB", concat([0])), pngChunk("sRGB", concat([0]))] })],
])("with %s it is the same picture", async (_, file) => {
  expect((await decode(file)).equals(pixels)).toBe(true);
});

test("is refused wherever its pixels are cut", async () => {
  for (let at = PNG_START.length; at < plain.length - 13; at += 97) expect(await refusal(plain.subarray(0, at))).toMatch(/ends before/);
});

test.each<[string, Uint8Array, RegExp]>([
  ["a wrong checksum of its pixels", concat(plain.subarray(0, -14), [0, 0], plain.subarray(-12)), /the checksum of its part IDAT is wrong/],
  [
    "a part that a reader must know",
    makePng({ ...scene, chunks: [pngChunk("CgBI", concat([0, 0, 0, 0]))] }),
    /part called "CgBI" is not supp/,
  ],
  [
    "a part of a name that is none",
    concat(PNG_START, pngChunk("I\x1b[m", concat([0]))),
    /damaged \(a part of it has a name that is not of four/,
  ],
  [
    "100 megapixels and more",
    concat(PNG_START, pngChunk("IHDR", concat([0, 0, 99, 0, 0, 0, 99, 0, 8, 2, 0, 0, 0])), pngChunk("IDAT")),
    /too large/,
  ],
  ["HDR", makePng({ ...scene, chunks: [pngChunk("cICP", concat([9, 16, 0, 1]))] }), /^HDR \(PQ or HLG\) is not supported$/],
])("with %s it is refused by name", async (_, file, says) => {
  expect(await refusal(file)).toMatch(says);
});

test("of an animation the picture stays that programs without animations show", async () => {
  const frame = concat([0, 0, 0, 0, 0, 0, 0, 40, 0, 0, 0, 30, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 10, 0, 0]);
  const tail = [pngChunk("fcTL", frame), pngChunk("fdAT", concat([0, 0, 0, 1], plain.subarray(41, -16))), pngChunk("IEND")];
  const file = makePng({ ...scene, chunks: [pngChunk("acTL", concat([0, 0, 0, 1, 0, 0, 0, 0]))], tail });
  expect(Buffer.from((await cleanPng(file)).bytes).equals(plain)).toBe(true);
});

describe("colours", () => {
  const colours = async (...chunks: Uint8Array[]) => (await cleanPng(makePng({ ...scene, chunks }))).colours;
  const light = async (chunks: Uint8Array[], sample: number) => {
    const found = await colours(...chunks);
    return found && found !== "table" ? found.curves[0]?.(sample) : found;
  };
  const gamma2 = iccChunk(makeProfile(tableTag(2), SRGB_PRIMARIES));
  const sRgb = pngChunk("sRGB", concat([0]));
  const linear = pngChunk("cICP", concat([1, 8, 0, 1]));

  test("are what the highest in rank of its chunks says", async () => {
    expect(await light([gamaChunk(1)], 0.3)).toBeCloseTo(0.3);
    expect(await light([sRgb, gamaChunk(1)], 0.3)).toBeUndefined();
    expect(await light([gamma2, sRgb, gamaChunk(1)], 0.3)).toBeCloseTo(0.09, 4);
    expect(await light([linear, gamma2], 0.3)).toBeCloseTo(0.3);
  });

  test("are sRGB where it says nothing, about 1/2.2, or nonsense", async () => {
    const nonsense = [gamaChunk(0), pngChunk("gAMA", concat([1])), iccChunk(concat("no profile")), pngChunk("iCCP", concat("x\0\0broken"))];
    for (const chunk of [gamaChunk(0.45455), ...nonsense]) expect(await colours(chunk)).toBeUndefined();
    expect(await colours(gamaChunk(1), pngChunk("cHRM", new Uint8Array(32)))).toBeUndefined();
    expect(await colours(iccChunk(makeProfile(tableTag(2))))).toBeUndefined();
    // Code points of film, which a decoder must not take for others.
    const film = await cleanPng(makePng({ ...scene, chunks: [pngChunk("cICP", concat([11, 17, 0, 1]))] }));
    expect([film.colours, Buffer.from(film.bytes).equals(plain)]).toEqual([undefined, true]);
  });

  test("of a profile that unpacks to gigabytes are not unpacked", async () => {
    const bomb = iccChunk(new Uint8Array(100e6));
    const before = process.memoryUsage().arrayBuffers;
    expect(await colours(bomb)).toBeUndefined();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100e6);
  });
});
