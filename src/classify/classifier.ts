/** Makes a model to load of what the user gives: a name, a file of weights, or a net built in code. */
import { EngineError } from "../engine/errors.ts";
import { refuseOption } from "../engine/printable.ts";
import type { Node } from "../graph/graph.ts";
import { IMAGENET_INPUT, type InputSpec } from "../nets/input-spec.ts";
import type { DownloadOptions } from "../nets/weights/download-options.ts";
import type { TensorValues } from "../nets/weights/encode-safetensors.ts";
import { isLocal, openWeights, type WeightsInput } from "../nets/weights/open-weights.ts";
import type { Safetensors } from "../nets/weights/safetensors.ts";
import { numberedLabels } from "../zoo/labels.ts";
import { findTeacher, TEACHERS, type TeacherDefinition } from "../zoo/teachers.ts";
import type { Outputs } from "./outputs.ts";

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

/** What is to be loaded, wherever it comes from. */
export interface Model {
  readonly definition: TeacherDefinition;
  /** The weights; once more for another device. Throws BAD_WEIGHTS, ABORTED. */
  open(options: DownloadOptions): Promise<Safetensors>;
  readonly input?: Partial<InputSpec> | undefined;
  readonly labels?: readonly string[] | undefined;
  readonly outputs?: Outputs | undefined;
}

/** Gives the files that a session asks for by name: its bytes, a Blob or File, a URL, a source of your own, or an index with its shards. */
export type ReadWeights = (file: string) => WeightsInput | Promise<WeightsInput>;

/** Which classifier to load, and where its weights are. */
export interface ModelOptions extends DownloadOptions {
  /**
   * The classifier: one of TEACHERS, or its name ("efficientnet-lite0" by default), a safetensors file of one of these architectures (its
   * bytes, a Blob, a URL object, shards), or a Classifier.
   */
  model?: string | TeacherDefinition | WeightsInput | Classifier | undefined;
  /**
   * Where files come from that are asked for by name, those of TEACHERS and "vae.safetensors": "auto", the default, takes the package's own,
   * and those of other nets from where they are published; an address that ends in "/" is a folder that has them; a function gives each. Or
   * the file of the model: its address, bytes, Blob or shards. Addresses as text are relative to the page.
   */
  weights?: "auto" | (string & {}) | ReadWeights | WeightsInput | undefined;
  /** What of the input is not as the model has it. */
  input?: Partial<InputSpec> | undefined;
  /** A name for every class. */
  labels?: readonly string[] | undefined;
  /** "softmax" by default, "sigmoid" of a single output. */
  outputs?: Outputs | undefined;
  /** @deprecated Use `model`. */
  teacher?: string | TeacherDefinition | undefined;
  /** @deprecated Use `weights`. */
  readWeights?: ReadWeights | undefined;
}

const isClassifier = (model: object): model is Classifier => "net" in model;

/** What the options describe. Throws BAD_OPTION, BAD_WEIGHTS. */
export async function resolveModel(options: ModelOptions): Promise<Model> {
  const { teacher, readWeights, input, labels, outputs } = options;
  if (teacher !== undefined || readWeights !== undefined) warnOfOldForm();
  const { model = teacher ?? (TEACHERS[0] as TeacherDefinition) } = options;
  if (typeof model === "string") return named(findTeacher(model), options);
  if (typeof model !== "object" || model === null) {
    refuseOption("model is", model, "Give a name, a file of weights, or a Classifier.");
  }
  if ("nodes" in model) return named(model, options);
  if (isClassifier(model)) return built(model, options);
  // It is downloaded once, for both.
  let fetched: WeightsInput | undefined = await fetchAll(model, FILE, options);
  const { recogniseTeacher } = await import("./match-weights.ts");
  const { definition } = await recogniseTeacher(fetched, FILE);
  const open = async (download: DownloadOptions) => {
    const source = fetched ?? (await fetchAll(model, FILE, download));
    fetched = undefined;
    return openWeights(source, FILE);
  };
  return { definition, open, input, labels, outputs };
}

