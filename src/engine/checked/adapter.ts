/** Adapters and random numbers: functions that refuse wrong arguments. */
import * as adapters from "../adapter.ts";
import * as random from "../random.ts";
import { ensure, isObject, isWhole } from "./arguments.ts";

/** All that is known of it, in one line. Throws INVALID. */
export function adapterName(info: adapters.AdapterInfo): string {
  const texts = isObject(info) && [info.vendor, info.architecture, info.description].every((text) => typeof text === "string");
  ensure(texts, "adapterName describes", info, "Give the `adapter` of an engine or session.");
  return adapters.adapterName(info);
}

/**
 * What to request a device with that an engine shares: every useful feature that the adapter has, and limits raised to what it offers. A
 * device without them serves, too, with slower kernels and smaller nets. `own`: what the host needs beside; of a limit that both name, the
 * engine's is the adapter's most. Throws INVALID.
 */
export function deviceDescriptor(adapter: GPUAdapter, own: GPUDeviceDescriptor = {}): GPUDeviceDescriptor {
  const holds = typeof adapter?.features?.has === "function" && typeof adapter.limits?.maxBufferSize === "number";
  ensure(holds, "deviceDescriptor describes", adapter, "Give a GPUAdapter: await navigator.gpu.requestAdapter().");
  ensure(isObject(own), "deviceDescriptor's second argument is", own, "Give a GPUDeviceDescriptor, or nothing.");
  const { requiredFeatures = [], requiredLimits = {} } = own;
  const features = typeof requiredFeatures === "object" && Symbol.iterator in (requiredFeatures ?? {});
  ensure(features, "The requiredFeatures are", requiredFeatures, "Give a list of features' names.");
  ensure(isObject(requiredLimits), "The requiredLimits are", requiredLimits, "Give an object: { maxBufferSize: 2 ** 30 }.");
  return adapters.deviceDescriptor(adapter, own);
}

/** pcg4d (Jarzynski & Olano 2020): four 32-bit hashes of (seed, stream, sample, index), as the kernels compute them. Throws INVALID. */
export function pcg4d(seed: number, stream: number, sample: number, index: number): [number, number, number, number] {
  for (const [name, value] of Object.entries({ seed, stream, sample, index })) {
    ensure(isWhole(value, 0, 2 ** 32 - 1), `pcg4d's ${name} is`, value, "Give whole numbers from 0 to 2 ** 32 - 1.");
  }
  return random.pcg4d(seed, stream, sample, index);
}
