/** Finds the weights that a command needs: in the project, in the cache, in a folder or at an address. */
import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  type OnnxClassifier,
  type OnnxInput,
  type OnnxOptions,
  openOnnx,
  PACKAGE_WEIGHTS,
  pinned,
  recogniseTeacher,
  TEACHERS,
  type TeacherDefinition,
  VAE_FILE,
  type WeightsInput,
} from "../faces/all.ts";
import { cachePath } from "./cache-path.ts";
import { checkCached } from "./cache-record.ts";
import { CommandError } from "./errors.ts";
import { type FileSource, isOnnxFile, openFile } from "./file-source.ts";
import { CHECK_PATH, typed, WEIGHTS } from "./paths.ts";
import { fetchUrl } from "./remote.ts";
import { isInStore } from "./s3/address.ts";
import { isIndex, readShardNames } from "./shards.ts";
import { findVae, missingVae } from "./vae.ts";

/** Names under which folders hold weights, if not under the teacher's. */
const USUAL = ["model.safetensors", "model.safetensors.index.json"];

/** Where the weights of a run lie. */
export class WeightsFiles {
  constructor(
    readonly teacher: TeacherDefinition,
    readonly path: string,
    /** Names of the shards if `path` is an index; they lie next to it. */
    readonly shards: readonly string[],
    /** Searched for the other files before the project's weights/. */
    readonly folder: string,
    /** What the file holds: rows of the head, channels of the image, and tensors that are not used. */
    readonly classes: number,
    readonly channels: number,
    readonly ignored: readonly string[],
    /** What an ONNX model says of itself; undefined of weights. */
    readonly onnx?: OnnxClassifier,
  ) {}

  /** The file that a session asks for as its teacher's weights, where that is an index. */
  get index(): string | undefined {
    return isIndex(this.path) ? this.teacher.file : undefined;
  }

  /** The paths of all that a session, or an index, asks for, by name; without the VAE where that is not installed. */
  get paths(): Map<string, string> {
    const vae = findVae(this.folder);
    const own = [this.teacher.file, ...this.shards].map((file) => [file, this.find(file)] as const);
    return new Map(vae === undefined ? own : [...own, [VAE_FILE, vae]]);
  }

  /** The path of a file that a session, or an index, asks for. Throws a CommandError where the VAE is not installed. */
  find(file: string): string {
    if (file === this.teacher.file) return this.path;
    if (this.shards.includes(file)) return join(dirname(this.path), file);
    const vae = findVae(this.folder);
    if (vae === undefined) throw missingVae();
    return vae;
  }
}

/** Whether weights are to be downloaded. */
export const isAddress = (given: string) => /^https?:\/\//i.test(given) || isInStore(given);

/**
 * Finds the weights for --weights and --teacher: at the address, in the file or in the folder `given`; without it in the project's weights/
 * or in the cache. Without a teacher, the file shows which net it is of. `options`: of an ONNX model's input. Throws a CommandError where there are none, and what
 * `download` and `recogniseTeacher` throw.
 */
export async function locateWeights(
  given: string | undefined,
  name: string | undefined,
  signal: AbortSignal,
  options: OnnxOptions = {},
): Promise<WeightsFiles> {
  const teacher = TEACHERS.find((candidate) => candidate.name === name) ?? (TEACHERS[0] as TeacherDefinition);
  if (given === undefined) return open(teacher, teacher.name, await findInstalled(teacher), WEIGHTS);
  if (isAddress(given)) {
    return open(teacher, name, await fetchUrl(given, name === undefined ? undefined : teacher, signal), WEIGHTS, options);
  }
  const facts = await stat(given).catch(() => undefined);
  if (!facts) {
    throw new CommandError(`--weights ${given}: no such file or folder`, CHECK_PATH);
  }
  if (facts.isFile()) return open(teacher, name, given, WEIGHTS, options);
  const path = [teacher.file, ...USUAL].map((file) => join(given, file)).find((candidate) => existsSync(candidate));
  if (path === undefined) {
    throw new CommandError(
      `--weights ${given}: the folder has none of ${[teacher.file, ...USUAL].join(", ")}`,
      "Name another folder, or the file itself.",
    );
  }
  return open(teacher, path === join(given, teacher.file) ? teacher.name : name, path, given);
}