/** What errors call a model without a name. */
const FILE = "the model's file";

/** Opens what is given as weights. Throws BAD_WEIGHTS, ABORTED. */
async function openGiven(input: WeightsInput, name: string, options: DownloadOptions): Promise<Safetensors> {
  return openWeights(await fetchAll(input, name, options), name);
}

async function fetchAll(input: WeightsInput, name: string, options: DownloadOptions): Promise<WeightsInput> {
  return isLocal(input) ? input : (await import("./seldom.ts")).fetchWeights(input, name, options);
}

/** A file that a session asks for by name. Throws BAD_OPTION, BAD_WEIGHTS, DOWNLOAD, ABORTED. */
export async function openNamed(file: string, options: ModelOptions, teacher?: TeacherDefinition): Promise<Safetensors> {
  const { readWeights, weights = readWeights ?? "auto" } = options;
  if (typeof weights === "function") return openGiven(await weights(file), file, options);
  const address = typeof weights === "string" || weights instanceof URL;
  if (teacher && !address) return openGiven(weights, file, options);
  const { fetchNamed } = await import("../zoo/fetch-named.ts");
  return openWeights(await fetchNamed(address ? weights : "auto", file, teacher, options), file);
}

function named(definition: TeacherDefinition, { input, labels, outputs, ...options }: ModelOptions): Model {
  const { file } = definition;
  return { definition, open: (download) => openNamed(file, { ...options, ...download }, definition), input, labels, outputs };
}

async function built(classifier: Classifier, options: ModelOptions): Promise<Model> {
  const { name = "classifier", net, weights, layers = {} } = classifier;
  const { op, shape } = net[0] ?? {};
  if (op !== "input" || !shape)
    throw new EngineError("BAD_OPTION", `The net of ${name} has no input.`, "Begin it with GraphBuilder.input.");
  const [height, width] = shape;
  const definition: TeacherDefinition = {
    ...{ name, file: `${name}.safetensors`, nodes: () => [...net], ...layers },
    input: { ...IMAGENET_INPUT, height, width },
  };
  const given = { ...options.input };
  if ((given.height ?? height) !== height || (given.width ?? width) !== width) {
    throw new EngineError(
      "BAD_OPTION",
      `The net of ${name} takes ${height} x ${width} pixels, not ${given.height ?? height} x ${given.width ?? width}.`,
      "Build it for another size.",
    );
  }
  const file = isTensors(weights) ? await encode(weights) : weights;
  return {
    ...{ definition, open: (download) => openGiven(file, definition.file, download) },
    input: { ...classifier.input, ...given },
    labels: options.labels ?? classifier.labels ?? numbered(net),
    outputs: options.outputs ?? classifier.outputs,
  };
}

/** ImageNet's names would be wrong for a user's net that happens to have a thousand classes. */
function numbered(net: readonly Node[]): string[] | undefined {
  const classes = net.at(-1)?.shape[2] ?? 0;
  return classes > 1 ? numberedLabels(classes) : undefined;
}

async function encode(tensors: Readonly<Record<string, TensorValues>>): Promise<ArrayBuffer> {
  const { encodeSafetensors } = await import("./seldom.ts");
  return encodeSafetensors(tensors);
}

function isTensors(weights: Classifier["weights"]): weights is Readonly<Record<string, TensorValues>> {
  return (
    Object.getPrototypeOf(weights) === Object.prototype && Object.values(weights).every((entry) => entry?.values instanceof Float32Array)
  );
}

let warned = false;

function warnOfOldForm(): void {
  if (warned) return;
  warned = true;
  // biome-ignore lint/suspicious/noConsole: whoever wrote the call reads the console, and the user of the page does not.
  console.warn("relabel: `teacher` and `readWeights` of Session.create are deprecated: use `model` and `weights`.");
}
