import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ElementHandle } from "puppeteer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { recogniseTeacher } from "../../src/faces/all.ts";
import { isOfClassifier } from "../../src/page/classifier-files.ts";
import { gatherWeights } from "../../src/page/weights-files.ts";
import { rejected, thrown } from "../support/errors.ts";
import { encodeSafetensors } from "../support/safetensors-file.ts";
import { mobilenetTensors } from "./mobilenet-file.ts";
import { Visitor } from "./visitor.ts";

const entries = Object.entries(mobilenetTensors());
const shards = [entries.slice(0, 100), entries.slice(100)].map((part) => encodeSafetensors(Object.fromEntries(part)));
const shardFiles = (name = (index: number) => `model-0000${index + 1}-of-00002.safetensors`) =>
  shards.map((content, index) => new File([content], name(index)));
/** An index in which the first files hold what the shards do. */
const index = (names: readonly string[]) => {
  const map = Object.fromEntries(entries.map(([key], at) => [key, names[at < 100 ? 0 : 1] ?? names[0]]));
  return new File([JSON.stringify({ weight_map: map })], "model.safetensors.index.json");
};

test("weights and labels are told from photos by their names", () => {
  const names = [
    "a.safetensors",
    "B.SAFETENSORS",
    "model.safetensors.index.json",
    "a.pth",
    "a.pt",
    "a.bin",
    "labels.txt",
    "config.json",
    "cat.jpg",
    "cat",
    "safetensors.png",
  ];
  expect(names.filter((name) => isOfClassifier({ name }))).toEqual(names.slice(0, 8));
});

describe("files that belong together", () => {
  test.for([
    ["with their index", [...shardFiles(), index(shardFiles().map(({ name }) => name))]],
    ["without one", shardFiles()],
    ["under the names that a browser gives to second downloads", shardFiles((at) => `model (${at}).safetensors`)],
  ] as const)("shards %s are one net", async ([, files]) => {
    const { name, input } = gatherWeights(files);
    expect((await recogniseTeacher(input, name)).definition.name).toBe("mobilenet_v2");
  });

  test.for([
    ["an index without shards", [index(["a.safetensors"])], /only says which files hold the weights\. Give the \.safetensors files/],
    ["a shard and a photo's sidecar", [...shardFiles(), new File(["x"], "notes.pth")], /^notes\.pth is no part of a sharded model/],
    [
      "half of the shards",
      [shardFiles()[0] as File, index(shardFiles().map(({ name }) => name))],
      /names model-00002-of-00002\.safetensors/,
    ],
  ] as const)("%s says what is missing", async ([, files, says]) => {
    const error = (thrown(() => gatherWeights(files)) ??
      (await rejected(async () => recogniseTeacher(gatherWeights(files).input, "x")))) as Error & { fix: string };
    expect(`${error.message} ${error.fix}`).toMatch(says);
  });
});

describe("weights that are handed to the page", { timeout: 300_000 }, () => {
  let visitor: Visitor;

  beforeAll(async () => {
    visitor = await Visitor.arrive();
    await visitor.load();
    await visitor.openSample("Cat");
  }, 180_000);

  afterAll(() => visitor?.leave(), 60_000);

  /** Drops a file whose content an expression in the page gives. */
  const drop = (name: string, content: string) =>
    visitor.page.evaluate(`(async () => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([${content}], "${name}"));
      document.body.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer }));
    })()`);
  const EFFICIENTNET = `await (await fetch("/weights/efficientnet-lite0.safetensors")).blob()`;

  /** With NaN for the last value of the file's last tensor. */
  const SPOILT = `await (async () => {
      const bytes = new Uint8Array(await (${EFFICIENTNET}).arrayBuffer());
      bytes.set([0, 0x7e], bytes.length - 2);
      return bytes;
    })()`;

  test.for([
    ["nan.safetensors", SPOILT, /^nan\.safetensors: tensor "conv_stem\.weight" holds NaN at index 863, \[31, 2, 2, 2\]\. Fetch or save/],
    ["half.safetensors", `(${EFFICIENTNET}).slice(0, 5e6)`, /^half\.safetensors is not a usable safetensors file: .*truncated/],
    ["resnet50.pth", `"PK\\x03\\x04archive/data.pkl"`, /^resnet50\.pth is a PyTorch checkpoint.*Convert it/],
    ["page.safetensors", `"<!doctype html><title>Sign in</title>"`, /^page\.safetensors .*web page/],
  ] as const)("%s is refused with its fix, and the classifier goes on", async ([name, content, says]) => {
    await drop(name, content);
    expect(await visitor.read("#problem p", new RegExp(name))).toMatch(says);
    expect(await visitor.text("#top5")).toMatch(/cat/);
    await visitor.click("#problem-dismiss");
    await visitor.openSample("Coffee");
    expect(await visitor.read("#top5", /espresso/)).toMatch(/espresso|cup/);
    await visitor.openSample("Cat");
    await visitor.read("#top5", /cat/);
  });

  test("a dropped file is recognised, used, and named beside the classifier", async () => {
    await drop("my own.safetensors", EFFICIENTNET);
    await visitor.page.waitForFunction(() => /from my own/.test(document.querySelector("#teacher option")?.textContent ?? ""));
    expect(await visitor.text("#teacher option")).toBe("efficientnet-lite0 – from my own.safetensors");
    expect(await visitor.read("#top5", /cat/)).toMatch(/cat.*89%/);
    expect(await visitor.visible("#problem")).toBe(false);
    expect(await visitor.text("#stored-total")).toBe("Weights: none stored");
  });

  test("shards from the picker replace the classifier, which can be chosen again", async () => {
    const paths = shards.map((_, at) => join(visitor.folder, `model-0000${at + 1}-of-00002.safetensors`));
    await Promise.all(paths.map((path, at) => writeFile(path, new Uint8Array(shards[at] as ArrayBuffer))));
    await visitor.click("#weights summary");
    const picker = (await visitor.page.$("#weights-file")) as ElementHandle<HTMLInputElement>;
    await picker.uploadFile(...paths);
    await visitor.read("#adapter", /^mobilenet_v2 on/);
    await visitor.page.waitForSelector("#top5 li");
    expect(await visitor.text("#teacher option:checked")).toBe("mobilenet_v2 – from model-00001-of-00002.safetensors and 1 more");
    await visitor.page.select("#teacher", "efficientnet-lite0");
    await visitor.click("#teacher-use");
    await visitor.read("#adapter", /^efficientnet-lite0 on/);
    expect(await visitor.read("#top5", /cat/)).toMatch(/89%/);
  });

  test("during an explanation weights wait", async () => {
    await visitor.fill("#samples-count", "5000");
    await visitor.click("#start");
    await visitor.read("#run");
    await drop("mine.safetensors", EFFICIENTNET);
    expect(await visitor.read("#problem p", /wait/)).toBe("Another classifier has to wait for the explanation under way. Stop it first.");
    expect(await visitor.visible("#run")).toBe(true);
  });

  test("nothing went wrong unseen", () => {
    expect(visitor.errors).toEqual([]);
  });
});
