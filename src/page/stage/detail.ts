/** Shows what is in sight of the photo, and of the map over it, at the photo's own resolution as soon as it stands still. */
import type { Rectangle, Size } from "../../faces/all.ts";
import type { Controller } from "../controller.ts";
import { element } from "../elements.ts";
import { lay, paint } from "../picture.ts";
import { inputInUse, type State, type View } from "../state.ts";
import { type Detail, detailOf, mapSize, wholeSize } from "../view.ts";

/** Milliseconds without a change until it is drawn. */
const STILL = 150;

/** What the window shows of the photo. */
interface Sight {
  /** In pixels of the photo; may reach beyond it. */
  readonly seen: Rectangle;
  /** Pixels of the screen to one of the photo. */
  readonly scale: number;
}

/** Two canvases: over the photo on show, and over the map. They have pixels only where these have more than what is below them. */
export function mountDetail(controller: Controller): View {
  const stage = element("stage", HTMLDivElement);
  const sheet = element("sheet", HTMLDivElement);
  const overPhoto = element("photo-detail", HTMLCanvasElement);
  const overMap = element("map-detail", HTMLCanvasElement);
  let now: Readonly<State> | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** Counts what is to be drawn, so that what comes too late is left out. */
  let turn = 0;
  let drawing: Promise<void> = Promise.resolve();
  /** What of the photo is shown in detail. */
  let shown: Detail | undefined;

  const drawLater = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const mine = ++turn;
      drawing = drawing.then(() => draw(() => mine === turn));
    }, STILL);
  };
  const draw = async (current: () => boolean): Promise<void> => {
    const { photo, map, look } = now ?? {};
    if (!now || !photo || !look || !current()) return;
    const grey = inputInUse(now).channels === "grey";
    const { seen, scale } = sightOf(photo.size);
    try {
      const all = { left: 0, top: 0, ...photo.size };
      const detail = detailOf(seen, all, scale, wholeSize(photo.size).width / photo.size.width);
      if (JSON.stringify(detail) !== JSON.stringify(shown)) {
        const image = detail && (await photo.view({ ...detail, grey }));
        if (!current()) return;
        shown = detail;
        cover(overPhoto, detail, image, all);
      }
      // A map that grows would be drawn again and again.
      if (!map || map.phase === "growing") return;
      const over = detailOf(seen, map.crop, scale, mapSize(photo.size, map.crop).width / map.crop.width);
      const image = over && (await photo.overlay(map.values, map.size, { ...over, grey }, look, undefined, map.crop));
      if (current() && now.map === map && now.look === look) cover(overMap, over, image, map.crop);
    } catch (error) {
      if (current()) controller.report(error);
    }
  };
  const sightOf = ({ width }: Size): Sight => {
    const [window, whole] = [stage.getBoundingClientRect(), sheet.getBoundingClientRect()];
    const length = whole.width / width;
    const place = { left: (window.x - whole.x) / length, top: (window.y - whole.y) / length };
    return { seen: { ...place, width: stage.clientWidth / length, height: stage.clientHeight / length }, scale: length * devicePixelRatio };
  };

  // A browser that loses its GPU process empties canvases.
  for (const canvas of [overPhoto, overMap])
    canvas.addEventListener("contextrestored", () => {
      shown = undefined;
      drawLater();
    });
  stage.addEventListener("scroll", drawLater, { passive: true });
  new ResizeObserver(drawLater).observe(sheet);

  return (state, before) => {
    now = state;
    const replaced = state.photo !== before?.photo || inputInUse(state).channels !== (before && inputInUse(before).channels);
    if (!replaced && state.map === before?.map && state.look === before?.look) return;
    // What is below shows the new one first.
    uncover(overMap);
    if (replaced) {
      turn++;
      uncover(overPhoto);
      shown = undefined;
    }
    if (replaced || state.map?.phase !== "growing") drawLater();
  };
}

/** Shows an image on a canvas over a part of what lies below it, or nothing. */
function cover(
  canvas: HTMLCanvasElement,
  detail: Detail | undefined,
  image: ImageData | undefined,
  { left, top, ...whole }: Rectangle,
): void {
  if (!detail || !image) {
    uncover(canvas);
    return;
  }
  const { part } = detail;
  paint(canvas, image);
  lay(canvas, { ...part, left: part.left - left, top: part.top - top }, whole);
  canvas.hidden = false;
}

/** Hides a canvas and gives back its memory. */
function uncover(canvas: HTMLCanvasElement): void {
  canvas.hidden = true;
  canvas.width = canvas.height = 0;
}
