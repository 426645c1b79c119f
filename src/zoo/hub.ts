/** Says where published weights are, how large, and with which hash; both faces download them by that. */
import { EngineError } from "../engine/errors.ts";
import { PINS } from "./pins.ts";

/** The public Hugging Face hub; mirrors serve the same API elsewhere. */
export const HUB = "https://huggingface.co";

/** A file in a repository of models; HubFile is one. */
export interface HubPath {
  readonly repository: string;
  readonly path: string;
  /** Branch, tag or commit; by default `main`. */
  readonly revision?: string;
  /** SHA-256 of its content as hex, and its size in bytes, where they are known from elsewhere than the server that sends it. */
  readonly sha256?: string;
  readonly size?: number;
}

/** A file with what this project's source says of it, where it knows it. */
export function pinned(file: HubPath): HubPath {
  return { ...PINS[file.repository], ...file };
}

/** Who states a hash: this project's source, the hub itself, or only the mirror that sends the file. */
export type Authority = "source" | "hub" | "mirror";

/** A file to download: its address, its size in bytes and the SHA-256 of its content as hex. */
export interface HubDownload {
  readonly url: string;
  readonly size: number;
  readonly sha256: string;
  readonly statedBy: Authority;
}

const RANKS: readonly Authority[] = ["mirror", "hub", "source"];

/**
 * Holds what is stated now against what an earlier download of the same file was. Throws DOWNLOAD where they differ, unless who states it
 * now knows better than who did then, or is this project's source, which may name a newer file.
 */
export function holdToEarlier(
  file: string,
  now: Pick<HubDownload, "url" | "sha256" | "statedBy">,
  earlier: Pick<HubDownload, "sha256" | "statedBy"> | undefined,
): void {
  if (!earlier || earlier.sha256 === now.sha256 || now.statedBy === "source") return;
  if (RANKS.indexOf(now.statedBy) > RANKS.indexOf(earlier.statedBy)) return;
  throw new EngineError(
    "DOWNLOAD",
    `${new URL(now.url).host} has another ${file} than was downloaded first (SHA-256 ${short(now.sha256)} instead of ${short(earlier.sha256)}).`,
    "Use the hub itself or another mirror, or give the weights as a file.",
  );
}

const short = (sha256: string) => `${sha256.slice(0, 12)}…`;

/** An entry of the hub's listing of a folder. Large files are kept by Git LFS, whose object id is the SHA-256 of the content. */
interface TreeEntry {
  path?: unknown;
  lfs?: { oid?: unknown; size?: unknown };
}

/**
 * Finds where a file is, and in the hub's listing of its folder what is not known of it. Throws DOWNLOAD where the hub cannot be reached,
 * answers with an error, or lists no such file with a hash, or another than the known one.
 */
export async function findHubFile(file: HubPath, endpoint = HUB, signal?: AbortSignal): Promise<HubDownload> {
  const { repository, path, revision = "main", sha256, size } = pinned(file);
  const hub = endpoint.replace(/\/+$/, "");
  const url = `${hub}/${repository}/resolve/${revision}/${path}`;
  if (sha256 !== undefined && size !== undefined) return { url, size, sha256, statedBy: "source" };
  const folder = path.split("/").slice(0, -1);
  const entries = await list(`${hub}/api/models/${repository}/tree/${[revision, ...folder].join("/")}`, hub, url, signal);
  const lfs = entries.find((entry) => entry.path === path)?.lfs;
  if (!lfs || typeof lfs.oid !== "string" || !/^[0-9a-f]{64}$/.test(lfs.oid) || !Number.isSafeInteger(lfs.size)) {
    const what = lfs ? `no SHA-256 and size of ${path}` : `no large file ${path}`;
    throw new EngineError("DOWNLOAD", `${hub} lists ${what} in ${repository}.`, "Use another mirror, or give the weights as a file.");
  }
  if (sha256 !== undefined && lfs.oid !== sha256) {
    throw new EngineError(
      "DOWNLOAD",
      `${hub} has another ${path} in ${repository} than the published one (SHA-256 ${short(lfs.oid)} instead of ${short(sha256)}).`,
      "Use another mirror, or give the weights as a file.",
    );
  }
  const statedBy = sha256 !== undefined ? "source" : hub === HUB ? "hub" : "mirror";
  return { url, size: lfs.size as number, sha256: lfs.oid, statedBy };
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
