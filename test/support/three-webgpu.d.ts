/** What tests use of three.js, which has no types of its own. */
declare module "three/webgpu" {
  export class Scene {
    add(...objects: object[]): void;
  }
  export class PerspectiveCamera {
    constructor(fov: number, aspect: number, near: number, far: number);
    position: { z: number };
  }
  export class BoxGeometry {}
  export class MeshBasicMaterial {
    constructor(parameters: { color: number });
  }
  export class Mesh {
    constructor(geometry: object, material: object);
    rotation: { x: number; y: number };
  }
  export class RenderTarget {
    constructor(width: number, height: number);
  }
  export class WebGPURenderer {
    constructor(parameters: { device: GPUDevice; canvas?: HTMLCanvasElement });
    init(): Promise<this>;
    setRenderTarget(target: RenderTarget | null): void;
    render(scene: Scene, camera: PerspectiveCamera): void;
    readRenderTargetPixelsAsync(target: RenderTarget, x: number, y: number, width: number, height: number): Promise<Uint8Array>;
    dispose(): void;
  }
}
