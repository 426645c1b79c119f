import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { TEACHERS } from "../../src/nets/teachers.ts";
import { matchWeights, openWeights, recogniseTeacher } from "../../src/nets/weights.ts";
import { rejected, thrown } from "../support/errors.ts";
import { encodeSafetensors, f32, type StoredTensor } from "../support/safetensors-file.ts";

type Library = "torchvision" | "timm";

/** Every floating tensor of the libraries' nets, written by train/oracles.py. */
const KEYS: Record<string, Record<Library, Record<string, number[]>>> = JSON.parse(
  readFileSync(new URL("../golden/keys.json", import.meta.url), "utf8"),
);
const PUBLISHED = Object.keys(KEYS).flatMap((net) => (["torchvision", "timm"] as const).map((library) => [net, library] as const));

/** A source that has a header and pretends to have the data behind it. */
function hollow(shapes: Record<string, number[]>, name: string) {
  let at = 0;
  const header: Record<string, unknown> = {};
  for (const [key, shape] of Object.entries(shapes)) {
    const bytes = 4 * shape.reduce((product, extent) => product * extent, 1);
    header[key] = { dtype: "F32", shape, data_offsets: [at, at + bytes] };
    at += bytes;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const head = new Uint8Array(8 + text.length);
  new DataView(head.buffer).setBigUint64(0, BigInt(text.length), true);
  head.set(text, 8);
  return { name, size: head.length + at, read: async (start: number, end: number) => head.slice(start, end) };
}

describe("published key names", () => {
  test("every teacher of the hub is among them", () => {
    expect(Object.keys(KEYS).sort()).toEqual(
      TEACHERS.filter(({ hub }) => hub)
        .map(({ name }) => name)
        .sort(),
    );
  });

  test.each(PUBLISHED)("%s under %s's names is recognised, and by no other teacher's", async (net, library) => {
    const input = hollow((KEYS[net] as Record<Library, Record<string, number[]>>)[library], "model.safetensors");
    expect((await recogniseTeacher(input, "model.safetensors")).name).toBe(net);
    const file = await openWeights(input, "model.safetensors");
    for (const definition of TEACHERS) {
      if (definition.name === net) matchWeights(definition, file);
      else expect(() => matchWeights(definition, file), definition.name).toThrow(/does not hold/);
    }
  });
});

describe("timm's names", () => {
  test.each(TEACHERS.filter(({ timm }) => timm).map(({ name }) => name))(
    "of %s stand for the same layers, in the order of both libraries",
    (name) => {
      const { torchvision, timm } = KEYS[name] as Record<Library, Record<string, number[]>>;
      const rename = TEACHERS.find((teacher) => teacher.name === name)?.timm as (layer: string) => string;
      const renamed = Object.keys(torchvision).map((key) =>
        key.replace(/^(.*)(\.\w+)$/, (_, layer: string, part: string) => rename(layer) + part),
      );
      expect(renamed).toEqual(Object.keys(timm));
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
    expect(() => matchWeights(vgg19, file)).toThrow(
      /vgg16\.safetensors does not hold vgg19: it lacks "features\.16\.weight" \(\d+ in all\) and it has an unexpected "features\.17\.weight" \(\d+ in all\)/,
    );
    expect(() => matchWeights(resnet, file)).toThrow(
      /it lacks "conv1\.weight" \(267 in all\) and it has an unexpected "features\.0\.weight" \(32 in all\)/,
    );
  });

  test("of another teacher: the error says of which", async () => {
    const { torchvision } = KEYS.resnet18 as Record<Library, Record<string, number[]>>;
    const file = await openWeights(hollow(torchvision, "weights.safetensors"), "weights.safetensors");
    const vgg16 = TEACHERS.find(({ name }) => name === "vgg16") as (typeof TEACHERS)[number];
    expect(thrown(() => matchWeights(vgg16, file))).toMatchObject({
      code: "BAD_WEIGHTS",
      message: expect.stringMatching(/does not hold vgg16: it lacks "features\.0\.weight" .* and it has an unexpected "conv1\.weight"/),
      fix: "These are the weights of resnet18: choose that teacher, or give the weights of vgg16.",
    });
  });

  test("a smaller net is not taken out of a larger one's file", async () => {
    const { torchvision } = KEYS.resnet34 as Record<Library, Record<string, number[]>>;
    const file = await openWeights(hollow(torchvision, "resnet34.safetensors"), "resnet34.safetensors");
    const resnet18 = TEACHERS.find(({ name }) => name === "resnet18") as (typeof TEACHERS)[number];
    expect(() => matchWeights(resnet18, file)).toThrow(/does not hold resnet18: it has an unexpected "layer1\.2\.conv1\.weight"/);
  });

  test("tensors of no teacher are refused", async () => {
    const input = encodeSafetensors({ x: f32([1], [1]) });
    expect(await rejected(recogniseTeacher(input, "x.safetensors"))).toMatchObject({ code: "BAD_WEIGHTS" });
  });
});

describe("shards", () => {
  const shards: Record<string, Record<string, StoredTensor>> = {
    "model-00001-of-00002.safetensors": { a: f32([2], [1, 2]) },
    "model-00002-of-00002.safetensors": { b: f32([1], [3]) },
  };
  const weightMap = Object.fromEntries(Object.entries(shards).flatMap(([file, tensors]) => Object.keys(tensors).map((key) => [key, file])));
  const indexOf = (map: unknown) => new TextEncoder().encode(JSON.stringify({ metadata: {}, weight_map: map })).buffer as ArrayBuffer;
  const shard = (file: string) => encodeSafetensors(shards[file] as Record<string, StoredTensor>);

  test("are one file to whoever reads them", async () => {
    const file = await openWeights({ index: indexOf(weightMap), shard }, "model.safetensors.index.json");
    expect(file.names).toEqual(["a", "b"]);
    expect([...(await file.read("a", [2])), ...(await file.read("b", [1]))]).toEqual([1, 2, 3]);
  });

  test("a tensor in two of them is refused", async () => {
    const input = { index: indexOf(weightMap), shard: () => encodeSafetensors({ a: f32([1], [1]) }) };
    expect(await rejected(openWeights(input, "model.safetensors.index.json"))).toMatchObject({
      code: "BAD_WEIGHTS",
      message: expect.stringContaining("tensor a is in another of the files"),
    });
  });

  test.each([
    ["no map", undefined],
    ["an empty map", {}],
    ["a path that leaves the folder", { a: "../../secrets.safetensors" }],
    ["an address", { a: "https://example.org/x.safetensors" }],
    ["something that is no name", { a: 3 }],
  ])("an index with %s is refused, and nothing is asked for", async (_, map) => {
    const input = { index: indexOf(map), shard: () => expect.fail("nothing should be asked for") };
    expect(await rejected(openWeights(input, "model.safetensors.index.json"))).toMatchObject({
      code: "BAD_WEIGHTS",
      message: expect.stringContaining("is not the index"),
    });
  });

  test("an index that is no JSON is refused", async () => {
    const input = { index: new TextEncoder().encode("<html>").buffer as ArrayBuffer, shard };
    expect(await rejected(openWeights(input, "i.json"))).toMatchObject({
      code: "BAD_WEIGHTS",
      message: expect.stringContaining("is not the index"),
    });
  });
});
