/** Says what was given as a photo where it is none, and what to give instead; loaded for the error. */
import { describeValue, printable } from "../engine/printable.ts";

/** What is wrong, after "The photo", and what to do. */
export interface Fault {
  readonly what: string;
  readonly fix: string;
}

const SOURCES = "Give a File, Blob or URL object, an image, canvas or video, or RGBA bytes as { width, height, data }.";
const OPENS = "Give an image that this browser shows.";

/** `address`: where it was downloaded from, if it was. */
export function describePhoto(given: object, address?: URL): Fault {
  if (given instanceof Blob) return describeFile(given, address);
  const of = (name: string) => isA(given, name);
  if (of("HTMLImageElement")) return describeImage(given as HTMLImageElement);
  const { width, height } = given as { width?: unknown; height?: unknown };
  if ((of("HTMLCanvasElement") || of("OffscreenCanvas")) && !(width && height))
    return { what: `is an empty canvas, of ${width} x ${height} pixels`, fix: "Draw something on it first." };
  if (of("ImageBitmap") && !width) return { what: "is an ImageBitmap that was closed", fix: "Give it before it is closed." };
  if (of("VideoFrame")) return { what: "is a VideoFrame that was closed", fix: "Give it before it is closed." };
  if (of("HTMLVideoElement")) return { what: "is a video that shows no frame yet", fix: "Wait for its event loadeddata." };
  if (of("HTMLInputElement") || of("FileList"))
    return { what: `is ${nameOf(given)}`, fix: "Give one of its files, such as input.files[0]." };
  if (of("Promise")) return { what: "is a promise", fix: "Await it." };
  if (of("Response")) return { what: "is a Response", fix: "Give await response.blob()." };
  if (of("CanvasRenderingContext2D") || of("OffscreenCanvasRenderingContext2D"))
    return { what: `is ${nameOf(given)}`, fix: "Give its canvas." };
  if (of("ArrayBuffer") || ArrayBuffer.isView(given))
    return { what: `is ${nameOf(given)}`, fix: "Give a file's bytes as new Blob([bytes]), and pixels as { width, height, data }." };
  if ("data" in given) return { what: `has data that is ${describeValue(given.data)}`, fix: "Give RGBA bytes in a Uint8ClampedArray." };
  return { what: `is ${nameOf(given)}`, fix: SOURCES };
}

function isA(given: object, name: string): boolean {
  const kind = (globalThis as unknown as Record<string, unknown>)[name];
  return typeof kind === "function" && given instanceof kind;
}

/** "a div element", "a Uint8Array", "an object". */
function nameOf(given: object): string {
  if (isA(given, "Element")) return `${/^[aeiou]/.test((given as Element).localName) ? "an" : "a"} ${(given as Element).localName} element`;
  const name: unknown = given.constructor?.name;
  return typeof name !== "string" || name === "Object" || name === "" || Array.isArray(given)
    ? describeValue(given)
    : `of the kind ${printable(name)}`;
}

function describeImage({ currentSrc, src }: HTMLImageElement): Fault {
  const address = printable(currentSrc || src, 200);
  if (!address) return { what: "is an image without a source", fix: "Set its src first." };
  return { what: `is an image that cannot be loaded or decoded, from ${address}`, fix: `Check the address. ${OPENS}` };
}

function describeFile(file: Blob, address: URL | undefined): Fault {
  const type = file.type ? `of type ${printable(file.type)}` : "of unknown type";
  const name = "name" in file ? ` ${printable(String(file.name), 200)}` : "";
  const from = address ? ` from ${printable(address.href, 200)}` : "";
  const what = `cannot be decoded: it is a file${name} ${type} and ${file.size} bytes${from}`;
  const page = address && /^text\/html\b/.test(file.type);
  return { what, fix: page ? "Check the address: servers send a page where there is no such file." : OPENS };
}
