/** Describes a run by its settings and the content of its files, from which every result gets its key. */
import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { parse } from "valibot";
import { type ExplainOptions, type InputSpec, type MetricName, type Outputs, RESULTS, VAE_FILE } from "../../faces/all.ts";
import { CommandError } from "../errors.ts";
import { inParallel } from "../in-parallel.ts";
import type { WeightsFiles } from "../locate.ts";
import type { LocatedClassifier } from "../locate-classifier.ts";
import { hashFile } from "../partial-file.ts";
import { isInStore } from "../s3/address.ts";
import { hashObject } from "../s3/photos.ts";
import type { RunPhoto, Shard } from "./photos.ts";
import { type Origin, type Run, run as runSchema } from "./schemas.ts";

/** Bytes of a photo up to which reading it at once is quicker than a stream. */
const SMALL = 4_000_000;

/** Stands for a method in the file of a photo's yardsticks. */
export const YARDSTICKS = "yardsticks";

/** Photos that are read at a time for their hashes: one in a store takes long to come, and little work. */
const AT_ONCE = 16;

/** A method as a run has it. */
export interface ChosenMethod {
  readonly name: string;
  readonly options: ExplainOptions;
  /** Every setting but seed and fit, the defaults among them. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Whether it needs the VAE. */
  readonly decodes: boolean;
}

/** What a command asks for. */
export interface Request {
  readonly methods: readonly ChosenMethod[];
  readonly precision: string;
  readonly target: number | undefined;
  readonly seed: number;
  readonly protocol: string;
  readonly metrics: readonly MetricName[];
  readonly shard: Shard;
}

/** Paths of all files that the classifier is read from, and the generator where a method needs that: it comes last. */
export function weightsPaths(weights: WeightsFiles, methods: Request["methods"]): string[] {
  const generator = methods.some(({ decodes }) => decodes) ? [VAE_FILE] : [];
  return [weights.path, ...[...weights.shards, ...generator].map((file) => weights.find(file))];
}

/** Changes with the files at these paths: cheap to ask for again and again. */
export async function stateOf(paths: readonly string[]): Promise<string> {
  const facts = await Promise.all(paths.map((path) => stat(path).catch(() => undefined)));
  return facts.map((found) => (found ? [found.dev, found.ino, found.size, found.mtimeMs].join() : "gone")).join(" ");
}

/** The run of a request, by the content of its weights and photos. Throws a CommandError where weights cannot be read. */
export async function describeRun(photos: readonly RunPhoto[], located: LocatedClassifier, request: Request): Promise<Run> {
  const { weights, input, outputs } = located;
  const { shard, methods, target, metrics, ...conditions } = request;
  const { name: teacher } = weights.teacher;
  const hashes = await hashWeights(weights, methods);
  const own = 1 + weights.shards.length;
  // Parsing puts the fields in the order in which a file of them is read.
  return parse(runSchema, {
    ...{ format: 2, results: RESULTS, shard },
    weights: { teacher: hashes.slice(0, own), vae: hashes[own] },
    normalisation: { mean: [...input.mean], deviation: [...input.deviation] },
    settings: {
      ...{ teacher, ...conditions, fit: input.resize, ...beyondUsual(input, outputs), target: target ?? null, metrics: [...metrics] },
      methods: methods.map(({ name, decodes, settings }) => ({ name, decodes, settings })),
    },
    photos: await hashPhotos(photos),
  });
}

/** What of the input and the outputs is not as earlier runs all had it. */
function beyondUsual({ height, width, channels, share, filter }: InputSpec, outputs: Outputs): Partial<Run["settings"]> {
  const input = { height, width, channels, share, filter };
  const usual = { height: 224, width: 224, channels: "rgb", share: 224 / 256, filter: "bilinear" };
  return {
    ...(JSON.stringify(input) === JSON.stringify(usual) ? {} : { input }),
    ...(outputs === "softmax" ? {} : { outputs }),
  };
}

/** The content of all files that the classifier is read from, see `weightsPaths`. Throws a CommandError where one cannot be read. */
export function hashWeights(weights: WeightsFiles, methods: Request["methods"]): Promise<string[]> {
  return Promise.all(weightsPaths(weights, methods).map(hashOne));
}

async function hashOne(path: string): Promise<string> {
  const hash = await hashFile(path).catch(() => undefined);
  if (hash !== undefined) return hash;
  throw new CommandError(`The weights file ${path} cannot be read`, "Restore it, or name another with --weights.");
}

