/** The part of the page that shows the photo, and the map as it grows. */
import { DEFAULT_METHOD, findMethod, type InputSpec } from "../faces/all.ts";
import type { Controller } from "./controller.ts";
import type { DecodedPhoto } from "./decode.ts";
import { element } from "./elements.ts";
import { shortLabel } from "./format.ts";
import { inputInUse, type ShownMap, type State, type View } from "./state.ts";
import { describePart } from "./view.ts";

/** What the canvases show, or are to show. */
interface Picture {
  readonly photo: DecodedPhoto | undefined;
  readonly input: InputSpec;
  readonly map: ShownMap | undefined;
}

/** The photo with the map over it, and how to look through that. */
export function mountPicture(controller: Controller): View {
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

  let wanted: Picture | undefined;
  let shown: Picture | undefined;

  const showView = async ({ photo, input }: Picture): Promise<void> => {
    const view = await photo?.view(input);
    photoCanvas.hidden = !view;
    placeholder.hidden = view !== undefined;
    stage.style.setProperty("--proportion", String(view ? view.width / view.height : 1));
    if (!photo || !view) return;
    paint(photoCanvas, view);
    photoCanvas.setAttribute("aria-label", `${photo.name}, as the classifier sees it`);
  };
  const showMap = async ({ photo, input, map }: Picture): Promise<void> => {
    const drawn = map && (await photo?.overlay(map.values, input));
    mapCanvas.hidden = !drawn;
    if (!map || !drawn) return;
    paint(mapCanvas, drawn);
    mapCanvas.setAttribute("aria-label", `Map of the evidence for ${map.label}, over the photo`);
  };
  /** Draws what is wanted until there is nothing newer: of maps that come faster, some are left out. */
  const draw = async (): Promise<void> => {
    if (stage.ariaBusy === "true") return;
    stage.ariaBusy = "true";
    while (wanted && wanted !== shown) {
      const [next, last] = [wanted, shown];
      shown = next;
      try {
        if (next.photo !== last?.photo || next.input !== last?.input) await showView(next);
        await showMap(next);
      } catch (error) {
        // A photo that has been replaced is closed.
        if (next.photo === wanted.photo) controller.report(error);
      }
    }
    stage.ariaBusy = "false";
  };

  return (state, before) => {
    const { photo, map, opening, run } = state;
    const input = inputInUse(state);
    stage.classList.toggle("busy", opening !== undefined);
    if (opening !== before?.opening)
      placeholder.textContent = opening ? `Opening ${opening}…` : "Choose a sample, or drop or paste a photo";
    const anew = photo !== wanted?.photo || input !== wanted?.input;
    if (anew || map !== wanted?.map) {
      controls.hidden = !map;
      mapCanvas.hidden ||= !map;
      wanted = { photo, input, map };
      draw();
    }
    if (anew || map !== before?.map || run !== before?.run) caption.textContent = captionOf(state);
  };
}

/** Shows an image on a canvas, pixel by pixel. */
export function paint(canvas: HTMLCanvasElement, image: ImageData): void {
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
