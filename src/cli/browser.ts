/** Starts the headless Chrome that the command line computes in, on the machine's GPU where Chrome can reach it. */
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import puppeteer, { type Browser, type Page } from "puppeteer-core";
import { CommandError } from "./errors.ts";
import { findBrowser } from "./find-browser.ts";
import { makeRunFolder, PROFILE, removeRunFolder } from "./run-folder.mjs";

export interface BrowserOptions {
  /** Force Chrome's software adapter; by default the environment's RELABEL_ADAPTER=swiftshader does. */
  software?: boolean;
  /** Kernels of others run there, too, which may count on zeros in workgroup memory that they have not written. */
  foreign?: boolean;
  /** Further ones for the browser. */
  flags?: readonly string[];
  notify?: (line: string) => void;
}

const ALWAYS = [
  "--enable-unsafe-webgpu",
  // No other page is open that the GPU's exact clock would have to be hidden from.
  "--enable-webgpu-developer-features",
  "--ignore-gpu-blocklist",
  // A software adapter may work for seconds on one submit, which the watchdog would take for a hang.
  "--disable-gpu-watchdog",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const SOFTWARE = ["--use-webgpu-adapter=swiftshader"];

/** Our kernels write workgroup memory before they read it. To fill it with zeros first, the software adapter compiles some for a second longer. */
const UNZEROED = "--enable-dawn-features=disable_workgroup_init";

/** How headless Chrome reaches a GPU on Linux, where WebGPU runs on Vulkan and there is no display to present to. */
const LINUX_GPU = ["--enable-features=Vulkan", "--use-angle=vulkan", "--disable-vulkan-surface"];

const GPU_FILES = ["/dev/dri", "/dev/nvidiactl", "/dev/dxg"];

/** Flags to try in turn: the machine's GPU, then what Chrome picks by itself, then its software adapter. */
function attempts(software: boolean, foreign: boolean): string[][] {
  const last = foreign ? SOFTWARE : [...SOFTWARE, UNZEROED];
  if (software) return [last];
  // Without a GPU the Vulkan flags can hang Chrome instead of failing.
  const linuxGpu = process.platform === "linux" && GPU_FILES.some((path) => existsSync(path));
  return [...(linuxGpu ? [LINUX_GPU] : []), [], last];
}

const ATTEMPT_MILLISECONDS = 20_000;
/** For the browser to start at all. */
const LAUNCH_MILLISECONDS = 30_000;

async function launch(executablePath: string, flags: readonly string[]): Promise<Browser> {
  let userDataDir: string | undefined;
  const remove = () => userDataDir !== undefined && removeRunFolder(userDataDir);
  const overdue = new AbortController();
  const timer = setTimeout(() => overdue.abort(), LAUNCH_MILLISECONDS);
  try {
    userDataDir = makeRunFolder(tmpdir(), PROFILE);
    // A debugging port would hand every local user a browser that reads our files. The pipe is ours alone, and its end is the browser's.
    // Signals are handled by the command itself, and a run on a slow adapter has no protocol time limit.
    const browser = await puppeteer.launch({
      executablePath,
      userDataDir,
      args: [...ALWAYS, ...flags, ...(process.getuid?.() === 0 ? ["--no-sandbox"] : [])],
      headless: true,
      pipe: true,
      signal: overdue.signal,
      protocolTimeout: 0,
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    });
    // Comes after puppeteer's own listener, which kills the browser.
    process.once("exit", remove);
    browser.process()?.once("exit", () => {
      process.off("exit", remove);
      remove();
    });
    return browser;
  } catch (cause) {
    remove();
    const reason = cause instanceof Error ? cause.message.split("\n")[0] : cause;
    throw new CommandError(
      `${executablePath} did not start (${overdue.signal.aborted ? `no answer for ${LAUNCH_MILLISECONDS / 1000} s` : reason})`,
      "Set CHROME_PATH to another Chrome or Chromium, or use --runtime node.",
      { cause },
    );
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Launches a headless Chrome with a fresh profile, which goes when the browser does, and opens `url` in it, with the machine's
 * GPU as WebGPU adapter if Chrome offers one, else its software adapter. `url` must be on localhost, where WebGPU is allowed.
 * Throws a CommandError where no browser is found or none has an adapter.
 */
export async function openPage(url: string, options: BrowserOptions = {}): Promise<Page> {
  const executablePath = await findBrowser(options.notify ?? (() => {}));
  const software = options.software ?? process.env.RELABEL_ADAPTER === "swiftshader";
  for (const flags of attempts(software, options.foreign === true)) {
    const browser = await launch(executablePath, [...flags, ...(options.flags ?? [])]);
    const page = await Promise.race([openWithAdapter(browser, url), pause(ATTEMPT_MILLISECONDS, undefined, { ref: false })]).catch(
      async (error) => {
        await browser.close();
        throw error;
      },
    );
    if (page) return page;
    browser.process()?.kill("SIGKILL");
    await browser.close();
  }
  throw new CommandError(
    "This browser has no WebGPU adapter, not even a software one",
    "Update Chrome to version 113 or newer, set CHROME_PATH to another browser, or use --runtime node.",
  );
}

async function openWithAdapter(browser: Browser, url: string): Promise<Page | undefined> {
  const page = await browser.newPage();
  await page.goto(url, { timeout: 0 });
  return (await page.evaluate(async () => Boolean(await navigator.gpu?.requestAdapter()))) ? page : undefined;
}
