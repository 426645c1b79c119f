/** Makes the files that the page saves. */
import { dump } from "npyjs";
import { DEFAULT_METHOD, type Explanation, overlay } from "../faces/all.ts";
import { save } from "./save-file.ts";

/** The photo's name without its end, and with the method's where that is not the usual one. */
export function stem(name: string, method: string): string {
  return `${name.replace(/\.\w+$/, "")}${method === DEFAULT_METHOD ? "" : `.${method}`}`;
}

/** Saves the map over what the classifier saw. */
export async function saveOverlay({ map, input, width, height, method }: Explanation, name: string): Promise<void> {
  if (!map) return;
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d")?.putImageData(new ImageData(Uint8ClampedArray.from(overlay(map, input)), width, height), 0, 0);
  save(await canvas.convertToBlob({ type: "image/png" }), `${stem(name, method)}.overlay.png`);
}

/** Saves the map's values as NumPy's f32 array, height x width. */
export function saveMap({ map, width, height, method }: Explanation, name: string): void {
  if (map) save(new Blob([dump(map, [height, width])], { type: "application/octet-stream" }), `${stem(name, method)}.map.npy`);
}
