/** A photo whose parts the reader hides, and what the classifier makes of the rest. */
import type { ClassScore, CurvePictures, Outputs, Prediction } from "../../faces/all.ts";
import type { Controller } from "../controller.ts";
import { make } from "../elements.ts";
import { degree, percent, shortLabel } from "../format.ts";
import { mixed } from "../judge/mixed.ts";

/** Radius of the brush, as a share of the photo's width: of the smallest and the largest. */
const [THIN, THICK] = [0.03, 0.2];
/** Of the photo's width, how far an arrow key goes. */
const STRIDE = 0.04;

/** What hidden parts look like. */
const VEILS = ["grey", "blurred"] as const;
type Veil = (typeof VEILS)[number];

/** Which pixels are hidden, and the photo without them, RGBA. */
class Hiding {
  readonly #pictures: CurvePictures;
  readonly #mask: Uint8Array;

  constructor(pictures: CurvePictures) {
    this.#pictures = pictures;
    this.#mask = new Uint8Array(pictures.height * pictures.width);
  }

  /** Of all pixels. */
  get share(): number {
    return this.#mask.reduce((sum, hidden) => sum + hidden, 0) / this.#mask.length;
  }

  clear(): void {
    this.#mask.fill(0);
  }

  /** Hides a disc around a pixel, or shows it again. */
  dab(x: number, y: number, radius: number, hide: boolean): void {
    const { height, width } = this.#pictures;
    for (let row = Math.max(0, Math.ceil(y - radius)); row <= Math.min(height - 1, y + radius); row++) {
      for (let column = Math.max(0, Math.ceil(x - radius)); column <= Math.min(width - 1, x + radius); column++) {
        if (Math.hypot(column - x, row - y) <= radius) this.#mask[row * width + column] = hide ? 1 : 0;
      }
    }
  }

  /** The photo with its hidden parts grey, or blurred. */
  draw(veil: Veil): ImageData {
    const { photo, blank, start, height, width } = this.#pictures;
    return mixed(photo, veil === "grey" ? blank : start, (at) => this.#mask[at] === 1, { height, width });
  }
}

/** The brush: by pointer, or by arrow keys and the space bar. `target`: the class that the map explains. */
export function makeBrush(pictures: CurvePictures, target: ClassScore, outputs: Outputs, controller: Controller): HTMLElement {
  const { height, width } = pictures;
  const hiding = new Hiding(pictures);
  const canvas = make("canvas", { width, height, tabIndex: 0, id: "brush" });
  canvas.setAttribute("role", "application");
  const hint = make(
    "p",
    { className: "hint", id: "brush-hint" },
    "Draw over the photo. By keyboard: arrow keys move, the space bar hides.",
  );
  canvas.setAttribute("aria-describedby", hint.id);
  canvas.ariaLabel = "Photo to hide parts of";
  const size = make("input", { type: "range", min: String(THIN), max: String(THICK), step: "0.01", value: "0.08", id: "brush-size" });
  const back = make("input", { type: "checkbox", id: "brush-back" });
  const veils = make("select", { id: "brush-veil" }, ...VEILS.map((veil) => make("option", { value: veil }, veil)));
  const veil = () => veils.value as Veil;
  const reset = make("button", { type: "button", className: "quiet", id: "brush-reset" }, "Show all again");
  const said = make("p", { className: "brush-said" });
  said.setAttribute("role", "status");
  const list = make("ol", { className: "brush-classes", id: "brush-classes" });
  const pointer = { x: width / 2, y: height / 2, seen: false };
  const radius = () => size.valueAsNumber * width;

  const paint = (): void => {
    const context = canvas.getContext("2d");
    if (!context) return;
    context.putImageData(hiding.draw(veil()), 0, 0);
    if (!pointer.seen) return;
    context.beginPath();
    context.arc(pointer.x, pointer.y, radius(), 0, 2 * Math.PI);
    Object.assign(context, { strokeStyle: "#fff", lineWidth: 3 });
    context.stroke();
    Object.assign(context, { strokeStyle: "#000", lineWidth: 1 });
    context.stroke();
  };
  const tell = ({ top5, probabilities, logits }: Prediction): void => {
    const now = (outputs === "logits" ? logits : probabilities)[target.index] as number;
    const name = shortLabel(target.label);
    said.textContent = `${percent(hiding.share)} hidden: ${name} ${degree(now, outputs)}, ${degree(target.probability, outputs)} before.`;
    const rows = top5.map(({ label, probability, index }) => {
      const row = make("li", {}, make("span", {}, shortLabel(label)), make("span", {}, degree(probability, outputs)));
      row.classList.toggle("in-use", index === target.index);
      return row;
    });
    list.replaceChildren(...rows);
  };
  // One image at a time; of those that come meanwhile the last is asked next.
  let [asking, waiting] = [false, false];
  const ask = async (): Promise<void> => {
    if (asking) {
      waiting = true;
      return;
    }
    asking = true;
    try {
      do {
        waiting = false;
        const { data } = hiding.draw(veil());
        const idle = await controller.idle();
        const verdict = await idle?.session.classify({ width, height, data: new Uint8ClampedArray(data) }, { fit: "squash" });
        if (verdict) tell(verdict);
      } while (waiting && canvas.isConnected);
    } catch (error) {
      if (canvas.isConnected) controller.report(error);
    } finally {
      asking = false;
    }
  };
  const dab = (): void => {
    hiding.dab(pointer.x, pointer.y, radius(), !back.checked);
    paint();
    void ask();
  };
  const follow = ({ offsetX, offsetY, buttons, type }: PointerEvent): void => {
    Object.assign(pointer, { x: (offsetX * width) / canvas.clientWidth, y: (offsetY * height) / canvas.clientHeight, seen: true });
    if (buttons > 0 || type === "pointerdown") dab();
    else paint();
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    follow(event);
  });
  canvas.addEventListener("pointermove", follow);
  canvas.addEventListener("contextrestored", paint);
  canvas.addEventListener("pointerleave", () => {
    pointer.seen = false;
    paint();
  });
  const steps: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  canvas.addEventListener("keydown", (event) => {
    const [across, down] = steps[event.key] ?? [0, 0];
    if (event.key !== " " && !steps[event.key]) return;
    event.preventDefault();
    pointer.x = Math.min(width, Math.max(0, pointer.x + across * STRIDE * width));
    pointer.y = Math.min(height, Math.max(0, pointer.y + down * STRIDE * width));
    pointer.seen = true;
    if (event.key === " ") dab();
    else paint();
  });
  const renew = (): void => {
    paint();
    void ask();
  };
  veils.addEventListener("change", renew);
  reset.addEventListener("click", () => {
    hiding.clear();
    renew();
  });
  renew();
  return make(
    "div",
    { className: "brush" },
    make("div", {}, canvas, hint),
    make(
      "div",
      { className: "brush-side" },
      make("label", {}, "Brush ", size),
      make("label", {}, "Hidden parts are ", veils),
      make("label", {}, back, " Show again what is hidden"),
      make("div", { className: "actions" }, reset),
      said,
      list,
    ),
  );
}
