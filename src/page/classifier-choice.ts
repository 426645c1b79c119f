/** The part of the page where the user picks a classifier by name. */
import { element, make } from "./elements.ts";
import { megabytes } from "./format.ts";
import { holdingOf } from "./holding.ts";
import { classifiersOf, type State, type Transfer, type View } from "./state.ts";
import type { Teachers } from "./teachers.ts";

/** The choice, the button that loads it, the progress of a download, and the part of the files that is not used. */
export function mountClassifier(teachers: Teachers): View {
  const form = element("classifier-form", HTMLFormElement);
  const select = element("teacher", HTMLSelectElement);
  const use = element("teacher-use", HTMLButtonElement);
  const hint = element("teacher-hint", HTMLParagraphElement);
  const progress = element("transfer", HTMLDivElement);
  const bar = element("transfer-bar", HTMLProgressElement);
  const text = element("transfer-text", HTMLParagraphElement);
  const cancel = element("transfer-cancel", HTMLButtonElement);
  const unused = element("unused", HTMLUListElement);

  select.addEventListener("change", () => teachers.choose(select.value));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    teachers.use();
  });
  cancel.addEventListener("click", () => teachers.cancel());

  let busy = false;
  let held = false;

  return (state, before) => {
    const { engine, chosen, transfer, switching, run, tuning } = state;
    if (state.stored !== before?.stored || state.opened !== before?.opened) {
      const options = classifiersOf(state).map((classifier) => {
        const { words, action } = holdingOf(classifier, state);
        return make("option", { value: classifier.name, disabled: action === undefined }, `${classifier.name} – ${words}`);
      });
      select.replaceChildren(...options);
    }
    if (state.unused !== before?.unused) {
      unused.hidden = state.unused.length === 0;
      unused.replaceChildren(...state.unused.map((sentence) => make("li", {}, sentence)));
    }
    const waits = engine.kind !== "ready" || Boolean(transfer || switching || run || tuning);
    // Whoever was here when the controls went keeps a place to go on from.
    const begins = waits && !busy;
    const ends = busy && !waits;
    if (begins) held = form.contains(document.activeElement);
    busy = waits;
    const teacher = classifiersOf(state).find(({ name }) => name === chosen);
    const inUse = engine.kind === "ready" && engine.teacher === chosen;
    select.value = chosen;
    select.disabled = waits;
    use.hidden = engine.kind !== "ready" || inUse || Boolean(transfer);
    use.disabled = waits;
    if (teacher) use.textContent = holdingOf(teacher, state).action ?? "";
    hint.textContent = describe(state, inUse);
    progress.hidden = !transfer;
    if (begins && held && transfer) cancel.focus();
    if (ends && held) select.focus();
    if (!transfer || transfer === before?.transfer) return;
    if (transfer.total) bar.value = transfer.loaded / transfer.total;
    else bar.removeAttribute("value");
    text.textContent = describeTransfer(transfer);
  };
}

function describe({ engine, switching, transfer, run, tuning }: Readonly<State>, inUse: boolean): string {
  if (engine.kind === "starting") return "It is being loaded.";
  if (engine.kind === "failed") return "";
  if (switching) return `Loading ${switching}…`;
  if (transfer) return "If you cancel, what has arrived is kept for the next time.";
  if (run) return "It can be changed when the explanation has ended.";
  if (tuning) return "It can be changed when it has been tuned.";
  return inUse ? "In use: its verdict is what will be explained." : `Still in use: ${engine.teacher}.`;
}

/** One line on a download under way. */
export function describeTransfer({ teacher, phase, loaded, total }: Transfer): string {
  if (phase === "ask") return `Asking for ${teacher}…`;
  const amount = `${megabytes(loaded)} of ${megabytes(total)}`;
  return `Downloading ${teacher}: ${amount}`;
}
