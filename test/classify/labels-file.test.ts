import { describe, expect, test } from "vitest";
import { labelsOfConfig, parseLabels } from "../../src/classify/labels-file.ts";
import { thrown } from "../support/errors.ts";

const PETS = ["cat", "dog", "guinea pig"];

describe("labels", () => {
  test.each<[string, string]>([
    ["lines", "cat\ndog\nguinea pig\n"],
    ["lines without an end", "cat\ndog\nguinea pig"],
    ["lines of Windows, with a byte order mark", "\uFEFFcat\r\ndog\r\nguinea pig\r\n\r\n"],
    ["lines of old Macs", "cat\rdog\rguinea pig"],
    ["lines with spaces around", "  cat\ndog  \n guinea pig\n"],
    ["a JSON list", '["cat", "dog", "guinea pig"]'],
    ["an id2label map", '{"0": "cat", "2": "guinea pig", "1": "dog"}'],
    ["a map by name", '{"guinea pig": 2, "cat": 0, "dog": 1}'],
    ["a map to lists", '{"0": ["n0", "cat"], "1": ["n1", "dog"], "2": ["n2", "guinea pig"]}'],
    ["a config with id2label", '{"architectures": ["x"], "id2label": {"0": "cat", "1": "dog", "2": "guinea pig"}, "label2id": {"cat": 5}}'],
    ["a config with label2id alone", '{"label2id": {"dog": 1, "cat": 0, "guinea pig": 2}}'],
    ["a config with label_names", '{"num_classes": 3, "label_names": ["cat", "dog", "guinea pig"]}'],
    ["a config with pretrained_cfg", '{"pretrained_cfg": {"label_names": ["cat", "dog", "guinea pig"]}}'],
  ])("in %s", (_, text) => expect(parseLabels(text, "x")).toEqual(PETS));

  test("may come twice, as ImageNet's cranes do", () => expect(parseLabels("crane\ncrane", "x")).toEqual(["crane", "crane"]));

  test.each<[string, string, RegExp]>([
    ["nothing", "", /holds no labels/],
    ["blanks", " \n\n", /holds no labels/],
    ["an empty list", "[]", /holds no labels/],
    ["an empty line in between", "cat\n\ndog", /class 1 has no name/],
    ["a list of numbers", "[1, 2]", /class 0 has no name but number/],
    ["a gap", '{"0": "cat", "2": "dog"}', /class 1 is missing/],
    ["two names of a class", '{"cat": 0, "dog": 0}', /class 0 is there twice/],
    ["other JSON", '{"cat": true}', /"cat" is neither the index of a class nor has one/],
    ["broken JSON", '{"0": "cat"', /begins like JSON and is not/],
    ["a prototype", '{"__proto__": "cat"}', /neither the index/],
    ["a huge index", '{"99999999": "cat"}', /neither the index/],
    ["a file that is no text of lines", "x".repeat(5000), /a name of 5000 characters/],
  ])("%s is refused", (_, text, message) => {
    expect(thrown(() => parseLabels(text, "pets.txt"))).toMatchObject({
      code: "BAD_OPTION",
      message: expect.stringMatching(new RegExp(`^pets.txt is not a usable list of labels: .*${message.source}`)),
      fix: expect.stringMatching(/one name a line/),
    });
  });

  test("of a config are undefined where it has none", () => {
    for (const text of ["{}", "[]", "null", "no JSON", '{"id2label": null}']) expect(labelsOfConfig(text, "config.json")).toBeUndefined();
    expect(labelsOfConfig('{"id2label": {"0": "cat", "1": "dog"}}', "config.json")).toEqual(["cat", "dog"]);
  });
});
