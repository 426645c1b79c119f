/** Compares with onnxruntime-web on WebGPU. */
import wasmUrl from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url";
import * as ort from "onnxruntime-web/webgpu";
import { roundUp } from "../../src/engine/tensor.ts";
import { programOf } from "./masked-program.ts";
import { externalData, type OnnxGraph, type OnnxValue, writeModel } from "./onnx.ts";
import { onnxGraph } from "./onnx-program.ts";
import type { DenseSpec, NetSpec, Peer, PeerNet, PeerRun } from "./peer.ts";
import { layerProgram, type Program } from "./program.ts";

/** onnxruntime-web on its WebGPU execution provider. Every run reads and writes the same GPU buffers. */
class OrtWebgpu implements Peer {
  readonly name = "onnxruntime-web WebGPU";
  readonly version = ort.env.versions.web ?? "";
  readonly settings =
    "native WebGPU execution provider, layout NHWC, all graph optimizations, graph capture, inputs and outputs bound to GPU buffers";
  readonly #device: GPUDevice;
  /** Until the last session is gone: the library does one thing at a time. */
  #released: Promise<void> = Promise.resolve();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  layer(spec: DenseSpec): Promise<PeerRun | string> {
    return this.#prepare(layerProgram(spec));
  }

  async net(spec: NetSpec): Promise<PeerNet | string> {
    const program = programOf(spec);
    return typeof program === "string" ? program : this.#prepare(program);
  }

  async #prepare(program: Program): Promise<PeerNet | string> {
    // It writes to the queue from shared memory, which Dawn in Node refuses.
    if (import.meta.env.SSR) return "The WebGPU execution provider of onnxruntime-web runs in browsers only.";
    const graph = onnxGraph(program, "NHWC");
    await this.#released;
    const session = await ort.InferenceSession.create(writeModel(graph), {
      executionProviders: [{ name: "webgpu", preferredLayout: "NHWC", device: this.#device }],
      graphOptimizationLevel: "all",
      enableGraphCapture: true,
      preferredOutputLocation: "gpu-buffer",
      externalData: externalData(graph),
    });
    const run = new BoundRun(this.#device, session, graph, (released) => {
      this.#released = released;
    });
    for (const [index, { values }] of program.inputs.entries()) run.write(index, values);
    return run;
  }

  dispose(): void {}
}

/** A session with a GPU buffer for each of its inputs and for its output. */
class BoundRun implements PeerNet {
  readonly #device: GPUDevice;
  readonly #session: ort.InferenceSession;
  readonly #inputs: readonly Bound[];
  readonly #outputs: readonly Bound[];
  readonly #onDispose: (released: Promise<void>) => void;

  constructor(
    device: GPUDevice,
    session: ort.InferenceSession,
    { inputs, outputs }: OnnxGraph,
    onDispose: (released: Promise<void>) => void,
  ) {
    this.#device = device;
    this.#session = session;
    this.#onDispose = onDispose;
    this.#inputs = inputs.map((value) => bind(device, value));
    this.#outputs = outputs.map((value) => bind(device, value));
  }

  write(index: number, values: Float32Array<ArrayBuffer>): void {
    this.#device.queue.writeBuffer((this.#inputs[index] as Bound).buffer, 0, values);
  }

  async submit(): Promise<void> {
    const tensors = (bound: readonly Bound[]) => Object.fromEntries(bound.map(({ name, tensor }) => [name, tensor]));
    await this.#session.run(tensors(this.#inputs), tensors(this.#outputs));
  }

  async run(): Promise<void> {
    await this.submit();
    await this.#device.queue.onSubmittedWorkDone();
  }

  async read(): Promise<Float32Array> {
    const [{ buffer, size }] = this.#outputs as [Bound];
    const staging = this.#device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    const encoder = this.#device.createCommandEncoder();
    encoder.copyBufferToBuffer(buffer, 0, staging, 0, size);
    this.#device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    const values = new Float32Array(staging.getMappedRange().slice());
    staging.destroy();
    return values;
  }

  dispose(): void {
    // On a lost device there is nothing left to release.
    const released = this.#session.release().catch(() => {});
    this.#onDispose(
      released.then(() => {
        for (const { buffer } of [...this.#inputs, ...this.#outputs]) buffer.destroy();
      }),
    );
  }
}

interface Bound {
  readonly name: string;
  readonly buffer: GPUBuffer;
  /** Bytes of its values. */
  readonly size: number;
  readonly tensor: ort.Tensor;
}

function bind(device: GPUDevice, { name, dims }: OnnxValue): Bound {
  const size = 4 * dims.reduce((product, extent) => product * extent, 1);
  const buffer = device.createBuffer({
    label: name,
    // Its kernels read and write whole vec4s.
    size: roundUp(size, 16),
    usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
  });
  return { name, buffer, size, tensor: ort.Tensor.fromGpuBuffer(buffer, { dataType: "float32", dims }) };
}

export async function open(device: GPUDevice): Promise<Peer> {
  // Threads serve what the execution provider leaves to the CPU, which is nothing here.
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = { wasm: wasmUrl };
  return new OrtWebgpu(device);
}
