import { EngineError } from "../engine/errors.ts";

/** The public Hugging Face hub; mirrors serve the same API elsewhere. */
export const HUB = "https://huggingface.co";

/** A file in a repository of models; HubFile is one. */
export interface HubPath {
  readonly repository: string;
  readonly path: string;
  /** Branch, tag or commit; by default `main`. */
  readonly revision?: string;
}

/** A file to download: its address, its size in bytes and the SHA-256 of its content as hex. */
export interface HubDownload {
  readonly url: string;
  readonly size: number;
  readonly sha256: string;
}

/** An entry of the hub's listing of a folder. Large files are kept by Git LFS, whose object id is the SHA-256 of the content. */
interface TreeEntry {
  path?: unknown;
  lfs?: { oid?: unknown; size?: unknown };
}

/**
 * Looks a file up in the hub's listing of its folder. Throws DOWNLOAD where the hub cannot be reached, answers with an error, or lists no
 * such file with a hash.
 */
export async function findHubFile(file: HubPath, endpoint = HUB, signal?: AbortSignal): Promise<HubDownload> {
  const { repository, path, revision = "main" } = file;
  const hub = endpoint.replace(/\/+$/, "");
  const url = `${hub}/${repository}/resolve/${revision}/${path}`;
  const folder = path.split("/").slice(0, -1);
  const entries = await list(`${hub}/api/models/${repository}/tree/${[revision, ...folder].join("/")}`, hub, url, signal);
  const lfs = entries.find((entry) => entry.path === path)?.lfs;
  if (!lfs || typeof lfs.oid !== "string" || !/^[0-9a-f]{64}$/.test(lfs.oid) || !Number.isSafeInteger(lfs.size)) {
    const what = lfs ? `no SHA-256 and size of ${path}` : `no large file ${path}`;
    throw new EngineError("DOWNLOAD", `${hub} lists ${what} in ${repository}.`, "Use another mirror, or give the weights as a file.");
  }
  return { url, size: lfs.size as number, sha256: lfs.oid };
}

async function list(address: string, hub: string, file: string, signal: AbortSignal | undefined): Promise<TreeEntry[]> {
  let response: Response;
  try {
    response = await fetch(address, { signal });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new EngineError(
      "DOWNLOAD",
      `${hub} cannot be reached (${describeFailure(cause)}).`,
      `Check the connection, or fetch ${file} by other means and give the weights as a file.`,
      { cause },
    );
  }
  if (!response.ok) {
    const passing = response.status === 429 || response.status >= 500;
    throw new EngineError(
      "DOWNLOAD",
      `${hub} answered ${response.status} when asked for ${address.slice(hub.length)}.`,
      passing ? "Try again in a few minutes." : `Look whether ${file} exists and is public.`,
    );
  }
  const entries = await response.json().catch(() => undefined);
  if (!Array.isArray(entries)) {
    throw new EngineError(
      "DOWNLOAD",
      `${hub} did not answer with a list of files.`,
      "Look whether that is a Hugging Face hub, and whether the network asks you to sign in first.",
    );
  }
  return entries;
}

/** fetch says "fetch failed" and hides the reason in its cause. */
function describeFailure(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? message ?? String(error);
}
