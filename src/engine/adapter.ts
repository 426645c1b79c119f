/** Requests GPU devices, and tells real GPUs from software. */
import { EngineError } from "./errors.ts";
import { refuseOption } from "./printable.ts";

/** What executes the kernels. `software` is true for CPU adapters (SwiftShader, lavapipe, WARP): their times say nothing about GPUs. */
export interface AdapterInfo {
  vendor: string;
  architecture: string;
  description: string;
  software: boolean;
}

const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|warp|basic render|\bcpu\b/i;

/** Reads an adapter's description; every field is a string, empty where the browser hides it. */
export function describeAdapter(info: GPUAdapterInfo): AdapterInfo {
  const { vendor, architecture, description, device } = info;
  const software = info.isFallbackAdapter === true || SOFTWARE.test(`${vendor} ${architecture} ${description} ${device}`);
  return { vendor, architecture, description: description || device, software };
}

/** All that is known of it, in one line. */
export function adapterName({ vendor, architecture, description }: AdapterInfo): string {
  return [vendor, architecture, description].filter(Boolean).join(" ") || "unnamed adapter";
}

const OPTIONAL_FEATURES: readonly GPUFeatureName[] = ["timestamp-query", "shader-f16", "subgroups"];

const RAISED_LIMITS = [
  "maxStorageBufferBindingSize",
  "maxBufferSize",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxStorageBuffersPerShaderStage",
] as const;

/**
 * What to request a device with that an engine shares: every useful feature that the adapter has, and limits raised to what it offers. A
 * device without them serves, too, with slower kernels and smaller nets. `own`: what the host needs beside; of a limit that both name, the
 * engine's is the adapter's most.
 */
export function deviceDescriptor(adapter: GPUAdapter, own: GPUDeviceDescriptor = {}): GPUDeviceDescriptor {
  const useful = OPTIONAL_FEATURES.filter((feature) => adapter.features.has(feature));
  return {
    ...own,
    requiredFeatures: [...new Set([...(own.requiredFeatures ?? []), ...useful])],
    requiredLimits: { ...own.requiredLimits, ...Object.fromEntries(RAISED_LIMITS.map((name) => [name, adapter.limits[name]])) },
  };
}

/**
 * A new device with every useful feature that the adapter has and its limits raised to what it offers.
 * Throws NO_WEBGPU or NO_ADAPTER.
 */
export async function requestDevice(gpu: GPU | undefined): Promise<GPUDevice> {
  if (!gpu) {
    throw new EngineError(
      "NO_WEBGPU",
      "This environment has no WebGPU.",
      globalThis.process?.versions?.node
        ? "In Node, install the package webgpu, and give `gpu: create([])` of it."
        : "Use Chrome or Edge 113 or newer on https or localhost, or give a GPUDevice as `device`.",
    );
  }
  if (typeof gpu.requestAdapter !== "function") refuseOption("gpu is", gpu, "Give navigator.gpu, or nothing.");
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) {
    throw new EngineError(
      "NO_ADAPTER",
      "WebGPU found no adapter.",
      "Start Chrome with --enable-unsafe-webgpu (and --use-webgpu-adapter=swiftshader on a machine without a GPU).",
    );
  }
  return adapter.requestDevice(deviceDescriptor(adapter, { label: "relabel" }));
}
