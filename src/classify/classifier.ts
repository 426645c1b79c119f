/** Makes a model to load of what the user gives: a name, a file of weights, or a net built in code. */
import { refuseOption } from "../engine/printable.ts";
import type { InputSpec } from "../nets/input-spec.ts";
import { addressOf } from "../nets/weights/address.ts";
import { type ByteSource, type BytesInput, openBytes } from "../nets/weights/bytes.ts";
import type { DownloadOptions } from "../nets/weights/download-options.ts";
import { isLocal, isSharded, openWeights, type ShardedInput, type WeightsInput } from "../nets/weights/open-weights.ts";
import type { Safetensors } from "../nets/weights/safetensors.ts";
import { findTeacher, TEACHERS, type TeacherDefinition } from "../zoo/teachers.ts";
import { looksLikeOnnx } from "./looks-like-onnx.ts";
import type { Model, ModelOptions, OnnxInput } from "./model.ts";

/** What the options describe. Throws BAD_OPTION, BAD_WEIGHTS. */
export async function resolveModel(options: ModelOptions): Promise<Model> {
  const { teacher, readWeights, labels, outputs } = options;
  const input = await settledInput(options);
  if (teacher !== undefined || readWeights !== undefined) warnOfOldForm();
  const { model = teacher ?? (TEACHERS[0] as TeacherDefinition) } = options;
  if (typeof model === "string") return named(findTeacher(model), { ...options, input });
  if (typeof model !== "object" || model === null) {
    refuseOption("model is", model, "Give a name, a file of weights, or a Classifier.");
  }
  if ("nodes" in model) return named(model, { ...options, input });
  if ("net" in model) return (await import("./seldom.ts")).modelOf(model, { ...options, input }, openGiven);
  if ("onnx" in model) {
    return onnxModel({ onnx: await fetchBytes(model.onnx, options), data: model.data ?? besides(model.onnx) }, options);
  }
  // It is downloaded once, for both.
  const first = await opened(await fetchAll(model, FILE, options));
  if (await isOnnx(first)) return onnxModel({ onnx: first as ByteSource, data: besides(model) }, options);
  let fetched: WeightsInput | undefined = first;
  const { recogniseTeacher } = await import("./match-weights.ts");
  const { definition } = await recogniseTeacher(fetched, FILE);
  const open = async (download: DownloadOptions) => {
    const source = fetched ?? (await fetchAll(model, FILE, download));
    fetched = undefined;
    return openWeights(source, FILE);
  };
  return { definition, open, input, labels, outputs };
}

/** What is said of the input, by name and part by part. */
async function settledInput({ preprocess, input }: ModelOptions): Promise<Partial<InputSpec> | undefined> {
  return preprocess === undefined ? input : { ...(await import("./preprocessing.ts")).preprocessingInput(preprocess), ...input };
}

async function onnxModel(model: OnnxInput, options: ModelOptions): Promise<Model> {
  const { input: { height, width } = {}, preprocess, outputs, labels } = options;
  const { data } = model;
  // Whatever is at an address is downloaded whole, as other weights are.
  const fetched =
    typeof data === "function"
      ? async (file: string) => fetchBytes(await data(file), options, file)
      : data && (await fetchBytes(data, options));
  const { openOnnx } = await import("./onnx-classifier.ts");
  const { definition, weights, imported } = await openOnnx({ ...model, data: fetched }, FILE, { height, width, preprocess });
  return { definition, open: async () => weights, input: options.input, labels, outputs: outputs ?? imported.outputs };
}

async function fetchBytes(input: BytesInput, options: ModelOptions, name = FILE): Promise<BytesInput> {
  return (await fetchAll(input, name, options)) as BytesInput;
}

/** The files beside a model at an address. */
function besides(model: WeightsInput): OnnxInput["data"] {
  const address = model instanceof URL ? model : "url" in model ? model.url : undefined;
  return address === undefined ? undefined : (file) => new URL(encodeURIComponent(file), addressOf(address));
}

/** A file that is opened once, since opening copies bytes; shards stay as they are. */
async function opened(input: WeightsInput): Promise<ByteSource | ShardedInput> {
  return isSharded(input) ? input : openBytes(input, FILE);
}

async function isOnnx(source: ByteSource | ShardedInput): Promise<boolean> {
  if (isSharded(source)) return false;
  return /\.onnx$/i.test(source.name) || looksLikeOnnx(await source.read(0, Math.min(source.size, 16)));
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

let warned = false;

function warnOfOldForm(): void {
  if (warned) return;
  warned = true;
  // biome-ignore lint/suspicious/noConsole: whoever wrote the call reads the console, and the user of the page does not.
  console.warn("relabel: `teacher` and `readWeights` of Session.create are deprecated: use `model` and `weights`.");
}
