/** Opens weights in whatever form they are given: a file, shards, an index. */
import { EngineError } from "../../engine/errors.ts";
import { printable } from "../../engine/printable.ts";
import { type ByteSource, type BytesInput, isRemote, openBytes } from "./bytes.ts";
import { Safetensors } from "./safetensors.ts";

/** Weights in several files: the index (`model.safetensors.index.json`) says which tensors are in which, `shard` hands each file over. */
export interface ShardedInput {
  /** Or the names of the files, where there is no index. */
  readonly index: BytesInput | readonly string[];
  readonly shard: (file: string) => BytesInput | Promise<BytesInput>;
}

/** What holds a net's weights: one file, or an index with its shards. */
export type WeightsInput = BytesInput | ShardedInput;

/** Whether nothing of it has to be downloaded first, as far as one sees. */
export const isLocal = (input: WeightsInput): boolean => !isRemote(input) && !isSharded(input);

/** Whether it is several files. */
export const isSharded = (input: WeightsInput): input is ShardedInput =>
  typeof input === "object" && input !== null && "index" in input && typeof input.shard === "function";
const isList = (index: ShardedInput["index"]): index is readonly string[] => Array.isArray(index);

async function readShardIndex(source: ByteSource): Promise<Map<string, string>> {
  const { readIndex } = await import("./shard-index.ts");
  return readIndex(source);
}

/** Opens a file of weights, or all shards of an index. Throws BAD_WEIGHTS. */
export async function openWeights(input: WeightsInput, name: string): Promise<Safetensors> {
  if (!isSharded(input)) return Safetensors.open(await openBytes(input, name));
  const { index, shard } = input;
  const map = isList(index) ? new Map<string, string>() : await readShardIndex(await openBytes(index, name));
  const names = isList(index) ? index : [...new Set(map.values())];
  const shards = new Map<string, ByteSource>();
  for (const file of names) shards.set(file, await openBytes(await shard(file), file));
  const whole = await Safetensors.open([...shards.values()], name);
  for (const [tensor, file] of map) {
    if (whole.sourceOf(tensor) === shards.get(file)) continue;
    throw new EngineError(
      "BAD_WEIGHTS",
      `${printable(name, 200)} says that ${file} holds tensor "${printable(tensor)}", which it does not.`,
      "Give the shards and the index of one model, as they were saved together.",
    );
  }
  return whole;
}
