/** Finds the libraries that the engine is compared with, by name. */
import type { PeerModule } from "./peers/peer.ts";

/** Loaded only where they are asked for: some are large, and none is needed to measure the engine. */
const MODULES = import.meta.glob<PeerModule>("./peers/*.ts");

/** The module that opens a peer. Throws an Error where there is none of that name. */
export async function loadPeer(name: string): Promise<PeerModule> {
  const load = MODULES[`./peers/${name}.ts`];
  if (!load) throw new Error(`There is no bench/peers/${name}.ts.`);
  return load();
}
