/** Weights by their address: downloaded whole, once. */
import { checkNames, type Names } from "../../engine/check-names.ts";
import { EngineError } from "../../engine/errors.ts";
import { addressOf } from "./address.ts";
import { type ByteSource, type BytesInput, isRemote } from "./bytes.ts";
import { download } from "./download.ts";
import type { DownloadOptions, RemoteFile } from "./download-options.ts";
import type { WeightsInput } from "./open-weights.ts";

/** The same weights with addresses replaced by what they lead to. Throws BAD_WEIGHTS, ABORTED. */
export async function fetchWeights(input: WeightsInput, name: string, options: DownloadOptions): Promise<WeightsInput> {
  if (!("shard" in input)) return fetchBytes(input, name, options);
  const { index, shard } = input;
  const shards = new Map<string, Promise<BytesInput>>();
  return {
    index: Array.isArray(index) ? index : await fetchBytes(index as BytesInput, name, options),
    // Each is fetched once, however often the whole is opened.
    shard(file) {
      const found = shards.get(file) ?? Promise.resolve(shard(file)).then((input) => fetchBytes(input, file, options));
      shards.set(file, found);
      return found;
    },
  };
}

const REMOTE = { url: 1, sha256: 1, size: 1, keepAs: 1 } satisfies Names<RemoteFile>;

async function fetchBytes(input: BytesInput, name: string, options: DownloadOptions): Promise<BytesInput> {
  if (!isRemote(input)) return input;
  const file: RemoteFile = "url" in input ? input : { url: input };
  checkNames("A file of weights", file, REMOTE);
  const url = addressOf(file.url);
  return url.protocol === "file:" ? openFile(url, name) : download({ ...file, url }, name, options);
}

/** A file of this machine, in Node; not by an import, which bundlers for browsers would follow. */
async function openFile(url: URL, name: string): Promise<ByteSource> {
  const fs = globalThis.process?.getBuiltinModule?.("node:fs/promises");
  try {
    if (!fs) throw new Error("only Node reads files by their address");
    const { size } = await fs.stat(url);
    return { name, size, read: (start, end) => readPart(fs, url, start, end) };
  } catch (cause) {
    throw new EngineError("BAD_WEIGHTS", `${name} could not be read from ${url}: ${(cause as Error).message}.`, "Check the path.", {
      cause,
    });
  }
}

async function readPart(fs: typeof import("node:fs/promises"), url: URL, start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
  const file = await fs.open(url);
  try {
    const bytes = new Uint8Array(end - start);
    for (let at = 0; at < bytes.length; ) {
      const { bytesRead } = await file.read(bytes, at, bytes.length - at, start + at);
      if (bytesRead === 0) throw new Error(`${url} ended at byte ${start + at}; it changed while it was read`);
      at += bytesRead;
    }
    return bytes;
  } finally {
    await file.close();
  }
}
