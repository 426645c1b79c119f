/** Makes file names for results from the names of photos. */
import { parse } from "node:path";
import filenamify from "filenamify";
import { STDIN } from "./stdin-photo.ts";

/**
 * A name that every platform takes for a file or a folder. What some platform refuses (separators, control characters, names of devices) becomes
 * `_`, and so do leading dots, which hide a file or lead out of its folder.
 */
export function safeName(name: string): string {
  const safe = filenamify(name, { replacement: "_", maxLength: Number.MAX_SAFE_INTEGER });
  return safe.replace(/^\.+/, (dots) => "_".repeat(dots.length));
}

/** What an image's files are named after: its safe name without the ending. */
export function stemOf(image: string): string {
  if (image === STDIN) return "stdin";
  return safeName(parse(image).name);
}

/** Equal for names that a file system which ignores case, or the form of accents, takes for the same. */
export function foldName(name: string): string {
  return name.normalize("NFC").toLowerCase();
}
