/** Finds a Chrome or Chromium that starts, and installs one where there is none. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { CommandError } from "./errors.ts";

const FIX =
  "Install Chrome or Chromium, or set CHROME_PATH to its executable, or run `npx puppeteer browsers install chrome`, " +
  "or on Debian as root `apt-get install -y chromium`; or use --runtime node.";

const COMMANDS = ["google-chrome-stable", "google-chrome", "chromium", "chromium-browser", "microsoft-edge-stable", "microsoft-edge"];

/** Where installers put Chrome, Chromium and Edge without adding them to PATH. */
function knownPaths(): string[] {
  if (process.platform === "darwin") {
    return ["Google Chrome", "Chromium", "Microsoft Edge"].map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`);
  }
  if (process.platform === "win32") {
    const roots = [process.env.PROGRAMFILES, process.env["PROGRAMFILES(X86)"], process.env.LOCALAPPDATA].filter(
      (root) => root !== undefined,
    );
    const programs = [
      "Google\\Chrome\\Application\\chrome.exe",
      "Chromium\\Application\\chrome.exe",
      "Microsoft\\Edge\\Application\\msedge.exe",
    ];
    return programs.flatMap((program) => roots.map((root) => join(root, program)));
  }
  return ["/opt/google/chrome/chrome", "/usr/bin/chromium", "/snap/bin/chromium"];
}

function pathEntries(): string[] {
  const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  const suffix = process.platform === "win32" ? ".exe" : "";
  return COMMANDS.flatMap((command) => folders.map((folder) => join(folder, command + suffix)));
}

/**
 * The path of a Chrome or Chromium that starts: CHROME_PATH, else the system's, else one in puppeteer's cache (downloaded now if there is
 * none), else, on Debian or Ubuntu as root, the package `chromium`. `notify` receives a line before each installation.
 * Throws a CommandError that names these options.
 */
export async function findBrowser(notify: (line: string) => void): Promise<string> {
  const chosen = process.env.CHROME_PATH;
  if (chosen) {
    if (await starts(chosen)) return chosen;
    throw new CommandError(
      `CHROME_PATH is ${chosen}, which does not start`,
      "Set it to the executable of Chrome or Chromium, or unset it.",
    );
  }
  const installed = await installedBrowser();
  if (installed) return installed;

  notify("No browser found: downloading Chrome with puppeteer's installer.");
  const downloaded = await downloadChrome().catch(() => undefined);
  if (downloaded !== undefined && (await starts(downloaded))) return downloaded;

  if (process.platform === "linux" && process.getuid?.() === 0 && existsSync("/etc/debian_version")) {
    notify("That failed: installing the package chromium with apt-get.");
    const packaged =
      (await run("apt-get", ["update"], true)) && (await run("apt-get", ["install", "-y", "--no-install-recommends", "chromium"], true));
    const chromium = packaged ? await firstThatStarts(pathEntries()) : undefined;
    if (chromium) return chromium;
  }
  throw new CommandError("No Chrome or Chromium was found, and none could be installed", FIX);
}

/** As `findBrowser`, without installing any: CHROME_PATH, the system's or one in puppeteer's cache; undefined where none of them starts. */
export async function installedBrowser(): Promise<string | undefined> {
  const system = process.env.CHROME_PATH ? [process.env.CHROME_PATH] : [...pathEntries(), ...knownPaths()];
  return (await firstThatStarts(system)) ?? (await firstThatStarts(await downloadedChromes()));
}

/** Where puppeteer keeps the browsers that it downloads. */
function downloadFolder(): string {
  return process.env.PUPPETEER_CACHE_DIR || join(homedir(), ".cache", "puppeteer");
}

/** The Chromes in puppeteer's cache. */
async function downloadedChromes(): Promise<string[]> {
  const { Browser, getInstalledBrowsers } = await import("@puppeteer/browsers");
  const found = await getInstalledBrowsers({ cacheDir: downloadFolder() });
  return found.filter(({ browser }) => browser === Browser.CHROME).map(({ executablePath }) => executablePath);
}

/** Downloads the Chrome that this version of puppeteer drives, as `npx puppeteer browsers install chrome` does. Returns its path. */
async function downloadChrome(): Promise<string> {
  const { Browser, install } = await import("@puppeteer/browsers");
  const { PUPPETEER_REVISIONS } = await import("puppeteer-core/internal/revisions.js");
  const baseUrl = process.env.PUPPETEER_CHROME_DOWNLOAD_BASE_URL;
  const request = { browser: Browser.CHROME, buildId: PUPPETEER_REVISIONS.chrome, cacheDir: downloadFolder() };
  return (await install({ ...request, ...(baseUrl ? { baseUrl } : {}) })).executablePath;
}

async function firstThatStarts(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    if (await starts(path)) return path;
  }
  return undefined;
}

/**
 * Whether the executable answers `--version`: a package's placeholder script, or a download without its system libraries, exists but
 * does not.
 * On Windows the flag opens a window, so existence must do.
 */
async function starts(path: string): Promise<boolean> {
  if (!existsSync(path)) return false;
  return process.platform === "win32" || run(path, ["--version"], false);
}

/** Runs a command to its end; its output goes to stderr where `show` says so. Resolves to whether it exited with 0. */
function run(command: string, args: readonly string[], show: boolean): Promise<boolean> {
  return new Promise((resolve) => {
    const output = show ? 2 : "ignore";
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    const child = spawn(command, args, { stdio: ["ignore", output, output], env });
    const end = () => child.kill();
    process.once("exit", end);
    child.on("error", () => resolve(false));
    child.on("exit", (code) => {
      process.off("exit", end);
      resolve(code === 0);
    });
  });
}
