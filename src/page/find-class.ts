/** The field that finds any class by its name, not only the likeliest. */
import type { Controller } from "./controller.ts";
import { element, make } from "./elements.ts";
import { count } from "./format.ts";
import { outputsInUse, type State, type View } from "./state.ts";
import { classButton, isTarget } from "./verdict.ts";

/** The most classes that are listed. */
const LISTED = 8;

/** Indices of the classes that a text means: their names have all of its words, or it is their number. In the order of the classes. */
export function findClasses(labels: readonly string[], text: string): number[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const named = (label: string) => words.every((word) => label.toLowerCase().includes(word));
  return [...labels.keys()].filter((index) => String(index) === words.join(" ") || named(labels[index] as string));
}

/** A field, and below it what it finds, the likeliest first: buttons that make a class the one to explain. */
export function mountFindClass(controller: Controller): View {
  const field = element("find", HTMLInputElement);
  const list = element("found", HTMLUListElement);
  const hint = element("found-hint", HTMLParagraphElement);
  let now: Readonly<State> | undefined;
  let buttons = new Map<number, HTMLButtonElement>();

  const show = (): void => {
    const { engine, probabilities } = now ?? {};
    if (!now || engine?.kind !== "ready" || !probabilities) return;
    const likely = (index: number) => probabilities[index] as number;
    const found = findClasses(engine.labels, field.value).sort((a, b) => likely(b) - likely(a));
    const outputs = outputsInUse(now);
    buttons = new Map(
      found.slice(0, LISTED).map((index) => {
        const score = { index, label: engine.labels[index] as string, probability: likely(index) };
        return [index, classButton(score, outputs, () => controller.choose(score))];
      }),
    );
    list.replaceChildren(...[...buttons.values()].map((button) => make("li", {}, button)));
    hint.textContent = field.value.trim() ? describeFound(found.length) : "";
    relate();
  };
  const relate = (): void => {
    for (const [index, button] of buttons) {
      button.ariaPressed = String(now !== undefined && isTarget(now, index));
      button.disabled = now?.run !== undefined;
    }
  };
  field.addEventListener("input", show);

  return (state, before) => {
    now = state;
    field.disabled = state.run !== undefined || !state.top5;
    if (state.probabilities !== before?.probabilities || state.engine !== before?.engine) show();
    else if (state.target !== before.target || state.run !== before.run) relate();
  };
}

function describeFound(found: number): string {
  if (found === 0) return "No class has that name. Try another word, or a part of it.";
  return found > LISTED
    ? `${count(found)} classes; the ${LISTED} likeliest:`
    : found === 1
      ? "One class:"
      : `${count(found)} classes, the likeliest first:`;
}
