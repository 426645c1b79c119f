/** Wraps a plan of the engine as a run like those of other libraries, so that one loop times all. */
import type { Engine } from "../src/engine/engine.ts";
import type { Plan } from "../src/engine/plan.ts";
import { sizeOf, type Tensor } from "../src/engine/tensor.ts";
import type { Shape } from "../src/graph/graph.ts";
import type { Recordable } from "./measure.ts";

/** A compiled plan of the engine as a run to be timed; `output` holds `batch` images of `shape`. */
export class OwnRun implements Recordable {
  paced = false;
  readonly #engine: Engine;
  readonly #plan: Plan;
  readonly #output: Tensor;
  readonly #shape: Shape;

  constructor(engine: Engine, plan: Plan, output: Tensor, shape: Shape) {
    this.#engine = engine;
    this.#plan = plan;
    this.#output = output;
    this.#shape = shape;
  }

  record(pass: GPUComputePassEncoder): void {
    this.#plan.encode(pass);
  }

  async submit(): Promise<void> {
    if (this.paced) return this.#plan.run();
    const { device } = this.#engine;
    const encoder = device.createCommandEncoder({ label: "run" });
    const pass = encoder.beginComputePass({ label: "run" });
    this.record(pass);
    pass.end();
    device.queue.submit([encoder.finish()]);
  }

  async run(): Promise<void> {
    await this.submit();
    await this.#engine.finish();
  }

  /** The first `images` of the output without padding of channels. */
  async read(images = this.#output.shape[0] as number): Promise<Float32Array> {
    const channels = this.#shape[2];
    const padded = this.#output.shape.at(-1) as number;
    const values = await this.#output.read((images * this.#output.size) / (this.#output.shape[0] as number));
    if (padded === channels) return values;
    const size = images * sizeOf(this.#shape);
    return Float32Array.from({ length: size }, (_, at) => values[Math.floor(at / channels) * padded + (at % channels)] as number);
  }

  /** Some values of the output, by their index in it without padding; the rest stays on the GPU. */
  async readAt(indices: readonly number[]): Promise<Float32Array> {
    const channels = this.#shape[2];
    const padded = this.#output.shape.at(-1) as number;
    const { device } = this.#engine;
    const gathered = this.#engine.buffer("samples of the output", indices.length * 4);
    const encoder = device.createCommandEncoder({ label: "samples of the output" });
    indices.forEach((index, at) => {
      const place = Math.floor(index / channels) * padded + (index % channels);
      encoder.copyBufferToBuffer(this.#output.buffer, place * 4, gathered, at * 4, 4);
    });
    device.queue.submit([encoder.finish()]);
    try {
      return new Float32Array(await this.#engine.readBuffer(gathered, indices.length * 4));
    } finally {
      this.#engine.release(gathered);
    }
  }

  dispose(): void {
    this.#plan.dispose();
  }
}
