/** Gathers what `bench:gpu` needs on a bare Linux machine into a folder, for `scripts/gpu.sh pack`: `node bin/run.mjs scripts/pack-gpu.ts --to FOLDER`. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir, realpath, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { build } from "vite";
import { revision } from "../bench/cli/revision.ts";
import { CommandError } from "../src/cli/errors.ts";
import { asJson } from "../src/cli/json-file.ts";
import { ROOT, VERSION } from "../src/cli/paths.ts";
import { notify } from "../src/cli/print.ts";
import { reportError } from "../src/cli/report-error.ts";
import { minifiedShaders } from "./minify-wgsl.ts";

/** Packages that are not bundled: binaries of a platform, of which the first is packed, and what only Chrome's parts and photos take. */
const [DAWN, ...LEFT_OUT] = ["webgpu", "sharp", "puppeteer-core", "@puppeteer/browsers", "vite"] as const;

const LOADER = "libvulkan.so.1";
/** What Node and Dawn need beside the C library, and what NVIDIA's driver needs of X, which machines without a display may lack. */
const LIBRARIES = [
  ...[LOADER, "libstdc++.so.6", "libgcc_s.so.1", "libX11.so.6", "libXext.so.6", "libxcb.so.1"],
  ...["libXau.so.6", "libXdmcp.so.6", "libbsd.so.0", "libmd.so.0"],
];

/** As NVIDIA's installer writes it. */
const DESCRIPTION = { file_format_version: "1.0.0", ICD: { library_path: "libGLX_nvidia.so.0", api_version: "1.3.194" } };

/** Paths of this machine's libraries by name, from the text of `ldconfig -p`: the first of each name, which is the linker's choice. */
export function librariesOf(cache: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, name = "", path = ""] of cache.matchAll(/^\s*(\S+) \(.*\) => (\S+)$/gm)) if (!found.has(name)) found.set(name, path);
  return found;
}

async function packLibraries(folder: string): Promise<void> {
  const known = librariesOf(execFileSync("ldconfig", ["-p"], { encoding: "utf8", env: { PATH: `${process.env.PATH}:/sbin:/usr/sbin` } }));
  if (!known.has(LOADER))
    throw new CommandError(`${LOADER} is not on this machine`, "Install Vulkan's loader: `apt-get install libvulkan1`.");
  await mkdir(folder, { recursive: true });
  for (const name of LIBRARIES) {
    const path = known.get(name);
    if (path !== undefined) await copyFile(await realpath(path), join(folder, name));
  }
}

async function packDawn(target: string): Promise<void> {
  const platform = join("dist", `${process.platform}-${process.arch}`, "dawn.node");
  for (const file of ["package.json", "index.js", "LICENSE.md", platform]) {
    const from = join(ROOT, "node_modules", DAWN, file);
    if (!existsSync(from)) throw new CommandError(`${from} is missing`, "Run `npm ci` on the platform that the pack is for.");
    const to = join(target, "node_modules", DAWN, file);
    await mkdir(dirname(to), { recursive: true });
    await copyFile(from, to);
  }
}

/** Everything into the folder: the program, Node, Dawn, libraries, the driver's description. Throws a CommandError where something is not here. */
export async function packGpu(target: string): Promise<void> {
  await build({
    ...{ root: ROOT, configFile: false, publicDir: false, logLevel: "error", plugins: [minifiedShaders()] },
    ssr: { noExternal: true, external: [DAWN, ...LEFT_OUT] },
    build: {
      ...{ ssr: join(ROOT, "bench/gpu/main.ts"), outDir: join(target, "dist"), minify: true, target: "node20" },
      rolldownOptions: { output: { entryFileNames: "entry.mjs", chunkFileNames: "[name]-[hash].mjs" } },
    },
  });
  await writeFile(join(target, "package.json"), asJson({ name: "relabel", version: VERSION, type: "module", revision: await revision() }));
  await writeFile(join(target, "nvidia_icd.json"), asJson(DESCRIPTION));
  await copyFile(join(ROOT, "LICENSE"), join(target, "LICENSE"));
  await mkdir(join(target, "bin"), { recursive: true });
  await copyFile(process.execPath, join(target, "bin", "node"));
  await chmod(join(target, "bin", "node"), 0o755);
  await packDawn(target);
  await packLibraries(join(target, "lib"));
}

const at = process.argv.indexOf("--to");
if (at > 0) await packGpu(process.argv[at + 1] as string).then(() => notify("Gathered."), reportError);
