/** Joins files that the user opens together into the weights of one net. */
import type { WeightsInput } from "../faces/all.ts";
import { PageError } from "./problem.ts";

const INDEX_NAME = /\.json$/i;
const SHARD_NAME = /\.safetensors$/i;

/**
 * The weights in one file, or in the shards of one model, with their index or without.
 * Throws a PageError where they do not go together.
 */
export function gatherWeights(files: readonly File[]): { name: string; input: WeightsInput } {
  const index = files.find((file) => INDEX_NAME.test(file.name));
  const shards = files.filter((file) => file !== index);
  const [first] = shards;
  if (!first) {
    throw new PageError(
      `${index?.name} only says which files hold the weights.`,
      "Give the .safetensors files that it names together with it.",
    );
  }
  if (!index && shards.length === 1) return { name: first.name, input: first };
  const stranger = shards.find((file) => !SHARD_NAME.test(file.name));
  if (stranger) {
    throw new PageError(`${stranger.name} is no part of a sharded model.`, "Give .safetensors files only, all of one model.");
  }
  // An index's file names hold no spaces or brackets, which browsers put into the names of downloads.
  const plain = (name: string) => name.replace(/[^\w.-]/g, "_");
  const byName = new Map(shards.map((file) => [plain(file.name), file]));
  return {
    name: index?.name ?? `${first.name} and ${shards.length - 1} more`,
    input: {
      index: index ?? [...byName.keys()],
      shard(name) {
        const file = byName.get(plain(name));
        if (!file)
          throw new PageError(`${index?.name} names ${name}, which is not among the files.`, "Give all of the model's files at once.");
        return file;
      },
    },
  };
}
