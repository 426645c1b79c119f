/** Saves the files of a map: picture, values, and what was set and found. */
import { dump } from "npyjs";
import { type AdapterInfo, DEFAULT_METHOD, findMethod, type Outputs } from "../../faces/all.ts";
import type { DecodedPhoto } from "../decode.ts";
import { degree, shortLabel, shortNumber } from "../format.ts";
import { save } from "../save-file.ts";
import { endsOf, type Look, scaleOf } from "../stage/look.ts";
import type { MappedExplanation } from "../strip/kept-map.ts";

/** A map, and what its files say beyond its explanation. */
export interface Exported {
  readonly explanation: MappedExplanation;
  /** The photo that is drawn: the whole one, or the part of it that was kept. */
  readonly photo: DecodedPhoto;
  readonly outputs: Outputs;
  /** What computed it, where that is known. */
  readonly adapter?: AdapterInfo;
}

/** The photo's name without its end, and with the method's where that is not the usual one. */
export function stem(name: string, method: string): string {
  return `${name.replace(/\.\w+$/, "")}${method === DEFAULT_METHOD ? "" : `.${method}`}`;
}

const saveAs = ({ photo, explanation }: Exported, content: BlobPart, type: string, end: string) =>
  save(new Blob([content], { type }), `${stem(photo.name, explanation.method)}.${end}`);

/** The map over the photo in this look, at the photo's resolution, with a colour bar: PNG. */
export function pictureOf({ explanation, photo, outputs }: Exported, look: Look): Promise<Blob> {
  const { map, height, width, crop, target, method, teacher } = explanation;
  const { low, high } = endsOf(scaleOf(map, look), look);
  const share = degree(target.probability, outputs);
  return photo.figure({
    ...{ map, height, width, crop, photo: explanation.photo, look },
    ends: [shortNumber(low), shortNumber(high)],
    caption: `${shortLabel(target.label)}, ${share} · ${findMethod(method).title} · ${teacher} · ${photo.name}`,
  });
}

/** Saves that picture. */
export async function savePicture(exported: Exported, look: Look): Promise<void> {
  saveAs(exported, await pictureOf(exported, look), "image/png", "overlay.png");
}

/** Saves the map's values as NumPy's f32 array, height x width. */
export function saveValues(exported: Exported): void {
  const { map, height, width } = exported.explanation;
  saveAs(exported, dump(map, [height, width]), "application/octet-stream", "map.npy");
}

/** Everything but map and pixels: class, method, settings, findings, times. */
export function settingsOf({ explanation, photo, adapter }: Exported): object {
  const { map, input, ...said } = explanation;
  return { image: photo.name, adapter, ...said };
}

/** Saves that as JSON. */
export function saveReport(exported: Exported): void {
  saveAs(exported, `${JSON.stringify(settingsOf(exported), undefined, 2)}\n`, "application/json", "json");
}

/** Saves a report as one HTML file. */
export function saveHtml(exported: Exported, html: string): void {
  saveAs(exported, html, "text/html", "html");
}
