/** Runs the benchmark in this process, without a browser. */
import { setMaxListeners } from "node:events";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommandError } from "../../src/cli/errors.ts";
import { type FileSource, openFile } from "../../src/cli/file-source.ts";
import { locateWeights } from "../../src/cli/locate.ts";
import { ROOT } from "../../src/cli/paths.ts";
import { TEACHERS } from "../../src/faces/all.ts";
import type { BenchOptions } from "../bench-options.ts";
import { PHOTO } from "../browser-host.ts";
import type { OwnNets } from "../own-nets.ts";
import { loadPeer } from "../peers.ts";
import type { Report } from "../report/report.ts";
import { runBench } from "../run.ts";
import type { Watcher } from "./watcher.ts";

/** Where Debian's chromium package has its software driver. */
const CHROMIUM_DRIVER = "/usr/lib/chromium/vk_swiftshader_icd.json";

/** Measures in this process on Dawn, the `webgpu` package. Throws a CommandError where it is absent, and what `runBench` throws. */
export async function runInNode(options: BenchOptions, ownNets: OwnNets, watcher: Watcher): Promise<Report> {
  const sources: FileSource[] = [];
  try {
    return await runBench(options, {
      ...{ ...watcher, ownNets },
      gpu: await openGpu(),
      runtime: { name: "Node.js", version: `${process.versions.node} (Dawn of webgpu ${await packageVersion("webgpu")})` },
      openPeer: loadPeer,
      // What decodes photos is loaded only where one is read.
      readPhoto: async () => (await import("../../src/cli/read-photo.ts")).readPhoto(join(ROOT, PHOTO)),
      async readWeights(file) {
        const teacher = TEACHERS.find((candidate) => candidate.file === file);
        const source = await openFile((await locateWeights(undefined, teacher?.name, watcher.signal)).find(file));
        sources.push(source);
        return source;
      },
    });
  } finally {
    for (const source of sources) await source.close();
  }
}

/** Dawn on the system's drivers; RELABEL_ADAPTER=swiftshader takes Chromium's software driver. Throws a CommandError where the package is absent. */
export async function openGpu(): Promise<GPU> {
  if (process.env.RELABEL_ADAPTER === "swiftshader") process.env.VK_DRIVER_FILES = CHROMIUM_DRIVER;
  // The drivers' window-system code complains on stderr where this is unset.
  process.env.XDG_RUNTIME_DIR ??= tmpdir();
  const { create, globals } = await import("webgpu").catch((cause) => {
    throw new CommandError("The optional package webgpu is not installed", "Run `npm install webgpu`, or use --runtime chrome.", { cause });
  });
  // Every row's engine listens to the one device.
  setMaxListeners(0);
  // Without a page there is no one to hide the GPU's exact clock from.
  const gpu = create(["disable-dawn-features=timestamp_quantization"]);
  // Dawn lives as long as this object does: devices do not keep it.
  Object.assign(globalThis, globals, { dawn: gpu });
  return gpu;
}

async function packageVersion(name: string): Promise<string> {
  return JSON.parse(await readFile(join(ROOT, "node_modules", name, "package.json"), "utf8")).version;
}
