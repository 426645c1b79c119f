/** What a session can be told of its classifier, and what is loaded then. */
import type { Node } from "../graph/graph.ts";
import type { InputSpec } from "../nets/input-spec.ts";
import type { BytesInput } from "../nets/weights/bytes.ts";
import type { DownloadOptions } from "../nets/weights/download-options.ts";
import type { TensorValues } from "../nets/weights/encode-safetensors.ts";
import type { WeightsInput } from "../nets/weights/open-weights.ts";
import type { Safetensors } from "../nets/weights/safetensors.ts";
import type { WeightSource } from "../ops/weight-source.ts";
import type { TeacherDefinition } from "../zoo/teachers.ts";
import type { Outputs } from "./outputs.ts";
import type { Preprocessing } from "./preprocessing.ts";

/** A user's own classifier: a net made with GraphBuilder, its weights, and how it takes photos. */
export interface Classifier {
  /** What results call it; "classifier" by default. */
  readonly name?: string | undefined;
  /** The builder's nodes: the first is the input, whose height and width are the photo's, and the last gives a logit a class. */
  readonly net: readonly Node[];
  /** The tensors that the nodes' keys name: a safetensors file, or their values. */
  readonly weights: WeightsInput | Readonly<Record<string, TensorValues>>;
  /** What of the input is not as torchvision's classifiers have it. */
  readonly input?: Partial<Omit<InputSpec, "height" | "width">> | undefined;
  /** A name for every class; "class 0", "class 1"... by default. */
  readonly labels?: readonly string[] | undefined;
  readonly outputs?: Outputs | undefined;
  /** Names of the layers of class activation maps and of excitation backprop; found by the net's structure by default. */
  readonly layers?: { readonly cam?: string; readonly excitation?: string } | undefined;
}

/** An ONNX classifier: the model, and the file or files beside it, where it keeps its weights in such. */
export interface OnnxInput {
  readonly onnx: BytesInput;
  /** The only such file, or what gives each by its name; of a model at an address, those beside it by default. */
  readonly data?: BytesInput | ((file: string) => BytesInput | Promise<BytesInput>) | undefined;
}

/** What is to be loaded, wherever it comes from. */
export interface Model {
  readonly definition: TeacherDefinition;
  /** The weights; once more for another device. A file has to be matched with the definition. Throws BAD_WEIGHTS, ABORTED. */
  open(options: DownloadOptions): Promise<Safetensors | WeightSource>;
  readonly input?: Partial<InputSpec> | undefined;
  readonly labels?: readonly string[] | undefined;
  readonly outputs?: Outputs | undefined;
}

/** Gives the files that a session asks for by name: its bytes, a Blob or File, a URL, a source of your own, or an index with its shards. */
export type ReadWeights = (file: string) => WeightsInput | Promise<WeightsInput>;

/** Which classifier to load, and where its weights are. */
export interface ModelOptions extends DownloadOptions {
  /**
   * The classifier: one of TEACHERS, or its name ("efficientnet-lite0" by default); a safetensors file of one of these architectures, or any
   * ONNX file (its bytes, a Blob, a URL object, shards, or { onnx, data } where an ONNX model has its weights in another file); or a Classifier.
   */
  model?: string | TeacherDefinition | WeightsInput | OnnxInput | Classifier | undefined;
  /**
   * Where files come from that are asked for by name, those of TEACHERS and "vae.safetensors": "auto", the default, takes the package's own,
   * and those of other nets from where they are published; an address that ends in "/" is a folder that has them; a function gives each. Or
   * the file of the model: its address, bytes, Blob or shards. Addresses as text are relative to the page.
   */
  weights?: "auto" | (string & {}) | ReadWeights | WeightsInput | undefined;
  /** How the model takes photos, by name; see PREPROCESSINGS. What `input` says goes first. */
  preprocess?: Preprocessing | undefined;
  /** What of the input is not as the model has it. */
  input?: Partial<InputSpec> | undefined;
  /** A name for every class. */
  labels?: readonly string[] | undefined;
  /** "softmax" by default, "sigmoid" of a single output; of an ONNX model what its last layer is. */
  outputs?: Outputs | undefined;
  /** @deprecated Use `model`. */
  teacher?: string | TeacherDefinition | undefined;
  /** @deprecated Use `weights`. */
  readWeights?: ReadWeights | undefined;
}
