import { describe, expect, test } from "vitest";
import { IMAGENET_INPUT } from "../../src/classify/input-spec.ts";
import { describeInput, parseInput } from "../../src/page/input-form.ts";
import { isLabels, sortFiles } from "../../src/page/labels.ts";
import { rejected, thrown } from "../support/errors.ts";

const now = describeInput(IMAGENET_INPUT, "softmax");

describe("the form of how photos are taken", () => {
  test("says what is in use", () => {
    expect(now).toEqual({
      ...{ size: "224", channels: "rgb", resize: "crop", share: "0.875", filter: "bilinear", outputs: "softmax" },
      ...{ mean: "0.485, 0.456, 0.406", deviation: "0.229, 0.224, 0.225" },
    });
    const grey = { ...IMAGENET_INPUT, height: 48, width: 192, mean: [0.5, 0.5, 0.5] as const };
    expect(describeInput(grey, "sigmoid")).toMatchObject({ size: "48x192", mean: "0.5", outputs: "sigmoid" });
  });

  test("gives what was changed, and nothing else", () => {
    expect(parseInput(now, now)).toEqual({ input: {} });
    expect(parseInput({ ...now, size: " 48 x 192 ", mean: "0.5", outputs: "sigmoid" }, now)).toEqual({
      input: { height: 48, width: 192, mean: [0.5, 0.5, 0.5] },
      outputs: "sigmoid",
    });
    expect(parseInput({ ...now, size: "96", deviation: ".1,.2,.3", share: "1", resize: "squash", filter: "bicubic" }, now).input).toEqual({
      ...{ height: 96, width: 96, deviation: [0.1, 0.2, 0.3], share: 1, resize: "squash", filter: "bicubic" },
    });
  });

  test.each([
    { size: "0" },
    { size: "48x" },
    { size: "big" },
    { share: "2" },
    { share: "" },
    { mean: "1,2" },
    { mean: "124, 116, 104" },
    { deviation: "" },
    { deviation: "a" },
  ])("%j is refused by name", (change) => {
    expect(thrown(() => parseInput({ ...now, ...change }, now))).toMatchObject({ name: "PageError", fix: expect.any(String) });
  });
});

describe("files that are handed over together", () => {
  const file = (name: string, text: string) => new File([text], name);

  test("are weights, an index of shards, and labels", async () => {
    const [index, shard] = [file("model.safetensors.index.json", '{"weight_map":{"a":"b.safetensors"}}'), file("b.safetensors", "x")];
    expect(await sortFiles([index, shard, file("pets.txt", "cat\ndog")])).toEqual({
      weights: [index, shard],
      labels: { name: "pets.txt", list: ["cat", "dog"], meant: true },
    });
    expect((await sortFiles([shard, file("names.json", '["cat","dog"]')])).labels).toMatchObject({ list: ["cat", "dog"], meant: true });
    expect((await sortFiles([shard, file("config.json", '{"id2label":{"0":"cat"}}')])).labels).toMatchObject({
      list: ["cat"],
      meant: false,
    });
    expect((await sortFiles([shard, file("config.json", "{}")])).labels).toBeUndefined();
    expect(await rejected(sortFiles([file("names.json", "{")]))).toMatchObject({ code: "BAD_OPTION" });
    expect([isLabels({ name: "a.TXT" }), isLabels({ name: "a.jpg" })]).toEqual([true, false]);
  });
});
