/**
 * What the declarations of the package name and a project's own libraries may lack: WebGPU, which TypeScript's DOM has from 6 on and
 * @webgpu/types before, and `Symbol.dispose`, which ES2022 does not have. Interfaces of the same name are joined, so where the libraries
 * have them nothing changes; where they have not, a device can be handed on, and @webgpu/types says what it can do.
 */

interface SymbolConstructor {
  readonly dispose: unique symbol;
}

// biome-ignore lint/suspicious/noEmptyInterface: all that it has is declared differently in the two libraries.
interface GPU {}

interface GPUAdapterInfo {
  readonly vendor: string;
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
