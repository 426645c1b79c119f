/** Files of other packages that the command reads at run time: brought along by a bundle, else the packages' own. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** What a bundle for others must bring along. */
export const ASSETS = [
  "@jsquash/avif/codec/dec/avif_dec.wasm",
  "@fontsource/inter/files/inter-latin-400-normal.woff",
  "@fontsource/inter/files/inter-latin-600-normal.woff",
  "@fontsource/inter/files/inter-latin-ext-400-normal.woff",
] as const;

const BROUGHT = join(dirname(fileURLToPath(import.meta.url)), "assets");

/** The path of a package's file. */
export function assetPath(file: (typeof ASSETS)[number]): string {
  const brought = join(BROUGHT, basename(file));
  return existsSync(brought) ? brought : createRequire(import.meta.url).resolve(file);
}
