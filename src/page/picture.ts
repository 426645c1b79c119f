/** The part of the page that shows the photo, and the map as it grows. */
import { DEFAULT_METHOD, findMethod, type Rectangle, type Size } from "../faces/all.ts";
import type { Controller } from "./controller.ts";
import type { DecodedPhoto } from "./decode.ts";
import { element } from "./elements.ts";
import { describeWhere } from "./finding.ts";
import { shortLabel, shortNumber } from "./format.ts";
import { endsOf, gradientOf, type Look, scaleOf } from "./stage/look.ts";
import { describePart, isSame, partOf } from "./stage/region.ts";
import { inputInUse, type ShownMap, type State, type View } from "./state.ts";
import { mapSize } from "./view.ts";

/** What the canvases show, or are to show. */
interface Picture {
  readonly photo: DecodedPhoto | undefined;
  readonly grey: boolean;
  readonly map: ShownMap | undefined;
  readonly look: Look;
}

/** The photo with the map over it, and how to look through that. */
export function mountPicture(controller: Controller): View {
  const stage = element("stage", HTMLDivElement);
  const photoCanvas = element("photo-canvas", HTMLCanvasElement);
  const layer = element("map-layer", HTMLDivElement);
  const mapCanvas = element("map-canvas", HTMLCanvasElement);
  const placeholder = element("placeholder", HTMLParagraphElement);
  const caption = element("caption", HTMLElement);
  const controls = element("map-controls", HTMLDivElement);
  const show = element("show-map", HTMLInputElement);
  const bar = element("bar", HTMLSpanElement);
  const [low, high] = [element("bar-low", HTMLSpanElement), element("bar-high", HTMLSpanElement)];
  show.addEventListener("change", () => {
    layer.style.visibility = show.checked ? "visible" : "hidden";
  });

  let wanted: Picture | undefined;
  let shown: Picture | undefined;

  const showPhoto = async ({ photo, grey }: Picture): Promise<void> => {
    const whole = await photo?.whole(grey);
    photoCanvas.hidden = !whole;
    placeholder.hidden = whole !== undefined;
    stage.style.setProperty("--proportion", String(whole ? whole.width / whole.height : 1));
    if (!photo || !whole) return;
    paint(photoCanvas, whole);
    photoCanvas.setAttribute("aria-label", photo.name);
  };
  const showMap = async ({ photo, grey, map, look }: Picture): Promise<void> => {
    const drawn =
      map && photo && (await photo.overlay(map.values, map.size, { part: map.crop, size: mapSize(photo.size, map.crop), grey }, look));
    layer.hidden = !drawn;
    if (!map || !photo || !drawn) return;
    paint(mapCanvas, drawn);
    const ends = endsOf(scaleOf(map.values, look), look);
    [low.textContent, high.textContent] = [shortNumber(ends.low), shortNumber(ends.high)];
    bar.style.background = gradientOf(look);
    lay(layer, map.crop, photo.size);
    mapCanvas.setAttribute("aria-label", `Map of the evidence for ${map.label}, over the photo. ${describeWhere(map)}`);
  };
  /** Draws what is wanted until there is nothing newer: of maps that come faster, some are left out. */
  const draw = async (): Promise<void> => {
    if (stage.ariaBusy === "true") return;
    stage.ariaBusy = "true";
    while (wanted && wanted !== shown) {
      const [next, last] = [wanted, shown];
      shown = next;
      try {
        if (next.photo !== last?.photo || next.grey !== last?.grey) await showPhoto(next);
        await showMap(next);
      } catch (error) {
        // A photo that has been replaced is closed.
        if (next.photo === wanted.photo) controller.report(error);
      }
    }
    stage.ariaBusy = "false";
  };
  // A browser that loses its GPU process empties canvases.
  for (const canvas of [photoCanvas, mapCanvas]) {
    canvas.addEventListener("contextrestored", () => {
      shown = undefined;
      draw();
    });
  }

  return (state, before) => {
    const { photo, map, opening, run, look } = state;
    const grey = inputInUse(state).channels === "grey";
    stage.classList.toggle("busy", opening !== undefined);
    if (opening !== before?.opening)
      placeholder.textContent = opening ? `Opening ${opening}…` : "Choose a sample, or drop or paste a photo";
    if (photo !== wanted?.photo || grey !== wanted?.grey || map !== wanted?.map || look !== wanted?.look) {
      controls.hidden = !map;
      layer.hidden ||= !map;
      wanted = { photo, grey, map, look };
      draw();
    }
    const framed = state.fit !== before?.fit || state.region !== before?.region || state.engine !== before?.engine;
    const said = run !== before?.run || state.unseen !== before?.unseen;
    if (framed || said || photo !== before?.photo || map !== before?.map) {
      layer.classList.toggle("stale", isStale(state));
      caption.textContent = captionOf(state);
    }
  };
}

/** Whether the map on show is of another part than the classifier sees now. */
function isStale(state: Readonly<State>): boolean {
  const { photo, map } = state;
  return photo !== undefined && map !== undefined && !isSame(map.crop, partOf(photo.size, inputInUse(state), state));
}

/** Lays an element over a part of the photo on show. */
export function lay({ style }: HTMLElement, { left, top, width, height }: Rectangle, photo: Size): void {
  const share = (length: number, whole: number) => `${(100 * length) / whole}%`;
  Object.assign(style, { left: share(left, photo.width), width: share(width, photo.width) });
  Object.assign(style, { top: share(top, photo.height), height: share(height, photo.height) });
}

/** Shows an image on a canvas, pixel by pixel. */
export function paint(canvas: HTMLCanvasElement, image: ImageData): void {
  canvas.width = image.width;
  canvas.height = image.height;
  canvas.getContext("2d")?.putImageData(image, 0, 0);
}

function captionOf(state: Readonly<State>): string {
  const { photo, map, run, unseen } = state;
  const part = describePart(inputInUse(state), state);
  if (!photo) return `The classifier looks at ${part}.`;
  if (map) return isStale(state) ? `${evidenceOf(map)}, of another part of the photo: Explain makes one of this part` : evidenceOf(map);
  if (run) return `${photo.name}: the map appears as soon as there are enough samples`;
  return `${photo.name}. The classifier ${unseen ? "failed at" : "sees"} ${part}.`;
}

function evidenceOf({ samples, asked, phase, method, label }: ShownMap): string {
  const count = phase === "done" || samples === asked ? `${samples}` : `${samples} of ${asked}`;
  const relabels = method === DEFAULT_METHOD;
  // Of other methods the result has the numbers once they are done.
  const from = relabels || phase !== "done" ? ` from ${count} samples` : "";
  const what = `Evidence for “${shortLabel(label)}”${relabels ? "" : ` by ${findMethod(method).title}`}${from}`;
  return { growing: `${what}, still growing`, stopped: `${what}: stopped early`, done: what }[phase];
}
