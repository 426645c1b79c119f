import { parse } from "node:path";
import filenamify from "filenamify";
import { STDIN } from "./stdin-photo.ts";

/**
 * What an image's files are named after: its name without the ending. What some platform refuses in a file name (separators, control
 * characters, names of devices) becomes `_`, and so do leading dots, which hide a file or lead out of its folder.
 */
export function stemOf(image: string): string {
  if (image === STDIN) return "stdin";
  const safe = filenamify(parse(image).name, { replacement: "_", maxLength: Number.MAX_SAFE_INTEGER });
  return safe.replace(/^\.+/, (dots) => "_".repeat(dots.length));
}

/** Equal for names that a file system which ignores case, or the form of accents, takes for the same. */
export function foldName(name: string): string {
  return name.normalize("NFC").toLowerCase();
}
