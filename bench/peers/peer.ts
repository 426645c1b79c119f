/** What another library must offer so that the benchmark can measure it; adding one starts here. */
import type { Activation, Node } from "../../src/graph/graph.ts";
import type { Sides } from "../../src/ops/shape.ts";

/** A layer with weights as every library gets it. Images are NHWC without padding of channels; all arrays are f32, row-major. */
export interface DenseSpec {
  /** `gemm` is a plain matrix product: `height` x `width` x `batch` are its rows, `channels` its inner extent, `outputs` its columns. */
  readonly kind: "conv" | "depthwise" | "gemm";
  readonly name: string;
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly outputs: number;
  /** The window, along y and x. */
  readonly kernel: Sides;
  readonly stride: Sides;
  readonly dilation: Sides;
  /** Groups of channels that do not meet: 1 for most, all channels of a depthwise convolution. */
  readonly groups: number;
  /** Rows of zeros above the image and columns to its left. Below and right there are as many as the output's size needs, which may differ. */
  readonly pad: readonly [top: number, left: number];
  /** After bias and residual. */
  readonly activation: Activation | undefined;
  /** batch x height x width x channels. */
  readonly input: Float32Array<ArrayBuffer>;
  /** conv and depthwise: outputs x (channels of a group) x kernel; gemm: channels x outputs, not transposed. */
  readonly weights: Float32Array<ArrayBuffer>;
  /** One value an output. */
  readonly bias: Float32Array<ArrayBuffer>;
  /** Added before the activation: batch x outHeight x outWidth x outputs. */
  readonly residual: Float32Array<ArrayBuffer> | undefined;
}

/** A net as every library gets it: a whole one, a block, or one layer. */
export interface NetSpec {
  readonly name: string;
  readonly batch: number;
  /** Layers in order; the last is the output. `weightShapes` of src/graph/graph.ts lists the tensors they read. */
  readonly nodes: readonly Node[];
  /** Values of one of these tensors, in PyTorch's order; the same at every call. */
  tensor(key: string, shape: readonly number[]): Float32Array<ArrayBuffer>;
  /** One for each node that reads nothing, in their order: batch x height x width x channels, NHWC. Where there are masks, those of `MASK_INPUTS`. */
  readonly inputs: readonly Float32Array<ArrayBuffer>[];
  /** Lets the net, which has one input, see a photo through masks, and returns what an explanation needs of it. */
  readonly masks?: MaskSpec | undefined;
}

/**
 * A mask is rows x grid x columns, a matrix product: the small grid stretched to the photo's size at a shift of its own. The output is the sum
 * of the batch's masks, each weighted by the target's probability (softmax) where the net sees photo x mask: 1 x height x width x 1.
 */
export interface MaskSpec {
  /** Of a side of the grid. */
  readonly cells: number;
  /** height x width x channels, as the net takes it. */
  readonly photo: Float32Array<ArrayBuffer>;
  /** Index of a class. */
  readonly target: number;
}

/** A layer or net that a library has made ready: its input and weights are on the GPU. */
export interface PeerRun {
  /** One run; resolves when the GPU has finished it and all runs before. Reads nothing back. */
  run(): Promise<void>;
  /** Submits one run without waiting for the GPU, so that many can be timed together. Absent where the library cannot. */
  submit?(): Promise<void>;
  /** What else should be known of it, in a few words. */
  readonly note?: string;
  /** The output of the last run as NHWC without padding of channels (a gemm: rows x columns). Never timed. */
  read(): Promise<Float32Array>;
  dispose(): void;
}

/** A net whose inputs can change. */
export interface PeerNet extends PeerRun {
  /** Replaces the values of an input, counted as the spec's, for the runs to come. */
  write(input: number, values: Float32Array<ArrayBuffer>): void;
}

/** Another library that computes the same layers and nets, to be timed by the same loop. */
export interface Peer {
  readonly name: string;
  readonly version: string;
  /** What was set other than by default, in a few words for the report. */
  readonly settings: string;
  /** Makes a layer ready, or says in one sentence why this library cannot compute it. */
  layer(spec: DenseSpec): Promise<PeerRun | string>;
  net(spec: NetSpec): Promise<PeerNet | string>;
  dispose(): void;
}

/** What bench/peers/NAME.ts exports. */
export interface PeerModule {
  /** `device` is the benchmark's own: a library that can adopt a device uses it, and never destroys it. */
  open(device: GPUDevice): Promise<Peer>;
}
