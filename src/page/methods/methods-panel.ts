/** What helps to choose a method: the cost of what the form holds, and cards that say what the methods do. */
import { METHODS } from "../../faces/all.ts";
import type { Controller } from "../controller.ts";
import { element } from "../elements.ts";
import type { OptionsForm } from "../options-form.ts";
import type { EngineState, State, View } from "../state.ts";
import type { KeptHead } from "../strip/kept-map.ts";
import type { KeptMaps } from "../strip/kept-maps.ts";
import type { Cards } from "./cards.ts";
import { type Cost, costOf, describeEstimate, describeEstimateShortly } from "./cost.ts";

/** The line near the button that starts, and the cards, which are loaded when they are first opened. */
export function mountMethods(controller: Controller, options: OptionsForm, kept: KeptMaps): View {
  const form = element("explain-form", HTMLFormElement);
  const select = element("method", HTMLSelectElement);
  const estimate = element("estimate", HTMLParagraphElement);
  const guide = element("guide", HTMLDetailsElement);
  const box = element("guide-box", HTMLDivElement);
  let now: Readonly<State> | undefined;
  let heads: readonly KeptHead[] = [];
  let cards: Cards | undefined;
  /** The classifier that was asked what it refuses. */
  let asked: EngineState | undefined;

  const costOfMethod = (name: string): Cost | undefined => {
    const [method, chosen, engine] = [METHODS.find((known) => known.name === name), options.peek(name), now?.engine];
    return method && chosen && engine?.kind === "ready" ? costOf(method, chosen, engine, heads) : undefined;
  };
  const weigh = (): void => {
    const cost = costOfMethod(select.value);
    estimate.textContent = cost ? describeEstimate(cost) : "";
    cards?.update(select.value, (name) => {
      const each = costOfMethod(name);
      return each ? `${describeEstimateShortly(each)}.` : "";
    });
  };
  /** Nobody is asked while the classifier is at work: the view asks again when it is done. */
  const ask = async (): Promise<void> => {
    const engine = now?.engine;
    const idle = engine === asked ? undefined : await controller.idle();
    if (!cards || !idle || engine === asked) return;
    asked = engine;
    cards.refuse(new Map());
    const found = await Promise.all(METHODS.map(async ({ name }) => [name, await idle.session.findRefusal({ method: name })] as const));
    if (now?.engine === engine) cards.refuse(new Map(found));
  };
  const open = async (): Promise<void> => {
    if (!guide.open || cards) return;
    const { makeCards } = await import("./cards.ts");
    cards ??= makeCards((name) => {
      select.value = name;
      select.dispatchEvent(new Event("change", { bubbles: true }));
    });
    box.replaceChildren(cards.element);
    for (const radio of cards.element.querySelectorAll("input")) radio.disabled = select.disabled;
    weigh();
    await ask();
  };

  const report = (error: unknown) => controller.report(error);
  guide.addEventListener("toggle", () => open().catch(report));
  open().catch(report);
  for (const type of ["input", "change"]) form.addEventListener(type, weigh);
  kept.listen(async () => {
    heads = await kept.list();
    weigh();
  });

  return (state, before) => {
    now = state;
    if (state.engine !== before?.engine) weigh();
    if (cards && !state.run && state.engine !== asked) ask().catch(report);
  };
}
