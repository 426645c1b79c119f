/** The part of the page that shows what downloads take up, and deletes them. */
import { TEACHERS } from "../faces/all.ts";
import { element, make } from "./elements.ts";
import type { StoredWeights } from "./fetch-weights.ts";
import { megabytes } from "./format.ts";
import { isBeside, isModel } from "./onnx-files.ts";
import { isOpenedModel, type View } from "./state.ts";
import type { Teachers } from "./teachers.ts";

/** The weights that this browser keeps, their sizes, and a button for each that deletes it. */
export function mountStored(teachers: Teachers): View {
  const summary = element("stored-total", HTMLElement);
  const list = element("stored", HTMLUListElement);
  const keep = element("keep-model", HTMLButtonElement);
  keep.addEventListener("click", () => teachers.keep());

  const row = (all: readonly StoredWeights[], { file, complete, ...weights }: StoredWeights) => {
    const parts = [weights, ...all.filter((other) => other.file.startsWith(`${file}/`))];
    const [size, stored] = [parts.reduce((sum, part) => sum + part.size, 0), parts.reduce((sum, part) => sum + part.stored, 0)];
    const name = TEACHERS.find((teacher) => teacher.file === file)?.name ?? file;
    const button = make("button", { type: "button", className: "quiet", ariaLabel: `Delete ${name}` }, "Delete");
    button.addEventListener("click", async () => {
      await teachers.delete(file);
      // The button is gone with its row.
      (list.querySelector("button") ?? summary).focus();
    });
    const use = make("button", { type: "button", className: "quiet", ariaLabel: `Use it: ${name}` }, "Use it");
    use.addEventListener("click", () => teachers.openKept(file));
    const amount = complete ? megabytes(size) : `${megabytes(stored)} of ${megabytes(size)}`;
    return make(
      "li",
      {},
      make("span", { className: "name" }, name),
      make("span", {}, amount),
      ...(isModel({ name: file }) && complete ? [use] : []),
      button,
    );
  };

  return ({ stored, transfer, engine, opened }, before) => {
    const model = engine.kind === "ready" ? opened.get(engine.teacher) : undefined;
    keep.hidden = !isOpenedModel(model) || stored.some(({ file, complete }) => complete && file === model.name);
    if (stored !== before?.stored) {
      const total = stored.reduce((sum, weights) => sum + weights.stored, 0);
      summary.textContent = `Weights: ${stored.length ? megabytes(total) : "none"} stored`;
      list.hidden = !stored.length;
      list.replaceChildren(...stored.filter(({ file }) => !isBeside(file)).map((weights) => row(stored, weights)));
    }
    // A file that is being written to cannot be deleted.
    for (const button of list.querySelectorAll("button")) button.disabled = Boolean(transfer);
  };
}
