/** Finds and fetches the files that sessions ask for by name: in the package, in a folder on a server, or where they are published. */
import { EngineError } from "../engine/errors.ts";
import { addressOf } from "../nets/weights/address.ts";
import type { BytesInput } from "../nets/weights/bytes.ts";
import type { DownloadOptions, RemoteFile } from "../nets/weights/download-options.ts";
import { fetchWeights } from "../nets/weights/fetch-weights.ts";
import { openKept } from "../nets/weights/kept-files.ts";
import type { WeightsInput } from "../nets/weights/open-weights.ts";
import { findHubFile, HUB, pinned } from "./hub.ts";
import { PACKAGE_WEIGHTS, type PackageFile } from "./package-weights.ts";
import type { TeacherDefinition } from "./teachers.ts";

/**
 * Fetches a file by its name. `given`: "auto", a folder's address that ends in "/", or the address of the teacher's file. Throws BAD_OPTION,
 * BAD_WEIGHTS, DOWNLOAD, ABORTED.
 */
export async function fetchNamed(
  given: string | URL,
  file: string,
  teacher: TeacherDefinition | undefined,
  options: DownloadOptions,
): Promise<WeightsInput> {
  const address = given === "auto" ? undefined : addressOf(given);
  if (address?.pathname.endsWith("/")) return fetchWeights(inFolder(address, file, teacher), file, options);
  if (address && teacher) return fetchWeights(address, file, options);
  const own = PACKAGE_WEIGHTS[file];
  if (own) return fetchOwn(file, own, options);
  if (!teacher?.hub) {
    throw new EngineError(
      "BAD_OPTION",
      `The session needs the file ${file}${teacher ? ", which is published nowhere," : ","} and was not told where it is.`,
      "Give `weights`, the address of its folder, or a function that returns its URL, bytes or Blob by its name.",
    );
  }
  return (
    (await findKept(file, teacher, options)) ??
    fetchWeights({ ...(await findHubFile(teacher.hub, HUB, options.signal)), keepAs: file }, file, options)
  );
}

/** A folder has files as they were published: what is known of them holds there, too. */
function inFolder(folder: URL, file: string, teacher: TeacherDefinition | undefined): RemoteFile {
  const { sha256, size } = PACKAGE_WEIGHTS[file] ?? (teacher?.hub ? pinned(teacher.hub) : {});
  const url = new URL(file, folder);
  // Kept by its address: a copy from elsewhere would hide that the folder lacks it.
  return sha256 === undefined ? { url } : { url, sha256, size };
}

async function fetchOwn(file: string, own: PackageFile, options: DownloadOptions): Promise<WeightsInput> {
  const { sha256, size, locate } = own;
  try {
    return await fetchWeights({ url: locate(), sha256, size, keepAs: file }, file, options);
  } catch (cause) {
    const { code, message = String(cause) } = cause as Partial<EngineError>;
    if (code === "ABORTED") throw cause;
    throw new EngineError(
      "BAD_WEIGHTS",
      code === "BAD_WEIGHTS" ? message : `${file} of the package could not be loaded: ${message}.`,
      `Serve node_modules/relabel/weights/${file} with your page and give its folder's address, such as weights: "/weights/".`,
      { cause },
    );
  }
}

/** What the browser keeps of an earlier download of a published file. */
async function findKept(file: string, { hub }: TeacherDefinition, { keep = true }: DownloadOptions): Promise<BytesInput | undefined> {
  if (!keep || !hub || typeof caches === "undefined") return undefined;
  return openKept(file, pinned(hub).sha256).catch(() => undefined);
}
