/** The steps that the benchmark's own suites make. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { installedBrowser } from "../../src/cli/find-browser.ts";
import { ROOT } from "../../src/cli/paths.ts";
import { TEACHERS } from "../../src/faces/all.ts";
import { type BenchOptions, DEFAULTS } from "../bench-options.ts";

/** Whether this is a clone of the repository, and not what `scripts/gpu.sh` packed of it: pages and what bundles them are there. */
export const IS_CLONE = existsSync(join(ROOT, "bench", "host.html"));

/** Nets that say most, before all others. */
const FIRST = ["efficientnet-lite0", "resnet50", "vgg16", "mobilenet_v2"];

/** What each of these steps measures. */
export const BENCH_STEPS = {
  nets: { ...DEFAULTS, suites: ["nets"], nets: [...FIRST, ...TEACHERS.map(({ name }) => name).filter((name) => !FIRST.includes(name))] },
  variants: { ...DEFAULTS, suites: ["kernels"], variants: true },
  peers: { ...DEFAULTS, suites: ["nets"], nets: FIRST, batches: [1, 8], peers: ["ort", "tfjs"] },
} satisfies Record<string, BenchOptions>;

/** Why other libraries cannot be measured here; undefined where they can. */
export async function withoutPeers(): Promise<string | undefined> {
  if (!IS_CLONE) return "only a clone of the repository has the page that they run in";
  return (await installedBrowser()) === undefined ? "no browser is there that other libraries could run in" : undefined;
}
