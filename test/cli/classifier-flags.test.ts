import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Command } from "commander";
import { beforeEach, describe, expect, test } from "vitest";
import { type ClassifierOptions, classifierOptions } from "../../src/cli/classifier-flags.ts";
import { locateClassifier } from "../../src/cli/locate-classifier.ts";
import { weightShapes } from "../../src/graph/graph.ts";
import { findTeacher } from "../../src/zoo/teachers.ts";
import { temporaryFolder } from "../support/command-line.ts";
import { rejected, thrown } from "../support/errors.ts";
import { hollow } from "../support/hollow-file.ts";

type Shapes = Record<string, number[]>;

const OWN = "weights/efficientnet-lite0.safetensors";

let told: string[];

beforeEach(() => {
  told = [];
});

/** The options as the command line reads them. */
function parse(line: string): ClassifierOptions {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  for (const option of classifierOptions()) command.addOption(option);
  return command.parse(line.split(" ").filter(Boolean), { from: "user" }).opts();
}

const locate = (line: string) => locateClassifier(parse(line), new AbortController().signal, (text) => told.push(text));

/** A ResNet-18 whose head has as many rows, without its values. */
async function writeResNet(folder: string, classes: number, channels = 3, edit = (shapes: Shapes) => shapes): Promise<string> {
  const nodes = await findTeacher("resnet18").nodes({ input: [224, 224, channels], classes });
  const source = hollow(edit(Object.fromEntries([...weightShapes(nodes)].map(([key, shape]) => [key, [...shape]]))), "x");
  const path = join(folder, "model.safetensors");
  const whole = new Uint8Array(source.size);
  whole.set(await source.read(0, source.size));
  await writeFile(path, whole);
  return path;
}

describe("flags", () => {
  test.each<[string, string]>([
    ["--teacher efficientnet-lite0", "--model efficientnet-lite0"],
    [`--teacher ${OWN}`, `--model ${OWN}`],
    [`--weights ${OWN}`, `--model ${OWN}`],
    [`--teacher efficientnet-lite0 --weights ${OWN}`, `--model efficientnet-lite0 --weights ${OWN}`],
    ["--fit squash", "--resize squash"],
    ["--fit crop", "--resize crop:0.875"],
  ])("%s means %s", async (former, now) => {
    const [before, after] = [await locate(former), await locate(now)];
    expect(before.weights).toEqual(after.weights);
    expect(before.input).toEqual(after.input);
  });

  test("none at all are the built-in net, as it was trained", async () => {
    const { weights, input, labels, outputs } = await locate("");
    expect(weights.teacher.name).toBe("efficientnet-lite0");
    expect(input).toEqual(weights.teacher.input);
    expect([labels.length, labels[281], outputs]).toEqual([1000, "tabby, tabby cat", "softmax"]);
  });

  test("say how photos are taken", async () => {
    const { input, outputs } = await locate(
      "--size 48x192 --channels bgr --resize crop:1 --filter bicubic --mean 0.5 --deviation .1,.2,.3 --outputs sigmoid",
    );
    expect(input).toEqual({
      ...{ height: 48, width: 192, channels: "bgr", resize: "crop", share: 1, filter: "bicubic" },
      ...{ mean: [0.5, 0.5, 0.5], deviation: [0.1, 0.2, 0.3] },
    });
    expect(outputs).toBe("sigmoid");
    expect((await locate("--size 96")).input).toMatchObject({ height: 96, width: 96 });
  });

  test.each([
    "--size 4x",
    "--size x4",
    "--size 0",
    "--size 99999",
    "--size 1.5",
    "--resize squash:1",
    "--resize crop:",
    "--resize crop:0",
    "--resize crop:1:1",
    "--mean 1,2",
    "--mean ,,",
    "--mean a,b,c",
    "--mean 123.7,116.3,103.5",
    "--deviation 0",
    "--deviation -1",
    "--channels RGB",
    "--filter nearest",
    "--outputs tanh",
  ])("%s is refused", (line) => {
    expect(thrown(() => parse(line))).toMatchObject({ name: "CommanderError" });
  });
});

describe("a file of one's own", () => {
  test("has its own classes, which --labels or a config.json beside it name", async () => {
    const folder = await temporaryFolder();
    const path = await writeResNet(folder, 3);
    expect((await locate(`--model ${path}`)).labels).toEqual(["class 0", "class 1", "class 2"]);
    const config = join(folder, "config.json");
    await writeFile(config, '{"id2label": {"0": "cat", "1": "dog", "2": "fish"}}');
    expect((await locate(`--model ${path}`)).labels).toEqual(["cat", "dog", "fish"]);
    expect((await locate(`--model ${folder}`)).labels).toEqual(["cat", "dog", "fish"]);
    const mine = join(folder, "mine.txt");
    await writeFile(mine, "Katze\nHund\nFisch\n");
    expect((await locate(`--model ${path} --labels ${mine}`)).labels).toEqual(["Katze", "Hund", "Fisch"]);
    await writeFile(mine, "Katze\nHund\n");
    expect(await rejected(locate(`--model ${path} --labels ${mine}`))).toMatchObject({
      code: "BAD_OPTION",
      message: "There are 2 labels, and the classifier has 3 classes.",
    });
    expect(told).toEqual([]);
    await writeFile(config, '{"id2label": {"0": "cat", "1": "dog"}}');
    expect((await locate(`--model ${path}`)).labels).toEqual(["class 0", "class 1", "class 2"]);
    expect(told).toEqual([`Not used: the 2 labels in ${config}, since the classifier has 3 classes.`]);
  });

  test("of a single channel is grey, of a single output two classes", async () => {
    const path = await writeResNet(await temporaryFolder(), 1, 1);
    const { input, labels, outputs } = await locate(`--model ${path}`);
    expect(input).toMatchObject({ channels: "grey" });
    expect(input.mean).toEqual([0, 1, 2].map(() => (0.485 + 0.456 + 0.406) / 3));
    expect([labels, outputs]).toEqual([["class 0", "not class 0"], "sigmoid"]);
    expect(await rejected(locate(`--model ${path} --outputs softmax`))).toMatchObject({ fix: 'Choose the outputs "sigmoid".' });
    expect(await rejected(locate(`--model ${path} --mean 0.1,0.2,0.3`))).toMatchObject({ fix: expect.stringContaining("the same number") });
  });

  test("with tensors that are not the net's says so", async () => {
    const path = await writeResNet(await temporaryFolder(), 3, 3, (shapes) => ({
      ...Object.fromEntries(Object.entries(shapes).map(([key, shape]) => [`model.${key}`, shape])),
      "decoder.weight": [4],
    }));
    expect((await locate(`--model ${path}`)).weights.teacher.name).toBe("resnet18");
    expect(told).toEqual(['Not used: the tensor "decoder.weight", outside of the net.']);
  });
});
