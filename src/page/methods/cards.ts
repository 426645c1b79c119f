/** The methods as cards: what each does, what it needs and costs here, and which is chosen. */
import { GUIDES, METHODS, type Refusal } from "../../faces/all.ts";
import { make } from "../elements.ts";

/** The cards, and what changes on them. */
export interface Cards {
  readonly element: HTMLElement;
  /** `costOf`: a line for the method of a name. */
  update(chosen: string, costOf: (name: string) => string): void;
  /** Marks the methods that the classifier cannot be explained by, with the reason. */
  refuse(refusals: ReadonlyMap<string, Refusal | undefined>): void;
}

/** A card for each of METHODS, as radio buttons without ids: they are another view of the list of methods. `choose` hears of the one pressed. */
export function makeCards(choose: (name: string) => void): Cards {
  const cards = METHODS.map(({ name, title, note }) => {
    const { what = "", when = "", needs = "" } = GUIDES[name] ?? {};
    const radio = make("input", { type: "radio", name: "method-card", value: name });
    radio.addEventListener("change", () => choose(name));
    const about = make("p", { id: `card-${name}` }, `${what} ${when}`);
    radio.setAttribute("aria-describedby", about.id);
    const cost = make("span");
    const refusal = make("p", { className: "error", hidden: true });
    const notes = note ? [make("p", { className: "hint" }, note)] : [];
    const element = make(
      "div",
      { className: "card" },
      make("label", {}, radio, title),
      about,
      ...notes,
      make("p", { className: "hint" }, `Needs ${needs}. `, cost),
      refusal,
    );
    return { name, radio, cost, refusal, element };
  });
  const legend = make("legend", { className: "visually-hidden" }, "Method");
  return {
    element: make("fieldset", { className: "cards" }, legend, ...cards.map(({ element }) => element)),
    update(chosen, costOf) {
      for (const { name, radio, cost } of cards) {
        radio.checked = name === chosen;
        cost.textContent = costOf(name);
      }
    },
    refuse(refusals) {
      for (const { name, refusal } of cards) {
        const { message, fix } = refusals.get(name) ?? {};
        refusal.textContent = message ? `${message} ${fix}` : "";
        refusal.hidden = !message;
      }
    },
  };
}
