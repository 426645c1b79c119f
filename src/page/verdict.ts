/** The part of the page that lists what the classifier says of the photo. */
import type { ClassScore, Outputs } from "../faces/all.ts";
import type { Controller } from "./controller.ts";
import { element, make } from "./elements.ts";
import { count, degree } from "./format.ts";
import { outputsInUse, type State, type View } from "./state.ts";

const FORMER = "It failed at this part of the photo: these are its answers to the part before.";

/** The likeliest classes, five at most, and the one to explain where it is another; each is a button that makes it the class to explain. */
export function mountVerdict(controller: Controller): View {
  const section = element("verdict", HTMLElement);
  const hint = element("verdict-hint", HTMLParagraphElement);
  const list = element("top5", HTMLOListElement);
  const intro = element("intro", HTMLElement);
  const again = element("verdict-again", HTMLButtonElement);
  again.addEventListener("click", () => controller.frame({}));
  let buttons: HTMLButtonElement[] = [];
  let shown: ClassScore[] = [];

  return (state, before) => {
    const { photo, top5, target, run, classifying, unseen } = state;
    intro.hidden = photo !== undefined;
    section.hidden = !photo;
    const other = target && !top5?.some(({ index }) => index === target.index) ? [target] : [];
    if (top5 !== before?.top5 || target !== before?.target) {
      const outputs = outputsInUse(state);
      const scores = [...(top5 ?? []), ...other];
      const same = scores.length === buttons.length && scores.every((score, at) => score === shown[at]);
      shown = scores;
      // Those that stay keep the focus.
      if (!same) {
        buttons = scores.map((score) => classButton(score, outputs, () => controller.choose(score)));
        list.replaceChildren(...buttons.map((button) => make("li", {}, button)));
      }
    }
    buttons.forEach((button, at) => {
      button.setAttribute("aria-pressed", String(isTarget(state, shown[at]?.index)));
      button.disabled = run !== undefined;
    });
    hint.textContent = describe(state);
    list.classList.toggle("former", unseen);
    // While the classifier is asked again the button stays, and with it the focus.
    const left = again === document.activeElement && !unseen;
    again.hidden = !unseen;
    again.ariaDisabled = String(classifying || run !== undefined);
    if (left) buttons[0]?.focus();
  };
}

/** Whether a class is the one to explain. */
export function isTarget({ target }: Pick<State, "target">, index: number | undefined): boolean {
  return target !== undefined && target.index === index;
}

/** A class with its score, to be pressed. */
export function classButton({ label, probability }: ClassScore, outputs: Outputs, press: () => void): HTMLButtonElement {
  const [name, ...others] = label.split(", ");
  const names = make("span", { className: "name" }, name ?? "", make("small", {}, others.join(", ")));
  const share = make("span", { className: "share" }, degree(probability, outputs));
  const bar = make("span", { className: "meter" });
  bar.style.setProperty("--share", String(probability));
  // Scores are no shares of anything.
  const button = make("button", { type: "button" }, names, share, ...(outputs === "logits" ? [] : [bar]));
  button.addEventListener("click", press);
  return button;
}

function describe({ top5, engine, classifying, unseen }: Readonly<State>): string {
  if (engine.kind === "failed") return "It cannot classify here.";
  if (unseen && !classifying) return `${top5 ? FORMER : "It failed at this photo."} Try again, or show it another part of the photo.`;
  if (!top5 || classifying || engine.kind !== "ready") return "Classifying…";
  const { length } = engine.labels;
  const which = length > top5.length ? `The five likeliest of ${count(length)} classes` : `Its ${length} classes, the likeliest first`;
  return `${which}. Choose the one to explain.`;
}
