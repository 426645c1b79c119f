import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp, { type Sharp } from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readPhoto } from "../../src/cli/read-photo.ts";
import {
  concat,
  gamaChunk,
  iccChunk,
  makeGif,
  makePng,
  makeProfile,
  makeTiff,
  pngChunk,
  SRGB_PRIMARIES,
  SRGB_TAG,
  sceneRgb,
  tableTag,
} from "../support/picture-files.ts";
import { SHARED } from "../support/shared-files.ts";
import { Visitor } from "./visitor.ts";

interface Pixels {
  width: number;
  height: number;
  data: ArrayLike<number>;
}

/** What became of a file: its pixels, or in one line why there are none. */
type Outcome = Pixels | string;

const SIZE = { width: 61, height: 47 };
const SCENE = sceneRgb(61, 47);
const scene = () => sharp(SCENE, { raw: { ...SIZE, channels: 3 } });
const rgb = { ...SIZE, depth: 8, type: 2, samples: SCENE } as const;
const deep = { ...rgb, depth: 16, samples: Uint16Array.from(SCENE, (value, index) => value * 256 + ((index * 7919) % 256)) } as const;
const alpha = { ...rgb, type: 6, samples: Uint8Array.from({ length: 4 * 61 * 47 }, (_, index) => (index * 101) % 256) } as const;
const grey = { ...rgb, type: 0, samples: Uint8Array.from({ length: 61 * 47 }, (_, index) => SCENE[3 * index] as number) } as const;
const [red, green, blue] = SRGB_PRIMARIES;
const turned = iccChunk(makeProfile(SRGB_TAG, [green, blue, red]));
const steep = iccChunk(makeProfile(tableTag(1.6), SRGB_PRIMARIES));
const greyProfile = iccChunk(makeProfile(tableTag(1.2)));
const wideGamut = pngChunk("cICP", concat([12, 13, 0, 1]));
const frame = { left: 5, top: 7, width: 20, height: 9, indices: Array.from({ length: 180 }, (_, at) => at % 4) };

const bytes = async (image: Sharp) => new Uint8Array(await image.toBuffer());
const insertBefore = (marker: number, stray: number[], file: Uint8Array) => {
  const at = file.findIndex((byte, index) => byte === 0xff && file[index + 1] === marker);
  return concat(file.subarray(0, at), stray, file.subarray(at));
};
const cut = async (image: Sharp, share: number) => {
  const file = await bytes(image);
  return file.subarray(0, Math.round(share * file.length));
};

