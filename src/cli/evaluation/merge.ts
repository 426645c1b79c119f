/** Joins the folders of several shards into one run, once they are known to belong together. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { CommandError } from "../errors.ts";
import { asJson } from "../explain-report.ts";
import { readJson } from "../json-file.ts";
import type { Outputs } from "../output-files.ts";
import { earlierRun, readEarlier } from "./earlier.ts";
import { type Findings, isScored, type PhotoRecord } from "./record.ts";
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
  /** By photo: what was found, and the files of it. */
  readonly found: ReadonlyMap<string, { readonly record: PhotoRecord; readonly files: readonly string[] }>;
}

/** Throws a CommandError for a folder without a run, and for a damaged file. */
export async function readPart(folder: string): Promise<Part> {
  const path = join(folder, RUN);
  const head = await readJson(path, v.looseObject({ format: v.optional(v.number()) }), REPAIR);
  if (!head) throw new CommandError(`${folder} holds no run: there is no ${RUN} in it`, REPAIR);
  const found = new Map<string, { record: PhotoRecord; files: string[] }>();
  if (head.format === undefined) {
    const run = (await readJson(path, earlierRun, REPAIR)) as v.InferOutput<typeof earlierRun>;
    for (const name of run.photos) {
      const record = await readEarlier(folder, name);
      if (record) found.set(name, record);
    }
    return { folder, run, earlier: true, photos: run.photos, found };
  }
  const run = (await readJson(path, runSchema, REPAIR)) as v.InferOutput<typeof runSchema>;
  const store = await Store.read(folder, run);
  for (const { name, record } of store.findings.records) found.set(name, { record, files: store.filesOf(name) });
  return { folder, run, earlier: false, photos: run.photos.map(({ name }) => name), found };
}

/** Throws a CommandError where parts are of different runs, lack a photo, or say different things of one; it names the difference. */
export function checkParts(parts: readonly Part[]): void {
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
    const [one, ...more] = parts.filter(({ found }) => found.has(name)) as [Part, ...Part[]];
    const other = more.find((part) => contentOf(part, name) !== contentOf(one, name));
    if (other) {
      throw new CommandError(`${one.folder} and ${other.folder} have different results of ${name}`, "Leave one of these folders out.");
    }
  }
  const missing = first.photos.filter((name) => !parts.some(({ found }) => found.has(name)));
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
function contentOf({ found }: Part, name: string): string {
  const record = found.get(name)?.record as PhotoRecord;
  if (!isScored(record)) return canonical({ skipped: true });
  const { target, evaluation, explained } = record;
  const methods = explained.map(({ seconds: _, ...facts }) => facts);
  return canonical({ target, maps: evaluation.maps, ends: evaluation.causal, methods });
}

/** The part that each photo's files are taken from. */
function sources(parts: readonly Part[]): { name: string; part: Part }[] {
  const [{ photos }] = parts as [Part];
  return photos.map((name) => ({ name, part: parts.find(({ found }) => found.has(name)) as Part }));
}

/** Every file that the parts consist of. */
export function filesOf(parts: readonly Part[]): string[] {
  return parts.flatMap(({ folder, found }) =>
    [RUN, ...[...found.values()].flatMap(({ files }) => files)].map((file) => join(folder, file)),
  );
}

/** What merging into `folder` copies, from where by where to; what is there already, byte for byte, is left out. */
export async function planCopies(folder: string, parts: readonly Part[]): Promise<Map<string, string>> {
  const copies = new Map<string, string>();
  for (const { name, part } of sources(parts)) {
    for (const file of part.found.get(name)?.files ?? []) {
      const [from, to] = [join(part.folder, file), join(folder, file)];
      const there = await readFile(to).catch(() => undefined);
      if (!there?.equals(await read(from))) copies.set(to, from);
    }
  }
  return copies;
}

/** Copies the parts' results, and describes them as one run in `folder`. Throws a CommandError. */
export async function mergeInto(
  folder: string,
  parts: readonly Part[],
  copies: ReadonlyMap<string, string>,
  outputs: Outputs,
): Promise<Findings> {
  const [{ run }] = parts as [Part];
  for (const [to, from] of copies) await outputs.write(new Map([[to, await read(from)]]));
  await outputs.write(new Map([[join(folder, RUN), asJson({ ...run, shard: { index: 0, count: 1 } })]]));
  const records = sources(parts).map(({ name, part }) => ({ name, record: (part.found.get(name) as { record: PhotoRecord }).record }));
  const { settings } = run;
  const about = "results" in run ? { settings, results: run.results, weights: run.weights } : { settings };
  return { folder, settings, about, photos: records.length, records };
}

async function read(path: string): Promise<Buffer> {
  return readFile(path).catch((cause) => {
    throw new CommandError(`${path} cannot be read (${cause.code})`, REPAIR, { cause });
  });
}
