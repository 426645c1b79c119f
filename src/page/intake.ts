/** How photos and files of weights get into the page. */
import { isOfClassifier } from "./classifier-files.ts";
import type { Controller } from "./controller.ts";
import { element } from "./elements.ts";
import { mountDrop, mountPicker } from "./file-ways.ts";
import { PageError } from "./problem.ts";
import { fetchSample } from "./samples.ts";
import type { Teachers } from "./teachers.ts";

/** The ways in: bundled samples, the file pickers, the camera, dropping anywhere, pasting. */
export function mountIntake(controller: Controller, teachers: Teachers): void {
  /** Takes weights and labels as such, and the first other file as a photo. */
  const open = (files: readonly File[]) => {
    const own = files.filter((file) => isOfClassifier(file, files));
    const photo = files.find((file) => !own.includes(file));
    if (own.length) teachers.open(own);
    if (photo) controller.open(photo.name || "the pasted image", () => photo);
  };
  mountSamples(controller);
  mountPicker("file", open);
  mountPicker("weights-file", (files) => teachers.open(files));
  mountDrop(open, () =>
    controller.report(new PageError("What was dropped is not a file.", "Save the photo first, then drop its file, or copy and paste it.")),
  );
  mountCamera(controller, (photo) => open([photo]));
  window.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    open(files);
  });
}

/** The button that opens the camera, where the browser lets pages have one. */
function mountCamera(controller: Controller, open: (photo: File) => void): void {
  const button = element("camera-open", HTMLButtonElement);
  button.hidden = typeof navigator.mediaDevices?.getUserMedia !== "function";
  button.addEventListener("click", async () => {
    try {
      const { openCamera } = await import("./camera/camera-dialog.ts");
      // A second press may have come meanwhile.
      if (!document.querySelector("#camera")) openCamera(open);
    } catch (error) {
      controller.report(error);
    }
  });
}

function mountSamples(controller: Controller): void {
  for (const button of element("samples", HTMLUListElement).querySelectorAll("button")) {
    const name = `${button.textContent?.trim().toLowerCase()}.jpg`;
    button.addEventListener("click", () => controller.open(name, () => fetchSample(name)));
  }
}
