/** Names and makes the files of an explanation: map, figure, report and trace. */

import { join } from "node:path";
import { dump } from "npyjs";
import { type AdapterInfo, type ClassScore, type Explanation, type InputSpec, profileFile } from "../faces/all.ts";
import { asJson } from "./json-file.ts";
import type { Outputs } from "./output-files.ts";
import { drawOverlay, type OverlayRequest } from "./overlay-figure.ts";
import type { Place } from "./photo-place.ts";
import type { Runtime } from "./runtime-types.ts";

/** What `explain --json` prints for an image. `files` and `studentAgreement` are null, and `degenerate` says why, where no map was drawn. */
export interface Report extends Place {
  image: string;
  adapter: AdapterInfo;
  teacher: string;
  /** The file of weights, where one was given. */
  weights?: string;
  /** How the photo was prepared: size, colours, what of it was taken. */
  input: InputSpec;
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
  /** Standard deviation of the target's probability over the samples. */
  deviation?: number;
  /** How far another run would draw the same map, by two halves of the samples; null of students that do not tell. */
  reliability?: number | null;
  /** Both in words, of a map. */
  quality?: Explanation["quality"];
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

/** `name`: of the photo, see ListedPhoto. `method`: where each method's files bear its name. */
export function outputPaths(folder: string, name: string, method?: string): OutputPaths {
  const start = join(folder, method === undefined ? name : `${name}.${method}`);
  return { map: `${start}.map.npy`, overlay: `${start}.overlay.png`, json: `${start}.json`, trace: `${start}.trace.json` };
}

/** Where what is said of several methods at once goes. */
export function comparisonPaths(folder: string, name: string): { figure: string; json: string } {
  const start = join(folder, `${name}.methods`);
  return { figure: `${start}.png`, json: `${start}.json` };
}

/** Where the files of a profile go. */
export function profilePaths(folder: string, name: string): { trace: string; json: string; markdown: string } {
  const start = join(folder, name);
  return { trace: `${start}.trace.json`, json: `${start}.profile.json`, markdown: `${start}.profile.md` };
}

/** `weights`: the file that was given, if one was. */
export function makeReport(
  { image, place, weights, input }: OverlayRequest & { weights?: string | undefined; input: InputSpec },
  adapter: AdapterInfo,
  explanation: Explanation,
  paths: OutputPaths,
): Report {
  const { teacher, target, top5, method, samples, passes, seed, seconds, memory, degenerate, map } = explanation;
  const files = map ? { map: paths.map, overlay: paths.overlay } : { map: null, overlay: null };
  return {
    ...{
      image,
      ...place,
      adapter,
      teacher,
      ...(weights === undefined ? {} : { weights }),
      input,
      target,
      top5,
      method,
      samples,
      passes,
      seed,
    },
    ...findings(explanation),
    ...{ seconds, memory, files },
    ...(degenerate === undefined ? {} : { degenerate }),
  };
}

/** What re-label distillation alone finds out. */
function findings({
  synthesis,
  shiftedShare,
  studentAgreement,
  deviation,
  reliability,
  quality,
  reconstruction,
}: Explanation): Partial<Report> {
  if (synthesis === undefined) return {};
  return {
    ...{ synthesis, shiftedShare, studentAgreement: studentAgreement ?? null, deviation, reliability: reliability ?? null },
    ...(quality ? { quality } : {}),
    ...(reconstruction ? { reconstruction } : {}),
  };
}

/** Contents of the files of an explanation, and paths of an earlier run's that would seem to belong to it. */
export interface MapFiles {
  contents: Map<string, Uint8Array | string>;
  stale: string[];
}

/** The map (f32, height x width, C order), the figure with the map over the photo, and the trace where there was a profile. */
export async function mapFiles(
  paths: OutputPaths,
  explanation: Explanation,
  request: OverlayRequest,
  runtime: Pick<Runtime, "name" | "adapter">,
): Promise<MapFiles> {
  const { map, width, height, profile } = explanation;
  const contents: MapFiles["contents"] = new Map();
  if (map) {
    contents.set(paths.overlay, await drawOverlay(explanation, map, request));
    contents.set(paths.map, new Uint8Array(dump(map, [height, width])));
  }
  if (profile) {
    const { teacher, method, samples, settings } = explanation;
    const { adapter, name } = runtime;
    const about = { command: "explain", image: request.image, teacher, method, samples, settings, adapter, runtime: name };
    contents.set(paths.trace, JSON.stringify(profileFile(profile, { ...about, date: new Date().toISOString() })));
  }
  return { contents, stale: map ? [] : [paths.overlay, paths.map] };
}

/**
 * Writes the files of an explanation and the report with every setting, all or none. Without a map, files of an earlier run that would seem
 * to belong to it are removed. Returns the paths written. Throws a CommandError.
 */
export async function writeOutput(
  outputs: Outputs,
  paths: OutputPaths,
  report: Report,
  explanation: Explanation,
  request: OverlayRequest,
  runtime: Pick<Runtime, "name" | "adapter">,
): Promise<string[]> {
  const { contents, stale } = await mapFiles(paths, explanation, request, runtime);
  contents.set(paths.json, asJson({ ...report, settings: explanation.settings }));
  return outputs.write(contents, stale);
}
