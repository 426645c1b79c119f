/** Says where downloaded files are kept on this machine. */
import { join } from "node:path";
import envPaths from "env-paths";

/** Folder of the downloaded weights: RELABEL_CACHE, else the platform's folder for caches. */
export function cacheFolder(): string {
  // env-paths knows where each platform keeps caches: XDG_CACHE_HOME or ~/.cache, ~/Library/Caches, %LOCALAPPDATA%.
  return process.env.RELABEL_CACHE || envPaths("relabel", { suffix: "" }).cache;
}

export function cachePath(file: string): string {
  return join(cacheFolder(), file);
}
