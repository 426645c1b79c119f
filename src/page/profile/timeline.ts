/** The timeline of a profile, which can be zoomed, moved and looked at bar by bar. */
import { type ProfileFile, timeOf } from "../../faces/all.ts";
import { make } from "../elements.ts";
import { describeTime, heightOf, paintTracks, trackAt } from "./paint.ts";
import { describeConstants, describeGrid } from "./rows.ts";
import { type Bar, barAt, extentOf, pan, tracksOf, type Window, zoom } from "./tracks.ts";

/** By which a step of the wheel, a key or a button changes the window. */
const ZOOM = 1.5;
const PAN = 0.2;
/** CSS pixels by which a pointer may miss a bar. */
const REACH = 3;
/** CSS pixels that a pointer moves before it drags. */
const SLIP = 4;

const KEYS =
  "Wheel, + and − zoom; drag and arrow keys move; Home shows all; Shift with an arrow key goes from kernel to kernel. What is chosen stands below the tracks.";

/** The canvas, its buttons, and a line on the bar that is chosen. */
export function makeTimeline({ otherData: { profile } }: ProfileFile): HTMLElement {
  const tracks = tracksOf(profile);
  const extent = extentOf(tracks);
  const kernels = tracks[0]?.bars ?? [];
  let window: Window = extent;
  let chosen: Bar | undefined;

  const hint = make("p", { className: "hint", id: "profile-keys" }, KEYS);
  const canvas = make("canvas", { className: "timeline", tabIndex: 0 });
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-label", "Timeline of kernels, gaps, stages and submits");
  canvas.setAttribute("aria-describedby", hint.id);
  canvas.style.height = `${heightOf(tracks)}px`;
  const detail = make("p", { className: "detail" }, "Choose a bar to see what it is.");
  detail.setAttribute("role", "status");

  const draw = () => paintTracks(canvas, tracks, window, chosen);
  const show = (next: Window) => {
    window = next;
    draw();
  };
  const middle = () => (window.from + window.to) / 2;
  const timeAt = (x: number) => window.from + (x / canvas.clientWidth) * (window.to - window.from);
  const choose = (bar: Bar | undefined) => {
    if (!bar) return;
    chosen = bar;
    detail.textContent = describeBar(bar);
    draw();
  };
  /** Goes to the kernel before or after the one that is chosen, and moves the window where that is not in it. */
  const step = (by: number) => {
    const next = kernels[Math.min(Math.max(kernels.indexOf(chosen as Bar) + by, 0), kernels.length - 1)];
    if (next && (next.start < window.from || next.end > window.to)) {
      const length = window.to - window.from;
      window = pan({ from: next.start - length / 2, to: next.start + length / 2 }, extent, 0);
    }
    choose(next);
  };

  const actions: Record<string, () => void> = {
    "+": () => show(zoom(window, extent, 1 / ZOOM, middle())),
    "-": () => show(zoom(window, extent, ZOOM, middle())),
    ArrowLeft: () => show(pan(window, extent, -PAN)),
    ArrowRight: () => show(pan(window, extent, PAN)),
    Home: () => show(extent),
  };
  const steps: Record<string, () => void> = { ArrowLeft: () => step(-1), ArrowRight: () => step(1) };
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key === "=" ? "+" : event.key;
    const action = (event.shiftKey ? steps : {})[key] ?? actions[key];
    if (!action) return;
    event.preventDefault();
    action();
  });
  canvas.addEventListener(
    "wheel",
    (event) => {
      const next = zoom(window, extent, event.deltaY < 0 ? 1 / ZOOM : ZOOM, timeAt(event.offsetX));
      // Where nothing is left to zoom, the page scrolls.
      if (event.deltaY === 0 || (next.from === window.from && next.to === window.to)) return;
      event.preventDefault();
      show(next);
    },
    { passive: false },
  );
  drag(canvas, {
    move: (share) => show(pan(window, extent, -share)),
    click: (x, y) => {
      const reach = (REACH / canvas.clientWidth) * (window.to - window.from);
      const track = trackAt(tracks, y);
      choose(track && barAt(track, timeAt(x), reach));
    },
  });
  new ResizeObserver(draw).observe(canvas);
  canvas.addEventListener("contextrestored", draw);
  for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
    const colours = matchMedia(query);
    colours.addEventListener("change", function redraw() {
      if (canvas.isConnected) draw();
      else colours.removeEventListener("change", redraw);
    });
  }

  const button = (text: string, name: string, key: string) => {
    const made = make("button", { type: "button", ariaLabel: name, title: name }, text);
    made.addEventListener("click", () => actions[key]?.());
    return made;
  };
  const buttons = make(
    "div",
    { className: "tools" },
    button("+", "Zoom in", "+"),
    button("−", "Zoom out", "-"),
    button("←", "Earlier", "ArrowLeft"),
    button("→", "Later", "ArrowRight"),
    button("All", "Show all", "Home"),
  );
  return make("div", { className: "timeline-box" }, buttons, hint, canvas, detail);
}

/** Tells drags, in shares of the element's width, from clicks, in CSS pixels inside of it. */
function drag(element: HTMLElement, { move, click }: { move(share: number): void; click(x: number, y: number): void }): void {
  let last: number | undefined;
  let dragging = false;
  element.addEventListener("pointerdown", ({ offsetX, pointerId, button }) => {
    if (button !== 0) return;
    [last, dragging] = [offsetX, false];
    element.setPointerCapture(pointerId);
  });
  element.addEventListener("pointermove", ({ offsetX }) => {
    if (last === undefined) return;
    dragging ||= Math.abs(offsetX - last) > SLIP;
    if (!dragging) return;
    move((offsetX - last) / element.clientWidth);
    last = offsetX;
  });
  element.addEventListener("pointerup", ({ offsetX, offsetY }) => {
    if (last !== undefined && !dragging) click(offsetX, offsetY);
    last = undefined;
  });
  element.addEventListener("pointercancel", () => {
    last = undefined;
  });
}

/** All that is known of it, in one line. */
function describeBar({ title, start, end, span }: Bar): string {
  const length = end - start;
  const took = describeTime(length, { from: 0, to: length });
  if (!span) return `${title} · ${took}`;
  const { kernel, plan, grid, constants, flops, bytes, replayed } = span;
  const time = timeOf(span);
  const rates = time > 0 ? [`${(flops / time).toFixed(2)} GFLOP/s`, `${(bytes / time).toFixed(2)} GB/s`] : [];
  return [
    ...[kernel, title === kernel ? plan : `${title} (${plan})`, took],
    ...(replayed === undefined ? [] : [`${describeTime(replayed, { from: 0, to: replayed })} as replayed`]),
    ...[...rates, `grid ${describeGrid(grid)}`, ...(Object.keys(constants).length > 0 ? [describeConstants(constants)] : [])],
  ].join(" · ");
}
