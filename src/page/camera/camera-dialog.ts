/** A dialog that shows what a camera sees, and takes a photo of it. */
import { make } from "../elements.ts";
import { describeProblem, PageError, type Problem } from "../problem.ts";
import { LiveView } from "./live-view.ts";

/** Opens the dialog. `open` is given the photo as a file; nothing else leaves the dialog, and the camera is let go of when it closes. */
export function openCamera(open: (photo: File) => void): void {
  const heading = make("h2", { id: "camera-heading" }, "Take a photo");
  const problem = make("p", { className: "error", id: "camera-problem", role: "alert", hidden: true });
  const video = make("video", { muted: true, playsInline: true, ariaLabel: "What the camera sees" });
  const list = make("select", { id: "camera-list" });
  const choice = make("div", { className: "field", hidden: true }, make("label", { htmlFor: list.id }, "Camera"), list);
  const take = make("button", { type: "button", className: "primary", id: "camera-take" });
  const cancel = make("button", { type: "button", id: "camera-cancel" }, "Cancel");
  const hint = make("p", { className: "hint" }, "Nothing is recorded, and the photo never leaves this page.");
  const dialog = make(
    "dialog",
    { id: "camera" },
    heading,
    video,
    problem,
    choice,
    make("div", { className: "actions" }, take, cancel),
    hint,
  );
  dialog.setAttribute("aria-labelledby", heading.id);
  const ended = new AbortController();
  const { signal } = ended;
  const view = new LiveView(video);
  let failed = false;

  const show = (wrong?: Problem): void => {
    failed = wrong !== undefined;
    problem.textContent = wrong ? `${wrong.message} ${wrong.fix}` : "";
    problem.hidden = !failed;
    video.hidden = failed;
    // The same button, so that whoever pressed it need not look for another.
    take.textContent = failed ? "Try again" : "Take it";
    take.disabled = !failed && !view.live;
  };
  const fail = (error: unknown): void => {
    view.stop();
    show(describeProblem(error));
  };
  const start = async (camera: string | undefined): Promise<void> => {
    view.stop();
    show();
    try {
      if (!(await view.start(camera, () => show(new PageError("The camera has stopped.", "Connect it again and try again."))))) return;
      const { current, cameras } = await view.list();
      list.replaceChildren(...cameras.map(({ id, label }) => make("option", { value: id, selected: id === current }, label)));
      choice.hidden = cameras.length < 2;
      video.style.setProperty("--ratio", String(video.videoWidth / video.videoHeight));
      show();
    } catch (error) {
      fail(error);
    }
    // Whoever goes through the list of cameras stays there.
    if (document.activeElement !== list) take.focus();
  };
  const chosen = () => list.value || undefined;

  take.addEventListener("click", async () => {
    if (failed) return start(chosen());
    take.disabled = true;
    try {
      const photo = await view.photograph();
      if (signal.aborted) return;
      dialog.close();
      open(photo);
    } catch (error) {
      fail(error);
    }
  });
  list.addEventListener("change", () => start(chosen()));
  cancel.addEventListener("click", () => dialog.close());
  // Escape closes the dialog, and does not stop an explanation as well.
  dialog.addEventListener("keydown", (event) => event.stopPropagation());
  // Nobody looks at the picture of a tab that is hidden.
  document.addEventListener("visibilitychange", () => (document.hidden ? view.stop() : start(chosen())), { signal });
  dialog.addEventListener("close", () => {
    ended.abort();
    view.stop();
    dialog.remove();
  });
  document.body.append(dialog);
  dialog.showModal();
  void start(undefined);
}
