/** The form of an explanation's options: the method, its parameters, the seed. */
import {
  type AdapterInfo,
  type Refusal as ByClassifier,
  DEFAULT_METHOD,
  type ExplainOptions,
  findMethod,
  METHODS,
  type Method,
} from "../faces/all.ts";
import { element, make } from "./elements.ts";
import { isNumber, type Layers, makeParameters, type ParameterFields, type Refusal } from "./parameters.ts";
import { mountRelabelOptions } from "./relabel-options.ts";

const MAX_SEED = 2 ** 32 - 1;

export interface OptionsForm {
  /** The choices, or undefined where one is invalid: the form then says which, and what to give instead. */
  read(): ExplainOptions | undefined;
  /** The choices for the method of this name, or undefined where one is invalid; the form says nothing of that. */
  peek(name: string): ExplainOptions | undefined;
  /** Says why the classifier cannot do what was chosen: at the layer's field where the method has one, else at the method. */
  refuse(refusal: ByClassifier): void;
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

  /** Says at the field what is wrong with it, even in options that are folded away; without one, that all are right. */
  const tell = (refusal: Refusal | undefined) => {
    wrong?.removeAttribute("aria-invalid");
    if (wrong) describeBy(wrong, optionsError, false);
    wrong = refusal?.field;
    const apart = wrong === relabel.samples;
    for (const [message, here] of [
      [samplesError, apart],
      [optionsError, !apart],
    ] as const) {
      message.textContent = here ? (refusal?.text ?? "") : "";
      message.hidden = !message.textContent;
    }
    (wrong?.closest(".field") ?? details).append(optionsError);
    if (!wrong) return;
    if (!apart) describeBy(wrong, optionsError, true);
    if (details.contains(wrong)) details.open = true;
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
  form.addEventListener("input", () => tell(undefined));
  show();

  return {
    read() {
      const own = readOptions(findMethod(select.value));
      const refusal = isRefusal(own) ? own : seedRefusal(seed);
      tell(refusal);
      return refusal || isRefusal(own) ? undefined : { ...own, method: select.value, seed: Number(seed.value) };
    },
    peek(name) {
      const own = readOptions(findMethod(name));
      return isRefusal(own) ? undefined : own;
    },
    refuse({ message, fix }) {
      const layer = fields.get(select.value)?.layerIn(message);
      tell({ field: layer ?? select, text: `${message} ${fix}` });
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

/** Adds an error to what describes a field to those who hear it, or takes it away. */
function describeBy(field: HTMLElement, { id }: HTMLElement, described: boolean): void {
  const others = (field.getAttribute("aria-describedby") ?? "").split(" ").filter((other) => other && other !== id);
  field.setAttribute("aria-describedby", [...others, ...(described ? [id] : [])].join(" "));
}

function isRefusal(value: object): value is Refusal {
  return (value as Refusal).field instanceof HTMLElement;
}

function seedRefusal(seed: HTMLInputElement): Refusal | undefined {
  return isNumber(seed.value, 0, MAX_SEED, true) ? undefined : { field: seed, text: `The seed is a whole number from 0 to ${MAX_SEED}.` };
}
