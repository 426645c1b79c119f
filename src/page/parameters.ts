/** Makes form fields from the description of a method's parameters, and checks what is typed into them. */
import type { Method, Parameter } from "../faces/all.ts";
import { make } from "./elements.ts";
import { capitalise, count, inWords } from "./format.ts";

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
}

export function makeParameters({ name: method, parameters }: Method): ParameterFields {
  const fields = Object.entries(parameters).map(([name, parameter]) => makeField(`${method}-${name}`, name, parameter));
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
  };
}

function makeField(id: string, name: string, parameter: Parameter) {
  const control = makeControl(id, parameter);
  control.setAttribute("aria-describedby", `${id}-hint`);
  const label = make("label", { htmlFor: id }, inWords(name));
  const element = make(
    "div",
    { className: "field" },
    label,
    control,
    make("p", { className: "hint", id: `${id}-hint` }, describe(parameter)),
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

function describe({ what, low, high, whole }: Parameter): string {
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
