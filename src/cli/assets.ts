/** Files of other packages that the command reads at run time: brought along by a bundle, else the packages' own. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** What figures are written with; each has letters that those before it lack. */
export const FONTS = ["latin", "latin-ext", "greek", "greek-ext", "cyrillic", "cyrillic-ext", "vietnamese"].flatMap((letters) =>
  ([400, 600] as const).map((weight) => ({
    name: letters === "latin" ? "Inter" : `Inter ${letters}`,
    file: `@fontsource/inter/files/inter-${letters}-${weight}-normal.woff`,
    weight,
  })),
);

/** What a bundle for others must bring along. */
export const ASSETS: readonly string[] = ["@jsquash/avif/codec/dec/avif_dec.wasm", ...FONTS.map(({ file }) => file)];

const BROUGHT = join(dirname(fileURLToPath(import.meta.url)), "assets");

/** The path of one of ASSETS. */
export function assetPath(file: string): string {
  const brought = join(BROUGHT, basename(file));
  return existsSync(brought) ? brought : createRequire(import.meta.url).resolve(file);
}
