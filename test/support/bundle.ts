import { dirname, join } from "node:path";
import type { TestProject } from "vitest/node";
import { bundleEntry, bundlePage } from "../../src/cli/bundle.mjs";
import { ROOT } from "../../src/cli/paths.ts";
import { makeRunFolder, removeRunFolder } from "../../src/cli/run-folder.mjs";

declare module "vitest" {
  interface ProvidedContext {
    /** Folder of the bundled command. */
    bundle: string;
  }
}

/** The page that the command opens in Chrome. */
const HOST = "src/cli/host.html";

/** Bundles the command and its page once for all tests that run it. Those of test/cli/children.test.ts have it bundled as a user does. */
export default async function setup({ provide }: TestProject): Promise<() => void> {
  const folder = makeRunFolder(join(ROOT, "node_modules", ".cache", "relabel"), "test");
  await bundleEntry(ROOT, "src/cli/main.ts", folder);
  await bundlePage(ROOT, HOST, join(folder, "pages", dirname(HOST)));
  provide("bundle", folder);
  return () => removeRunFolder(folder);
}
