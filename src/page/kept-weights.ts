/** The part of the page that shows what downloads take up, and deletes them. */
import { TEACHERS } from "../faces/all.ts";
import { element, make } from "./elements.ts";
import type { StoredWeights } from "./fetch-weights.ts";
import { megabytes } from "./format.ts";
import type { View } from "./state.ts";
import type { Teachers } from "./teachers.ts";

/** The weights that this browser keeps, their sizes, and a button for each that deletes it. */
export function mountStored(teachers: Teachers): View {
  const summary = element("stored-total", HTMLElement);
  const list = element("stored", HTMLUListElement);

  const row = (weights: StoredWeights) => {
    const { file, size, stored, complete } = weights;
    const name = TEACHERS.find((teacher) => teacher.file === file)?.name ?? file;
    const button = make("button", { type: "button", className: "quiet", ariaLabel: `Delete ${name}` }, "Delete");
    button.addEventListener("click", async () => {
      await teachers.delete(file);
      // The button is gone with its row.
      (list.querySelector("button") ?? summary).focus();
    });
    const amount = complete ? megabytes(size) : `${megabytes(stored)} of ${megabytes(size)}`;
    return make("li", {}, make("span", { className: "name" }, name), make("span", {}, amount), button);
  };

  return ({ stored, transfer }, before) => {
    if (stored !== before?.stored) {
      const total = stored.reduce((sum, weights) => sum + weights.stored, 0);
      summary.textContent = `Weights: ${stored.length ? megabytes(total) : "none"} stored`;
      list.hidden = !stored.length;
      list.replaceChildren(...stored.map(row));
    }
    // A file that is being written to cannot be deleted.
    for (const button of list.querySelectorAll("button")) button.disabled = Boolean(transfer);
  };
}
