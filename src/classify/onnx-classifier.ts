/** Opens an ONNX file as a classifier. */
import { printable } from "../engine/printable.ts";
import { IMAGENET_INPUT, type Size } from "../nets/input-spec.ts";
import { type ByteSource, type BytesInput, openBytes } from "../nets/weights/bytes.ts";
import { externalFiles, type ImportedModel, importModel, openModel } from "../onnx/import.ts";
import { unfitModel } from "../onnx/refusals.ts";
import type { WeightSource } from "../ops/weight-source.ts";
import type { TeacherDefinition } from "../zoo/teachers.ts";
import type { OnnxInput } from "./model.ts";
import { type Preprocessing, preprocessingInput } from "./preprocessing.ts";

/** A classifier of an ONNX file, of which no weights are read yet. */
export interface OnnxClassifier {
  readonly definition: TeacherDefinition;
  readonly weights: WeightSource;
  readonly imported: ImportedModel;
  readonly classes: number;
  /** Of the image. */
  readonly channels: number;
  /** Files beside the model that hold weights of it. */
  readonly files: readonly string[];
  /** How it probably takes photos, and what shows that. */
  readonly preprocessing: { readonly name: Preprocessing; readonly why: string };
}

/** A size for a model that leaves it open; and how it takes photos, where that is known better. */
export interface OnnxOptions extends Partial<Size> {
  readonly preprocess?: Preprocessing | undefined;
}

/**
 * Imports the model, whose weights stay in its files. `name`: what errors call it where its source has none. Throws BAD_MODEL: all that is not
 * supported, in one error; BAD_OPTION for a size that is not the model's.
 */
export async function openOnnx({ onnx, data }: OnnxInput, name: string, options: OnnxOptions = {}): Promise<OnnxClassifier> {
  const source = await openBytes(onnx, name);
  const file = await openModel(source);
  const names = externalFiles(file);
  if (names.length > 1 && data !== undefined && typeof data !== "function") {
    throw unfitModel(
      source.name,
      `keeps its weights in ${names.length} files: ${names.map((each) => printable(each)).join(", ")}`,
      "Give data as a function of a file's name.",
    );
  }
  const files = new Map<string, ByteSource>();
  for (const location of names) files.set(location, await openBytes(await find(source.name, location, data), location));
  const imported = await importModel(file, { ...options, files });
  const [{ shape }, output] = [imported.net[0], imported.net.at(-1)] as [ImportedModel["net"][0], ImportedModel["net"][0]];
  const [height, width, channels] = shape;
  const preprocessing = likelyPreprocessing(imported);
  const definition: TeacherDefinition = {
    name: baseName(source.name),
    file: source.name,
    nodes: () => [...imported.net],
    input: { ...IMAGENET_INPUT, ...preprocessingInput(options.preprocess ?? preprocessing.name), height, width },
  };
  return { definition, weights: imported.weights, imported, classes: output.shape[2], channels, files: names, preprocessing };
}

/** "fruit.onnx", of "models/fruit.onnx". */
const baseName = (path: string): string => path.split(/[\\/]/).at(-1) as string;

/** The file that holds the weights of a model. Throws BAD_MODEL where it is not given. */
async function find(model: string, location: string, data: OnnxInput["data"]): Promise<BytesInput> {
  // A model may name any path: what lies beside it is all that is ever asked for.
  if (!/^[^\\/]+$/.test(location) || location.startsWith("..")) {
    const what = `keeps weights in ${printable(location)}, which is not a file beside it`;
    throw unfitModel(model, what, "Save it again with onnx.save and save_as_external_data=True, which names a file in the same folder.");
  }
  if (typeof data === "function") return data(location);
  if (data !== undefined) return data;
  throw unfitModel(
    model,
    `keeps its weights in ${printable(location)}, which is not given`,
    "Give both files: { onnx, data } in code; on the page drop them together; for a command put them into one folder.",
  );
}

function likelyPreprocessing({ file, net }: ImportedModel): OnnxClassifier["preprocessing"] {
  const first = net.find(({ inputs }) => inputs[0] === net[0]);
  if (first?.op === "affine" || first?.op === "batchNorm") return { name: "raw", why: "it begins with a normalisation of its own" };
  const dims = file.inputs.find(({ name }) => name === net[0]?.label)?.dims;
  if (dims && (dims[3] === 3 || dims[3] === 1) && dims[1] !== dims[3]) {
    return { name: "keras-tf", why: "it takes images as TensorFlow does, channels last" };
  }
  return { name: "torchvision", why: "nothing in it says otherwise" };
}
