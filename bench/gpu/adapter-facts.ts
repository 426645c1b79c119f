/** What a run on a GPU says of the adapter: its names, and the files that reached it. */
import { type AdapterInfo, describeAdapter } from "../../src/engine/adapter.ts";

/** Where Vulkan's files are; empty lists where that cannot be known, as of a browser's own process. */
export interface DriverFiles {
  /** Vulkan's loader and the drivers' libraries in the process. */
  readonly libraries: readonly string[];
  /** The drivers' descriptions (ICD JSON) that the loader reads. */
  readonly descriptions: readonly string[];
}

export interface AdapterFacts extends DriverFiles {
  readonly adapter: AdapterInfo;
  /** The device's name, where the description is its driver's. */
  readonly device: string;
  /** WebGPU features, and WGSL language features. */
  readonly features: readonly string[];
  readonly language: readonly string[];
  /** Bytes of the largest storage buffer that a kernel can bind. */
  readonly largestBinding: number;
}

/** Asks for the adapter that the engine would take. Undefined where there is none. */
export async function findAdapter(gpu: GPU | undefined): Promise<Omit<AdapterFacts, keyof DriverFiles> | undefined> {
  const found = await gpu?.requestAdapter({ powerPreference: "high-performance" });
  if (!found) return undefined;
  return {
    adapter: describeAdapter(found.info),
    device: found.info.device,
    features: [...found.features].sort(),
    language: [...(gpu?.wgslLanguageFeatures ?? [])].sort(),
    largestBinding: found.limits.maxStorageBufferBindingSize,
  };
}
