/** Copies the VAE's weights into packages/vae, from where `npm pack` packs them. */
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT, WEIGHTS } from "../src/cli/paths.ts";
import { VAE_FILE } from "../src/faces/all.ts";

const target = join(ROOT, "packages", "vae");
await copyFile(join(WEIGHTS, VAE_FILE), join(target, VAE_FILE));
await copyFile(join(ROOT, "LICENSE"), join(target, "LICENSE"));
