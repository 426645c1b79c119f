/** Makes the composites of a run from the photos of a folder, and keeps them in the run's folder. */
import { join } from "node:path";
import sharp from "sharp";
import * as v from "valibot";
import { type Composite, describePrecision, type Photo, RESULTS } from "../../faces/all.ts";
import { isOfPhoto, open } from "../command.ts";
import { describeError } from "../errors.ts";
import type { EvaluateCommandOptions } from "../flags.ts";
import { asJson, readJson } from "../json-file.ts";
import type { ListedPhoto } from "../list-photos.ts";
import type { LocatedClassifier } from "../locate-classifier.ts";
import { Outputs } from "../output-files.ts";
import { notify } from "../print.ts";
import { ProgressBar } from "../progress.ts";
import { readPhoto } from "../read-photo.ts";
import type { Runtime } from "../runtime-types.ts";
import type { RunPhoto } from "./photos.ts";
import { hashPhoto, hashWeights, keyOf } from "./run.ts";
import { fileName, inside, number, sha256 } from "./schemas.ts";

const COMPOSITES = "composites";
/** The photo under another is so many further on in the list: the first of these that makes a sound composite. */
const DISTANCES = [1, 3, 7];

/** `composites/NAME.json`: the composite of a photo, which is `composites/NAME.png`, or that there is none. */
const entry = v.object({
  /** Of all that it depends on. */
  key: sha256,
  composite: v.nullable(
    v.object({
      /** Name of the photo below. */
      ground: fileName,
      sha256,
      target: v.object({ index: v.number(), label: v.string(), probability: number }),
      inside,
      present: number,
      absent: number,
    }),
  ),
});
type Entry = v.InferOutput<typeof entry>;

export interface PlantRequest {
  readonly list: readonly ListedPhoto[];
  readonly located: LocatedClassifier;
  readonly options: EvaluateCommandOptions;
  readonly signal: AbortSignal;
}

/**
 * The composites of a list of photos, in its order and at most as many as the options say: what the folder has of the same photos and weights is kept,
 * the rest is made. Throws what opening the session does, and a CommandError.
 */
export async function compositesOf({ list, located, options, signal }: PlantRequest): Promise<RunPhoto[]> {
  const { out, limit = Number.POSITIVE_INFINITY } = options;
  const { input, outputs: kind, weights } = located;
  const settings = {
    results: RESULTS,
    weights: await hashWeights(weights, []),
    input,
    outputs: kind,
    precision: describePrecision(options.precision ?? "f32", options.activations ?? "f32"),
  };
  const outputs = await Outputs.checkPaths(
    list.flatMap((photo) => [entryOf(out, photo), pictureOf(out, photo)]),
    list.map(({ path }) => path),
    options,
  );
  const found: RunPhoto[] = [];
  const progress = new ProgressBar();
  let runtime: Runtime | undefined;
  let looked = 0;
  try {
    for (const [at, photo] of list.entries()) {
      if (found.length >= limit) break;
      signal.throwIfAborted();
      progress.show("composites", looked++, list.length, { note: ` | ${photo.name}` });
      const photos = [photo, ...groundsOf(list, at)];
      const key = keyOf({ ...settings, seed: seedOf(photo, at), photos: await hashesOf(photos) });
      let known = await recall(out, photo, key);
      if (!known) {
        runtime ??= (await open({ ...options, located }, signal)).runtime;
        known = await make(runtime, photos, { seed: seedOf(photo, at), key, out, outputs, signal });
      }
      if (!known?.composite) continue;
      const { target, inside } = known.composite;
      found.push({ name: photo.name, path: pictureOf(out, photo), planted: { target: target.index, inside } });
    }
  } finally {
    progress.stop();
    await runtime?.close();
  }
  notify(`Composites: ${found.length}, of the first ${looked} of ${list.length} photos`);
  return found;
}

/** The class of a photo of ImageNet by its name, or the photo's place in the list. */
function seedOf({ name }: ListedPhoto, at: number): number {
  return /^\d{3}/.test(name) ? Number(name.slice(0, 3)) : at;
}

function groundsOf(list: readonly ListedPhoto[], at: number): ListedPhoto[] {
  return DISTANCES.map((distance) => list[(at + distance) % list.length] as ListedPhoto);
}

const entryOf = (out: string, { name }: ListedPhoto) => join(out, COMPOSITES, `${name}.json`);
const pictureOf = (out: string, { name }: ListedPhoto) => join(out, COMPOSITES, `${name}.png`);

async function hashesOf(photos: readonly ListedPhoto[]): Promise<(string | null)[]> {
  return Promise.all(photos.map(({ path }) => hashPhoto(path)));
}

/** What the folder has of a photo; undefined where it must be made. */
async function recall(out: string, photo: ListedPhoto, key: string): Promise<Entry | undefined> {
  const known = await readJson(entryOf(out, photo), entry, "Delete the file: the composite is then made anew.");
  if (known?.key !== key) return undefined;
  const { composite } = known;
  return !composite || (await hashPhoto(pictureOf(out, photo))) === composite.sha256 ? known : undefined;
}

interface Making {
  readonly seed: number;
  readonly key: string;
  readonly out: string;
  readonly outputs: Outputs;
  readonly signal: AbortSignal;
}

/** Pastes the first photo on the others, until it makes a sound composite, and files that. Undefined for a photo that cannot be read. */
async function make(
  runtime: Runtime,
  photos: readonly ListedPhoto[],
  { seed, key, out, outputs, signal }: Making,
): Promise<Entry | undefined> {
  const [photo, ...grounds] = photos as [ListedPhoto, ...ListedPhoto[]];
  const whole = await decode(photo);
  if (!whole) return undefined;
  for (const ground of grounds) {
    const below = await decode(ground);
    const composite = below && (await runtime.plant(whole, below, { seed, signal }).catch(reportPhoto));
    if (!composite?.sound) continue;
    const picture = pictureOf(out, photo);
    await outputs.write(new Map([[picture, await toPng(composite)]]));
    const { target, inside, present, absent } = composite;
    return file({ key, composite: { ground: ground.name, sha256: (await hashPhoto(picture)) as string, target, inside, present, absent } });
  }
  return file({ key, composite: null });

  async function file(made: Entry): Promise<Entry> {
    await outputs.write(new Map([[entryOf(out, photo), asJson(made)]]));
    return made;
  }
}

/** Undefined for one that cannot be read. */
function decode({ path }: ListedPhoto): Promise<Photo | undefined> {
  return readPhoto(path).catch(reportPhoto);
}

/** Tells of an error of one photo, and throws any other. */
function reportPhoto(error: unknown): undefined {
  if (!isOfPhoto(error)) throw error;
  notify(describeError(error));
}

function toPng({ photo: { width, height, data } }: Composite): Promise<Uint8Array> {
  return sharp(data, { raw: { width, height, channels: 4 } })
    .removeAlpha()
    .png()
    .toBuffer();
}
