/** The part of the page that asks for a profile of the explanation on show, and shows it. */
import type { Controller } from "./controller.ts";
import { element } from "./elements.ts";
import { stem } from "./save-result.ts";
import type { View } from "./state.ts";

/** The button, and the section that appears with the profile; what draws that is loaded then. */
export function mountProfilePanel(controller: Controller): View {
  const button = element("profile-start", HTMLButtonElement);
  const section = element("profile", HTMLElement);
  const heading = element("profile-heading", HTMLHeadingElement);
  const box = element("profile-box", HTMLDivElement);
  button.addEventListener("click", () => controller.profile());

  return (state, before) => {
    const { run, tuning, switching, profile, photo, explanation } = state;
    button.disabled = Boolean(run || tuning || switching);
    if (profile === before?.profile) return;
    section.hidden = !profile;
    box.replaceChildren();
    if (!profile || !photo || !explanation) return;
    const name = `${stem(photo.name, explanation.method)}.trace.json`;
    import("./profile/profile-view.ts").then(
      ({ mountProfile }) => {
        mountProfile(box, profile, name);
        heading.focus();
      },
      (error) => controller.report(error),
    );
  };
}
