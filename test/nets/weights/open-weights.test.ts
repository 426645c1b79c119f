import { describe, expect, test } from "vitest";
import { openWeights } from "../../../src/nets/weights/open-weights.ts";
import { rejected } from "../../support/errors.ts";
import { encodeSafetensors, f32, type StoredTensor } from "../../support/safetensors-file.ts";

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