/** The paths of all weights in the project and in the cache, by name. */
export function installedWeights(): Map<string, string> {
  return new Map(
    [...TEACHERS.map(({ file }) => file), VAE_FILE].flatMap((file) => {
      const path = file === VAE_FILE ? findVae() : installedPath(file);
      return path === undefined ? [] : [[file, path]];
    }),
  );
}

function installedPath(file: string): string | undefined {
  return [join(WEIGHTS, file), cachePath(file)].find((candidate) => existsSync(candidate));
}

async function findInstalled({ name, file, hub }: TeacherDefinition): Promise<string> {
  const path = installedPath(file);
  if (path === cachePath(file)) await checkCached(path, hub && pinned(hub).sha256);
  if (path !== undefined) return path;
  const fix = hub
    ? `Run \`${typed("weights", name)}\` (${hub.megabytes} MB), or name a safetensors file with --weights.`
    : PACKAGE_WEIGHTS[file]
      ? "Restore weights/ from the repository, or name a safetensors file with --weights."
      : "Nobody publishes them as safetensors: name a file of your own with --weights.";
  throw new CommandError(`The weights of ${name} are not on this machine`, fix);
}

/** Opens weights: the teacher's if it was chosen by name, else of whichever they are. */
async function open(
  teacher: TeacherDefinition,
  name: string | undefined,
  path: string,
  folder: string,
  options: OnnxOptions = {},
): Promise<WeightsFiles> {
  if (await isOnnxFile(path)) return openModel(name, path, folder, options);
  const shards = isIndex(path) ? await readShardNames(path) : [];
  const missing = shards.find((shard) => !existsSync(join(dirname(path), shard)));
  if (missing !== undefined) {
    throw new CommandError(
      `${path} names the file ${missing}, which is not beside it`,
      "Put all files that the index names into one folder.",
    );
  }
  const files = new WeightsFiles(teacher, path, shards, folder, 0, 0, []);
  const sources: FileSource[] = [];
  try {
    const input = await openInput(files, teacher.file, sources);
    const { definition, classes, channels, ignored } = await recogniseTeacher(input, path, name === undefined ? undefined : teacher);
    return new WeightsFiles(definition, path, shards, folder, classes, channels, ignored);
  } finally {
    for (const source of sources) await source.close();
  }
}

/** Opens an ONNX model, of which nothing but its place is known. */
async function openModel(name: string | undefined, path: string, folder: string, options: OnnxOptions): Promise<WeightsFiles> {
  if (name !== undefined) {
    throw new CommandError(`${path} is an ONNX model, which brings its own architecture, not ${name}'s`, "Give it alone, as --model FILE.");
  }
  const sources: FileSource[] = [];
  try {
    const found = await openOnnx(await onnxInput(path, sources), path, options);
    return new WeightsFiles(found.definition, path, found.files, folder, found.classes, found.channels, [], found);
  } finally {
    for (const source of sources) await source.close();
  }
}

/** Opens files that all join `sources`, for the caller to close. */
function opener(sources: FileSource[]): (path: string) => Promise<FileSource> {
  return async (path) => {
    const source = await openFile(path);
    sources.push(source);
    return source;
  };
}

/** An ONNX model and the files beside it; every file opened joins `sources`, for the caller to close. */
export async function onnxInput(path: string, sources: FileSource[]): Promise<OnnxInput> {
  const openOne = opener(sources);
  const beside = (file: string) => {
    const place = join(dirname(path), file);
    if (existsSync(place)) return openOne(place);
    throw new CommandError(`${path} keeps its weights in ${file}, which is not beside it`, "Put both files into one folder.");
  };
  return { onnx: await openOne(path), data: beside };
}

/** What a session takes as its model; every file opened joins `sources`, for the caller to close. */
export async function modelOf({ teacher, path, onnx }: WeightsFiles, sources: FileSource[]): Promise<string | OnnxInput> {
  return onnx ? onnxInput(path, sources) : teacher.name;
}

/** Opens a file that a session asks for; every file opened joins `sources`, for the caller to close. */
export async function openInput(files: WeightsFiles, file: string, sources: FileSource[]): Promise<WeightsInput> {
  const open = opener(sources);
  const openOne = async (name: string) => open(files.find(name));
  const source = await openOne(file);
  return file === files.index ? { index: source, shard: openOne } : source;
}
