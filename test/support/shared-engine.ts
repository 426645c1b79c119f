import { Engine } from "../../src/engine/engine.ts";

let engine: Promise<Engine> | undefined;

/** One engine for all files of the ring in Chrome, so that its kernels compile once. Who takes it frees what they make, and never disposes of it. */
export function sharedEngine(): Promise<Engine> {
  engine ??= Engine.create();
  return engine;
}

/** Its device, for engines and sessions of a test's own, which the driver spares the compilation, too. */
export async function sharedDevice(): Promise<GPUDevice> {
  return (await sharedEngine()).device;
}
