import { DEFAULT_METHOD, findMethod, overlay, TEACHERS, type TeacherDefinition } from "../index.ts";
import { element } from "./elements.ts";
import { enlarge } from "./enlarge.ts";
import { shortLabel } from "./format.ts";
import type { OpenPhoto, ShownMap, State, View } from "./state.ts";
import { describeView } from "./view.ts";

const BUILT_IN = TEACHERS[0] as TeacherDefinition;

/** The photo with the map over it, and how to look through that. */
export function mountPicture(): View {
  const stage = element("stage", HTMLDivElement);
  const photoCanvas = element("photo-canvas", HTMLCanvasElement);
  const mapCanvas = element("map-canvas", HTMLCanvasElement);
  const placeholder = element("placeholder", HTMLParagraphElement);
  const caption = element("caption", HTMLElement);
  const controls = element("map-controls", HTMLDivElement);
  const show = element("show-map", HTMLInputElement);
  const opacity = element("opacity", HTMLInputElement);

  const look = () => {
    mapCanvas.style.opacity = String(opacity.valueAsNumber / 100);
    mapCanvas.style.visibility = show.checked ? "visible" : "hidden";
    opacity.disabled = !show.checked;
  };
  show.addEventListener("change", look);
  opacity.addEventListener("input", look);
  look();

  return (state, before) => {
    const { engine, photo, map, opening, run } = state;
    stage.classList.toggle("busy", opening !== undefined);
    if (photo !== before?.photo) {
      placeholder.hidden = photo !== undefined;
      photoCanvas.hidden = !photo;
      if (photo) {
        paint(photoCanvas, photo.view);
        stage.style.aspectRatio = `${photo.view.width} / ${photo.view.height}`;
        photoCanvas.setAttribute("aria-label", `${photo.name}, as the classifier sees it`);
      }
    }
    if (opening !== before?.opening)
      placeholder.textContent = opening ? `Opening ${opening}…` : "Choose a sample, or drop or paste a photo";
    if (map !== before?.map) {
      mapCanvas.hidden = controls.hidden = !map;
      if (map && photo) {
        drawMap(mapCanvas, map, photo);
        mapCanvas.setAttribute("aria-label", `Map of the evidence for ${map.label}, over the photo`);
      }
    }
    if (photo !== before?.photo || map !== before?.map || run !== before?.run || engine !== before?.engine)
      caption.textContent = captionOf(state);
  };
}

function paint(canvas: HTMLCanvasElement, image: ImageData): void {
  canvas.width = image.width;
  canvas.height = image.height;
  canvas.getContext("2d")?.putImageData(image, 0, 0);
}

function drawMap(canvas: HTMLCanvasElement, map: ShownMap, { view }: OpenPhoto): void {
  const overlaid = overlay(enlarge(map.values, map, view), view.data);
  paint(canvas, new ImageData(Uint8ClampedArray.from(overlaid), view.width, view.height));
}

function captionOf({ engine, photo, map, run }: Readonly<State>): string {
  if (!photo) return describeView(engine.kind === "ready" ? engine.input : BUILT_IN.input);
  if (map) {
    const { samples, asked, phase, method } = map;
    const count = phase === "done" || samples === asked ? `${samples}` : `${samples} of ${asked}`;
    const relabels = method === DEFAULT_METHOD;
    // Of other methods the result has the numbers once they are done.
    const from = relabels || phase !== "done" ? ` from ${count} samples` : "";
    const what = `Evidence for “${shortLabel(map.label)}”${relabels ? "" : ` by ${findMethod(method).title}`}${from}`;
    return { growing: `${what}, still growing`, stopped: `${what}: stopped early`, done: what }[phase];
  }
  return run ? `${photo.name}: the map appears as soon as there are enough samples` : `${photo.name}, as the classifier sees it`;
}
