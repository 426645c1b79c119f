import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import sharp from "sharp";
import { beforeEach, describe, expect, test } from "vitest";
import { isMarked, mark } from "../../src/cli/mark.ts";
import { foldName, stemOf } from "../../src/cli/names.ts";
import { temporaryFolder } from "../support/command-line.ts";
import { cases, SEED } from "../support/long.ts";

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
});

const inside = (name: string) => join(folder, name);

describe("names", () => {
  test.each([
    ["..jpg", "_"],
    ["...jpg", "_"],
    [".jpg", "_jpg"],
    [".hidden.jpg", "_hidden"],
    ["a/b/cat.jpg", "cat"],
    ["back\\slash.jpg", process.platform === "win32" ? "slash" : "back_slash"],
    ["CON.jpg", "CON_"],
    ["nul.map.jpg", "nul_.map"],
    ["cat. .jpg", "cat"],
    ["a:b?.jpg", "a_b_"],
    ["\u001b[2J.jpg", "_[2J"],
    ["cat.final.jpeg", "cat.final"],
    ["Katze 猫 ü.png", "Katze 猫 ü"],
  ])("of %j become %s", (image, stem) => expect(stemOf(image)).toBe(stem));

  test("never lead out of the folder, and are what they are", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 40 }), (name) => {
        const stem = stemOf(`${name}.jpg`);
        expect(stem).toMatch(/^[^./\\\p{Cc}][^/\\\p{Cc}]*$/u);
        expect(stemOf(`${stem}.jpg`)).toBe(stem);
      }),
      { numRuns: cases(5000), seed: SEED },
    );
  });

  test("that a file system may take for one are one", () => expect(foldName("CAFÉ")).toBe(foldName("cafe\u0301")));
});

describe("marks", () => {
  const png = () =>
    sharp({ create: { width: 3, height: 3, channels: 3, background: "red" } })
      .png()
      .toBuffer();

  test.each<[string, () => string | Promise<Uint8Array>]>([
    ["a.json", () => JSON.stringify({ image: 1 }, undefined, 2)],
    ["b.json", () => JSON.stringify({ traceEvents: [] })],
    ["a.png", png],
    ["a.svg", () => "<svg/>"],
    ["a.html", () => "<!doctype html>\n<html>\n<head>\n<title>t</title></head></html>"],
    ["a.md", () => "| a |\n"],
  ])("%s carries one, once, and a file without it is not ours", async (name, make) => {
    const content = await make();
    await writeFile(inside(name), content);
    expect(await isMarked(inside(name))).toBe(false);
    const marked = mark(name, content);
    await writeFile(inside(name), marked);
    expect(await isMarked(inside(name))).toBe(true);
    expect(mark(name, marked)).toBe(marked);
    if (name.endsWith(".json")) expect(JSON.parse(marked as string)).toMatchObject({ generator: expect.stringMatching(/^relabel \d/) });
  });

  test("a marked PNG is the same picture to others, and names its software", async () => {
    const [plain, marked] = [await png(), mark("a.png", await png()) as Uint8Array];
    expect((await sharp(marked).raw().toBuffer()).equals(await sharp(plain).raw().toBuffer())).toBe(true);
    expect((await sharp(marked).metadata()).comments).toEqual([{ keyword: "Software", text: expect.stringMatching(/^relabel \d/) }]);
  });

  test("what has no room for one belongs to its neighbour", async () => {
    for (const name of ["cat.map.npy", "table.csv", "other.npy"]) await writeFile(inside(name), "x");
    expect(await isMarked(inside("cat.map.npy"))).toBe(false);
    await writeFile(inside("cat.overlay.png"), mark("x.png", await png()));
    await writeFile(inside("table.json"), mark("x.json", "{}{"));
    expect(await isMarked(inside("cat.map.npy"))).toBe(true);
    expect(await isMarked(inside("table.csv"))).toBe(true);
    expect(await isMarked(inside("other.npy"))).toBe(false);
  });
});
