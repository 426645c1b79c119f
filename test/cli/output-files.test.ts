import { execFile } from "node:child_process";
import { link, lstat, mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import sharp from "sharp";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { explain } from "../../src/cli/commands/explain.ts";
import { CommandError } from "../../src/cli/errors.ts";
import { replaceFiles } from "../../src/cli/files.ts";
import type { ExplainCommandOptions } from "../../src/cli/flags.ts";
import { isMarked } from "../../src/cli/mark.ts";
import { stemOf } from "../../src/cli/names.ts";
import { checkFolder, Outputs } from "../../src/cli/output-files.ts";
import { buildProgram } from "../../src/cli/program.ts";
import { reportError } from "../../src/cli/report-error.ts";
import { captureOutput, temporaryFolder } from "../support/command-line.ts";
import { fakeRuntime } from "../support/fake-runtime.ts";

const { open } = vi.hoisted(() => ({ open: vi.fn() }));
vi.mock("../../src/cli/runtime.ts", async (original) => ({ ...(await original<object>()), openRuntime: open }));

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
});

const inside = (name: string) => join(folder, name);

describe("all files or none", () => {
  test.each([
    ["a folder in a file's place", "b/deep.txt"],
    ["a name that is too long", "b".repeat(300)],
  ])("%s: what was there is there again", async (_, bad) => {
    await mkdir(inside("b"));
    await mkdir(inside("blocked/x"), { recursive: true });
    await writeFile(inside("a"), "old");
    await writeFile(inside("stale"), "stale");
    const contents = new Map(
      [
        ["a", "new"],
        ["fresh", "new"],
        [bad.startsWith("b/") ? "blocked" : bad, "new"],
      ].map(([name, text]) => [inside(name as string), text as string]),
    );
    await expect(replaceFiles(contents, [inside("stale")])).rejects.toThrow();
    expect((await readdir(folder)).sort()).toEqual(["a", "b", "blocked", "stale"]);
    expect(await readFile(inside("a"), "utf8")).toBe("old");
    expect(await readFile(inside("stale"), "utf8")).toBe("stale");
  });

  test("a link is replaced, and not what it leads to", async () => {
    await writeFile(inside("theirs"), "theirs");
    await symlink("theirs", inside("a"));
    await replaceFiles(new Map([[inside("a"), "ours"]]));
    expect(await readFile(inside("theirs"), "utf8")).toBe("theirs");
    expect((await lstat(inside("a"))).isSymbolicLink()).toBe(false);
  });
});

describe("outputs", () => {
  const check = (images: string[], options: { force?: boolean; weights?: string } = {}) =>
    Outputs.check(
      images.map((path) => ({ path, name: stemOf(path) })),
      (name) => [inside(`${name}.json`), inside(`${name}.overlay.png`)],
      { out: folder, ...options },
    );

  test("a file of others is refused, before anything is computed and when it appears later, unless forced", async () => {
    const outputs = await check(["cat.jpg"]);
    await writeFile(inside("cat.json"), '{"boxes": []}');
    const write = () => outputs.write(new Map([[inside("cat.json"), "{}"]]));
    await expect(write()).rejects.toMatchObject({
      message: `${inside("cat.json")} exists and carries no mark of relabel`,
      fix: expect.stringContaining("--force"),
    });
    await writeFile(inside("cat.overlay.png"), "mine");
    await expect(check(["cat.jpg"])).rejects.toMatchObject({
      message: expect.stringContaining("cat.json exists and carries no mark of relabel (and 1 more such files)"),
    });
    const forced = await check(["cat.jpg"], { force: true });
    await forced.write(new Map([[inside("cat.json"), "{}{"]]), [inside("cat.overlay.png")]);
    expect(await readdir(folder)).toEqual(["cat.json"]);
    await check(["cat.jpg"]);
  });

  test("what is ours is replaced", async () => {
    const outputs = await check(["cat.jpg"]);
    for (const value of [1, 2]) await outputs.write(new Map([[inside("cat.json"), `{"value": ${value}}`]]));
    expect(JSON.parse(await readFile(inside("cat.json"), "utf8"))).toMatchObject({ value: 2 });
  });

  test.each<[string, (path: string) => Promise<unknown>]>([
    ["itself", async (path) => writeFile(path, "photo")],
    [
      "a link to it",
      async (path) => {
        await writeFile(inside("photo"), "photo");
        await symlink("photo", path);
      },
    ],
    [
      "its second name",
      async (path) => {
        await writeFile(inside("photo"), "photo");
        await link(inside("photo"), path);
      },
    ],
  ])("an input is never overwritten, not even with --force: %s", async (_, make) => {
    await make(inside("cat.overlay.png"));
    const image = (await readdir(folder)).includes("photo") ? inside("photo") : inside("cat.overlay.png");
    await expect(check([inside("cat.jpg"), image], { force: true })).rejects.toMatchObject({
      message: `${inside("cat.overlay.png")} would be overwritten, and this run reads it`,
    });
  });

  test("weights are inputs, too", async () => {
    await mkdir(inside("weights"));
    await writeFile(inside("weights/model.safetensors.index.json"), "{}");
    await link(inside("weights/model.safetensors.index.json"), inside("cat.json"));
    for (const weights of ["weights", "weights/model.safetensors.index.json"]) {
      await expect(check(["cat.jpg"], { force: true, weights: inside(weights) })).rejects.toThrow("this run reads it");
    }
  });

  test("a link, a folder and a pipe are no files of ours", async () => {
    await symlink("nowhere", inside("cat.json"));
    await expect(check(["cat.jpg"])).rejects.toThrow("carries no mark");
    await mkdir(inside("dog.json"));
    await expect(check(["dog.jpg"], { force: true })).rejects.toMatchObject({ message: `${inside("dog.json")} is a folder` });
    await promisify(execFile)("mkfifo", [inside("eel.json")]);
    await expect(check(["eel.jpg"])).rejects.toThrow("carries no mark");
  });

  test("two images of one name, by any file system's rules, are refused", async () => {
    for (const twin of ["b/cat.png", "Cat.jpg", "b/CAT.webp"]) {
      await expect(check(["a/cat.jpg", twin])).rejects.toMatchObject({
        message: expect.stringContaining(`a/cat.jpg and ${twin} would both write `),
      });
    }
    await expect(check(["..jpg", "_.png"])).rejects.toThrow("would both write");
  });

  test("a name that is too long is refused; one that just fits is written", async () => {
    const longest = "x".repeat(255 - ".overlay.png".length);
    const outputs = await check([`${longest}.jpg`]);
    await outputs.write(new Map([[inside(`${longest}.overlay.png`), new Uint8Array(40)]]));
    await expect(check([`${longest}y.jpg`])).rejects.toMatchObject({
      message: expect.stringMatching(/too long for a file name \(256 bytes, at most 255\)$/),
      fix: "Shorten the name by 1 bytes.",
    });
    await expect(check([`${"ü".repeat(125)}.jpg`])).rejects.toThrow("(262 bytes");
  });

  test("a file in the folder's place is refused", async () => {
    await writeFile(inside("out"), "");
    await expect(Outputs.check([], () => [], { out: inside("out/deep") })).rejects.toMatchObject({
      message: expect.stringContaining("is not a folder that can be written to"),
    });
  });
});

