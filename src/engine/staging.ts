/** Brings results from the GPU to main memory. */

/** What staging needs of an engine. */
export interface StagingHost {
  readonly device: GPUDevice;
  check(): void;
  allocate(label: string, bytes: number, usage: number, kept?: boolean): GPUBuffer;
  release(buffer: GPUBuffer): void;
  attempt<T>(what: string, run: () => T): T;
  answer<T>(what: string, promise: Promise<T>): Promise<T>;
  settle(): Promise<void>;
}

/** Buffers through which results come back to the host. They are kept and used again, one for each power of two that is read at once. */
export class Staging {
  readonly #engine: StagingHost;
  readonly #free = new Map<number, GPUBuffer[]>();

  constructor(engine: StagingHost) {
    this.#engine = engine;
  }

  /** The first `bytes` of a buffer, after all work submitted before. Throws what the device reports of it, DISPOSED, DEVICE_LOST. */
  async read(buffer: GPUBuffer, bytes: number): Promise<ArrayBuffer> {
    const engine = this.#engine;
    engine.check();
    const size = 2 ** Math.ceil(Math.log2(Math.max(256, bytes)));
    const free = this.#free.get(size) ?? [];
    this.#free.set(size, free);
    const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
    const staging = free.pop() ?? engine.allocate(`staging ${size}`, size, usage, true);
    try {
      const what = `Reading "${buffer.label}"`;
      const mapped = engine.attempt(what, () => {
        const encoder = engine.device.createCommandEncoder({ label: `read ${buffer.label}` });
        encoder.copyBufferToBuffer(buffer, 0, staging, 0, Math.ceil(bytes / 4) * 4);
        engine.device.queue.submit([encoder.finish()]);
        return staging.mapAsync(GPUMapMode.READ);
      });
      await engine.answer(what, mapped);
      await engine.settle();
      const copy = staging.getMappedRange().slice(0, bytes);
      staging.unmap();
      free.push(staging);
      return copy;
    } catch (error) {
      engine.release(staging);
      throw error;
    }
  }
}
