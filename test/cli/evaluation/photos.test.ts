import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { listPhotos, shardOf } from "../../../src/cli/evaluation/photos.ts";
import { temporaryFolder } from "../../support/command-line.ts";

test("folders and images are listed by name, without what is no image, up to the limit, and split without rest", async () => {
  const folder = await temporaryFolder();
  for (const name of ["c.JPG", "a.png", "notes.txt", "b.webp"]) await writeFile(join(folder, name), "");
  const single = join(await temporaryFolder(), "aa.jpg");
  await writeFile(single, "");
  const photos = await listPhotos([folder, single]);
  expect(photos.map(({ name }) => name)).toEqual(["a", "aa", "b", "c"]);
  expect(photos[1]?.path).toBe(single);
  expect(await listPhotos([folder], 2)).toHaveLength(2);
  expect(await listPhotos([folder, join(folder, "a.png")]), "named twice").toHaveLength(3);
  const parts = [0, 1, 2].map((index) => shardOf(photos, { index, count: 3 }).map(({ name }) => name));
  expect(parts).toEqual([["a", "c"], ["aa"], ["b"]]);
});

test("a missing folder, an empty one, and two photos of one name are refused with what to do", async () => {
  const folder = await temporaryFolder();
  await expect(listPhotos([join(folder, "none")])).rejects.toMatchObject({ message: expect.stringContaining("no such file or folder") });
  await expect(listPhotos([folder])).rejects.toMatchObject({ message: expect.stringContaining("There are no photos in") });
  for (const name of ["cat.png", "Cat.jpg"]) await writeFile(join(folder, name), "");
  await expect(listPhotos([folder])).rejects.toMatchObject({
    message: expect.stringMatching(/would both be filed under [cC]at$/),
    fix: expect.stringContaining("Rename"),
  });
});
