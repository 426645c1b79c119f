/** The ways in which files get into a page: pickers, and dropping anywhere. */
import { element } from "./elements.ts";

type Open = (files: readonly File[]) => void;

/** Opens what is chosen with the file input of this id. */
export function mountPicker(id: string, open: Open): void {
  const picker = element(id, HTMLInputElement);
  picker.addEventListener("change", () => {
    const files = [...(picker.files ?? [])];
    if (files.length) open(files);
    // Choosing the same file again also counts as a change.
    picker.value = "";
  });
}

/** Opens what is dropped on the page; #drop is shown meanwhile. `refuse` hears of drops that are no files. */
export function mountDrop(open: Open, refuse: () => void): void {
  const veil = element("drop", HTMLDivElement);
  window.addEventListener("dragover", (event) => {
    event.preventDefault();
    veil.hidden = false;
  });
  window.addEventListener("dragleave", (event) => {
    // Leaving the window has no related target; moving between its elements has one.
    if (!event.relatedTarget) veil.hidden = true;
  });
  window.addEventListener("drop", (event) => {
    event.preventDefault();
    veil.hidden = true;
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length) open(files);
    else refuse();
  });
}
