import assert from "node:assert/strict";
import fc from "fast-check";
import { test } from "vitest";
import { openWeights } from "../../src/nets/weights/open-weights.ts";
import { encodeSafetensors, f32 } from "../support/safetensors-file.ts";
import { accepted, check } from "./check.ts";
import { mutate, mutations } from "./mutation.ts";

const files = fc.constantFrom("a.safetensors", "b.safetensors", "model-00001-of-00002.safetensors");
const maps = fc.dictionary(fc.oneof(fc.string({ unit: "binary", maxLength: 8 }), fc.constantFrom("x", "y", "__proto__")), files, {
  minKeys: 1,
  maxKeys: 5,
});

/** The shards of a map, each with a tensor of its number under every name. */
function shardsOf(map: Record<string, string>): (file: string) => ArrayBuffer {
  const names = Object.keys(map);
  return (file) => {
    const held = names.filter((name) => map[name] === file);
    return encodeSafetensors(Object.fromEntries(held.map((name) => [name, f32([1], [names.indexOf(name)])])));
  };
}

test("an index opens its shards with their very tensors", async () => {
  await check(
    500,
    fc.asyncProperty(maps, fc.jsonValue(), async (map, metadata) => {
      const index = new TextEncoder().encode(JSON.stringify({ metadata, weight_map: map })).buffer as ArrayBuffer;
      const whole = await openWeights({ index, shard: shardsOf(map) }, "index.json");
      const names = Object.keys(map);
      assert.deepEqual(whole.names.toSorted(), names.toSorted());
      for (const [at, name] of names.entries()) assert.deepEqual([...(await whole.read(name, [1]))], [at]);
    }),
  );
});

test("an index with changed bytes is refused in a line, or asks for nothing but files of its folder", async () => {
  await check(
    1000,
    fc.asyncProperty(maps, mutations('{}[]",:\\/.%.ab0 '), async (map, changes) => {
      const index = mutate(new TextEncoder().encode(JSON.stringify({ metadata: {}, weight_map: map })), changes).buffer;
      const shard = (file: string) => {
        assert.match(file, /^[\w.-]+\.safetensors$/);
        return shardsOf(map)(file);
      };
      const whole = await accepted(["BAD_WEIGHTS"], () => openWeights({ index, shard }, "index.json"));
      if (whole) JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(index));
    }),
  );
});
