import type { Controller } from "./controller.ts";
import { element, make } from "./elements.ts";
import { percent } from "./format.ts";
import type { View } from "./state.ts";

/** The five likeliest classes; each is a button that makes it the class to explain. */
export function mountVerdict(controller: Controller): View {
  const section = element("verdict", HTMLElement);
  const hint = element("verdict-hint", HTMLParagraphElement);
  const list = element("top5", HTMLOListElement);
  const intro = element("intro", HTMLElement);
  let buttons: HTMLButtonElement[] = [];

  return ({ photo, top5, target, run, engine }, before) => {
    intro.hidden = photo !== undefined;
    section.hidden = !photo;
    if (top5 !== before?.top5) {
      buttons = (top5 ?? []).map((score) => {
        const [label, ...others] = score.label.split(", ");
        const name = make("span", { className: "name" }, label ?? "", make("small", {}, others.join(", ")));
        const bar = make("span", { className: "meter" });
        bar.style.setProperty("--share", String(score.probability));
        const button = make("button", { type: "button" }, name, make("span", { className: "share" }, percent(score.probability)), bar);
        button.addEventListener("click", () => controller.choose(score));
        return button;
      });
      list.replaceChildren(...buttons.map((button) => make("li", {}, button)));
    }
    buttons.forEach((button, index) => {
      button.setAttribute("aria-pressed", String(top5?.[index] === target));
      button.disabled = run !== undefined;
    });
    if (!top5) hint.textContent = engine.kind === "failed" ? "It cannot classify here." : "Classifying…";
    else {
      const classes = engine.kind === "ready" ? engine.classes : top5.length;
      hint.textContent = `The likeliest of ${classes.toLocaleString("en")} classes. Choose the one to explain.`;
    }
  };
}
