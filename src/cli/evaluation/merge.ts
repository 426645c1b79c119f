/** Joins the folders of several shards into one run, once they are known to belong together. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { CommandError } from "../errors.ts";
import { asJson, readJson } from "../json-file.ts";
import type { Outputs } from "../output-files.ts";
import { readAhead } from "../read-ahead.ts";
import { earlierRun, readEarlier } from "./earlier.ts";
import { type Findings, isScored, type PhotoRecord } from "./record.ts";
import { reportPaths } from "./report.ts";
import { canonical, differingFields } from "./run.ts";
import { run as runSchema } from "./schemas.ts";
import { RUN, Store } from "./store.ts";

const REPAIR = "Name folders that `evaluate` wrote with --out, or evaluate that part again.";

/** What `evaluate` left in one folder. */
export interface Part {
  readonly folder: string;
  /** Content of its run.json. */
  readonly run: v.InferOutput<typeof runSchema> | v.InferOutput<typeof earlierRun>;
  /** Whether an earlier version wrote it, which did not file by weights and photos. */
  readonly earlier: boolean;
  readonly photos: readonly string[];
  /** Whether something was found on a photo. */
  has(name: string): boolean;
  /** What was found on a photo that it has. Throws a CommandError for a damaged file. */
  record(name: string): Promise<PhotoRecord>;
  /** The files of such a photo, in the folder. */
  files(name: string): Promise<readonly string[]>;
}

/** Reads every file once, and keeps none. Throws a CommandError for a folder without a run, and for a damaged file. */
export async function readPart(folder: string): Promise<Part> {
  const path = join(folder, RUN);
  const head = await readJson(path, v.looseObject({ format: v.optional(v.number()) }), REPAIR);
  if (!head) throw new CommandError(`${folder} holds no run: there is no ${RUN} in it`, REPAIR);
  if (head.format === undefined) {
    const run = (await readJson(path, earlierRun, REPAIR)) as v.InferOutput<typeof earlierRun>;
    const found = new Set<string>();
    for (const name of run.photos) if (await readEarlier(folder, name)) found.add(name);
    const read = async (name: string) => (await readEarlier(folder, name)) ?? refuseGone(folder, name);
    return {
      ...{ folder, run, earlier: true, photos: run.photos, has: (name) => found.has(name) },
      record: async (name) => (await read(name)).record,
      files: async (name) => (await read(name)).files,
    };
  }
  const run = (await readJson(path, runSchema, REPAIR)) as v.InferOutput<typeof runSchema>;
  const store = await Store.read(folder, run);
  return {
    ...{ folder, run, earlier: false, photos: run.photos.map(({ name }) => name), has: (name) => store.isKnown(name) },
    record: async (name) => (await store.record(name)) ?? refuseGone(folder, name),
    files: async (name) => store.filesOf(name),
  };
}

function refuseGone(folder: string, name: string): never {
  throw new CommandError(`Results of ${name} are gone from ${folder} since they were read`, "Run the same command again.");
}

/** Throws a CommandError where parts are of different runs, lack a photo, or say different things of one; it names the difference. */
export async function checkParts(parts: readonly Part[]): Promise<void> {
  const [first, ...others] = parts as [Part, ...Part[]];
  for (const part of others) {
    const differing = part.earlier === first.earlier ? differences(first, part) : ["version of relabel"];
    if (differing.length > 0) {
      throw new CommandError(
        `${part.folder} and ${first.folder} are of different runs: ${differing.join(", ")}`,
        "Merge the shards of one run only.",
      );
    }
  }
  for (const name of first.photos) {
    const [one, ...more] = parts.filter((part) => part.has(name));
    if (!one || more.length === 0) continue;
    const content = await contentOf(one, name);
    for (const part of more) {
      if ((await contentOf(part, name)) === content) continue;
      throw new CommandError(`${one.folder} and ${part.folder} have different results of ${name}`, "Leave one of these folders out.");
    }
  }
  const missing = first.photos.filter((name) => !parts.some((part) => part.has(name)));
  if (missing.length === 0) return;
  const some = missing.slice(0, 3).join(", ");
  throw new CommandError(
    `${missing.length} photos are in no part (${some}${missing.length > 3 ? ", ..." : ""})`,
    "Finish every shard first.",
  );
}

