/** The page's side in Chrome: holds the session, and answers what the command line's process asks. */
import { check, embed, evaluate, type OpenedPhoto, openBytes, type Photo, plant, Session, type WeightsInput } from "../faces/all.ts";
import {
  type Host,
  type LoadTuning,
  OPENED,
  type PagePhoto,
  type Reply,
  type SaveTuning,
  type SendCheckProgress,
  type SendEvaluateProgress,
  type SendProgress,
  type SendTuneProgress,
  type WirePhoto,
  type WireWeights,
  weightsAddress,
} from "./page-protocol.ts";
import { openServed } from "./served-model.ts";

declare global {
  var relabel: Host;
  var sendProgress: SendProgress;
  var sendTuneProgress: SendTuneProgress;
  var sendEvaluateProgress: SendEvaluateProgress;
  var sendCheckProgress: SendCheckProgress;
  var loadTuning: LoadTuning;
  var saveTuning: SaveTuning;
}

let session: Session;
let opened: OpenedPhoto | undefined;
let second: Photo | undefined;
const abort = new AbortController();

async function fetchBytes(url: string): Promise<ArrayBuffer> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(await response.text());
  return response.arrayBuffer();
}

function weightsUrl(file: string): URL {
  return new URL(weightsAddress(file), location.href);
}

async function readWeights(file: string, own: WireWeights): Promise<WeightsInput> {
  if (file !== own.file) return openBytes(weightsUrl(file), file);
  return openServed(own, weightsUrl) as Promise<WeightsInput>;
}

async function fetchPhoto({ width, height, url }: WirePhoto): Promise<Photo> {
  return { width, height, data: new Uint8Array(await fetchBytes(url)) };
}

async function take(photo: PagePhoto): Promise<Photo | OpenedPhoto> {
  return photo === OPENED ? (opened as OpenedPhoto) : fetchPhoto(photo);
}

async function reply<T>(work: () => Promise<T>): Promise<Reply<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    const { message, fix, code } = error as Error & { fix?: string; code?: string };
    return { error: { message, fix, code } };
  }
}

function encode(array: Float32Array | Uint32Array | Uint8Array | Uint8ClampedArray): string {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  let text = "";
  for (let start = 0; start < bytes.length; start += 0x8000) text += String.fromCharCode(...bytes.subarray(start, start + 0x8000));
  return btoa(text);
}

function decode(text: string): Float32Array<ArrayBuffer> {
  return new Float32Array(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)).buffer);
}

globalThis.relabel = {
  open: ({ model, weights, tuned, ...options }) =>
    reply(async () => {
      session = await Session.create({
        ...options,
        model: weights.kind === "onnx" ? await openServed(weights, weightsUrl) : model,
        tuning: tuned ? { load: globalThis.loadTuning, save: globalThis.saveTuning } : undefined,
        weights: (file) => readWeights(file, weights),
      });
      return { adapter: session.adapter, teacher: session.teacher, labels: session.labels, layers: session.layers };
    }),
  openPhoto: (photo) =>
    reply(async () => {
      opened = await session.open(await fetchPhoto(photo), { signal: abort.signal });
    }),
  takeOther: (photo) =>
    reply(async () => {
      second = await fetchPhoto(photo);
    }),
  classify: (photo, settings) =>
    reply(async () => {
      const { logits, probabilities, ...rest } = await session.classify(await take(photo), { ...settings, signal: abort.signal });
      return { ...rest, logits: encode(logits), probabilities: encode(probabilities) };
    }),
  findNonFinite: (photo) => reply(async () => session.findNonFinite(await take(photo), { signal: abort.signal })),
  explain: (photo, options) =>
    reply(async () => {
      const { map, input, ...rest } = await session.explain(await take(photo), {
        ...options,
        signal: abort.signal,
        onProgress: ({ map: _, ...progress }) => globalThis.sendProgress(progress),
      });
      return { ...rest, map: map && encode(map), input: encode(input) };
    }),
  evaluate: (photo, maps, { other, ...options }) =>
    reply(async () =>
      evaluate(session, await take(photo), Object.fromEntries(Object.entries(maps).map(([name, map]) => [name, decode(map)])), {
        ...options,
        other: other ? second : undefined,
        signal: abort.signal,
        onProgress: globalThis.sendEvaluateProgress,
      }),
    ),
  plant: (wire, options) =>
    reply(async () => {
      const { photo, ...facts } = await plant(session, await fetchPhoto(wire), second as Photo, { ...options, signal: abort.signal });
      return { ...facts, photo: { ...photo, data: encode(photo.data) } };
    }),
  check: (photo, options) =>
    reply(async () => check(session, await take(photo), { ...options, signal: abort.signal, onProgress: globalThis.sendCheckProgress })),
  embed: (photo, options) =>
    reply(async () => {
      const { points, probabilities, choices, kept, thumbnails, ...rest } = await embed(session, await take(photo), {
        ...options,
        signal: abort.signal,
        onProgress: ({ map: _, ...progress }) => globalThis.sendProgress(progress),
      });
      const arrays = { points: encode(points), probabilities: encode(probabilities), choices: encode(choices), kept: encode(kept) };
      return { ...rest, ...arrays, thumbnails: encode(thumbnails) };
    }),
  measureCeilings: () => reply(() => session.measureCeilings()),
  tune: () => reply(() => session.tune({ signal: abort.signal, onProgress: globalThis.sendTuneProgress })),
  abort: () => abort.abort(),
};
