/** Finds the files by which Vulkan reaches a GPU, for those who wonder why it does not. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import type { DriverFiles } from "./adapter-facts.ts";

/** Where the loader looks for descriptions of drivers, if nothing names them. */
const FOLDERS = ["/usr/local/etc", "/etc", "/usr/local/share", "/usr/share"];

const VULKAN_LIBRARY = /\/[^/]*(?:libvulkan|_nvidia|nvidia-|swiftshader|amdvlk)[^/]*\.so[^/]*$/i;

type Environment = Readonly<Record<string, string | undefined>>;

/** Of this process, once it has opened the GPU. Empty where the system has no /proc. */
export function driverFiles(): DriverFiles {
  const maps = existsSync("/proc/self/maps") ? readFileSync("/proc/self/maps", "utf8") : "";
  return { libraries: librariesIn(maps), descriptions: descriptionsOf(process.env, namesIn) };
}

/** Libraries of Vulkan and its drivers in the text of /proc/self/maps. */
export function librariesIn(maps: string): string[] {
  const paths = maps.split("\n").map((line) => /\/.*$/.exec(line)?.[0] ?? "");
  return [...new Set(paths.filter((path) => VULKAN_LIBRARY.test(path)))].sort();
}

/** The descriptions that an environment names, or that lie where the loader looks. `list` gives the names in a folder. */
export function descriptionsOf(environment: Environment, list: (folder: string) => readonly string[]): string[] {
  const split = (text: string | undefined) => text?.split(delimiter).filter(Boolean);
  const named = split(environment.VK_DRIVER_FILES) ?? split(environment.VK_ICD_FILENAMES);
  if (named) return named;
  const own = environment.XDG_DATA_HOME ?? join(environment.HOME ?? homedir(), ".local", "share");
  const folders = [own, ...FOLDERS].map((folder) => join(folder, "vulkan", "icd.d"));
  const found = folders.flatMap((folder) =>
    list(folder)
      .filter((name) => name.endsWith(".json"))
      .sort()
      .map((name) => join(folder, name)),
  );
  return [...(split(environment.VK_ADD_DRIVER_FILES) ?? []), ...found];
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
