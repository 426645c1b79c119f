/** The form of an explanation's options: the method, its parameters, the seed. */
import { type AdapterInfo, DEFAULT_METHOD, type ExplainOptions, findMethod, METHODS, type Method } from "../faces/all.ts";
import { element, make } from "./elements.ts";
import { isNumber, type Layers, makeParameters, type ParameterFields, type Refusal } from "./parameters.ts";
import { mountRelabelOptions } from "./relabel-options.ts";

const MAX_SEED = 2 ** 32 - 1;

export interface OptionsForm {
  /** The choices, or undefined where one is invalid: the form then says which, and what to give instead. */
  read(): ExplainOptions | undefined;
  /** Sets what suits the adapter. */
  adopt(adapter: AdapterInfo): void;
  /** Offers the layers of the classifier in use. */
  offer(layers: Layers): void;
  enable(enabled: boolean): void;
}

export function mountOptions(): OptionsForm {
  const details = element("options", HTMLDetailsElement);
  const form = element("explain-form", HTMLFormElement);
  const select = element("method", HTMLSelectElement);
  const note = element("method-note", HTMLParagraphElement);
  const holder = element("parameters", HTMLDivElement);
  const seed = element("seed", HTMLInputElement);
  const samplesError = element("samples-error", HTMLParagraphElement);
  const optionsError = element("options-error", HTMLParagraphElement);
  const relabel = mountRelabelOptions();
  /** Made when a method is first chosen, and kept with what they hold. */
  const fields = new Map<string, ParameterFields>();
  let software = false;
  let layers: Layers = [];
  let wrong: HTMLElement | undefined;

  const fieldsOf = (method: Method) => {
    const known = fields.get(method.name);
    if (known) return known;
    const made = makeParameters(method);
    made.offer(layers);
    fields.set(method.name, made);
    return made;
  };

  const readOptions = (method: Method): ExplainOptions | Refusal => {
    if (method.name === DEFAULT_METHOD) return relabel.read();
    const parameters = fieldsOf(method).read();
    return isRefusal(parameters) ? parameters : { parameters };
  };

  /** Says which field is wrong, even in options that are folded away; without one, that all are right. */
  const tell = (refusal: Refusal | undefined) => {
    wrong?.removeAttribute("aria-invalid");
    wrong = refusal?.field;
    const apart = wrong === relabel.samples;
    for (const [message, here] of [
      [samplesError, apart],
      [optionsError, !apart],
    ] as const) {
      message.textContent = here ? (refusal?.text ?? "") : "";
      message.hidden = !message.textContent;
    }
    if (!wrong) return;
    if (!apart) details.open = true;
    wrong.setAttribute("aria-invalid", "true");
    wrong.focus();
  };

  const show = () => {
    const method = findMethod(select.value);
    const relabels = method.name === DEFAULT_METHOD;
    relabel.show(relabels);
    holder.replaceChildren(...(relabels ? [] : [fieldsOf(method).element]));
    if (!relabels) details.open = true;
    const slow = software && !relabels && method.within !== undefined;
    note.textContent = [method.note, slow ? "Its usual numbers are made for GPUs: smaller ones suit this software adapter." : ""]
      .filter(Boolean)
      .join(" ");
    note.hidden = !note.textContent;
    tell(undefined);
  };
  select.append(...METHODS.map(({ name, title }) => make("option", { value: name, selected: name === DEFAULT_METHOD }, title)));
  select.addEventListener("change", show);
  show();

  return {
    read() {
      const own = readOptions(findMethod(select.value));
      const refusal = isRefusal(own) ? own : seedRefusal(seed);
      tell(refusal);
      return refusal || isRefusal(own) ? undefined : { ...own, method: select.value, seed: Number(seed.value) };
    },
    adopt(adapter) {
      software = adapter.software;
      relabel.adopt(software);
      show();
    },
    offer(others) {
      layers = others;
      for (const made of fields.values()) made.offer(layers);
    },
    enable(enabled) {
      for (const control of form.querySelectorAll<HTMLInputElement | HTMLSelectElement>("input, select")) control.disabled = !enabled;
      relabel.relate(enabled);
    },
  };
}

function isRefusal(value: object): value is Refusal {
  return (value as Refusal).field instanceof HTMLElement;
}

function seedRefusal(seed: HTMLInputElement): Refusal | undefined {
  return isNumber(seed.value, 0, MAX_SEED, true) ? undefined : { field: seed, text: `The seed is a whole number from 0 to ${MAX_SEED}.` };
}
