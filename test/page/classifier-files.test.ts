import { describe, expect, test } from "vitest";
import { fitLabels, sortFiles } from "../../src/page/classifier-files.ts";
import { rejected } from "../support/errors.ts";

const file = (name: string, content: BlobPart = "") => new File([content], name);
const weights = file("model.safetensors");
const index = file("model.safetensors.index.json", "{}");
const renamedIndex = file("index (1).json", '{"metadata": {}, "weight_map": {}}');
const list = file("labels.txt", "cat\ndog\n");
const json = file("names.json", '{"0": "tom", "1": "rex"}');
const config = file("config.json", '{"id2label": {"0": "a", "1": "b", "2": "c"}}');
const bareConfig = file("preprocessor_config (2).json", '{"size": 224}');

describe("files that are handed over together", () => {
  test.for([
    ["a list of labels", [weights, list], ["cat", "dog"]],
    ["labels in JSON", [json, weights], ["tom", "rex"]],
    ["a config's labels", [config, bareConfig, weights], ["a", "b", "c"]],
    ["a list rather than a config", [config, list, weights], ["cat", "dog"]],
    ["labels alone", [list], ["cat", "dog"]],
    ["no labels", [weights, bareConfig], undefined],
    ["no labels, but an index", [weights, index, renamedIndex], undefined],
  ] as const)("hold %s", async ([, files, labels]) => {
    const sorted = await sortFiles(files);
    expect(sorted.labels?.labels).toEqual(labels);
    expect(sorted.weights).toEqual(files.filter((each) => [weights, index, renamedIndex].includes(each)));
  });

  test.for([
    ["two lists", [weights, list, json], /^Both labels\.txt and names\.json name classes\. Give one/],
    ["a list in another encoding", [file("latin.txt", Uint8Array.of(0x63, 0xe9))], /^latin\.txt cannot be read as UTF-8 text\. /],
    ["an empty list", [file("none.txt")], /^none\.txt is not a usable list of labels: it holds no labels\. /],
    ["broken JSON", [weights, file("l.json", "[1")], /^l\.json is not a usable list of labels: it begins like JSON and is not/],
    ["a config without labels", [bareConfig], /^preprocessor_config \(2\)\.json names no classes\. /],
  ] as const)("with %s are refused", async ([, files, says]) => {
    const { message, fix } = (await rejected(() => sortFiles(files))) as Error & { fix: string };
    expect(`${message} ${fix}`).toMatch(says);
  });

  test("a config's labels count where they fit, a list's always", async () => {
    const [ofConfig, ofList] = [(await sortFiles([config])).labels, (await sortFiles([list])).labels];
    expect(fitLabels(ofConfig, 3)).toEqual({ labels: ["a", "b", "c"], unused: [] });
    expect(fitLabels(ofConfig, 10)).toEqual({
      labels: undefined,
      unused: ["Not used: the 3 labels in config.json, since the classifier has 10 classes."],
    });
    expect(fitLabels(ofList, 10)).toEqual({ labels: ["cat", "dog"], unused: [] });
    expect(fitLabels(ofList && { ...ofList, config: true }, 1)).toEqual({ labels: ["cat", "dog"], unused: [] });
    expect(fitLabels(undefined, 10)).toEqual({ labels: undefined, unused: [] });
  });
});
