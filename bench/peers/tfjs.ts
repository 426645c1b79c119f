/** Compares with TensorFlow.js on WebGPU. */
import { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import * as tf from "@tensorflow/tfjs-core";
import { programOf } from "./masked-program.ts";
import { provideNavigator } from "./navigator.ts";
import type { DenseSpec, NetSpec, Peer, PeerNet, PeerRun } from "./peer.ts";
import { largestArray, layerProgram, type Program, readsOf, type Step } from "./program.ts";
import { hasActivation } from "./tfjs-activations.ts";
import { type Layer, prepareLayer } from "./tfjs-layer.ts";

const BACKEND = "webgpu";

/** TensorFlow.js on its WebGPU backend. Nets run one operator after the other, as converted models do. */
class Tfjs implements Peer {
  readonly name = "TensorFlow.js WebGPU";
  readonly version = tf.version_core;
  readonly settings =
    "fused operators, NHWC, weights uploaded beforehand, what its queue defers (15 operators) submitted at the end of a run";
  readonly #backend: WebGPUBackend;
  #runs = 0;

  constructor(backend: WebGPUBackend) {
    this.#backend = backend;
  }

  async layer(spec: DenseSpec): Promise<PeerRun | string> {
    return this.#prepare(layerProgram(spec));
  }

  async net(spec: NetSpec): Promise<PeerNet | string> {
    const program = programOf(spec);
    return typeof program === "string" ? program : this.#prepare(program);
  }

  #prepare(program: Program): PeerNet | string {
    // Its convolutions have filters of all channels, or of one.
    const grouped = ({ op, inShape, ...step }: Step) => op === "conv" && "groups" in step && ![1, inShape[2]].includes(step.groups);
    if (program.steps.some(grouped)) return "TensorFlow.js has no grouped convolutions.";
    if (!program.steps.every(({ activation }) => hasActivation(activation))) return "TensorFlow.js has ELUs of an alpha of 1 only.";
    const largest = largestArray(program);
    const limit = this.#backend.device.limits.maxStorageBufferBindingSize;
    if (largest > limit) return `TensorFlow.js would bind an array of ${largest} bytes at once, and this device allows ${limit}.`;
    this.#runs++;
    return new EagerRun(this.#backend, program, () => {
      this.#runs--;
      // Without this the backend would keep the buffers of every size that it ever used.
      if (this.#runs === 0) this.#backend.bufferManager.dispose();
    });
  }

  dispose(): void {
    tf.removeBackend(BACKEND);
  }
}

class EagerRun implements PeerNet {
  readonly #backend: WebGPUBackend;
  readonly #layers: readonly NamedLayer[];
  readonly #inputs: Map<string, tf.Tensor>;
  readonly #onDispose: () => void;
  #output: tf.Tensor | undefined;

  constructor(backend: WebGPUBackend, { batch, inputs, steps }: Program, onDispose: () => void) {
    this.#backend = backend;
    this.#onDispose = onDispose;
    const dense = steps[0]?.op === "linear";
    const tensors = inputs.map(({ name, shape, values }) => {
      return [name, tf.tensor(values, dense ? [batch, values.length / batch] : [batch, ...shape])] as const;
    });
    this.#inputs = new Map(tensors);
    this.#layers = nameLayers(steps, new Set(this.#inputs.keys()));
    for (const { dataId } of this.#constants) backend.uploadToGPU(dataId);
    this.#flush();
  }

  get #constants(): tf.Tensor[] {
    return [...this.#inputs.values(), ...this.#layers.flatMap(({ weights }) => weights)];
  }

  write(index: number, values: Float32Array<ArrayBuffer>): void {
    const [name, former] = [...this.#inputs][index] as [string, tf.Tensor];
    const tensor = tf.tensor(values, former.shape);
    former.dispose();
    this.#backend.uploadToGPU(tensor.dataId);
    this.#inputs.set(name, tensor);
  }

  async submit(): Promise<void> {
    this.#output?.dispose();
    const values = new Map(this.#inputs);
    for (const { reads, out, run, finished } of this.#layers) {
      const [x, ...others] = reads.map((name) => values.get(name)) as [tf.Tensor, ...tf.Tensor[]];
      this.#output = tf.tidy(() => run(x, ...others));
      values.set(out, this.#output);
      for (const name of finished) values.get(name)?.dispose();
    }
    this.#flush();
  }

  /** Submits what the backend has recorded and holds back. */
  #flush(): void {
    this.#backend.ensureCommandEncoderReady();
    this.#backend.endComputePassEncoder();
    this.#backend.submitQueue();
  }

  async run(): Promise<void> {
    await this.submit();
    await this.#backend.queue.onSubmittedWorkDone();
  }

  async read(): Promise<Float32Array> {
    return (await (this.#output as tf.Tensor).data()) as Float32Array;
  }

  dispose(): void {
    for (const tensor of this.#constants) tensor.dispose();
    this.#output?.dispose();
    this.#onDispose();
  }
}

interface NamedLayer extends Layer {
  /** Names of its input, and of its residual or what is joined to it. */
  readonly reads: readonly string[];
  readonly out: string;
  /** Values that nothing after it reads. */
  readonly finished: readonly string[];
}

function nameLayers(steps: readonly Step[], kept: ReadonlySet<string>): NamedLayer[] {
  const later = new Set(kept);
  const layers: NamedLayer[] = [];
  for (const step of steps.toReversed()) {
    const reads = readsOf(step);
    const finished = reads.filter((name) => !later.has(name));
    for (const name of finished) later.add(name);
    layers.unshift({ ...prepareLayer(step), reads, out: step.out, finished });
  }
  return layers;
}

export async function open(device: GPUDevice): Promise<Peer> {
  provideNavigator();
  // The package registers a backend that requests a device of its own.
  if (tf.findBackendFactory(BACKEND)) tf.removeBackend(BACKEND);
  const backend = new WebGPUBackend(device, device.adapterInfo);
  tf.registerBackend(BACKEND, () => backend);
  await tf.setBackend(BACKEND);
  return new Tfjs(backend);
}