function differences({ run: a }: Part, { run: b }: Part): string[] {
  const fields = differingFields({ ...a, shard: 0 }, { ...b, shard: 0 }, "settings");
  return fields.flatMap((field) =>
    field === "photos" ? differingPhotos(a.photos, b.photos) : field === "results" ? "version of relabel" : field,
  );
}

function differingPhotos(a: Part["run"]["photos"], b: Part["run"]["photos"]): string {
  const content = (photos: Part["run"]["photos"]) =>
    new Map(photos.map((photo) => (typeof photo === "string" ? [photo, ""] : [photo.name, canonical(photo)])));
  const [left, right] = [content(a), content(b)];
  const names = [...new Set([...left.keys(), ...right.keys()])].filter((name) => left.get(name) !== right.get(name));
  return `photos (${names.slice(0, 3).join(", ")}${names.length > 3 ? ", ..." : ""})`;
}

/** The numbers of a record; not where, and in which time, they were computed. */
async function contentOf(part: Part, name: string): Promise<string> {
  const record = await part.record(name);
  if (!isScored(record)) return canonical({ skipped: true });
  const { target, evaluation, explained } = record;
  const methods = explained.map(({ seconds: _, ...facts }) => facts);
  return canonical({ target, maps: evaluation.maps, ends: evaluation.causal, methods });
}

/** The part that each photo's files are taken from. */
function* sources(parts: readonly Part[]): Generator<{ name: string; part: Part }> {
  const [{ photos }] = parts as [Part];
  for (const name of photos) yield { name, part: parts.find((part) => part.has(name)) as Part };
}

/** Every file that the parts consist of. */
export async function* filesOf(parts: readonly Part[]): AsyncGenerator<string> {
  for (const { folder, photos, has, files } of parts) {
    yield join(folder, RUN);
    for (const name of photos.filter(has)) for (const file of await files(name)) yield join(folder, file);
  }
}

/** What merging into `folder` copies, a photo after the other: from where by where to. What is there already, byte for byte, is left out. */
export async function* planCopies(folder: string, parts: readonly Part[]): AsyncGenerator<Map<string, string>> {
  for (const { name, part } of sources(parts)) {
    const copies = new Map<string, string>();
    for (const file of await part.files(name)) {
      const [from, to] = [join(part.folder, file), join(folder, file)];
      const there = await readFile(to).catch(() => undefined);
      if (!there?.equals(await read(from))) copies.set(to, from);
    }
    yield copies;
  }
}

/** Every file that merging into `folder` may write. */
export async function* pathsOfMerge(folder: string, parts: readonly Part[]): AsyncGenerator<string> {
  yield join(folder, RUN);
  yield* await reportPaths(folder);
  for await (const copies of planCopies(folder, parts)) yield* copies.keys();
}

/** Copies the parts' results, and describes them as one run in `folder`. Throws a CommandError, and the signal's reason. */
export async function mergeInto(folder: string, parts: readonly Part[], outputs: Outputs, signal: AbortSignal): Promise<Findings> {
  const [{ run, photos }] = parts as [Part];
  for await (const copies of planCopies(folder, parts)) {
    signal.throwIfAborted();
    for (const [to, from] of copies) await outputs.write(new Map([[to, await read(from)]]));
  }
  await outputs.write(new Map([[join(folder, RUN), asJson({ ...run, shard: { index: 0, count: 1 } })]]));
  const records = () => readAhead(sources(parts), async ({ name, part }) => ({ name, record: await part.record(name) }));
  const { settings } = run;
  const about = "results" in run ? { settings, results: run.results, weights: run.weights } : { settings };
  return { folder, settings, about, photos: photos.length, records };
}

async function read(path: string): Promise<Buffer> {
  return readFile(path).catch((cause) => {
    throw new CommandError(`${path} cannot be read (${cause.code})`, REPAIR, { cause });
  });
}
