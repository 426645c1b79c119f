/** The part of the page that lists what the classifier says of the photo. */
import type { Controller } from "./controller.ts";
import { element, make } from "./elements.ts";
import { count, degree } from "./format.ts";
import { outputsInUse, type State, type View } from "./state.ts";

/** The likeliest classes, five at most; each is a button that makes it the class to explain. */
export function mountVerdict(controller: Controller): View {
  const section = element("verdict", HTMLElement);
  const hint = element("verdict-hint", HTMLParagraphElement);
  const list = element("top5", HTMLOListElement);
  const intro = element("intro", HTMLElement);
  let buttons: HTMLButtonElement[] = [];

  return (state, before) => {
    const { photo, top5, target, run } = state;
    intro.hidden = photo !== undefined;
    section.hidden = !photo;
    if (top5 !== before?.top5) {
      const outputs = outputsInUse(state);
      buttons = (top5 ?? []).map((score) => {
        const [label, ...others] = score.label.split(", ");
        const name = make("span", { className: "name" }, label ?? "", make("small", {}, others.join(", ")));
        const share = make("span", { className: "share" }, degree(score.probability, outputs));
        const bar = make("span", { className: "meter" });
        bar.style.setProperty("--share", String(score.probability));
        // Scores are no shares of anything.
        const button = make("button", { type: "button" }, name, share, ...(outputs === "logits" ? [] : [bar]));
        button.addEventListener("click", () => controller.choose(score));
        return button;
      });
      list.replaceChildren(...buttons.map((button) => make("li", {}, button)));
    }
    buttons.forEach((button, index) => {
      button.setAttribute("aria-pressed", String(top5?.[index] === target));
      button.disabled = run !== undefined;
    });
    hint.textContent = describe(state);
  };
}

function describe({ top5, engine, classifying }: Readonly<State>): string {
  if (engine.kind === "failed") return "It cannot classify here.";
  if (!top5 || classifying || engine.kind !== "ready") return "Classifying…";
  const { classes } = engine;
  const which = classes > top5.length ? `The five likeliest of ${count(classes)} classes` : `Its ${classes} classes, the likeliest first`;
  return `${which}. Choose the one to explain.`;
}
