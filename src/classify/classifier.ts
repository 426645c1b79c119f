/** Makes a model to load of what the user gives: a name, a file of weights, or a net built in code. */
import { refuseOption } from "../engine/printable.ts";
import type { DownloadOptions } from "../nets/weights/download-options.ts";
import { isLocal, openWeights, type WeightsInput } from "../nets/weights/open-weights.ts";
import type { Safetensors } from "../nets/weights/safetensors.ts";
import { findTeacher, TEACHERS, type TeacherDefinition } from "../zoo/teachers.ts";
import type { Model, ModelOptions } from "./model.ts";

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
  if ("net" in model) return (await import("./seldom.ts")).modelOf(model, options, openGiven);
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

let warned = false;

function warnOfOldForm(): void {
  if (warned) return;
  warned = true;
  // biome-ignore lint/suspicious/noConsole: whoever wrote the call reads the console, and the user of the page does not.
  console.warn("relabel: `teacher` and `readWeights` of Session.create are deprecated: use `model` and `weights`.");
}
