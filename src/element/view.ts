/** What a <relabel-map> shows. */
import type { EngineError } from "../engine/errors.ts";
import type { Drawable, DrawOptions } from "../explain/draw.ts";
import type { Explanation } from "../explain/explanation.ts";
import type { Size } from "../nets/input-spec.ts";
import { attachShadowTo, type Shadow } from "./shadow.ts";

/** "idle": nothing to do, or not near the viewport yet. */
export type ElementState = "idle" | "loading" | "explaining" | "done" | "error";

const STATES: readonly ElementState[] = ["idle", "loading", "explaining", "done", "error"];
/** What those read who cannot mend it; the page's author has the event. */
const FOR_VISITORS: Readonly<Record<string, string>> = {
  NO_WEBGPU: "This browser cannot compute the map: it has no WebGPU.",
  NO_ADAPTER: "This browser cannot compute the map: it found no GPU that it may use.",
  NO_WORKER: "This browser cannot compute the map: a part of the page could not be loaded.",
};
/** Longest side of the canvas, in pixels. */
const MOST = 2048;

export class MapView {
  readonly #shadow: Shadow;
  readonly #internals: ElementInternals;
  #drawing: Promise<void> = Promise.resolve();
  #drawings = 0;
  #last: Parameters<MapView["draw"]> | undefined;

  constructor(host: HTMLElement) {
    this.#internals = host.attachInternals();
    this.#shadow = attachShadowTo(host);
    // What stops the browser's GPU process empties every canvas.
    this.#shadow.canvas.addEventListener("contextrestored", () => {
      if (this.#last) this.draw(...this.#last).catch(() => {});
    });
  }

  /** Whether a drawing is under way. */
  get drawing(): boolean {
    return this.#drawings > 0;
  }

  become(state: ElementState): void {
    const { states } = this.#internals;
    for (const name of STATES) states?.delete(name);
    states?.add(state);
    const { progress, error, status, canvas, fallback } = this.#shadow;
    const busy = state === "loading" || state === "explaining";
    this.#internals.ariaBusy = String(busy);
    [progress.hidden, error.hidden] = [!busy, state !== "error"];
    progress.removeAttribute("value");
    status.textContent = state === "loading" ? "Loading…" : state === "explaining" ? "Explaining…" : "";
    if (state === "idle") [canvas.hidden, fallback.hidden] = [true, false];
  }

  /** `total`: 0 where it is not known. */
  progress(done: number, total: number): void {
    const { progress } = this.#shadow;
    if (total > 0) [progress.max, progress.value] = [total, done];
    else progress.removeAttribute("value");
  }

  fail({ code, message, fix }: EngineError): void {
    this.become("error");
    this.#shadow.errorText.textContent = FOR_VISITORS[code] ?? [message, fix].filter(Boolean).join(" ");
  }

  finish({ map, degenerate = "", target }: Explanation): void {
    this.become("done");
    this.#shadow.status.textContent = map ? nameOf(target) : degenerate;
  }

  /** For those who do not see the picture. `alt`: what the photo shows. */
  describe(alt: string, explanation: Explanation | undefined): void {
    const { map, degenerate, target } = explanation ?? {};
    const shown = map && target ? `Highlighted: what speaks for ${nameOf(target)}.` : degenerate;
    this.#shadow.canvas.ariaLabel = [alt || "A photo", shown].filter(Boolean).join(". ");
  }

  /** The photo alone, in the place of what the page shows until then. Returns its size. Throws BAD_IMAGE; what `signal` was aborted with. */
  async showPhoto(photo: Blob, address: URL, signal: AbortSignal): Promise<Size> {
    const { openPicture } = await import("./late.ts");
    const picture = await openPicture(photo, address);
    const { width, height } = picture;
    picture.close();
    signal.throwIfAborted();
    const { canvas, fallback } = this.#shadow;
    const scale = Math.min(1, MOST / Math.max(width, height));
    [canvas.width, canvas.height] = [width, height].map((side) => Math.max(1, Math.round(side * scale))) as [number, number];
    const alone = { map: undefined, height: 1, width: 1, photo: { width, height }, crop: { left: 0, top: 0, width, height } };
    await this.draw(alone, { photo });
    signal.throwIfAborted();
    [canvas.hidden, fallback.hidden] = [false, true];
    return { width, height };
  }

  /** Drawings follow each other, so that the last one stays. Throws BAD_OPTION, BAD_IMAGE. */
  draw(drawable: Drawable, options: DrawOptions): Promise<void> {
    this.#drawings++;
    const drawing = this.#drawing.then(async () => {
      const { draw } = await import("./late.ts");
      await draw(this.#shadow.canvas, drawable, options);
      this.#last = [drawable, options];
    });
    this.#drawing = drawing.catch(() => {}).finally(() => this.#drawings--);
    return drawing;
  }
}

const nameOf = ({ label, probability }: { label: string; probability: number }) => `${label}, ${Math.round(100 * probability)} %`;
