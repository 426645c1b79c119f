/** Compares with onnxruntime-web on the CPU. */
import moduleUrl from "onnxruntime-web/ort-wasm-simd-threaded.mjs?url";
import wasmUrl from "onnxruntime-web/ort-wasm-simd-threaded.wasm?url";
import * as ort from "onnxruntime-web/wasm";
import { programOf } from "./masked-program.ts";
import { externalData, type OnnxValue, writeModel } from "./onnx.ts";
import { onnxGraph } from "./onnx-program.ts";
import type { DenseSpec, NetSpec, Peer, PeerNet, PeerRun } from "./peer.ts";
import { layerProgram, type Program } from "./program.ts";

/** onnxruntime-web on the CPU. Images go in and come back as NCHW; it changes the layout inside. */
class OrtWasm implements Peer {
  readonly name = "onnxruntime-web WASM";
  readonly version = ort.env.versions.web ?? "";
  readonly settings = `SIMD, threads: ${ort.env.wasm.numThreads}, images NCHW, all graph optimizations`;

  layer(spec: DenseSpec): Promise<PeerRun> {
    return prepare(layerProgram(spec));
  }

  async net(spec: NetSpec): Promise<PeerNet | string> {
    const program = programOf(spec);
    return typeof program === "string" ? program : prepare(program);
  }

  dispose(): void {}
}

async function prepare(program: Program): Promise<PeerNet> {
  const graph = onnxGraph(program, "NCHW");
  const session = await ort.InferenceSession.create(writeModel(graph), {
    executionProviders: ["wasm"],
    graphOptimizationLevel: "all",
    externalData: externalData(graph),
  });
  const run = new CpuRun(session, graph.inputs, graph.outputs[0] as OnnxValue);
  for (const [index, { values }] of program.inputs.entries()) run.write(index, values);
  return run;
}

class CpuRun implements PeerNet {
  readonly #session: ort.InferenceSession;
  readonly #inputs: readonly OnnxValue[];
  readonly #feeds: Record<string, ort.Tensor> = {};
  readonly #output: OnnxValue;
  #values: Float32Array | undefined;

  constructor(session: ort.InferenceSession, inputs: readonly OnnxValue[], output: OnnxValue) {
    this.#session = session;
    this.#inputs = inputs;
    this.#output = output;
  }

  write(index: number, values: Float32Array<ArrayBuffer>): void {
    const { name, dims } = this.#inputs[index] as OnnxValue;
    this.#feeds[name] = new ort.Tensor("float32", dims.length === 4 ? toNchw(values, dims) : values, dims);
  }

  async run(): Promise<void> {
    const { name } = this.#output;
    const { [name]: tensor } = await this.#session.run(this.#feeds, [name]);
    this.#values = tensor?.data as Float32Array;
  }

  async read(): Promise<Float32Array> {
    const { dims } = this.#output;
    const values = this.#values as Float32Array;
    return dims.length === 4 ? toNhwc(values, dims) : values;
  }

  dispose(): void {
    void this.#session.release();
  }
}

/** `dims` are those of the result of the one and of the argument of the other: batch, channels, height, width. */
function toNchw(values: Float32Array, dims: readonly number[]): Float32Array {
  const [, channels, height, width] = dims as [number, number, number, number];
  const pixels = height * width;
  const out = new Float32Array(values.length);
  for (let at = 0; at < values.length; at++) {
    const [image, pixel] = [Math.floor(at / (channels * pixels)), at % pixels];
    const channel = Math.floor(at / pixels) % channels;
    out[at] = values[(image * pixels + pixel) * channels + channel] as number;
  }
  return out;
}

function toNhwc(values: Float32Array, [batch, channels, height, width]: readonly number[]): Float32Array {
  return toNchw(values, [batch as number, (height as number) * (width as number), channels as number, 1]);
}

export async function open(): Promise<Peer> {
  const parallel = typeof crossOriginIsolated !== "undefined" && crossOriginIsolated;
  // By default half of the cores.
  ort.env.wasm.numThreads = parallel ? navigator.hardwareConcurrency : 1;
  // In Node the library finds its files by itself. In a bundle its threads would load the bundle, so they are given their own module.
  if (!import.meta.env.SSR) ort.env.wasm.wasmPaths = { wasm: wasmUrl, mjs: moduleUrl };
  return new OrtWasm();
}
