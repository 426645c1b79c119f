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

  const index = "model.safetensors.index.json";

  test("need no index, if their names are given", async () => {
    const file = await openWeights({ index: Object.keys(shards), shard }, "2 files");
    expect(file.names).toEqual(["a", "b"]);
  });

  test("a tensor in two of them is refused, whatever its type", async () => {
    for (const tensor of [f32([1], [1]), { dtype: "I64", shape: [], bytes: new Uint8Array(8) }]) {
      const input = { index: indexOf(weightMap), shard: () => encodeSafetensors({ a: tensor }) };
      expect(await rejected(openWeights(input, index))).toMatchObject({
        code: "BAD_WEIGHTS",
        message: expect.stringContaining(
          'model-00002-of-00002.safetensors is not a usable safetensors file: tensor "a" is also in model-00001',
        ),
      });
    }
  });

  test.each([
    ["is in no shard", { ...weightMap, c: "model-00001-of-00002.safetensors" }, 'model-00001-of-00002.safetensors holds tensor "c"'],
    ["is in another shard", { ...weightMap, b: "model-00001-of-00002.safetensors" }, 'model-00001-of-00002.safetensors holds tensor "b"'],
  ])("a tensor that %s than the index says is refused", async (_, map, what) => {
    expect(await rejected(openWeights({ index: indexOf(map), shard }, index))).toMatchObject({
      code: "BAD_WEIGHTS",
      message: `${index} says that ${what}, which it does not.`,
    });
  });

  const asJson = (map: unknown) => JSON.stringify({ metadata: { total_size: 1 }, weight_map: map });
  test.each([
    ["no map", "{}", /it has no "weight_map"/],
    ["an empty map", asJson({}), /it has no "weight_map"/],
    ["a list for a map", asJson(["a.safetensors"]), /where \{ is due/],
    ["a path that leaves the folder", asJson({ a: "../../secrets.safetensors" }), /"\.\.\/\.\.\/secrets\.safetensors" is no name/],
    ["a path of Windows", asJson({ a: "..\\secrets.safetensors" }), /is no name/],
    ["an address", asJson({ a: "https://example.org/x.safetensors" }), /is no name/],
    ["a file of another kind", asJson({ a: "model.bin" }), /"model\.bin" is no name/],
    ["control characters", asJson({ a: "\u001b[2J.safetensors" }), /"\\u\{1b\}\[2J\.safetensors" is no name/],
    ["something that is no name", asJson({ a: 3 }), /where " is due/],
    ["a tensor twice", '{"weight_map":{"a":"x.safetensors","a":"y.safetensors"}}', /the key "a" comes twice/],
    ["two maps", '{"weight_map":{"a":"x.safetensors"},"weight_map":{}}', /the key "weight_map" comes twice/],
    ["another document behind it", `${asJson({ a: "x.safetensors" })}{}`, /goes on/],
    ["a web page instead", "<html>", /where \{ is due/],
    ["nothing", "", /its end where \{ is due/],
  ])("an index with %s is refused, and nothing is asked for", async (_, text, what) => {
    const input = {
      index: new TextEncoder().encode(text).buffer as ArrayBuffer,
      shard: () => expect.fail("nothing should be asked for"),
    };
    const error = await rejected(openWeights(input, index));
    expect(error).toMatchObject({ code: "BAD_WEIGHTS", message: expect.stringMatching(what) });
    expect((error as Error).message).toContain(`${index} is not the index`);
  });
});
