import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp, { type Sharp } from "sharp";
import { expect, test } from "vitest";
import { readPhoto } from "../../src/cli/photo.ts";
import { temporaryFolder } from "../support/command-line.ts";

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
