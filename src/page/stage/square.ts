/** The classifier's square on the photo: shows it, and lets the user move and resize it by pointer, keys and numbers. */
import type { Rectangle, Size } from "../../faces/all.ts";
import type { Controller } from "../controller.ts";
import type { DecodedPhoto } from "../decode.ts";
import { element, make } from "../elements.ts";
import { lay } from "../picture.ts";
import { inputInUse, type View } from "../state.ts";
import { type Anchor, describeRegion, fitOf, isSame, partOf, regionAt, resized } from "./region.ts";

/** What an arrow key moves, and what Page Up and Page Down grow the square by: parts of the photo's longer side. With Shift, a pixel. */
const STEP = 1 / 50;
/** Pixels of the screen that a pointer moves before it drags. */
const STILL = 4;

const MOVES: Record<string, readonly [right: number, down: number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
const GROWTH: Record<string, number> = { PageUp: 1, PageDown: -1 };

/** What of the photo is on show, and how the classifier takes it. */
interface Scene {
  readonly photo: DecodedPhoto;
  readonly input: Size;
  readonly part: Rectangle;
}

/** The square, its handles, and the fields below the picture. */
export function mountSquare(controller: Controller): View {
  const square = element("square", HTMLDivElement);
  const canvas = element("photo-canvas", HTMLCanvasElement);
  const fields = element("frame", HTMLFieldSetElement);
  const numbers = element("frame-numbers", HTMLSpanElement);
  const reset = element("frame-reset", HTMLButtonElement);
  const fits = [...fields.querySelectorAll<HTMLInputElement>("input[type=radio]")];
  const [left, top, width] = (["left", "top", "width"] as const).map((side) => element(`frame-${side}`, HTMLInputElement)) as [
    HTMLInputElement,
    HTMLInputElement,
    HTMLInputElement,
  ];
  let scene: Scene | undefined;
  let locked = true;
  /** Whether a drag moves the photo instead. */
  let zoomed = false;

  const show = (part: Rectangle): void => {
    if (!scene) return;
    lay(square, part, scene.photo.size);
    square.ariaLabel = `What the classifier sees: ${describeRegion(part)}`;
    for (const [field, length] of [
      [left, part.left],
      [top, part.top],
      [width, part.width],
    ] as const)
      field.value = String(Math.round(length));
  };
  const place = (region: Rectangle): void => {
    if (scene && !locked && !isSame(region, scene.part)) controller.frame({ region });
  };

  square.tabIndex = 0;
  square.addEventListener("keydown", (event) => {
    if (!scene || event.ctrlKey || event.altKey || event.metaKey) return;
    const { photo, input, part } = scene;
    const step = event.shiftKey ? 1 : Math.max(1, Math.round(STEP * Math.max(photo.size.width, photo.size.height)));
    const [move, growth] = [MOVES[event.key], GROWTH[event.key]];
    if (move) place(regionAt(photo.size, input, { ...part, left: part.left + move[0] * step, top: part.top + move[1] * step }));
    else if (growth) place(resized(photo.size, input, part, Math.round(part.width) + growth * step));
    else return;
    event.preventDefault();
  });
  for (const anchor of [
    { x: 1, y: 1 },
    { x: 0, y: 1 },
    { x: 1, y: 0 },
    { x: 0, y: 0 },
  ]) {
    const handle = make("span", { className: "handle" });
    handle.dataset.corner = `${anchor.y ? "top" : "bottom"}-${anchor.x ? "left" : "right"}`;
    square.append(handle);
    dragged(
      handle,
      (across) => scene && resized(scene.photo.size, scene.input, scene.part, widthAfter(scene.part, anchor, across), anchor),
    );
  }
  dragged(square, (across, down) => {
    if (!scene) return undefined;
    const { photo, input, part } = scene;
    return regionAt(photo.size, input, { ...part, left: part.left + across, top: part.top + down });
  });

  /** Follows a pointer that drags an element. `follow`: where the square is then, from the pixels of the photo that the pointer has moved. */
  function dragged(grip: HTMLElement, follow: (across: number, down: number) => Rectangle | undefined): void {
    let start: PointerEvent | undefined;
    let now: Rectangle | undefined;
    grip.addEventListener("pointerdown", (event) => {
      // With a second finger they zoom.
      if (!event.isPrimary) end(event);
      if (locked || event.button !== 0 || !event.isPrimary || (grip === square && zoomed)) return;
      // Of a handle on the square, the handle alone.
      event.stopPropagation();
      start = event;
      now = undefined;
      grip.setPointerCapture(event.pointerId);
    });
    grip.addEventListener("pointermove", (event) => {
      if (!start || !scene || locked) return;
      const [x, y] = [event.clientX - start.clientX, event.clientY - start.clientY];
      if (!now && Math.hypot(x, y) < STILL) return;
      const scale = scene.photo.size.width / canvas.getBoundingClientRect().width;
      now = follow(x * scale, y * scale);
      if (now) show(now);
    });
    const end = (event: PointerEvent): void => {
      start = undefined;
      // Work that began meanwhile is of the part that it was.
      if (now && event.type === "pointerup" && !locked) place(now);
      else if (now && scene) show(scene.part);
      now = undefined;
    };
    grip.addEventListener("pointerup", end);
    grip.addEventListener("pointercancel", end);
  }

  fields.addEventListener("change", ({ target }) => {
    if (!scene || !(target instanceof HTMLInputElement)) return;
    const { photo, input, part } = scene;
    if (target.type === "radio") {
      controller.frame({ fit: target.value === "squash" ? "squash" : "crop" });
      return;
    }
    const given = Number.isFinite(target.valueAsNumber);
    if (given && target === width) place(resized(photo.size, input, part, target.valueAsNumber));
    else if (given) place(regionAt(photo.size, input, { left: left.valueAsNumber, top: top.valueAsNumber, width: part.width }));
    // What is not possible is what is nearest.
    show(scene.part);
  });
  reset.addEventListener("click", () => {
    square.focus();
    controller.frame({ region: undefined });
  });

  return (state) => {
    const { photo, run, switching, tuning, engine, region } = state;
    const input = inputInUse(state);
    const fit = fitOf(input, state);
    const former = scene;
    scene = photo && engine.kind === "ready" ? { photo, input, part: partOf(photo.size, input, state) } : undefined;
    zoomed = state.zoom > 1;
    const busy = Boolean(run || switching || tuning);
    locked = busy || fit === "squash";
    fields.hidden = square.hidden = !scene;
    fields.disabled = busy;
    numbers.hidden = fit === "squash";
    reset.hidden = !region;
    square.classList.toggle("locked", locked);
    square.ariaDisabled = String(locked);
    for (const radio of fits) radio.checked = radio.value === fit;
    // Nothing else takes the square from whoever drags it, or a field from whoever types.
    if (scene && !(scene.photo === former?.photo && isSame(scene.part, former.part))) show(scene.part);
  };
}

/** The width of a part of which a corner is dragged so far to the right. */
function widthAfter(part: Rectangle, { x }: Anchor, across: number): number {
  return part.width + (x === 0 ? across : -across);
}
