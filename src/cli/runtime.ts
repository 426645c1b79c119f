/** Chooses what runs the engine for a command: Chrome or this process. */
import type { Runtime, RuntimeName, RuntimeOptions } from "./runtime-types.ts";

/** Opens the session of the chosen runtime; each is loaded only where it is chosen. */
export async function openRuntime(name: RuntimeName, options: RuntimeOptions): Promise<Runtime> {
  if (name === "node") {
    const { openNode } = await import("./runtime-node.ts");
    return openNode(options);
  }
  const { openChrome } = await import("./runtime-chrome.ts");
  return openChrome(options);
}
