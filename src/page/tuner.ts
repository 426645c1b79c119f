/** The part of the page where the user tunes the classifier to this GPU. */
import { element } from "./elements.ts";
import { percent } from "./format.ts";
import type { State, View } from "./state.ts";
import type { Tuning } from "./tuning.ts";

/** The button that starts tuning or stops it, its progress, and the outcome. */
export function mountTuner(tuning: Tuning): View {
  const line = element("tuning", HTMLParagraphElement);
  const button = element("tune", HTMLButtonElement);
  const bar = element("tune-bar", HTMLProgressElement);
  const hint = element("tune-hint", HTMLSpanElement);

  button.addEventListener("click", () => tuning.toggle());

  return (state) => {
    const { engine, tuning: measuring, transfer, switching, run } = state;
    line.hidden = engine.kind === "failed";
    // The same button, so that whoever pressed it need not look for another.
    button.textContent = measuring ? "Stop tuning" : "Tune for this GPU";
    button.disabled = engine.kind !== "ready" || Boolean(transfer || switching || run);
    bar.hidden = !measuring;
    bar.value = measuring && measuring.total > 0 ? measuring.done / measuring.total : 0;
    hint.textContent = describeTuning(state);
  };
}

/** One line on whether the classifier in use is tuned. */
export function describeTuning({ engine, tuning }: Readonly<State>): string {
  if (tuning?.total === 0) return "Starting to measure.";
  if (tuning) return `Measuring layer ${Math.min(tuning.done + 1, tuning.total)} of ${tuning.total}`;
  const saved = engine.kind === "ready" ? engine.saved : undefined;
  if (saved === undefined) return "Measures which kernels are the fastest here, once.";
  return saved > 0 ? `Tuned: ${percent(saved)} less time in its main layers.` : "Tuned: the usual kernels are the fastest here.";
}
