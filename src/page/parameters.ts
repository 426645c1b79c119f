/** Makes form fields from the description of a method's parameters, and checks what is typed into them. */
import type { Method, Parameter, SessionInterface } from "../faces/all.ts";
import { make } from "./elements.ts";
import { capitalise, count, inWords } from "./format.ts";

/** The layers of a classifier, with their shapes. */
export type Layers = SessionInterface["layers"]["layers"];

/** A field that does not hold what it should. */
export interface Refusal {
  field: HTMLElement;
  text: string;
}

/** The fields of a method's parameters, filled with their defaults. */
export interface ParameterFields {
  readonly element: HTMLElement;
  /** What the fields hold, by the parameters' names, or the first that is wrong. */
  read(): Record<string, number | string> | Refusal;
  /** Offers the layers of the classifier in use, where parameters name one; a choice stays where this one has that layer, too. */
  offer(layers: Layers): void;
  /** The field of the layer that a text is about: the last one that it names, else the first; undefined where no parameter names a layer. */
  layerIn(text: string): HTMLElement | undefined;
}

export function makeParameters({ name: method, parameters }: Method): ParameterFields {
  const fields = Object.entries(parameters).map(([name, parameter]) => makeField(`${method}-${name}`, name, parameter));
  const layerFields = fields.filter(({ name, parameter }) => isLayer(name, parameter));
  const [shown, contrast] = [LAYER, CONTRAST].map((wanted) => layerFields.find(({ name }) => name === wanted)?.control);
  const relate = () => {
    if (shown && contrast) offerBehind(contrast as HTMLSelectElement, shown.value);
  };
  shown?.addEventListener("change", relate);
  return {
    element: make("div", {}, ...fields.map(({ element }) => element)),
    read() {
      const values: Record<string, number | string> = {};
      for (const { name, parameter, control } of fields) {
        const wrong = refusal(name, parameter, control);
        if (wrong) return { field: control, text: wrong };
        values[name] = typeof parameter.value === "number" ? Number(control.value) : control.value.trim();
      }
      return values;
    },
    offer(layers) {
      // None can be contrasted at the last one.
      for (const { name, control } of layerFields)
        fillLayers(control as HTMLSelectElement, name === LAYER ? layers.filter(hasPlaces) : layers.slice(0, -1));
      relate();
    },
    layerIn(text) {
      const named = layerFields.findLast(({ control: { value } }) => value && text.includes(`"${value}"`));
      return (named ?? layerFields[0])?.control;
    },
  };
}

/** Parameters that name a layer: that of the map, and one behind it. */
const [LAYER, CONTRAST] = ["layer", "contrastLayer"];

/** Whether a parameter names a layer of the classifier. */
const isLayer = (name: string, { value }: Parameter) => typeof value === "string" && /^layer$|Layer$/.test(name);

/** Whether a layer's value is an image, of which a map can be made. */
const hasPlaces = ({ shape: [height = 1, width = 1] }: Layers[number]) => height * width > 1;

/** Leaves a choice among the layers from this one on; all, where it is the usual one. */
function offerBehind(select: HTMLSelectElement, layer: string): void {
  const options = [...select.options].slice(1);
  const first = options.findIndex(({ value }) => value === layer);
  for (const [at, option] of options.entries()) option.disabled = at < first;
  if (select.selectedOptions[0]?.disabled) select.value = "";
}

/** In the order of depth, grouped by height and width. */
function fillLayers(select: HTMLSelectElement, layers: Layers): void {
  const { value } = select;
  const groups: HTMLOptGroupElement[] = [];
  for (const { name, shape } of layers) {
    const label = shape.slice(0, 2).join(" x ");
    if (groups.at(-1)?.label !== label) groups.push(make("optgroup", { label }));
    groups.at(-1)?.append(make("option", { value: name }, `${name} – ${shape.join(" x ")}`));
  }
  select.replaceChildren(make("option", { value: "" }, "by default"), ...groups);
  select.value = layers.some(({ name }) => name === value) ? value : "";
}

function makeField(id: string, name: string, parameter: Parameter) {
  const control = isLayer(name, parameter) ? make("select", { id }) : makeControl(id, parameter);
  control.setAttribute("aria-describedby", `${id}-hint`);
  const label = make("label", { htmlFor: id }, inWords(name));
  const element = make(
    "div",
    { className: "field" },
    label,
    control,
    make("p", { className: "hint", id: `${id}-hint` }, describe(name, parameter)),
  );
  return { name, parameter, control, element };
}

function makeControl(id: string, { value, low, high, whole, choices }: Parameter): HTMLInputElement | HTMLSelectElement {
  if (choices)
    return make("select", { id }, ...choices.map((choice) => make("option", { value: choice, selected: choice === value }, choice)));
  if (typeof value === "string") return make("input", { id, type: "text", value, spellcheck: false, autocomplete: "off" });
  const inputMode = whole ? "numeric" : "decimal";
  return make("input", {
    id,
    inputMode,
    type: "number",
    min: String(low ?? ""),
    max: String(high ?? ""),
    step: whole ? "1" : "any",
    value: String(value),
  });
}

function describe(name: string, parameter: Parameter): string {
  const { what, low, high, whole } = parameter;
  // Of a list nothing is empty, and it needs no examples.
  if (isLayer(name, parameter)) return `${capitalise(what.replace("; empty:", "; by default").replace(/ \(.*\)$/, ""))}.`;
  const range = low !== undefined && high !== undefined ? ` (${low} to ${whole ? count(high) : high})` : "";
  return `${capitalise(what)}${range}.`;
}

/** Why a control's value will not do; empty where it does. */
function refusal(name: string, { value, low = -Infinity, high = Infinity, whole }: Parameter, control: { value: string }): string {
  if (typeof value !== "number" || isNumber(control.value, low, high, whole)) return "";
  return `${inWords(name)} is ${whole ? "a whole number" : "a number"} from ${low} to ${whole ? count(high) : high}.`;
}

/** Whether a field's text is a number within bounds. */
export function isNumber(text: string, low: number, high: number, whole = false): boolean {
  const value = Number(text);
  return text.trim() !== "" && value >= low && value <= high && (!whole || Number.isInteger(value));
}
