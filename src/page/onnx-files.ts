/** ONNX models that the user opens: their files, and those that this browser keeps. */
import { del, get, set } from "idb-keyval";
import { type ByteSource, type BytesInput, deleteKept, keepFile, type OnnxClassifier, type OnnxInput, openKept } from "../faces/all.ts";
import { browserStoreOf } from "./browser-store.ts";
import { PageError } from "./problem.ts";
import type { ClassifierSettings } from "./state.ts";

export const isModel = ({ name }: { name: string }): boolean => /\.onnx$/i.test(name);

/** What the user said of a kept model. */
const store = browserStoreOf("relabel-models", "settings");

/** Files beside a model are kept under its name, so that they are deleted with it. */
const besideName = (model: string, file: string) => `${model}/${file}`;

/** The files beside a model that a kept one has, by their names in the store. */
export const isBeside = (file: string): boolean => /\.onnx\//i.test(file);

/** The model among files that were opened together, and what gives those beside it. Throws a PageError where there are several. */
export function gatherModel(files: readonly File[]): { name: string; input: OnnxInput } {
  const [model, second] = files.filter(isModel);
  if (!model || second)
    throw new PageError(`Both ${model?.name} and ${second?.name} are models.`, "Give one of them, with the files beside it.");
  const others = files.filter((file) => file !== model);
  const data = (wanted: string): File => {
    const found = others.find(({ name }) => name === wanted) ?? (others.length === 1 ? others[0] : undefined);
    if (found) return found;
    throw new PageError(`${model.name} keeps its weights in ${wanted}, which is not among the files.`, "Drop both files together.");
  };
  return { name: model.name, input: { onnx: model, data } };
}

/** Opens a model that this browser keeps. Throws a PageError where it is gone, and what openOnnx throws. */
export async function openKeptModel(name: string): Promise<{ input: OnnxInput; settings: ClassifierSettings; found: OnnxClassifier }> {
  const open = async (file: string, key: string): Promise<ByteSource> => {
    const source = await openKept(key);
    if (source) return { name: file, size: source.size, read: (start, end) => source.read(start, end) };
    throw new PageError(`${file} is no longer complete in this browser.`, "Open the file again.");
  };
  const input: OnnxInput = { onnx: await open(name, name), data: (file) => open(file, besideName(name, file)) };
  const settings = (await get<ClassifierSettings>(name, store).catch(() => undefined)) ?? {};
  const { openOnnx } = await import("./recognise.ts");
  return { input, settings, found: await openOnnx(input, name) };
}

/** Keeps a model, the files beside it, and what was said of it. Throws a PageError where the browser has no room or keeps nothing. */
export async function keepModel(
  name: string,
  { onnx, data }: OnnxInput,
  files: readonly string[],
  settings: ClassifierSettings,
): Promise<void> {
  try {
    await keepFile(name, onnx);
    for (const file of files) {
      const beside = typeof data === "function" ? await data(file) : data;
      await keepFile(besideName(name, file), beside as BytesInput);
    }
    await set(name, settings, store);
  } catch (cause) {
    await deleteModel(name, files);
    throw new PageError(`This browser did not keep ${name} (${(cause as Error).message}).`, "Free space, or leave the private window.", {
      cause,
    });
  }
}

/** Deletes a kept model and all beside it. */
export async function deleteModel(name: string, files: readonly string[]): Promise<void> {
  for (const file of files) await deleteKept(besideName(name, file));
  await deleteKept(name);
  await del(name, store).catch(() => undefined);
}
