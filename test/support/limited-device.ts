/** The device as one that binds no more than this at once. */
export function limitBinding(device: GPUDevice, bytes: number): GPUDevice {
  const limits = new Proxy(device.limits, {
    get: (target, key) => (key === "maxStorageBufferBindingSize" ? bytes : Reflect.get(target, key)),
  });
  return new Proxy(device, {
    get(target, key) {
      if (key === "limits") return limits;
      const value = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
