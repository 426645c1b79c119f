import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { describeIgnored } from "../../src/classify/describe-ignored.ts";
import { matchWeights, recogniseTeacher } from "../../src/classify/match-weights.ts";
import { sizeOf } from "../../src/engine/tensor.ts";
import { openWeights } from "../../src/nets/weights/open-weights.ts";
import { findTeacher, type Rename, TEACHERS } from "../../src/zoo/teachers.ts";
import { rejected } from "../support/errors.ts";
import { hollow } from "../support/hollow-file.ts";
import { encodeSafetensors, f32 } from "../support/safetensors-file.ts";

type Library = "torchvision" | "timm";

/** Every floating tensor of the libraries' nets, written by reference/oracles.py. */
const KEYS: Record<string, Record<Library, Record<string, number[]>>> = JSON.parse(
  readFileSync(new URL("../golden/keys.json", import.meta.url), "utf8"),
);
const PUBLISHED = Object.entries(KEYS).flatMap(([net, libraries]) =>
  (Object.keys(libraries) as Library[]).map((library) => [net, library] as const),
);

describe("published key names", () => {
  test("every teacher is among them but the one that comes along", () => {
    expect(Object.keys(KEYS).sort()).toEqual(
      TEACHERS.slice(1)
        .map(({ name }) => name)
        .sort(),
    );
  });

  test.each(PUBLISHED)("%s under %s's names is recognised, and not taken for its neighbours in the list", async (net, library) => {
    const input = hollow((KEYS[net] as Record<Library, Record<string, number[]>>)[library], "model.safetensors");
    expect((await recogniseTeacher(input, "model.safetensors")).definition.name).toBe(net);
    const file = await openWeights(input, "model.safetensors");
    const at = TEACHERS.findIndex(({ name }) => name === net);
    for (const definition of TEACHERS.slice(at - 1, at + 2)) {
      if (definition.name === net) await matchWeights(definition, file);
      else await expect(matchWeights(definition, file), definition.name).rejects.toThrow(/does not hold|has shape/);
    }
  });
});

describe("timm's names", () => {
  test.each(TEACHERS.filter(({ timm }) => timm).map(({ name }) => name))(
    "of %s stand for the same tensors, of the same numbers of values",
    async (name) => {
      const { torchvision, timm } = KEYS[name] as Record<Library, Record<string, number[]>>;
      const rename = (await findTeacher(name).timm?.()) as Rename;
      const renamed = Object.keys(torchvision).map((key) =>
        key.replace(/^(.*)\.(\w+)$/, (_, layer: string, part: string) => rename(layer, part)),
      );
      expect([...renamed].sort()).toEqual(Object.keys(timm).sort());
      expect(renamed.map((key) => sizeOf(timm[key] as number[]))).toEqual(Object.values(torchvision).map(sizeOf));
    },
  );
});

describe("another net's file", () => {
  test("is refused with the first missing and the first unexpected key of the closest naming", async () => {
    const file = await openWeights(
      hollow((KEYS.vgg16 as Record<Library, Record<string, number[]>>).timm, "vgg16.safetensors"),
      "vgg16.safetensors",
    );
    const [vgg19, resnet] = ["vgg19", "resnet50"].map((name) => TEACHERS.find((teacher) => teacher.name === name)) as [
      (typeof TEACHERS)[number],
      (typeof TEACHERS)[number],
    ];
    await expect(matchWeights(vgg19, file)).rejects.toThrow(
      /vgg16\.safetensors does not hold vgg19: it lacks "features\.16\.weight" \(\d+ in all\) and it has an unexpected "features\.17\.weight" \(\d+ in all\)/,
    );
    await expect(matchWeights(resnet, file)).rejects.toThrow(
      /it lacks "conv1\.weight" \(267 in all\) and it has an unexpected "features\.0\.weight" \(32 in all\)/,
    );
  });

  test("of another teacher: the error says of which", async () => {
    const { torchvision } = KEYS.resnet18 as Record<Library, Record<string, number[]>>;
    const file = await openWeights(hollow(torchvision, "weights.safetensors"), "weights.safetensors");
    const vgg16 = TEACHERS.find(({ name }) => name === "vgg16") as (typeof TEACHERS)[number];
    expect(await rejected(matchWeights(vgg16, file))).toMatchObject({
      code: "BAD_WEIGHTS",
      message: expect.stringMatching(/does not hold vgg16: it lacks "features\.0\.weight" .* and it has an unexpected "conv1\.weight"/),
      fix: "These are the weights of resnet18: choose that teacher, or give the weights of vgg16.",
    });
  });

  test("a smaller net is not taken out of a larger one's file", async () => {
    const { torchvision } = KEYS.resnet34 as Record<Library, Record<string, number[]>>;
    const file = await openWeights(hollow(torchvision, "resnet34.safetensors"), "resnet34.safetensors");
    const resnet18 = TEACHERS.find(({ name }) => name === "resnet18") as (typeof TEACHERS)[number];
    await expect(matchWeights(resnet18, file)).rejects.toThrow(/does not hold resnet18: it has an unexpected "layer1\.2\.conv1\.weight"/);
  });

  test("tensors of no teacher are refused", async () => {
    const input = encodeSafetensors({ x: f32([1], [1]) });
    expect(await rejected(recogniseTeacher(input, "x.safetensors"))).toMatchObject({ code: "BAD_WEIGHTS" });
  });
});

