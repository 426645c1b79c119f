import { execFile } from "node:child_process";
import { copyFile, mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import sharp from "sharp";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { isAlone, listPhotos } from "../../src/cli/list-photos.ts";
import { mark } from "../../src/cli/mark.ts";
import { runHere, temporaryFolder } from "../support/command-line.ts";
import { fakeRuntime } from "../support/fake-runtime.ts";

const { open } = vi.hoisted(() => ({ open: vi.fn() }));
vi.mock("../../src/cli/runtime.ts", async (original) => ({ ...(await original<object>()), openRuntime: open }));

let folder: string;
let said: string[];
beforeEach(async () => {
  folder = await temporaryFolder();
  said = [];
});

const inside = (name: string) => join(folder, name);
const say = (line: string) => void said.push(line);

async function fill(...names: string[]): Promise<void> {
  for (const name of names) {
    await mkdir(dirname(inside(name)), { recursive: true });
    await writeFile(inside(name), "");
  }
}

const list = async (...sources: string[]) =>
  (await listPhotos(sources.length > 0 ? sources.map(inside) : [folder], say)).map(({ path, name }) => [relative(folder, path), name]);

describe("photos of a folder", () => {
  test("keep the path of their class", async () => {
    await fill("dog/1.jpg", "cat/1.jpg", "cat/deep/2.JPG", "0.jfif", "3.jpe");
    expect(await list()).toEqual([
      ["0.jfif", "0"],
      ["3.jpe", "3"],
      ["cat/1.jpg", "cat/1"],
      ["cat/deep/2.JPG", "cat/deep/2"],
      ["dog/1.jpg", "dog/1"],
    ]);
    expect(said).toEqual([]);
  });

  test("of several folders keep those folders' names, and photos named one by one have theirs", async () => {
    await fill("cat/1.jpg", "dog/1.jpg", "single.png");
    const all = [
      ["cat/1.jpg", "cat/1"],
      ["dog/1.jpg", "dog/1"],
      ["single.png", "single"],
    ];
    expect(await list("cat", "dog", "single.png")).toEqual(all);
    expect(await list("cat")).toEqual([["cat/1.jpg", "1"]]);
    expect(await list("cat", "cat/1.jpg")).toEqual([["cat/1.jpg", "1"]]);
    expect(await list("cat/1.jpg", "cat")).toEqual([["cat/1.jpg", "1"]]);
  });

  test("that differ in the ending alone keep it", async () => {
    await fill("a/1.jpg", "a/1.png", "a/2.png", "b/1.jpg");
    expect((await list()).map(([, name]) => name)).toEqual(["a/1.jpg", "a/1.png", "a/2", "b/1"]);
  });

  test("of any name have names that every platform takes", async () => {
    await fill(`it's "1".jpg`, "a b/ü 猫.jpg", "line\nbreak.jpg", "con/x.jpg", "-.png", "100%.jpg");
    expect((await list()).map(([, name]) => name).sort()).toEqual(["it's _1_", "a b/ü 猫", "line break", "con_/x", "-", "100%"].sort());
  });
});

describe("what is no photo", () => {
  test("is counted and named in one line", async () => {
    await fill(
      "1.jpg",
      "._1.jpg",
      "a/._2.jpg",
      ".DS_Store",
      "2.heic",
      "3.HEIC",
      "4.heic",
      "notes.txt",
      "README",
      ".git/x.jpg",
      "bad\n.x\ny",
    );
    await writeFile(
      inside("mine.overlay.png"),
      mark(
        "a.png",
        await sharp({ create: { width: 1, height: 1, channels: 3, background: "red" } })
          .png()
          .toBuffer(),
      ),
    );
    await symlink("nowhere", inside("gone.jpg"));
    await promisify(execFile)("mkfifo", [inside("pipe.jpg")]);
    expect(await list()).toEqual([["1.jpg", "1"]]);
    expect(said).toEqual([
      `Skipped in ${folder}: 3 .heic (save as JPEG to use), 2 ._*, 1 .DS_Store, 1 .git, 1 .txt, 1 .x\\ny, 1 links to nothing, 1 made by relabel, 2 others`,
    ]);
  });

  test("does not make a folder of photos: the error says what was looked for", async () => {
    await fill("a/1.heic");
    await expect(list()).rejects.toMatchObject({
      message: `There are no photos in ${folder}, nor in folders within it (skipped 1 .heic (save as JPEG to use))`,
      fix: "Name a folder with .jpg, .jpeg, .jpe, .jfif, .png, .webp, .avif, .gif, .tif, .tiff files.",
    });
  });
});

test("links: circles end, a folder is read once and under its own name, photos may be links", async () => {
  await fill("photos/z/1.jpg");
  await symlink("..", inside("photos/z/up"));
  await symlink(".", inside("photos/here"));
  await symlink("z", inside("photos/a"));
  await symlink("z/1.jpg", inside("photos/2.jpg"));
  await fill("elsewhere/3.jpg");
  await symlink("../elsewhere", inside("photos/linked"));
  expect(await list("photos")).toEqual([
    ["photos/2.jpg", "2"],
    ["photos/linked/3.jpg", "linked/3"],
    ["photos/z/1.jpg", "z/1"],
  ]);
});

test("a report stands alone where one photo was named, and not where a folder with one was", async () => {
  await fill("1.jpg");
  expect(isAlone([inside("1.jpg")], await listPhotos([inside("1.jpg")], say))).toBe(true);
  expect(isAlone([folder], await listPhotos([folder], say))).toBe(false);
});

describe("commands", () => {
  beforeEach(async () => {
    const top5 = [{ index: 7, label: "cock", probability: 0.5 }];
    const runtime = fakeRuntime();
    const more = { top5, settings: {}, samples: 8, seed: 0, memory: { budget: 1, peak: 1 }, method: "rise" };
    const explain: typeof runtime.explain = async (...given) => ({ ...(await runtime.explain(...given)), ...more });
    open.mockImplementation(async () => ({ ...runtime, explain, classify: async () => ({ top5 }) }));
    const image = inside("1.jpg");
    await sharp({ create: { width: 32, height: 20, channels: 3, background: "red" } }).toFile(image);
    for (const name of ["in/cat/1.jpg", "in/dog/1.jpg", "in/dog/odd\n'1'.jfif"]) {
      await mkdir(dirname(inside(name)), { recursive: true });
      await copyFile(image, inside(name));
    }
    await writeFile(inside("in/.DS_Store"), "");
  });

  test("explain writes a folder's results under the photos' paths, and nothing over another", async () => {
    const { code, stdout, stderr } = await runHere(["explain", inside("in"), "--method", "rise", "--out", inside("out")]);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain(`Skipped in ${inside("in")}: 1 .DS_Store\n`);
    expect(stdout).toContain(`odd\\n'1'.jfif, seen by`);
    const files = ["cat/1", "dog/1", "dog/odd '1'"].flatMap((name) => [".json", ".map.npy", ".overlay.png"].map((end) => name + end));
    const written = await readdir(inside("out"), { recursive: true, withFileTypes: true });
    const paths = written.filter((entry) => entry.isFile()).map((entry) => relative(inside("out"), join(entry.parentPath, entry.name)));
    expect(paths.sort()).toEqual(files.sort());
  });

  test("classify prints a row for each of a folder's photos", async () => {
    const { code, stdout } = await runHere(["classify", inside("in"), "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).map(({ image }: { image: string }) => relative(folder, image))).toEqual([
      "in/cat/1.jpg",
      "in/dog/1.jpg",
      "in/dog/odd\n'1'.jfif",
    ]);
  });

  test("a file where a class's folder would be is refused before anything is computed", async () => {
    await mkdir(inside("out"));
    await writeFile(inside("out/dog"), "");
    open.mockClear();
    const running = runHere(["explain", inside("in"), "--out", inside("out")]);
    await expect(running).rejects.toThrow(/dog is not a folder that can be written to$/);
    expect(open).not.toHaveBeenCalled();
  });
});
