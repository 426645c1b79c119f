/** The runtime that computes in this process, on Dawn (the `webgpu` package). */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { constants, tmpdir } from "node:os";
import { check, embed, evaluate, plant, Session, type TuningStore } from "../faces/all.ts";
import { CommandError } from "./errors.ts";
import type { FileSource } from "./file-source.ts";
import { modelOf, openInput } from "./locate.ts";
import { installCommand } from "./paths.ts";
import type { Runtime, RuntimeOptions } from "./runtime-types.ts";

/** The Vulkan loader and the software driver that Debian's chromium package brings. */
const CHROMIUM_LOADER = "/usr/lib/chromium/libvulkan.so.1";
const CHROMIUM_DRIVER = "/usr/lib/chromium/vk_swiftshader_icd.json";
const LOADER_FOLDERS = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib", "/lib"];

/** Without a page there is no one to hide the GPU's exact clock from. */
const EXACT_CLOCK = ["disable-dawn-features=timestamp_quantization"];

/** As in Chrome: our kernels write workgroup memory before they read it, and filling it with zeros first costs the software driver seconds of compiling. */
const UNZEROED = "enable-dawn-features=disable_workgroup_init";

/** glibc's and musl's RTLD_NODELETE, which Node does not name: the library stays in the process. */
const RTLD_NODELETE = 0x1000;

/** Opens a session. Throws a CommandError where the package is missing or finds no adapter. */
export async function openNode({ weights, notify: _, tuning, ...settings }: RuntimeOptions): Promise<Runtime> {
  const create = await loadDawn();
  const sources: FileSource[] = [];
  const closeSources = async () => {
    for (const source of sources) await source.close();
  };
  const session = await Session.create({
    gpu: await findGpu(create),
    model: await modelOf(weights, sources),
    ...settings,
    tuning: tuning && storeOfDawn(tuning),
    weights: (file) => openInput(weights, file, sources),
  }).catch(async (error) => {
    await closeSources();
    throw error;
  });
  return {
    name: `Node.js/${process.versions.node}`,
    adapter: session.adapter,
    teacher: session.teacher,
    labels: session.labels,
    layers: session.layers,
    open: (photo, signal) => session.open(photo, { signal }),
    classify: (photo, settings, signal) => session.classify(photo, { ...settings, signal }),
    findNonFinite: (photo, signal) => session.findNonFinite(photo, { signal }),
    explain: (photo, explainOptions) => session.explain(photo, explainOptions),
    evaluate: (photo, maps, evaluateOptions) => evaluate(session, photo, maps, evaluateOptions),
    plant: (photo, ground, plantOptions) => plant(session, photo, ground, plantOptions),
    check: (photo, checkOptions) => check(session, photo, checkOptions),
    embed: (photo, embedOptions) => embed(session, photo, embedOptions),
    measureCeilings: () => session.measureCeilings(),
    tune: (tuneOptions) => session.tune(tuneOptions),
    async close() {
      session.dispose();
      await closeSources();
    },
  };
}

/** Dawn, whose constants become global. Throws a CommandError where the package is absent. */
export async function loadDawn(): Promise<(options: string[]) => GPU> {
  if (process.platform === "linux") prepareVulkan();
  const { create, globals } = await import("webgpu").catch((cause) => {
    throw new CommandError(
      "The optional package webgpu is not installed",
      `Run \`${installCommand("webgpu")}\`, or use --runtime chrome.`,
      { cause },
    );
  });
  Object.assign(globalThis, globals);
  return create;
}

/** The store with Dawn's version in its keys: what is a browser's own name in a page says nothing of it here. */
function storeOfDawn({ load, save }: TuningStore): TuningStore {
  const { version } = JSON.parse(readFileSync(createRequire(import.meta.url).resolve("webgpu/package.json"), "utf8"));
  const keyOf = (key: string) => `${key}|node, webgpu ${version}`;
  return { load: (key) => load(keyOf(key)), save: (key, tuning) => save(keyOf(key), tuning) };
}

/**
 * Dawn on the system's drivers, else on the software driver of Debian's Chromium, if that is installed; RELABEL_ADAPTER=swiftshader skips
 * the former. Throws a CommandError where neither has an adapter.
 */
export async function findGpu(create: (options: string[]) => GPU): Promise<GPU> {
  if (process.env.RELABEL_ADAPTER !== "swiftshader") {
    const gpu = create(EXACT_CLOCK);
    if (await gpu.requestAdapter()) return gpu;
  }
  if (existsSync(CHROMIUM_DRIVER)) {
    process.env.VK_DRIVER_FILES = CHROMIUM_DRIVER;
    const gpu = create([...EXACT_CLOCK, UNZEROED]);
    if (await gpu.requestAdapter()) return gpu;
  }
  throw new CommandError(
    "Node's WebGPU found no adapter",
    "Install the GPU's Vulkan driver or, for a software adapter on Debian, `apt-get install -y chromium`; or use --runtime chrome.",
  );
}

/** Dawn looks for `libvulkan.so.1` by name, so a loader outside the library path must be in the process before Dawn is. */
function prepareVulkan(): void {
  // The drivers' window-system code complains on stderr where this is unset.
  process.env.XDG_RUNTIME_DIR ??= tmpdir();
  if (existsSync(CHROMIUM_LOADER) && !LOADER_FOLDERS.some((folder) => existsSync(`${folder}/libvulkan.so.1`))) {
    try {
      process.dlopen({ exports: {} }, CHROMIUM_LOADER, constants.dlopen.RTLD_NOW | RTLD_NODELETE);
    } catch {
      // Node always complains that a plain library is no addon of its own; the library is loaded nevertheless.
    }
  }
}
