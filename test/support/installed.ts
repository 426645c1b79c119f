import { spawn, spawnSync } from "node:child_process";
import { copyFile, mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { buildCommand } from "../../scripts/build-cli.ts";
import { ROOT } from "../../src/cli/paths.ts";
import type { Outcome } from "./command-line.ts";

const OWN_FILES = ["package.json", "README.md"];

/** Files that `npm pack` packs, by their paths in the package. */
export interface Packed {
  readonly path: string;
  readonly size: number;
}

/** Packs a folder as it is, without its scripts, and unpacks it where npm would put it. Returns what was packed. */
function install(folder: string, into: string, name: string): readonly Packed[] {
  const { stdout, stderr } = spawnSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", into], {
    cwd: folder,
    encoding: "utf8",
  });
  const [report] = JSON.parse(stdout || `{"error": ${JSON.stringify(stderr)}}`);
  const unpack = spawnSync("tar", ["xzf", join(into, report.filename), "--strip-components=1", "-C", join(into, "node_modules", name)]);
  if (unpack.status !== 0) throw new Error(String(unpack.stderr));
  return report.files;
}

/**
 * Builds relabel-cli, packs it and unpacks it into a folder's node_modules, with the sharp of this clone beside it: as npm installs it, but
 * without a network. Returns what was packed.
 */
export async function installCommand(folder: string): Promise<readonly Packed[]> {
  const built = join(folder, "built");
  const modules = join(folder, "node_modules");
  await mkdir(built);
  await mkdir(join(modules, "relabel-cli"), { recursive: true });
  for (const file of OWN_FILES) await copyFile(join(ROOT, "packages", "cli", file), join(built, file));
  await buildCommand(built);
  await symlink(join(ROOT, "node_modules", "sharp"), join(modules, "sharp"));
  return install(built, folder, "relabel-cli");
}

/** The same of relabel-vae. */
export async function installVae(folder: string): Promise<readonly Packed[]> {
  const built = join(folder, "built-vae");
  await mkdir(built);
  await mkdir(join(folder, "node_modules", "relabel-vae"), { recursive: true });
  for (const file of OWN_FILES) await copyFile(join(ROOT, "packages", "vae", file), join(built, file));
  for (const file of ["LICENSE", "weights/vae.safetensors"]) await copyFile(join(ROOT, file), join(built, file.replace(/.*\//, "")));
  return install(built, folder, "relabel-vae");
}

/** Starts the installed command in a folder, on the software adapter. */
export function startInstalled(folder: string, args: readonly string[], env: Record<string, string> = {}, node = process.execPath) {
  const { npm_lifecycle_script: _, ...outer } = process.env;
  return spawn(node, [join(folder, "node_modules", "relabel-cli", "dist", "relabel.mjs"), ...args], {
    cwd: folder,
    env: { ...outer, RELABEL_ADAPTER: "swiftshader", RELABEL_CACHE: join(folder, "cache"), ...env },
  });
}

/** Runs it to its end, with `input` as standard input. */
export function runInstalled(
  folder: string,
  args: readonly string[],
  { env, input = "" }: { env?: Record<string, string>; input?: string | Uint8Array } = {},
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = startInstalled(folder, args, env);
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      stderr += text;
    });
    child.stdin.on("error", () => {});
    child.stdin.end(input);
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}
