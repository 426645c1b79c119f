import { Engine } from "../../src/engine/engine.ts";

let engine: Promise<Engine> | undefined;
/** All that its device has compiled. */
const pipelines: GPUComputePipeline[] = [];

/** One engine for all files of the ring in Chrome, so that its kernels compile once. Who takes it frees what they make, and never disposes of it. */
export function sharedEngine(): Promise<Engine> {
  engine ??= create();
  return engine;
}

async function create(): Promise<Engine> {
  const created = await Engine.create();
  const { device } = created;
  const compile = device.createComputePipelineAsync.bind(device);
  // Chrome gives the same pipeline again as long as somebody keeps it.
  device.createComputePipelineAsync = async (descriptor) => {
    const pipeline = await compile(descriptor);
    pipelines.push(pipeline);
    return pipeline;
  };
  return created;
}

/** Its device, for engines and sessions of a test's own, whose kernels compile once, too. */
export async function sharedDevice(): Promise<GPUDevice> {
  return (await sharedEngine()).device;
}
