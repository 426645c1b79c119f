/** What is kept of a finished map, and how that is made. */
import { adapterName, type Explanation, findMethod, type Outputs } from "../../faces/all.ts";
import type { DecodedPhoto } from "../decode.ts";
import { capitalise, count, duration, shortLabel } from "../format.ts";
import { causalOf, WAYS, type Way } from "../judge/curves.ts";
import type { Scores } from "../judge/judged.ts";
import { partOf } from "../stage/region.ts";
import { inputInUse, outputsInUse, type ReadyEngine, type State } from "../state.ts";
import { viewSize } from "../view.ts";
import type { Head } from "./shelf.ts";

/** Longer side in pixels of the small picture: twice what the strip shows, for sharp screens. */
const THUMB_SIDE = 176;

/** What the strip says of a map. */
export interface KeptHead extends Head {
  readonly bytes: number;
  /** ISO 8601. */
  readonly date: string;
  /** Name of the photo. */
  readonly photo: string;
  /** What it explains: see `subjectOf`. Those of earlier versions have none. */
  readonly subject?: string;
  readonly teacher: string;
  /** Name of the method. */
  readonly method: string;
  readonly label: string;
  readonly samples: number;
  /** The quality in a word or two, where the method tells. */
  readonly sign: string | undefined;
  readonly seconds: number;
  /** Images through the classifier, forward and back. */
  readonly passes: number;
  /** What one of these images costs depends on: see `paceOf`. */
  readonly pace: string;
  /** Areas under its curves and the random grid's, where they were asked for. */
  readonly scores?: Readonly<Record<Way, { readonly own: number; readonly random: number }>>;
  /** Whether the user stopped it. */
  readonly aborted: boolean;
  /** The map on its photo, small. */
  readonly thumb: Blob;
}

/** What shows a map large again. */
export interface KeptBody {
  readonly explanation: MappedExplanation;
  /** What the outputs of the classifier mean. */
  readonly outputs: Outputs;
  /** The part of the photo that the classifier saw, as the page shows it: PNG. */
  readonly view: Blob;
}

/** An explanation with a map; a profile is not kept. */
export type MappedExplanation = Omit<Explanation, "profile" | "map"> & { map: Float32Array };

/** What is kept or saved of an explanation; undefined without a map. */
export function withoutProfile({ profile, map, ...rest }: Explanation): MappedExplanation | undefined {
  return map && { ...rest, map };
}

export interface KeptMap {
  readonly head: KeptHead;
  readonly body: KeptBody;
}

/** What is to be kept of the explanation on show; undefined without a map. Throws a PageError where the photo was replaced meanwhile. */
export async function keptMapOf(state: Readonly<State>): Promise<KeptMap | undefined> {
  const { photo, engine } = state;
  const explanation = state.explanation && withoutProfile(state.explanation);
  if (!photo || !explanation || engine.kind !== "ready") return undefined;
  const cut = { part: explanation.crop, size: viewSize(explanation), grey: inputInUse(state).channels === "grey" };
  const [shown, laid] = await Promise.all([photo.view(cut), photo.overlay(explanation.map, explanation, cut, state.look)]);
  const [view, thumb] = [await encode(shown), await encode(laid, THUMB_SIDE)];
  const { passes } = explanation;
  const { teacher, method, target, samples, quality, seconds, aborted, map, input: seen, ...rest } = explanation;
  const date = new Date().toISOString();
  const head: KeptHead = {
    id: `${date} ${crypto.randomUUID()}`,
    date,
    bytes: map.byteLength + seen.byteLength + view.size + thumb.size + JSON.stringify(rest).length,
    ...{ photo: photo.name, subject: subjectOf(photo, explanation), teacher, method, label: target.label },
    ...{ samples, sign: quality?.sign, seconds: seconds.total, aborted, thumb },
    ...{ passes: passes.forward + passes.backward, pace: paceOf(engine) },
  };
  return { head, body: { explanation, outputs: outputsInUse(state), view } };
}

/** A photo, whatever its name; the part of it that a classifier sees, and as how many pixels; a class. Maps of one subject can be compared. */
export function subjectOf(
  { digest }: Pick<DecodedPhoto, "digest">,
  { teacher, height, width, crop, target }: Pick<Explanation, "teacher" | "height" | "width" | "crop"> & { target: { index: number } },
): string {
  const part = [crop.left, crop.top, crop.width, crop.height].map(Math.round);
  return [digest, teacher, height, width, ...part, target.index].join(" ");
}

/** The subject of the next explanation; undefined before there is a class to explain. */
export function nextSubject(state: Readonly<State>): string | undefined {
  const { photo, target, engine } = state;
  if (!photo || !target || engine.kind !== "ready") return undefined;
  const { teacher, input } = engine;
  const { height, width } = input;
  return subjectOf(photo, { teacher, height, width, crop: partOf(photo.size, input, state), target });
}

/** The same map with its scores. */
export function scored({ head, body }: KeptMap, scores: Scores): KeptMap {
  const { map, random } = causalOf(scores);
  const areas = (way: Way) => ({ own: map[way].area, random: random[way].area });
  return { head: { ...head, scores: { deletion: areas("deletion"), insertion: areas("insertion") } }, body };
}

/** The scores' names and values, with those of the random grid; none where they were not asked for. */
export function listScores({ scores }: KeptHead): [string, string][] {
  if (!scores) return [];
  return WAYS.map((way) => {
    const { own, random } = scores[way];
    return [capitalise(way), `${own.toFixed(2)} (random ${random.toFixed(2)})`];
  });
}

/** "“espresso” by RISE". */
export function nameOf({ label, method }: Pick<KeptHead, "label" | "method">): string {
  return `“${shortLabel(label)}” by ${findMethod(method).title}`;
}

/** "“espresso” by RISE in cat.jpg, made Nov 30, 2026, 10:12:33 PM": tells it from all others. */
export function fullNameOf(head: Pick<KeptHead, "label" | "method" | "photo" | "date">): string {
  const made = new Date(head.date).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
  return `${nameOf(head)} in ${head.photo}, made ${made}`;
}

/** Images of the same text take the same time: adapter, classifier, its size and tuning. */
export function paceOf({ adapter, teacher, input: { height, width }, saved }: ReadyEngine): string {
  return [adapterName(adapter), teacher, `${height} x ${width}`, saved === undefined ? "" : "tuned"].join(", ");
}

/** "250 samples, good, 1 min 2 s". */
export function describeWork({ samples, sign, seconds, aborted }: KeptHead): string {
  const words = [samples > 0 ? `${count(samples)} samples` : "", aborted ? "stopped early" : "", sign ?? "", duration(seconds)];
  return words.filter(Boolean).join(", ");
}

/** A PNG of the picture, or a smaller JPEG. */
async function encode(image: ImageData, side?: number): Promise<Blob> {
  const whole = new OffscreenCanvas(image.width, image.height);
  whole.getContext("2d")?.putImageData(image, 0, 0);
  if (side === undefined) return whole.convertToBlob({ type: "image/png" });
  const scale = side / Math.max(image.width, image.height);
  const small = new OffscreenCanvas(Math.max(1, Math.round(scale * image.width)), Math.max(1, Math.round(scale * image.height)));
  const context = small.getContext("2d");
  if (context) context.imageSmoothingQuality = "high";
  context?.drawImage(whole, 0, 0, small.width, small.height);
  return small.convertToBlob({ type: "image/jpeg", quality: 0.9 });
}
