import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { dirname, join, parse, resolve } from "node:path";
import { dump } from "npyjs";
import sharp from "sharp";
import { type AdapterInfo, type ClassScore, type Explanation, overlay, traceOf } from "../index.ts";
import { CommandError } from "./errors.ts";
import { replaceFiles } from "./files.ts";

/** What `explain --json` prints for an image. `files` and `studentAgreement` are null, and `degenerate` says why, where no map was drawn. */
export interface Report {
  image: string;
  adapter: AdapterInfo;
  teacher: string;
  target: ClassScore;
  top5: ClassScore[];
  method: string;
  /** As many images as the map was made from, and went through the teacher. */
  samples: number;
  passes: Explanation["passes"];
  seed: number;
  synthesis?: string;
  shiftedShare?: number;
  studentAgreement?: number | null;
  reconstruction?: Explanation["reconstruction"];
  seconds: Explanation["seconds"];
  memory: Explanation["memory"];
  files: { map: string | null; overlay: string | null };
  degenerate?: string;
}

export interface OutputPaths {
  map: string;
  overlay: string;
  json: string;
  trace: string;
}

/** `method`: where each method's files bear its name. */
export function outputPaths(folder: string, image: string, method?: string): OutputPaths {
  const start = join(folder, method === undefined ? parse(image).name : `${parse(image).name}.${method}`);
  return { map: `${start}.map.npy`, overlay: `${start}.overlay.png`, json: `${start}.json`, trace: `${start}.trace.json` };
}

/** Where what is said of several methods at once goes. */
export function comparisonPaths(folder: string, image: string): { figure: string; json: string } {
  const start = join(folder, `${parse(image).name}.methods`);
  return { figure: `${start}.png`, json: `${start}.json` };
}

/** Where the files of a profile go. */
export function profilePaths(folder: string, image: string): { trace: string; json: string; markdown: string } {
  const start = join(folder, parse(image).name);
  return { trace: `${start}.trace.json`, json: `${start}.profile.json`, markdown: `${start}.profile.md` };
}

/** Throws a CommandError where files cannot be written into the folder, or two images would write the same ones. Creates nothing. */
export async function checkOutput(folder: string, images: readonly string[]): Promise<void> {
  const names = new Map<string, string>();
  for (const image of images) {
    const { json } = outputPaths(folder, image);
    const other = names.get(json);
    if (other !== undefined)
      throw new CommandError(`${other} and ${image} would both write ${json}`, "Explain them apart, each with its own --out.");
    names.set(json, image);
  }
  let existing = resolve(folder);
  let facts = await stat(existing).catch(() => undefined);
  while (!facts) {
    existing = dirname(existing);
    facts = await stat(existing).catch(() => undefined);
  }
  const writable = await access(existing, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!facts.isDirectory() || !writable) {
    throw new CommandError(`--out ${folder}: ${existing} is no folder that can be written to`, "Name another folder with --out.");
  }
}

export function makeReport(image: string, adapter: AdapterInfo, explanation: Explanation, paths: OutputPaths): Report {
  const { teacher, target, top5, method, samples, passes, seed, seconds, memory, degenerate, map } = explanation;
  const files = map ? { map: paths.map, overlay: paths.overlay } : { map: null, overlay: null };
  return {
    ...{ image, adapter, teacher, target, top5, method, samples, passes, seed },
    ...findings(explanation),
    ...{ seconds, memory, files },
    ...(degenerate === undefined ? {} : { degenerate }),
  };
}

/** What re-label distillation alone finds out. */
function findings({ synthesis, shiftedShare, studentAgreement, reconstruction }: Explanation): Partial<Report> {
  if (synthesis === undefined) return {};
  return { synthesis, shiftedShare, studentAgreement: studentAgreement ?? null, ...(reconstruction ? { reconstruction } : {}) };
}

/** Contents of the files of an explanation, and paths of an earlier run's that would seem to belong to it. */
export interface MapFiles {
  contents: Map<string, Uint8Array | string>;
  stale: string[];
}

/** The map (f32, size x size, C order), the overlay, and the trace where there was a profile. */
export async function mapFiles(paths: OutputPaths, { map, input, size, profile }: Explanation, adapter: AdapterInfo): Promise<MapFiles> {
  const contents: MapFiles["contents"] = new Map();
  if (map) {
    const overlaid = sharp(overlay(map, input, size), { raw: { width: size, height: size, channels: 4 } });
    contents.set(paths.overlay, await overlaid.png().toBuffer());
    contents.set(paths.map, new Uint8Array(dump(map, [size, size])));
  }
  if (profile) contents.set(paths.trace, JSON.stringify(traceOf(profile, adapter.description)));
  return { contents, stale: map ? [] : [paths.overlay, paths.map] };
}

/**
 * Writes the files of an explanation and the report with every setting, all or none. Without a map, files of an earlier run that would seem
 * to belong to it are removed. Returns the paths written. Throws a CommandError.
 */
export async function writeOutput(paths: OutputPaths, report: Report, explanation: Explanation): Promise<string[]> {
  const { contents, stale } = await mapFiles(paths, explanation, report.adapter);
  contents.set(paths.json, asJson({ ...report, settings: explanation.settings }));
  return writeFiles(contents, stale);
}

export function asJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/** As `replaceFiles`; returns the paths written. Throws a CommandError. */
export async function writeFiles(contents: ReadonlyMap<string, Uint8Array | string>, stale?: readonly string[]): Promise<string[]> {
  try {
    await replaceFiles(contents, stale);
  } catch (cause) {
    throw new CommandError(
      `The files could not be written (${(cause as Error).message})`,
      "Free some space, or name another folder with --out.",
      {
        cause,
      },
    );
  }
  return [...contents.keys()];
}
