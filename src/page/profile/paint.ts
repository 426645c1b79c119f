/** Draws the tracks of a profile on a canvas. */
import { COLOURS, type Track, ticksOf, type Window } from "./tracks.ts";

/** Heights in CSS pixels. */
const AXIS = 20;
const CAPTION = 18;
const BAR = 22;
const GAP = 6;
/** A narrower bar has no room for its name. */
const NAMED = 36;
/** CSS pixels between two marks of the axis. */
const MARKS = 90;

/** Of the canvas for so many tracks, in CSS pixels. */
export function heightOf(tracks: readonly Track[]): number {
  return AXIS + tracks.length * (CAPTION + BAR + GAP);
}

/** The track at a height, if there is one. */
export function trackAt(tracks: readonly Track[], y: number): Track | undefined {
  return tracks[Math.floor((y - AXIS) / (CAPTION + BAR + GAP))];
}

/** A time of the GPU in the unit that suits the window. */
export function describeTime(nanoseconds: number, { from, to }: Window): string {
  const span = to - from;
  if (span >= 5e9) return `${(nanoseconds / 1e9).toFixed(1)} s`;
  if (span >= 1e6) return `${trim(nanoseconds / 1e6, span / 1e6)} ms`;
  return `${trim(nanoseconds / 1e3, span / 1e3)} µs`;
}

/** As many digits as tell apart what lies a tenth of the window apart. */
function trim(value: number, span: number): string {
  return value.toFixed(Math.max(0, Math.min(3, Math.ceil(1 - Math.log10(span)))));
}

/** Draws at the size that the canvas has on the page, in the colours of its style. `chosen` is framed. */
export function paintTracks(canvas: HTMLCanvasElement, tracks: readonly Track[], window: Window, chosen: object | undefined): void {
  const { clientWidth: width, clientHeight: height } = canvas;
  const density = globalThis.devicePixelRatio;
  canvas.width = Math.round(width * density);
  canvas.height = Math.round(height * density);
  const context = canvas.getContext("2d");
  if (!context) return;
  context.scale(density, density);
  const style = getComputedStyle(canvas);
  const colour = (name: string) => style.getPropertyValue(`--${name}`);
  const hues = Array.from({ length: COLOURS + 2 }, (_, index) => colour(`hue-${index}`));
  const at = (time: number) => ((time - window.from) / (window.to - window.from)) * width;
  context.font = `12px ${style.fontFamily}`;
  context.textBaseline = "middle";

  context.fillStyle = colour("muted");
  for (const time of ticksOf(window, Math.max(1, width / MARKS))) {
    const x = Math.round(at(time));
    context.globalAlpha = 0.25;
    context.fillRect(x, AXIS - 4, 1, height - AXIS + 4);
    context.globalAlpha = 1;
    const text = describeTime(time, window);
    const room = context.measureText(text).width;
    context.fillText(text, Math.min(Math.max(x - room / 2, 0), width - room), AXIS / 2 - 2);
  }

  tracks.forEach(({ name, bars }, index) => {
    const top = AXIS + index * (CAPTION + BAR + GAP);
    context.fillStyle = colour("text");
    context.fillText(name, 0, top + CAPTION / 2 + 1);
    context.fillStyle = colour("sunken");
    context.fillRect(0, top + CAPTION, width, BAR);
    for (const bar of bars) {
      if (bar.end < window.from || bar.start > window.to) continue;
      const left = Math.max(at(bar.start), 0);
      const wide = Math.max(Math.min(at(bar.end), width) - left, 1);
      context.fillStyle = bar.colour === undefined ? colour("edge") : (hues[bar.colour] as string);
      // A hairline apart, where there is room for one.
      context.fillRect(left, top + CAPTION, wide > 3 ? wide - 1 : wide, BAR);
      if (bar === chosen) frame(context, colour("text"), left, top + CAPTION, wide);
      if (wide < NAMED) continue;
      context.fillStyle = colour("bar-text");
      context.save();
      context.beginPath();
      context.rect(left, top + CAPTION, wide - 5, BAR);
      context.clip();
      context.fillText(bar.title, left + 4, top + CAPTION + BAR / 2 + 1);
      context.restore();
    }
  });
}

function frame(context: CanvasRenderingContext2D, colour: string, left: number, top: number, wide: number): void {
  context.strokeStyle = colour;
  context.lineWidth = 2;
  context.strokeRect(left, top - 1, Math.max(wide - 1, 2), BAR + 2);
}
