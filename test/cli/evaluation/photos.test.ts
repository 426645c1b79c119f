import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { photosOfRun, shardOf, withOthers } from "../../../src/cli/evaluation/photos.ts";
import { temporaryFolder } from "../../support/command-line.ts";

const say = () => {};

test("folders and images are listed by name, without what is no image, and split without rest", async () => {
  const folder = await temporaryFolder();
  for (const name of ["c.JPG", "a.png", "notes.txt", "b.webp"]) await writeFile(join(folder, name), "");
  const single = join(await temporaryFolder(), "aa.jpg");
  await writeFile(single, "");
  const photos = await photosOfRun([folder, single], say);
  expect(photos.map(({ name }) => name)).toEqual(["a", "aa", "b", "c"]);
  expect(photos[1]?.path).toBe(single);
  expect(await photosOfRun([folder, join(folder, "a.png"), join(folder, "a.png")], say), "named twice").toHaveLength(3);
  const parts = [0, 1, 2].map((index) => shardOf(photos, { index, count: 3 }).map(({ name }) => name));
  expect(parts).toEqual([["a", "c"], ["aa"], ["b"]]);
});

test("another photo is the next one that can be read, of the whole list, the first after the last", async () => {
  const folder = await temporaryFolder();
  for (const name of ["b", "c", "e"]) await copyFile("examples/cat.jpg", join(folder, `${name}.jpg`));
  for (const name of ["a", "d"]) await writeFile(join(folder, `${name}.jpg`), "no image");
  const list = await photosOfRun([folder], say);
  const others = async (...given: Parameters<typeof withOthers>) => (await withOthers(...given)).map(({ other }) => other?.name);
  expect(await others(list)).toEqual(["b", "c", "e", "e", "b"]);
  expect(await others(list, 2)).toEqual(["b", "c"]);
  expect(await others(list.slice(0, 2))).toEqual(["b", undefined]);
});

test("a text file names photos and folders, a line each, relative to itself", async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, "inside"));
  for (const name of ["b.png", "inside/a.png", "c.png"]) await writeFile(join(folder, name), "");
  const list = join(folder, "list.txt");
  await writeFile(list, `b.png\r\n\n  inside\n${join(folder, "c.png")}\n`);
  expect((await photosOfRun([list], say)).map(({ name }) => name)).toEqual(["a", "b", "c"]);
  await writeFile(list, "\n");
  await expect(photosOfRun([list], say)).rejects.toThrow("list.txt names no photos");
  await writeFile(list, "none.png\n");
  await expect(photosOfRun([list], say)).rejects.toMatchObject({ fix: expect.stringContaining("correct the line") });
});

test("a missing folder, an empty one, and two photos of one name are refused with what to do", async () => {
  const folder = await temporaryFolder();
  await expect(photosOfRun([join(folder, "none")], say)).rejects.toMatchObject({
    message: expect.stringContaining("no such file or folder"),
  });
  await expect(photosOfRun([folder], say)).rejects.toMatchObject({ message: expect.stringContaining("There are no photos in") });
  await mkdir(join(folder, "big"));
  for (const name of ["big/cat.png", "Big_cat.jpg"]) await writeFile(join(folder, name), "");
  await expect(photosOfRun([folder], say)).rejects.toMatchObject({
    message: expect.stringMatching(/would both be filed under [bB]ig_cat$/),
    fix: expect.stringContaining("Rename"),
  });
});
