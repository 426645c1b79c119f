/** Fills the cache of weights, and refuses a file that differs from its first download. */
import { basename } from "node:path";
import { holdToEarlier } from "../faces/all.ts";
import { type CacheRecord, readRecord, writeRecord } from "./cache-record.ts";
import { type DownloadOptions, download, type RemoteFile, replacedError } from "./fetch-weights.ts";
import { hashFile } from "./partial-file.ts";
import { notify } from "./print.ts";
import { ProgressBar } from "./progress.ts";

/**
 * Downloads a file to `path` with a progress bar; resolves to false if it was there already.
 * Throws what `download` and `holdToEarlier` throw.
 */
export async function downloadToCache(
  remote: RemoteFile,
  path: string,
  { signal, check, ask }: Pick<DownloadOptions, "signal" | "check" | "ask">,
): Promise<boolean> {
  const bar = new ProgressBar();
  const held = hold(remote, path, await readRecord(path));
  try {
    const onProgress = (done: number, total: number) => bar.showDownload(basename(path), done, total);
    const fresh = await download(held, path, { signal, notify, onProgress, check, ask });
    await writeRecord(path, held.sha256 ?? ((await hashFile(path)) as string), remote.statedBy ?? "nobody");
    return fresh;
  } finally {
    bar.stop();
  }
}

/** The file with the hash that is demanded of it: that which is stated, else that of the first download. */
function hold(remote: RemoteFile, path: string, record: CacheRecord | undefined): RemoteFile {
  const { url, size, sha256, statedBy } = remote;
  if (!record) return remote;
  if (sha256 === undefined || statedBy === undefined) {
    if (size !== record.size) throw replacedError(path, `${size} bytes instead of ${record.size}`);
    return { ...remote, sha256: record.sha256, recorded: true };
  }
  if (record.statedBy !== "nobody") {
    holdToEarlier(basename(path), { url, sha256, statedBy }, { sha256: record.sha256, statedBy: record.statedBy });
  }
  return remote;
}