describe("commands", () => {
  const never = new AbortController().signal;
  let told: string;

  beforeEach(async () => {
    open.mockReset().mockImplementation(async () => ({
      ...fakeRuntime(),
      classify: async () => ({ top5: [{ index: 7, label: "cock", probability: 0.5 }] }),
    }));
    await sharp({ create: { width: 8, height: 8, channels: 3, background: "red" } }).toFile(inside("cat.jpg"));
    told = "";
    return captureOutput((text) => {
      told += text;
    });
  });

  const run = (...args: string[]) =>
    buildProgram(never)
      .parseAsync(["node", "relabel", ...args])
      .catch(reportError);

  test.each([
    ["explain", "cat.json"],
    ["explain", "cat.overlay.png"],
    ["explain", "cat.map.npy"],
    ["explain --profile", "cat.trace.json"],
    ["explain --method rise,lime", "cat.methods.png"],
    ["explain --method rise,lime", "cat.lime.map.npy"],
    ["explain --scores=rise", "cat.methods.json"],
    ["check", "cat.check.md"],
    ["check", "cat.check.json"],
    ["tsne", "cat.tsne.html"],
    ["tsne", "cat.tsne.png"],
    ["profile explain", "cat.profile.md"],
    ["profile classify", "cat.trace.json"],
    ["evaluate", "run.json"],
    ["evaluate", "insertion.svg"],
    ["evaluate", "table.csv"],
  ])("%s leaves somebody's %s alone, and computes nothing", async (command, name) => {
    await writeFile(inside(name), "theirs");
    await run(...command.split(" "), inside("cat.jpg"), "--out", folder);
    expect(told).toMatch(new RegExp(`^error: .*${name} exists and carries no mark of relabel\\. Name another folder`, "m"));
    expect(open).not.toHaveBeenCalled();
    expect(await readFile(inside(name), "utf8")).toBe("theirs");
  });

  test("explain beside its photos: ours is replaced, an overlay that is an input is not, and a map that is theirs is not removed", async () => {
    const options = { out: folder, runtime: "node", tuning: false } as ExplainCommandOptions;
    const only = (image: string, more: object = {}) => explain([inside(image)], { ...options, method: ["rise"], ...more }, never);
    open.mockImplementation(async () => ({
      ...fakeRuntime(),
      classify: async () => ({ top5: [{ index: 7, label: "cock", probability: 0.5 }] }),
      explain: async () => ({
        ...{
          map: new Float32Array(256),
          input: new Uint8ClampedArray(1024),
          height: 16,
          width: 16,
          method: "rise",
          settings: {},
          top5: [],
        },
        ...{ passes: { forward: 1, backward: 0 }, seconds: { total: 1 }, memory: { budget: 1, peak: 1 }, samples: 8 },
        target: { index: 7, label: "cock", probability: 0.5 },
      }),
    }));
    await only("cat.jpg");
    await only("cat.jpg");
    expect((await readdir(folder)).sort()).toEqual(["cat.jpg", "cat.json", "cat.map.npy", "cat.overlay.png"]);
    await expect(explain([inside("cat.jpg"), inside("cat.overlay.png")], { ...options, force: true }, never)).rejects.toThrow(
      "this run reads it",
    );
    await rm(inside("cat.overlay.png"));
    await expect(only("cat.jpg")).rejects.toBeInstanceOf(CommandError);
    await only("cat.jpg", { force: true });
    expect(await isMarked(inside("cat.map.npy"))).toBe(true);
  });
});

test("a folder that a link without an end stands for is refused before anything is computed", async () => {
  await symlink("nowhere", inside("dangling"));
  for (const out of ["dangling", "dangling/deeper"]) {
    await expect(checkFolder(inside(out))).rejects.toThrow(/dangling is not a folder that can be written to$/);
  }
  await expect(checkFolder(inside("fresh/deeper"))).resolves.toBeUndefined();
});