describe("a fine-tuned file", () => {
  const lite = () => ({ ...(KEYS.resnet18 as Record<Library, Record<string, number[]>>).torchvision });
  type Shapes = Record<string, number[]>;
  const without = (shapes: Shapes, ...keys: string[]) => Object.fromEntries(Object.entries(shapes).filter(([key]) => !keys.includes(key)));
  const body = () => without(lite(), "fc.weight", "fc.bias");
  const prefixed = (prefix: string, shapes: Shapes) =>
    Object.fromEntries(Object.entries(shapes).map(([key, shape]) => [prefix + key, shape]));
  const facts = async (shapes: Shapes) => {
    const { definition, ...rest } = await recogniseTeacher(hollow(shapes, "mine.safetensors"), "mine.safetensors");
    return { name: definition.name, ...rest };
  };
  const found = { name: "resnet18", classes: 10, channels: 3, published: false, ignored: [] };
  const head = (key: string, rows = 10) => ({ [`${key}.weight`]: [rows, 512], [`${key}.bias`]: [rows] });

  test.each<[string, () => Shapes]>([
    ["with as many classes as its head has rows", () => ({ ...body(), ...head("fc") })],
    ["with its head in a Sequential", () => ({ ...body(), ...head("fc.1") })],
    ["with its head two deep", () => ({ ...body(), ...head("fc.0.1") })],
    ["with a 1x1 convolution for a head", () => ({ ...body(), "fc.weight": [10, 512, 1, 1], "fc.bias": [10] })],
    ["with a head of another name", () => ({ ...body(), ...head("classifier") })],
    ["with a head that has no bias", () => ({ ...body(), "fc.weight": [10, 512] })],
    ["as a backbone beside its head", () => ({ ...prefixed("backbone.", body()), ...head("head.1") })],
    ["as a backbone beside its head, wrapped", () => prefixed("model.", { ...prefixed("backbone.", body()), ...head("head") })],
    ["of DataParallel", () => prefixed("module.", { ...body(), ...head("fc") })],
    ["of torch.compile around DataParallel", () => prefixed("_orig_mod.module.", { ...body(), ...head("fc") })],
    ["of Lightning", () => prefixed("model.net.", { ...body(), ...head("fc") })],
  ])("%s is recognised", async (_, shapes) => expect(await facts(shapes())).toEqual(found));

  test("as it was published is told from others", async () => {
    expect(await facts(lite())).toEqual({ ...found, classes: 1000, published: true });
  });

  test("for grey images has a stem of one channel", async () => {
    expect(await facts({ ...body(), ...head("fc"), "conv1.weight": [64, 1, 7, 7] })).toEqual({ ...found, channels: 1 });
    expect(await rejected(facts({ ...body(), ...head("fc"), "conv1.weight": [64, 2, 7, 7] }))).toMatchObject({
      message: expect.stringMatching(/tensor "conv1\.weight" has shape \[64,2,7,7\] where \[64,3,7,7\] is needed/),
    });
  });

  test("with counters, and with what was trained around the net, is used without them", async () => {
    const counter = "bn1.num_batches_tracked";
    expect(await facts({ ...body(), ...head("fc"), [counter]: [] })).toEqual({ ...found, ignored: [counter] });
    expect(describeIgnored([counter])).toBeUndefined();
    const { ignored } = await facts({ ...prefixed("model.", { ...body(), ...head("fc") }), "loss.weight": [10], "ema.decay": [1] });
    expect(ignored).toEqual(["loss.weight", "ema.decay"]);
    expect(await facts({ ...body(), ...head("fc"), "aux.weight": [7, 512] })).toEqual({ ...found, ignored: ["aux.weight"] });
    expect(describeIgnored(ignored)).toBe('Not used: 2 tensors, such as "loss.weight", outside of the net.');
    expect(describeIgnored(["loss.weight"])).toBe('Not used: the tensor "loss.weight", outside of the net.');
  });

  test.each<[string, () => Shapes, RegExp]>([
    ["without a head", body, /does not hold resnet18: it lacks "fc\.weight" \(2 in all\)\./],
    [
      "with a head of two layers of other names beside a backbone",
      () => ({ ...prefixed("backbone.", body()), ...head("hidden", 256), "out.weight": [10, 256], "out.bias": [10] }),
      /unexpected "out\.weight"/,
    ],
    [
      "with a head of two layers of other names",
      () => ({ ...body(), ...head("hidden", 256), "out.weight": [10, 256], "out.bias": [10] }),
      /unexpected "out\.weight" \(2 in all\)/,
    ],
    [
      "with layers of another net inside",
      () => ({ ...lite(), "layer1.0.se.fc.weight": [4, 64] }),
      /unexpected "layer1\.0\.se\.fc\.weight"/,
    ],
    [
      "with a head of two layers",
      () => ({ ...body(), ...head("fc.0", 256), "fc.2.weight": [10, 256], "fc.2.bias": [10] }),
      /unexpected "fc\.2\.weight" \(2 in all\)/,
    ],
    [
      "beside a head of two layers",
      () => ({ ...prefixed("backbone.", body()), ...head("head.0", 256), "head.2.weight": [10, 256], "head.2.bias": [10] }),
      /unexpected "head\.2\.weight" \(2 in all\)/,
    ],
    [
      "with layers that the net does not have",
      () => ({ ...lite(), "layer1.0.se.weight": [4, 64, 1, 1] }),
      /unexpected "layer1\.0\.se\.weight" \(1 in all\)/,
    ],
    [
      "with a layer of another width",
      () => ({ ...lite(), "layer4.1.conv2.weight": [512, 256, 3, 3] }),
      /"layer4\.1\.conv2\.weight" has shape \[512,256,3,3\] where \[512,512,3,3\] is needed/,
    ],
    [
      "behind a prefix of nobody's",
      () => prefixed("mine.", lite()),
      /it lacks "conv1\.weight" \(100 in all\) and it has an unexpected "mine\.conv1\.weight"/,
    ],
  ])("%s is refused, and what is wrong is named", async (_, shapes, message) => {
    expect(await rejected(facts(shapes()))).toMatchObject({ code: "BAD_WEIGHTS", message: expect.stringMatching(message) });
  });

  test("of no known net says so", async () => {
    const file = hollow({ "encoder.weight": [7, 9], "encoder.bias": [7], "decoder.weight": [9, 7] }, "mine.safetensors");
    expect(await rejected(recogniseTeacher(file, "mine.safetensors"))).toMatchObject({
      code: "BAD_WEIGHTS",
      message: 'mine.safetensors holds 3 tensors, such as "encoder.weight", and matches no known architecture.',
      fix: expect.stringMatching(/efficientnet-lite0.*GraphBuilder/),
    });
  });

  test("of another net is not taken for the one that was asked for", async () => {
    const file = await openWeights(hollow(prefixed("module.", { ...body(), ...head("fc") }), "mine.safetensors"), "mine.safetensors");
    expect(await rejected(matchWeights(findTeacher("resnet50"), file))).toMatchObject({
      message: expect.stringContaining("does not hold resnet50"),
      fix: "These are the weights of resnet18: choose that teacher, or give the weights of resnet50.",
    });
  });

  test("gives its values under the description's names, and zeros for a bias that it does not have", async () => {
    const values = Float32Array.from({ length: 2 * 512 }, (_, i) => i);
    const zeros = Object.entries(body()).map(
      ([key, shape]) => [`model.${key}`, f32(shape, new Float32Array(shape.reduce((a, b) => a * b, 1)))] as const,
    );
    const bytes = encodeSafetensors({ ...Object.fromEntries(zeros), "model.fc.1.weight": f32([2, 512], values) });
    const { source, classes } = await matchWeights(findTeacher("resnet18"), await openWeights(bytes, "mine.safetensors"));
    expect(classes).toBe(2);
    expect(await source.read("fc.weight", [2, 512], 1, 1)).toEqual(values.subarray(512));
    expect(await source.read("fc.bias", [2])).toEqual(new Float32Array(2));
    expect(source.describe?.("fc.weight")).toBe('mine.safetensors: tensor "model.fc.1.weight"');
  });
});
