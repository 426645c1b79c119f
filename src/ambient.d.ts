/**
 * Declares what the package's types need and a project's own libraries may lack. WebGPU is in TypeScript's DOM from 6 on, and in
 * @webgpu/types before; ES2022 has no `Symbol.dispose`. Interfaces of the same name are joined, so nothing changes where the libraries have
 * them; where they do not, a device can be handed on, and @webgpu/types says what it can do.
 */

interface SymbolConstructor {
  readonly dispose: unique symbol;
}

// biome-ignore lint/suspicious/noEmptyInterface: all that it has is declared differently in the two libraries.
interface GPU {}

interface GPUAdapterInfo {
  readonly vendor: string;
}

interface GPUAdapter {
  readonly info: GPUAdapterInfo;
}

interface GPUDeviceDescriptor {
  label?: string;
}

interface GPUDevice {
  readonly queue: GPUQueue;
  label: string;
}

interface GPUQueue {
  label: string;
}

interface GPUBuffer {
  label: string;
}

interface GPUBufferBinding {
  buffer: GPUBuffer;
}

interface GPUBindGroup {
  label: string;
}

interface GPUBindGroupLayout {
  label: string;
}

interface GPUComputePipeline {
  label: string;
}

interface GPUCommandBuffer {
  label: string;
}

interface GPUCommandEncoder {
  label: string;
}

interface GPUComputePassEncoder {
  label: string;
}

interface GPUComputePassDescriptor {
  label?: string;
}
