/** The part of the page where the user corrects how a classifier takes photos and what its outputs mean. */
import { CHANNELS, type Channels, FILTERS, type Filter, OUTPUTS, type Outputs, RESIZES, type Resize } from "../faces/all.ts";
import { element, make } from "./elements.ts";
import {
  SETTINGS_FIELDS,
  type SettingsChange,
  type SettingsField,
  type SettingsTexts,
  settingsChange,
  settingsTexts,
} from "./input-settings.ts";
import type { ReadyEngine, View } from "./state.ts";
import type { Teachers } from "./teachers.ts";

const CHANNELS_NOTES: Record<Channels, string> = { rgb: "rgb", bgr: "bgr: blue first", grey: "grey: one channel" };
const RESIZE_NOTES: Record<Resize, string> = { crop: "crop: keep the centre", squash: "squash: the whole photo" };
const FILTER_NOTES: Record<Filter, string> = { bilinear: "bilinear", bicubic: "bicubic" };
const OUTPUTS_NOTES: Record<Outputs, string> = {
  softmax: "softmax: one class of all",
  sigmoid: "sigmoid: a yes or no a class",
  logits: "logits: scores as they are",
};

/** The form with how the classifier in use takes photos and what its outputs mean, and the button that loads it anew. */
export function mountInputForm(teachers: Teachers): View {
  const details = element("input", HTMLDetailsElement);
  const form = element("input-form", HTMLFormElement);
  const fieldset = element("input-fields", HTMLFieldSetElement);
  const share = element("input-share-field", HTMLDivElement);
  const error = element("input-error", HTMLParagraphElement);
  const apply = element("input-apply", HTMLButtonElement);
  const channels = fillSelect("channels", CHANNELS, CHANNELS_NOTES);
  fillSelect("resize", RESIZES, RESIZE_NOTES);
  fillSelect("filter", FILTERS, FILTER_NOTES);
  fillSelect("outputs", OUTPUTS, OUTPUTS_NOTES);
  const controls = Object.fromEntries(SETTINGS_FIELDS.map((field) => [field, controlOf(field)])) as Record<SettingsField, Control>;

  let now: ReadyEngine | undefined;
  let busy = true;
  let held: HTMLElement | undefined;

  const read = () =>
    now &&
    settingsChange(
      mapFields((field) => controls[field].value),
      now,
    );

  /** Says which field is wrong; without one, that all are right. */
  const tell = (wrong: SettingsField | undefined, text = "") => {
    for (const field of SETTINGS_FIELDS) controls[field].removeAttribute("aria-invalid");
    error.textContent = text;
    error.hidden = !text;
    if (!wrong) return;
    controls[wrong].setAttribute("aria-invalid", "true");
    controls[wrong].focus();
  };

  const relate = () => {
    share.hidden = controls.resize.value === "squash";
    const change = read();
    apply.disabled = !change || Object.keys(change).length === 0;
  };

  form.addEventListener("input", relate);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const change = read();
    if (!change) return;
    if (isRefusal(change)) return tell(change.field, change.text);
    tell(undefined);
    teachers.adjust(change);
  });

  const fill = (engine: ReadyEngine) => {
    now = engine;
    const texts = settingsTexts(engine);
    for (const field of SETTINGS_FIELDS) controls[field].value = texts[field];
    // The net's first layer decides whether it takes colours.
    for (const option of channels.options) option.disabled = (option.value === "grey") !== (engine.input.channels === "grey");
    tell(undefined);
    relate();
  };

  return ({ engine, transfer, switching, run, tuning }, before) => {
    details.hidden = engine.kind === "failed";
    if (engine.kind !== "ready") return;
    // What was typed stays until another classifier is in use.
    if (before?.engine.kind !== "ready" || before.engine.input !== engine.input) fill(engine);
    const waits = Boolean(transfer || switching || run || tuning);
    if (waits === busy) return;
    busy = waits;
    const focused = document.activeElement;
    if (waits) held = focused instanceof HTMLElement && fieldset.contains(focused) ? focused : undefined;
    fieldset.disabled = waits;
    if (waits || !held) return;
    // Whoever was here keeps a place to go on from.
    (held.matches(":disabled") ? controls.size : held).focus();
  };
}

type Control = HTMLInputElement | HTMLSelectElement;

function controlOf(field: SettingsField): Control {
  const control = document.getElementById(`input-${field}`);
  return control instanceof HTMLSelectElement ? control : element(`input-${field}`, HTMLInputElement);
}

function mapFields(value: (field: SettingsField) => string): SettingsTexts {
  return Object.fromEntries(SETTINGS_FIELDS.map((field) => [field, value(field)])) as SettingsTexts;
}

function fillSelect<T extends string>(field: SettingsField, values: readonly T[], notes: Record<T, string>): HTMLSelectElement {
  const select = element(`input-${field}`, HTMLSelectElement);
  select.append(...values.map((value) => make("option", { value }, notes[value])));
  return select;
}

function isRefusal(change: SettingsChange | { field: SettingsField; text: string }): change is { field: SettingsField; text: string } {
  return "field" in change;
}
