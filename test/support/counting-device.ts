/** A device that counts the GPU objects created through it. */
export interface CountingDevice {
  device: GPUDevice;
  /** Calls of create* so far by name, command encoders apart: a run needs those. */
  counts(): Record<string, number>;
  /** All of them together. */
  total(): number;
}

export function countCreations(real: GPUDevice): CountingDevice {
  const counts: Record<string, number> = {};
  const device = new Proxy(real, {
    get(target, key) {
      const value = Reflect.get(target, key);
      if (typeof value !== "function") return value;
      return (...parameters: unknown[]) => {
        if (typeof key === "string" && key.startsWith("create") && key !== "createCommandEncoder") counts[key] = (counts[key] ?? 0) + 1;
        return value.apply(target, parameters);
      };
    },
  });
  return { device, counts: () => ({ ...counts }), total: () => Object.values(counts).reduce((sum, count) => sum + count, 0) };
}

/** A device of our own, with the features and limits that the engine would ask for. */
export async function freshDevice(): Promise<GPUDevice> {
  const { requestDevice } = await import("../../src/engine/adapter.ts");
  return requestDevice(navigator.gpu);
}
