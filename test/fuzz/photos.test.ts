import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import sharp from "sharp";
import { beforeAll, expect, test } from "vitest";
import { PhotoError, readPhoto } from "../../src/cli/read-photo.ts";
import { temporaryFolder } from "../support/command-line.ts";
import { check, requireReadable } from "./check.ts";
import { mutate, mutations } from "./mutation.ts";

const photos: Record<string, Uint8Array> = {};

beforeAll(async () => {
  const noise = Uint8Array.from({ length: 24 * 16 * 3 }, (_, i) => (i * 37 + (i >> 3) * 11) & 255);
  const photo = () => sharp(noise, { raw: { width: 24, height: 16, channels: 3 } }).withMetadata({ orientation: 6 });
  const frames = () => sharp(noise, { raw: { width: 24, height: 16, channels: 3, pageHeight: 8 } });
  const made = {
    "baseline.jpg": photo().jpeg(),
    "progressive.jpg": photo().jpeg({ progressive: true }),
    "cmyk.jpg": photo().toColourspace("cmyk").jpeg(),
    "truecolour.png": photo().png(),
    "palette.png": photo().png({ palette: true }),
    "interlaced.png": photo().toColourspace("rgb16").png({ progressive: true }),
    "lossy.webp": photo().webp(),
    "lossless.webp": photo().webp({ lossless: true }),
    "plain.gif": photo().gif(),
    "deflate.tif": photo().tiff({ compression: "deflate", predictor: "horizontal" }),
    "lzw.tif": photo().tiff({ compression: "lzw", tile: true, tileWidth: 16, tileHeight: 16 }),
    "bits.tif": photo().toColourspace("b-w").tiff({ bitdepth: 1 }),
    "small.avif": photo().avif({ effort: 0 }),
    "animated.gif": frames().gif({ delay: [100, 200] }),
    "animated.webp": frames().webp({ delay: [100, 200] }),
    "wide.png": photo().toColourspace("rgb16").withIccProfile("p3").png(),
    "wide.jpg": photo().withIccProfile("p3").jpeg({ chromaSubsampling: "4:4:4" }),
    "float.tif": photo().toColourspace("scrgb").tiff({ compression: "none" }),
  };
  for (const [name, image] of Object.entries(made)) photos[name] = new Uint8Array(await image.toBuffer());
});

test("a damaged photo gives a photo or says in a line that it is damaged, and nothing else", async () => {
  const folder = await temporaryFolder();
  let [read, refused] = [0, 0];
  await check(
    3000,
    fc.asyncProperty(
      fc.constantFrom(...Object.keys(photos)),
      mutations("\0\x01\x02\x08\xff\xd8\xda\xd9\x7f\x80"),
      async (name, changes) => {
        const path = join(folder, name);
        await writeFile(path, mutate(photos[name] as Uint8Array, changes));
        try {
          const { width, height, data } = await readPhoto(path);
          expect(data.length).toBe(width * height * 4);
          read++;
        } catch (error) {
          if (!(error instanceof PhotoError)) throw error;
          requireReadable(error);
          refused++;
        }
      },
    ),
  );
  expect(read).toBeGreaterThan(0);
  expect(refused).toBeGreaterThan(0);
});
