/** Enlarges the picture: by buttons, keys, the wheel with Ctrl, and two fingers; a drag then moves it. */
import { element } from "../elements.ts";
import { percent } from "../format.ts";
import type { Store, View } from "../state.ts";

const MOST = 8;
/** What a press of a button or a key changes the size by. */
const FACTOR = Math.SQRT2;
/** Of the wheel's units: a notch of a mouse is about 100. */
const WHEEL = 300;

/** A place in the window, in CSS pixels. */
interface Place {
  readonly x: number;
  readonly y: number;
}

/** The zoom's buttons, and what the stage makes of keys and pointers. */
export function mountZoom(store: Store): View {
  const stage = element("stage", HTMLDivElement);
  const sheet = element("sheet", HTMLDivElement);
  const [smaller, larger] = [element("zoom-out", HTMLButtonElement), element("zoom-in", HTMLButtonElement)];
  const level = element("zoom-level", HTMLOutputElement);
  const fingers = new Map<number, Place>();
  let panned: PointerEvent | undefined;

  const middle = (): Place => {
    const { x, y, width, height } = stage.getBoundingClientRect();
    return { x: x + width / 2, y: y + height / 2 };
  };
  /** Shows the photo at another size; what lies at a place of the window stays there. */
  const zoomTo = (wanted: number, { x, y }: Place = middle()): void => {
    const zoom = Math.min(Math.max(wanted, 1), MOST);
    if (!store.state.photo || zoom === store.state.zoom) return;
    const before = sheet.getBoundingClientRect();
    const [across, down] = [(x - before.x) / before.width, (y - before.y) / before.height];
    store.set({ zoom });
    const after = sheet.getBoundingClientRect();
    stage.scrollBy({ left: after.x + across * after.width - x, top: after.y + down * after.height - y, behavior: "instant" });
  };
  const zoomBy = (factor: number, place?: Place): void => {
    const zoom = store.state.zoom * factor;
    // Rounding leaves it next to its first size.
    zoomTo(Math.abs(zoom - 1) < 0.01 ? 1 : zoom, place);
  };

  smaller.addEventListener("click", () => zoomBy(1 / FACTOR));
  larger.addEventListener("click", () => zoomBy(FACTOR));
  stage.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "+" || event.key === "=") zoomBy(FACTOR);
    else if (event.key === "-") zoomBy(1 / FACTOR);
    else if (event.key === "0") zoomTo(1);
    else return;
    event.preventDefault();
  });
  stage.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      zoomBy(2 ** (-event.deltaY / WHEEL), event);
    },
    { passive: false },
  );

  stage.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "touch" && event.button === 0 && store.state.zoom > 1) {
      panned = event;
      stage.setPointerCapture(event.pointerId);
    }
  });
  stage.addEventListener("pointerdown", (event) => event.pointerType === "touch" && fingers.set(event.pointerId, event), { capture: true });
  stage.addEventListener(
    "pointermove",
    (event) => {
      if (panned) {
        stage.scrollBy({ left: panned.clientX - event.clientX, top: panned.clientY - event.clientY, behavior: "instant" });
        panned = event;
      }
      if (!fingers.has(event.pointerId)) return;
      const before = [...fingers.values()];
      fingers.set(event.pointerId, event);
      const [a, b] = [...fingers.values()];
      if (fingers.size !== 2 || !a || !b) return;
      zoomBy(distance([a, b]) / Math.max(1, distance(before)), { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
    },
    { capture: true },
  );
  const end = (event: PointerEvent): void => {
    panned = undefined;
    fingers.delete(event.pointerId);
  };
  stage.addEventListener("pointerup", end, { capture: true });
  stage.addEventListener("pointercancel", end, { capture: true });

  return ({ zoom, photo }, before) => {
    if (zoom === before?.zoom && photo === before.photo) return;
    stage.classList.toggle("zoomed", zoom > 1);
    stage.style.setProperty("--zoom", String(zoom));
    level.textContent = percent(zoom);
    smaller.disabled = !photo || zoom === 1;
    larger.disabled = !photo || zoom === MOST;
  };
}

const distance = ([a, b]: readonly Place[]): number => (a && b ? Math.hypot(a.x - b.x, a.y - b.y) : 0);
