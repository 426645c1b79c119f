import type { Controller } from "./controller.ts";
import { element, make } from "./elements.ts";
import { PageError } from "./problem.ts";
import { fetchSample, SAMPLES } from "./samples.ts";

/** The ways in: bundled samples, the file picker, dropping anywhere, pasting. */
export function mountIntake(controller: Controller): void {
  const open = (file: File) => controller.open(file.name || "the pasted image", () => file);
  mountSamples(controller);
  const picker = element("file", HTMLInputElement);
  picker.addEventListener("change", () => {
    const [file] = picker.files ?? [];
    if (file) open(file);
    // Choosing the same file again is a change, too.
    picker.value = "";
  });
  mountDrop(controller, open);
  window.addEventListener("paste", (event) => {
    const [file] = event.clipboardData?.files ?? [];
    if (!file) return;
    event.preventDefault();
    open(file);
  });
}

function mountSamples(controller: Controller): void {
  const list = element("samples", HTMLUListElement);
  for (const sample of SAMPLES) {
    const title = sample.name.charAt(0).toUpperCase() + sample.name.slice(1).replace(/\.\w+$/, "");
    const button = make(
      "button",
      { type: "button", className: "sample" },
      make("img", { src: sample.url, alt: "", loading: "lazy" }),
      title,
    );
    button.addEventListener("click", () => controller.open(sample.name, () => fetchSample(sample)));
    list.append(make("li", {}, button));
  }
}

function mountDrop(controller: Controller, open: (file: File) => void): void {
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
    const [file] = event.dataTransfer?.files ?? [];
    if (file) open(file);
    else
      controller.report(
        new PageError("What was dropped is not a file.", "Save the photo first, then drop its file, or copy and paste it."),
      );
  });
}
