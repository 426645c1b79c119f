/** The part of the page that asks for a profile of the explanation on show, and shows it. */
import type { Controller } from "./controller.ts";
import { element } from "./elements.ts";
import { stem } from "./exports/save-files.ts";
import type { View } from "./state.ts";

/** The button, and the section that appears with the profile; what draws that is loaded then. */
export function mountProfilePanel(controller: Controller): View {
  const button = element("profile-start", HTMLButtonElement);
  const stop = element("stop", HTMLButtonElement);
  const section = element("profile", HTMLElement);
  const heading = element("profile-heading", HTMLHeadingElement);
  const box = element("profile-box", HTMLDivElement);
  button.addEventListener("click", () => controller.profile());

  return (state, before) => {
    const { run, tuning, switching, profile, photo, explanation } = state;
    const focused = document.activeElement;
    // Which cannot be used meanwhile: whoever was there keeps a place to go on from.
    if (run?.profiling && focused === button) stop.focus();
    button.disabled = Boolean(run || tuning || switching);
    if (!run && before?.run?.profiling && (focused === stop || focused === document.body)) button.focus();
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