/** Null for a photo that cannot be read. Throws a CommandError where a store cannot be asked at all. */
export async function hashPhoto(path: string): Promise<string | null> {
  if (isInStore(path)) return hashObject(path);
  // Reading a pipe would wait for its writer.
  const facts = await stat(path).catch(() => undefined);
  if (!facts?.isFile()) return null;
  const hash = facts.size <= SMALL ? readFile(path).then(hashOf) : hashFile(path);
  return (await hash.catch(() => undefined)) ?? null;
}

async function hashPhotos(photos: readonly RunPhoto[]): Promise<Run["photos"]> {
  const hashes = new Map<string, Promise<string | null>>();
  const hash = (path: string) => {
    const found = hashes.get(path) ?? hashPhoto(path);
    hashes.set(path, found);
    return found;
  };
  return inParallel(photos, AT_ONCE, async ({ name, path, other, planted }) => {
    const content = other && (await hash(other.path));
    const beside = other && content ? { other: { name: other.name, sha256: content } } : {};
    return { name, sha256: await hash(path), ...beside, ...(planted ? { planted } : {}) };
  });
}

/** What the result of a method, or of the yardsticks, on a photo of the run depends on. */
export function originOf(
  { results, weights, normalisation, settings: { methods, ...conditions } }: Run,
  { sha256: photo, other, planted }: Run["photos"][number] & { sha256: string },
  name: string,
): Origin {
  const method = methods.find((candidate) => candidate.name === name);
  const files = [...weights.teacher, ...(method?.decodes ? [weights.vae as string] : [])];
  const facts = {
    results,
    weights: files,
    photo,
    ...(other ? { other: other.sha256 } : {}),
    ...(planted ? { planted } : {}),
    normalisation,
  };
  return { ...facts, ...conditions, method: name, settings: method?.settings ?? {} };
}

/** SHA-256 of plain data, whatever the order of its fields. */
export function keyOf(value: unknown): string {
  return hashOf(canonical(value));
}

/** Makes the keys of one method's results on many photos, each as `keyOf` of its origin: what is the same for all is put into JSON once. */
export function keyMaker(run: Run, method: string): (photo: Parameters<typeof originOf>[1]) => string {
  const { photo: _, ...same } = originOf(run, { name: "", sha256: "" }, method);
  const own = new Set(["photo", "other", "planted"]);
  const fields = [...Object.keys(same), ...own].sort();
  // Text, or the name of a field that photos have each their own of.
  const parts = fields.map((field) => (own.has(field) ? field : `"${field}":${canonical(same[field as keyof typeof same])}`));
  return ({ sha256, other, planted }) => {
    const values: Record<string, unknown> = { photo: sha256, other: other?.sha256, planted };
    const texts: string[] = [];
    for (const part of parts) {
      if (!own.has(part)) texts.push(part);
      else if (values[part] !== undefined) texts.push(`"${part}":${canonical(values[part])}`);
    }
    return hashOf(`{${texts.join(",")}}`);
  };
}

function hashOf(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** JSON with sorted fields. */
export function canonical(value: unknown): string {
  const sort = (_: string, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part;
  return JSON.stringify(value, sort);
}

/** In what two objects differ: names of fields, those of the `inner` field among them. */
export function differingFields(a: object, b: object, inner?: string): string[] {
  const [left, right] = [a, b] as [Record<string, unknown>, Record<string, unknown>];
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  const differing = names.filter((name) => canonical(left[name] ?? null) !== canonical(right[name] ?? null));
  return differing.flatMap((name) => (name === inner ? differingFields(left[name] as object, right[name] as object) : [name]));
}

/** What changed from one result's origin to another's, for people: "weights", "photo", "settings (seed)". */
export function changesBetween(before: Origin, after: Origin): string[] {
  const fields = differingFields(before, after, "settings");
  const named = {
    results: "version of relabel",
    teacher: "classifier",
    weights: "weights",
    photo: "photo",
    other: "other photo",
    planted: "composite",
  } as Record<string, string>;
  const settings = fields.filter((field) => !(field in named));
  return [
    ...Object.keys(named).flatMap((field) => (fields.includes(field) ? (named[field] as string) : [])),
    ...(settings.length > 0 ? [`settings (${settings.join(", ")})`] : []),
  ];
}
