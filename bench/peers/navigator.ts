/** Gives Node the `navigator.gpu` by which TensorFlow.js tells whether there is WebGPU; for the rest it is given a device. */
export function provideNavigator(): void {
  if (typeof navigator === "undefined") Object.defineProperty(globalThis, "navigator", { value: { gpu: {} }, configurable: true });
  else if (!navigator.gpu) Object.defineProperty(navigator, "gpu", { value: {}, configurable: true });
}
