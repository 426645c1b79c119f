/** Downloads the weights of a classifier that is known by name. */
import { findHubFile, PACKAGE_WEIGHTS, type TeacherDefinition } from "../faces/all.ts";
import { downloadToCache } from "./cache.ts";
import { cachePath } from "./cache-path.ts";
import { megabytes } from "./progress.ts";
import { requireNet } from "./recognise.ts";
import { hubEndpoint } from "./remote.ts";

/** Of a teacher of which the hub has no file. */
export const UNPUBLISHED = "no public safetensors file; give your own with --weights";

/** Downloads them into the cache, unless they are there; resolves to a line on what was done. Throws what `download` throws. */
export async function fetchTeacher(teacher: TeacherDefinition, signal: AbortSignal): Promise<string> {
  const { name, file, hub } = teacher;
  if (!hub) return `${name}: ${PACKAGE_WEIGHTS[file] ? "comes with the project" : UNPUBLISHED}.`;
  const path = cachePath(file);
  const remote = await findHubFile(hub, hubEndpoint(), signal);
  const { host } = new URL(remote.url);
  const fresh = await downloadToCache(remote, path, { signal, check: (part) => requireNet(part, file, host, teacher) });
  const verdict = remote.statedBy === "mirror" ? `that which ${host} states` : "right";
  return `${name}: ${fresh ? "downloaded to" : "already in"} ${path} (${megabytes(remote.size)}); its SHA-256 is ${verdict}.`;
}
