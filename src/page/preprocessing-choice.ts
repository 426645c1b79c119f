/** The part of the page that shows what a model makes of the photo under every usual preprocessing, so that a wrong one is seen. */
import type { InputSpec, PreprocessingVerdict } from "../faces/all.ts";
import { element, make } from "./elements.ts";
import { degree, shortLabel } from "./format.ts";
import { inputInUse, outputsInUse, type View } from "./state.ts";
import type { Teachers } from "./teachers.ts";

const NOTES: Readonly<Record<PreprocessingVerdict["name"], string>> = {
  torchvision: "ImageNet's mean and deviation, the photo's centre",
  "keras-tf": "colours from -1 to 1, the whole photo",
  "keras-caffe": "blue first, 0 to 255 less ImageNet's mean",
  unit: "colours from 0 to 1",
  raw: "colours from 0 to 255",
};

/** What a preprocessing decides on. */
const FIELDS = ["channels", "resize", "share", "filter", "mean", "deviation"] as const;

const part = (input: InputSpec) => Object.fromEntries(FIELDS.map((field) => [field, input[field]])) as Partial<InputSpec>;
const isSame = (a: InputSpec, b: InputSpec) =>
  FIELDS.every((field) => String(a[field]) === String(b[field]) || (field === "share" && a.resize === "squash" && b.resize === "squash"));

/** The list of preprocessings, each with its five likeliest classes and a button that takes it. */
export function mountPreprocessing(teachers: Teachers): View {
  const section = element("guesses", HTMLElement);
  const list = element("guess-list", HTMLUListElement);

  return (state, before) => {
    const { guesses, engine, switching, run, tuning } = state;
    section.hidden = !guesses;
    if (guesses !== before?.guesses || engine !== before?.engine) {
      const input = inputInUse(state);
      const outputs = outputsInUse(state);
      const rows = (guesses ?? []).map((guess) => {
        const inUse = isSame(guess.input, input);
        const classes = guess.top5.map(({ label, probability }) => `${shortLabel(label)} ${degree(probability, outputs)}`);
        const text = inUse ? "In use" : "Use it";
        const button = make("button", { type: "button", ariaLabel: `${text}: ${guess.name}` }, text);
        button.dataset.preprocess = guess.name;
        button.setAttribute("aria-pressed", String(inUse));
        button.addEventListener("click", () => {
          if (!inUse) teachers.adjust({ input: part(guess.input) });
        });
        const name = make("p", { className: "name" }, guess.name, make("small", {}, NOTES[guess.name]));
        return make("li", inUse ? { className: "in-use" } : {}, name, button, make("p", { className: "likeliest" }, classes.join(" · ")));
      });
      const { preprocess } = (document.activeElement as HTMLElement | null)?.dataset ?? {};
      list.replaceChildren(...rows);
      if (preprocess) list.querySelector<HTMLButtonElement>(`[data-preprocess="${preprocess}"]`)?.focus();
    }
    const waits = Boolean(switching || run || tuning);
    for (const button of list.querySelectorAll("button")) button.setAttribute("aria-disabled", String(waits));
  };
}
