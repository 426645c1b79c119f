/** The part of the page that shows the photo, and the map as it grows. */
import { DEFAULT_METHOD, findMethod, overlay } from "../faces/all.ts";
import { element } from "./elements.ts";
import { enlarge } from "./enlarge.ts";
import { shortLabel } from "./format.ts";
import { inputInUse, type State, type View } from "./state.ts";
import { describePart, drawView } from "./view.ts";

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

  let view: ImageData | undefined;

  return (state, before) => {
    const { photo, map, opening, run } = state;
    const input = inputInUse(state);
    const anew = photo !== before?.photo || !before || input !== inputInUse(before);
    stage.classList.toggle("busy", opening !== undefined);
    if (anew) {
      placeholder.hidden = photo !== undefined;
      photoCanvas.hidden = !photo;
      view = photo && drawView(photo.pixels, input);
      stage.style.setProperty("--proportion", String(view ? view.width / view.height : 1));
      if (photo && view) {
        paint(photoCanvas, view);
        photoCanvas.setAttribute("aria-label", `${photo.name}, as the classifier sees it`);
      }
    }
    if (opening !== before?.opening)
      placeholder.textContent = opening ? `Opening ${opening}…` : "Choose a sample, or drop or paste a photo";
    if (map !== before?.map) {
      mapCanvas.hidden = controls.hidden = !map;
      if (map && view) {
        const { width, height } = view;
        paint(mapCanvas, new ImageData(Uint8ClampedArray.from(overlay(enlarge(map.values, input, view), view.data)), width, height));
        mapCanvas.setAttribute("aria-label", `Map of the evidence for ${map.label}, over the photo`);
      }
    }
    if (anew || map !== before?.map || run !== before?.run) caption.textContent = captionOf(state);
  };
}

function paint(canvas: HTMLCanvasElement, image: ImageData): void {
  canvas.width = image.width;
  canvas.height = image.height;
  canvas.getContext("2d")?.putImageData(image, 0, 0);
}

function captionOf(state: Readonly<State>): string {
  const { photo, map, run } = state;
  const part = describePart(inputInUse(state));
  if (!photo) return `The classifier looks at ${part}.`;
  if (map) {
    const { samples, asked, phase, method } = map;
    const count = phase === "done" || samples === asked ? `${samples}` : `${samples} of ${asked}`;
    const relabels = method === DEFAULT_METHOD;
    // Of other methods the result has the numbers once they are done.
    const from = relabels || phase !== "done" ? ` from ${count} samples` : "";
    const what = `Evidence for “${shortLabel(map.label)}”${relabels ? "" : ` by ${findMethod(method).title}`}${from}`;
    return { growing: `${what}, still growing`, stopped: `${what}: stopped early`, done: what }[phase];
  }
  return run ? `${photo.name}: the map appears as soon as there are enough samples` : `${photo.name}, as the classifier sees it: ${part}`;
}
