/** Downloads weights from an address that the user gave, with all shards. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { findHubFile, HUB, type TeacherDefinition } from "../faces/all.ts";
import { downloadToCache } from "./cache.ts";
import { cachePath } from "./cache-path.ts";
import { checkCached, recordPath } from "./cache-record.ts";
import { CommandError } from "./errors.ts";
import { checkAnswer, type DownloadOptions, type RemoteFile, reason } from "./fetch-weights.ts";
import { notify } from "./print.ts";
import { requireNet } from "./recognise.ts";
import { isInStore, readStoreAddress } from "./s3/address.ts";
import { askSigned, storeSettings, webAddress } from "./s3/settings.ts";
import { isIndex, readShardNames } from "./shards.ts";

/** The hub to download from: HF_ENDPOINT is huggingface_hub's own variable for mirrors. */
export function hubEndpoint(): string {
  return (process.env.HF_ENDPOINT || HUB).replace(/\/+$/, "");
}

/** Where a file is on the web, and how it is asked for. */
interface Place {
  readonly url: URL;
  readonly ask: NonNullable<DownloadOptions["ask"]>;
}

function placeOf(address: string): Place {
  if (isInStore(address)) {
    const settings = storeSettings();
    const { bucket, key } = readStoreAddress(address);
    return { url: new URL(webAddress(settings, bucket, key)), ask: (url, asking) => askSigned(settings, url, asking) };
  }
  // The hub's page about a file has `blob` where the file's own address has `resolve`.
  const hub = address.startsWith(`${hubEndpoint()}/`);
  return { url: new URL(hub ? address.replace("/blob/", "/resolve/") : address), ask: fetch };
}

/**
 * The weights at an address, of the net if one is named, downloaded into the cache unless they are there: the path of the file, or of an
 * index with its shards beside it. Throws what `download` and `findHubFile` throw, and a CommandError where they are of another net.
 */
export async function fetchUrl(address: string, net: TeacherDefinition | undefined, signal: AbortSignal): Promise<string> {
  const { url, ask } = placeOf(address);
  // A folder for each place keeps files of one name apart, and shards next to their index.
  const place = createHash("sha256").update(new URL(".", url).href + url.search);
  const folder = cachePath(`${url.hostname}-${place.digest("hex").slice(0, 8)}`);
  const path = pathIn(folder, url);
  const check = (part: string) => requireNet(part, basename(path), url.host, net);
  if (!isIndex(path)) {
    await fetchInto(folder, { url, ask }, signal, check);
    return path;
  }
  const fresh = (await fetchInto(folder, { url, ask }, signal)) ? [path] : [];
  const shards = await deletingOnError(fresh, () => readShardNames(path));
  for (const shard of shards) if (await fetchInto(folder, { url: new URL(shard, url), ask }, signal)) fresh.push(join(folder, shard));
  if (fresh.length > 0) await deletingOnError(fresh, () => check(path));
  return path;
}

/** Deletes files of the cache, with their records, where they turn out to be useless. */
async function deletingOnError<T>(files: readonly string[], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    for (const file of files.flatMap((name) => [name, recordPath(name)])) await rm(file, { force: true });
    throw error;
  }
}

const pathIn = (folder: string, url: URL) => join(folder, basename(url.pathname).replace(/[^\w.-]/g, "_") || "weights");

/** Resolves to whether the file was downloaded now. */
async function fetchInto(folder: string, place: Place, signal: AbortSignal, check?: (part: string) => Promise<void>): Promise<boolean> {
  const { url, ask } = place;
  const path = pathIn(folder, url);
  if (existsSync(path)) {
    await checkCached(path);
    notify(`Using ${path}, downloaded earlier from ${url.host}; delete it to have it downloaded again.`);
    return false;
  }
  const remote = await describeRemote(place, signal);
  await downloadToCache(remote, path, { signal, check, ask });
  if (remote.statedBy === "mirror") notify(`The SHA-256 of ${basename(path)} is that which ${url.host} states.`);
  if (remote.sha256 === undefined && !isIndex(path)) notify(`No SHA-256 of ${url} is known, so what arrived was not checked.`);
  return true;
}

async function describeRemote({ url, ask }: Place, signal: AbortSignal): Promise<RemoteFile> {
  const endpoint = hubEndpoint();
  const place = url.href.startsWith(`${endpoint}/`) ? url.pathname.slice(new URL(endpoint).pathname.replace(/\/$/, "").length) : "";
  const [, repository, revision, path] = /^\/([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(place) ?? [];
  // The hub keeps a hash of large files only, and an index is none.
  if (repository === undefined || path === undefined || isIndex(path)) return askForSize({ url, ask }, signal);
  return findHubFile({ repository, path, revision }, endpoint, signal);
}

/** Asks for one byte, since some servers refuse a question without content, and takes what the answer's head says. */
async function askForSize({ url, ask }: Place, signal: AbortSignal): Promise<RemoteFile> {
  let response: Response;
  try {
    response = await ask(url.href, { headers: { Range: "bytes=0-0", "Accept-Encoding": "identity" }, signal });
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof CommandError) throw cause;
    throw new CommandError(`${url.host} cannot be reached (${reason(cause)})`, "Check the address and the connection.", { cause });
  }
  await response.body?.cancel();
  checkAnswer(response, url);
  const { status, headers } = response;
  const size = Number(status === 206 ? /\/(\d+)$/.exec(headers.get("Content-Range") ?? "")?.[1] : headers.get("Content-Length"));
  if (!size) {
    throw new CommandError(
      `${url.host} does not say how large ${basename(url.pathname)} is`,
      "Download it by other means, and name the file with --weights.",
    );
  }
  const etag = headers.get("ETag");
  return { url: url.href, size, ...(etag?.startsWith('"') ? { etag } : {}) };
}
