/** The part of the page where the user chooses how maps look. */
import { DIVERGING, SEQUENTIAL } from "../../pictures/colormaps.ts";
import { element, make } from "../elements.ts";
import type { Store, View } from "../state.ts";
import { type Look, VALUES } from "./look.ts";

const VALUES_NOTES: Record<Look["values"], string> = {
  for: "evidence for the class",
  signed: "evidence for and against",
  absolute: "strength, for or against",
};
const COLOURS_NOTES: Record<Look["sequential"] | Look["diverging"], string> = {
  inferno: "inferno",
  magma: "magma",
  viridis: "viridis",
  cividis: "cividis, for colour-blind eyes",
  turbo: "turbo, a rainbow",
  rdbu: "blue to red",
  puor: "purple to orange, for colour-blind eyes",
};

/** Which values, which colours, how opaque. */
export function mountLook(store: Store): View {
  const values = element("look-values", HTMLSelectElement);
  const colours = element("look-colours", HTMLSelectElement);
  const opacity = element("opacity", HTMLInputElement);
  const change = (look: Partial<Look>) => store.set({ look: { ...store.state.look, ...look } });

  values.append(...VALUES.map((value) => make("option", { value }, VALUES_NOTES[value])));
  values.addEventListener("change", () => change({ values: values.value as Look["values"] }));
  colours.addEventListener("change", () => {
    const signed = store.state.look.values === "signed";
    change(signed ? { diverging: colours.value as Look["diverging"] } : { sequential: colours.value as Look["sequential"] });
  });
  opacity.addEventListener("input", () => change({ opacity: opacity.valueAsNumber / 100 }));

  return ({ look }, before) => {
    if (look === before?.look) return;
    const signed = look.values === "signed";
    if (signed !== (before?.look.values === "signed") || !before) {
      const names = Object.keys(signed ? DIVERGING : SEQUENTIAL) as (keyof typeof COLOURS_NOTES)[];
      colours.replaceChildren(...names.map((value) => make("option", { value }, COLOURS_NOTES[value])));
    }
    values.value = look.values;
    colours.value = signed ? look.diverging : look.sequential;
    opacity.valueAsNumber = Math.round(100 * look.opacity);
  };
}
