import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { listPhotos, shardOf } from "../../../src/cli/evaluation/photos.ts";
import { type PhotoRecord, type Run, Store } from "../../../src/cli/evaluation/store.ts";
import { temporaryFolder } from "../../support/command-line.ts";

const RUN: Run = {
  settings: {
    ...{ teacher: "efficientnet-lite0", precision: "f32", fit: "crop", target: null, seed: 0, protocol: "rise-fast" },
    metrics: ["causal"],
    methods: [{ name: "rise", options: { parameters: { masks: 8 } } }],
  },
  photos: ["a", "b", "c"],
  shard: { index: 0, count: 1 },
};
const SKIPPED: PhotoRecord = { image: "b.jpg", skipped: "not an image" };

test("folders and images are listed by name, without what is no image, up to the limit, and split without rest", async () => {
  const folder = await temporaryFolder();
  for (const name of ["c.JPG", "a.png", "notes.txt", "b.webp"]) await writeFile(join(folder, name), "");
  const single = join(await temporaryFolder(), "aa.jpg");
  await writeFile(single, "");
  const photos = await listPhotos([folder, single]);
  expect(photos.map(({ name }) => name)).toEqual(["a", "aa", "b", "c"]);
  expect(photos[1]?.path).toBe(single);
  expect(await listPhotos([folder], 2)).toHaveLength(2);
  const parts = [0, 1, 2].map((index) => shardOf(photos, { index, count: 3 }).map(({ name }) => name));
  expect(parts).toEqual([["a", "c"], ["aa"], ["b"]]);
});

test("a missing folder, an empty one, and two photos of one name are refused with what to do", async () => {
  const folder = await temporaryFolder();
  await expect(listPhotos([join(folder, "none")])).rejects.toMatchObject({ message: expect.stringContaining("no such file or folder") });
  await expect(listPhotos([folder])).rejects.toMatchObject({ message: expect.stringContaining("There are no photos in") });
  for (const name of ["cat.png", "cat.jpg"]) await writeFile(join(folder, name), "");
  await expect(listPhotos([folder])).rejects.toMatchObject({
    message: "Two photos are called cat",
    fix: expect.stringContaining("rename"),
  });
});

test("what a run filed is there when it is opened again, in the order of the photos, and nothing half written", async () => {
  const folder = join(await temporaryFolder(), "run");
  const store = await Store.open(folder, RUN);
  await store.add("b", SKIPPED, new Map([["photo", new Uint8Array([1, 2])]]));
  // What a killed process may leave: a picture without its record, and a temporary file.
  await mkdir(join(folder, "photos"), { recursive: true });
  await writeFile(join(folder, "photos", "a.photo.webp"), "x");
  await writeFile(join(folder, "photos", "c.json.4f.tmp"), "{");
  const again = await Store.open(folder, RUN);
  expect(["a", "b", "c"].map((name) => again.has(name))).toEqual([false, true, false]);
  await again.add("a", { ...SKIPPED, image: "a.jpg" });
  expect((await Store.read(folder)).records.map(({ name, record }) => [name, record.image])).toEqual([
    ["a", "a.jpg"],
    ["b", "b.jpg"],
  ]);
  expect((await readdir(join(folder, "photos"))).sort()).toEqual(["a.json", "a.photo.webp", "b.json", "b.photo.webp", "c.json.4f.tmp"]);
  expect([...(await readFile(join(folder, "photos", "b.photo.webp")))]).toEqual([1, 2]);
});

test("a folder of other settings is refused, and says which differ; more photos of the same settings go on", async () => {
  const folder = await temporaryFolder();
  await Store.open(folder, RUN);
  const other = { ...RUN, settings: { ...RUN.settings, seed: 1, protocol: "rise" } };
  await expect(Store.open(folder, other)).rejects.toMatchObject({
    message: `${folder} holds a run with other settings (seed, protocol)`,
    fix: expect.stringContaining("--out"),
  });
  const more = await Store.open(folder, { ...RUN, photos: ["a", "b", "c", "d"] });
  expect(more.run.photos).toHaveLength(4);
  await expect(Store.read(join(folder, "photos"))).rejects.toMatchObject({ fix: expect.stringContaining("evaluate") });
});
