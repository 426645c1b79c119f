/** Reads the index that says which file of a large model holds which tensor. */
import { EngineError } from "../../engine/errors.ts";
import { printable } from "../../engine/printable.ts";
import type { ByteSource } from "./bytes.ts";
import { FormatError } from "./format-error.ts";
import { JsonReader } from "./json-reader.ts";

const MAX_BYTES = 100e6;

/**
 * Reads an index of shards (`model.safetensors.index.json`): the name of every tensor, and of the file that holds it. Files lie in the
 * index's own folder, so that nothing else is ever asked for. Throws BAD_WEIGHTS.
 */
export async function readIndex(index: ByteSource): Promise<Map<string, string>> {
  if (index.size > MAX_BYTES) refuse(index.name, `it is larger than ${MAX_BYTES / 1e6} MB`);
  try {
    const json = new JsonReader(await index.read(0, index.size));
    let map: Map<string, string> | undefined;
    json.object((key) => {
      if (key === "weight_map") map = readMap(json);
      else json.skip();
    });
    json.end();
    if (map?.size) return map;
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    refuse(index.name, cause.message, cause);
  }
  refuse(index.name, 'it has no "weight_map"');
}

function readMap(json: JsonReader): Map<string, string> {
  const map = new Map<string, string>();
  json.object((tensor) => {
    const file = json.string();
    if (!/^[\w.-]+\.safetensors$/.test(file)) throw new FormatError(`"${printable(file)}" is no name of a .safetensors file`);
    map.set(tensor, file);
  });
  return map;
}

function refuse(index: string, what: string, cause?: unknown): never {
  throw new EngineError(
    "BAD_WEIGHTS",
    `${printable(index, 200)} is not the index of a sharded safetensors file: ${what}.`,
    "Give model.safetensors.index.json as it was saved, with its shards in the same folder.",
    { cause },
  );
}
