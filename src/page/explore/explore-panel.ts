/** The part of the page where a reader looks closer: images that the classifier was shown, and a photo to hide parts of. */
import type { Controller } from "../controller.ts";
import { make } from "../elements.ts";
import { percent } from "../format.ts";
import type { Judge } from "../judge/judge.ts";
import { mountQuestions } from "../judge/questions-panel.ts";
import { outputsInUse, type View } from "../state.ts";

/** The section, which is there as long as a finished map is on show. */
export function mountExplore(judge: Judge, controller: Controller): View {
  const slider = make("input", { type: "range", min: "0.05", max: "0.95", step: "0.05", value: "0.5", id: "strength" });
  const said = make("span", { className: "hint" });
  const box = make("input", { type: "checkbox", id: "strength-own", checked: true });
  const hidden = () => (box.checked ? undefined : slider.valueAsNumber);
  const tell = (): void => {
    said.textContent = slider.ariaValueText = `${percent(slider.valueAsNumber)} hidden`;
    slider.disabled = box.checked;
    said.hidden = box.checked;
  };
  slider.addEventListener("input", tell);
  box.addEventListener("change", tell);
  // Who changes the strength wants to see what becomes of the labels.
  slider.addEventListener("change", () => void judge.drawImages(hidden()));
  const settings = make(
    "fieldset",
    { className: "strength" },
    make("label", {}, box, " As much hidden as for the map"),
    make("label", {}, "Strength ", slider, " ", said),
  );
  tell();
  const report = (error: unknown) => controller.report(error);
  return mountQuestions({ id: "explore", judge, report }, [
    {
      question: "images",
      ask: () => judge.drawImages(hidden()),
      settings,
      exhibit: {
        of: ({ images }) => images,
        draw: async ({ images }, state) => {
          const { makeGallery } = await import("./gallery.ts");
          return images && makeGallery(images, outputsInUse(state));
        },
      },
    },
    {
      question: "pictures",
      ask: () => judge.takePictures(),
      exhibit: {
        of: ({ pictures }) => pictures,
        draw: async ({ pictures, explanation }, state) => {
          const { makeBrush } = await import("./brush.ts");
          return pictures && makeBrush(pictures, explanation.target, outputsInUse(state), controller);
        },
      },
    },
  ]);
}
