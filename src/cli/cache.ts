import { basename, join } from "node:path";
import envPaths from "env-paths";
import { download, type RemoteFile } from "./download.ts";
import { notify } from "./print.ts";
import { ProgressBar } from "./progress.ts";

/** Folder of the downloaded weights: RELABEL_CACHE, else the platform's folder for caches. */
export function cacheFolder(): string {
  // env-paths knows where each platform keeps caches: XDG_CACHE_HOME or ~/.cache, ~/Library/Caches, %LOCALAPPDATA%.
  return process.env.RELABEL_CACHE || envPaths("relabel", { suffix: "" }).cache;
}

export function cachePath(file: string): string {
  return join(cacheFolder(), file);
}

/** Downloads a file into the cache with a progress bar; resolves to false where it was there. Throws what `download` throws. */
export async function downloadToCache(remote: RemoteFile, path: string, signal: AbortSignal): Promise<boolean> {
  const bar = new ProgressBar();
  try {
    return await download(remote, path, { signal, notify, onProgress: (done, total) => bar.showDownload(basename(path), done, total) });
  } finally {
    bar.stop();
  }
}