describe("the page and the command line", { timeout: 120_000 }, () => {
  let visitor: Visitor;

  beforeAll(async () => {
    visitor = await Visitor.arrive();
  }, 180_000);

  afterAll(() => visitor?.leave(), 60_000);

  /** Hands a file to the page's decoder, always the same worker: each that starts loads its modules anew. */
  async function onPage(file: Uint8Array): Promise<Outcome> {
    const reply = (await visitor.page.evaluate(async (base64) => {
      const page = window as Window & { decoder?: Worker };
      page.decoder ??= new Worker("/src/page/decoder.js", { type: "module" });
      const worker = page.decoder;
      const answerTo = async (ask: object) => {
        const { data } = await new Promise<MessageEvent>((resolve, reject) => {
          worker.onmessage = resolve;
          worker.onerror = ({ message }) => reject(new Error(message));
          worker.postMessage({ call: 0, ask });
        });
        return data.answer;
      };
      const answer = await answerTo({ decode: new Blob([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))]) });
      if ("problem" in answer) return answer;
      const { data } = await answerTo({ pixels: undefined });
      return { ...answer, data: Array.from(data) };
    }, Buffer.from(file).toString("base64"))) as Pixels | { problem: { message: string; fix: string } };
    return "problem" in reply ? `photo: ${reply.problem.message}. ${reply.problem.fix}` : reply;
  }

  async function onCommandLine(file: Uint8Array): Promise<Outcome> {
    const path = join(visitor.folder, "photo");
    await writeFile(path, file);
    return readPhoto(path).catch(({ message, fix }) => `${message.slice(visitor.folder.length + 1)}. ${fix}`);
  }

  /** Holds both to the same pixels, and returns them. */
  async function same(file: Uint8Array, within = 2): Promise<Pixels> {
    const [page, commandLine] = [await onPage(file), await onCommandLine(file)] as [Pixels, Pixels];
    expect([page, commandLine]).not.toContainEqual(expect.any(String));
    expect([page.width, page.height]).toEqual([commandLine.width, commandLine.height]);
    expect(difference(page, commandLine)).toBeLessThanOrEqual(within);
    return commandLine;
  }

  test.each<[string, () => Uint8Array | Promise<Uint8Array>]>([
    ["a JPEG", () => bytes(scene().jpeg())],
    ["a progressive JPEG", () => bytes(scene().jpeg({ progressive: true, chromaSubsampling: "4:4:4" }))],
    ["a JPEG in CMYK with a profile", () => bytes(scene().toColourspace("cmyk").withIccProfile("cmyk").jpeg())],
    ["a JPEG in Display P3", () => bytes(scene().withIccProfile("p3").jpeg())],
    ["a JPEG turned by EXIF", () => bytes(scene().withMetadata({ orientation: 6 }).jpeg())],
    ["a JPEG without its end", async () => (await bytes(scene().jpeg())).subarray(0, -2)],
    ["a JPEG with stray bytes", async () => insertBefore(0xc4, [0, 0], await bytes(scene().jpeg()))],
    ["a JPEG with restarts", () => readFile("test/golden/restarts.jpg")],
    ["a PNG of one pixel", () => makePng({ ...rgb, width: 1, height: 1, samples: SCENE.subarray(0, 3) })],
    ["a PNG in 16 bits", () => makePng(deep)],
    ["a PNG with a profile", () => makePng({ ...rgb, chunks: [turned] })],
    ["a PNG in 16 bits with a profile", () => makePng({ ...deep, chunks: [turned] })],
    ["a PNG in 16 bits with a steep curve", () => makePng({ ...deep, chunks: [steep] })],
    ["a PNG with alpha and a profile", () => makePng({ ...alpha, chunks: [steep] })],
    ["a grey PNG with a profile", () => makePng({ ...grey, chunks: [greyProfile] })],
    ["a PNG with gamma", () => makePng({ ...rgb, chunks: [gamaChunk(1)] })],
    ["a grey PNG with gamma", () => makePng({ ...grey, chunks: [gamaChunk(0.7)] })],
    ["a PNG in code points", () => makePng({ ...rgb, chunks: [wideGamut] })],
    ["a PNG with alpha in code points", () => makePng({ ...alpha, chunks: [wideGamut] })],
    ["a PNG without its end", () => makePng(rgb).subarray(0, -12)],
    ["a PNG turned by EXIF", () => bytes(scene().withMetadata({ orientation: 5 }).png())],
    ["a palette of 16 colours", () => bytes(scene().png({ palette: true, colours: 16 }))],
    ["a lossless WebP", () => bytes(scene().webp({ lossless: true }))],
    ["a lossy WebP with alpha", () => bytes(scene().ensureAlpha(0.4).webp())],
    ["a GIF with less than its screen", () => makeGif(61, 47, [1, 2, 3, 255, 0, 0, 0, 255, 0, 0, 0, 255], frame)],
    ["an AVIF", () => bytes(scene().avif({ chromaSubsampling: "4:2:0", effort: 0 }))],
    ["an AVIF with alpha", () => bytes(scene().ensureAlpha(0.4).avif({ effort: 0 }))],
    ["an AVIF in Display P3", () => bytes(scene().withIccProfile("p3").avif({ effort: 0 }))],
    ["an animated AVIF", () => readFile("test/golden/animated.avif")],
  ])("decode %s alike", async (_, make) => {
    await same(await make());
  });

  test.each([2, 3, 4, 5, 6, 7, 8])("turn a WebP of orientation %i alike", async (orientation) => {
    await same(await bytes(scene().withMetadata({ orientation }).webp({ lossless: true })), 0);
  });

  test.each<[string, () => Uint8Array | Promise<Uint8Array>, RegExp]>([
    ["half a JPEG", () => cut(scene().jpeg(), 0.7), /^photo: the image is damaged \(the file ends before the picture does\)\. Copy or/],
    ["half a JPEG with an end", async () => concat(await cut(scene().jpeg(), 0.7), [0xff, 0xd9]), /damaged \(the file ends before/],
    ["half a progressive JPEG", () => cut(scene().jpeg({ progressive: true }), 0.7), /damaged \(the file ends before/],
    ["half a PNG", () => cut(scene().png(), 0.5), /damaged \(the file ends before/],
    ["half a WebP", () => cut(scene().webp(), 0.5), /damaged/],
    ["half a GIF", () => cut(scene().gif(), 0.5), /damaged \(the file ends before/],
    ["half an AVIF", () => cut(scene().avif({ effort: 0 }), 0.7), /damaged/],
    [
      "SVG",
      () => concat("<!-- --><svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"),
      /^photo: SVG is not supported\. Export/,
    ],
    ["HEIC", () => concat([0, 0, 0, 24], "ftypheic\0\0\0\0mif1heic"), /^photo: HEIC is not supported\. Export it as JPEG\.$/],
    ["HDR", () => makePng({ ...deep, chunks: [pngChunk("cICP", concat([9, 16, 0, 1]))] }), /^photo: HDR \(PQ or HLG\) is not supported/],
    ["text", () => concat("dear diary"), /^photo: not an image that can be read\. Give a photo as JPEG, PNG/],
  ])("refuse %s alike", async (_, make, says) => {
    const file = await make();
    expect(await onPage(file)).toMatch(says);
    expect(await onCommandLine(file)).toMatch(says);
  });

  test("are told apart by TIFF", async () => {
    const tiff = makeTiff(61, 47, grey.samples, {});
    expect(await onPage(tiff)).toBe("photo: TIFF is read by the command line only. Save it as PNG, or use `npm run explain`.");
    expect(await onCommandLine(tiff)).toMatchObject(SIZE);
  });

  describe("agree about the shared cases", () => {
    const folder = join(SHARED, "cases/images");
    /** The file that shows the same pixels, and within what; or what is said of it. */
    const EXPECTED: Record<string, [string, number] | RegExp> = {
      "plain.png": ["plain.png", 0],
      "16-srgb.png": ["plain.png", 1],
      "icc-gbr16.png": ["icc-gbr.png", 1],
      "icc-gbr.png": ["icc-gbr16.png", 1],
      "gama-linear.png": ["plain.png", 12],
      "cmyk-adobe.jpg": ["plain.png", 6],
      "anim.avif": ["plain.png", 10],
      "exif6.webp": ["plain.png", 0],
      "sos-params.jpg": ["plain.png", 8],
      "extraneous.jpg": ["sos-params.jpg", 0],
      "cut2.jpg": ["sos-params.jpg", 0],
      "phone.heic": /: HEIC is not supported\. Export it as JPEG\./,
      "float01.tif": /: TIFF (of 32-bit floating-point numbers is not supported|is read by the command line only)/,
      "gray12in16.tif": /: TIFF (of 12-bit values in 16 bits is not supported|is read by the command line only)/,
    };

    test.for(Object.entries(EXPECTED))("%s", async ([name, expected], { skip }) => {
      if (!existsSync(folder)) skip(`${folder} is absent`);
      const file = await readFile(join(folder, name));
      if (expected instanceof RegExp) {
        expect(await onPage(file)).toMatch(expected);
        expect(await onCommandLine(file)).toMatch(expected);
      } else {
        const [twin, within] = expected;
        const pixels = await same(file);
        expect(difference(pixels, (await onCommandLine(await readFile(join(folder, twin)))) as Pixels)).toBeLessThanOrEqual(within);
      }
    });

    test("each of them", async ({ skip }) => {
      if (!existsSync(folder)) skip(`${folder} is absent`);
      expect(Object.keys(EXPECTED).sort()).toEqual((await readdir(folder)).sort());
    });
  });

  test("nothing went wrong unseen", () => {
    expect(visitor.errors).toEqual([]);
  });
});

function difference(a: Pixels, b: Pixels): number {
  expect(a.data.length).toBe(b.data.length);
  let most = 0;
  for (let i = 0; i < a.data.length; i++) most = Math.max(most, Math.abs((a.data[i] as number) - (b.data[i] as number)));
  return most;
}
