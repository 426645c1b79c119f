/** The view of a profile: facts, timeline, tables, and what can be done with it. A page loads it for profiles only. */
import { accountFor, describeCeilings, measureProfile, type ProfileFile, replaySums } from "../../faces/all.ts";
import { make } from "../elements.ts";
import { count, percent } from "../format.ts";
import { save } from "../save-file.ts";
import { makeTable } from "./table.ts";
import { makeTimeline } from "./timeline.ts";

/** Shows a profile in `box`, in place of what is there. `name`: of the file that it is saved as. The page needs `profile.css`, and `theme.css`. */
export function mountProfile(box: HTMLElement, file: ProfileFile, name = "profile.trace.json"): void {
  const facts = listFacts(file).flatMap(([term, value]) => [make("dt", {}, term), make("dd", {}, value)]);
  box.classList.add("profile");
  box.replaceChildren(make("dl", {}, ...facts), makeActions(file, name), makeTimeline(file), makeTable(file));
}

function listFacts({ otherData: { profile, about } }: ProfileFile): [string, string][] {
  const { wall, clock, replayed, lost, submits, spans } = profile;
  const { kernels, insideSubmits, betweenSubmits, outside, disagreement } = accountFor(profile);
  const share = (milliseconds: number) => percent(milliseconds / wall);
  const { run, replayed: again, left } = replaySums(spans);
  const step = clock.step < 1000 ? `${clock.step} ns` : `${clock.step / 1000} µs`;
  const missing = lost > 0 ? `; ${count(lost)} dispatches could not be timed` : "";
  const rest = left > 0 ? `; ${count(left)} could not be replayed and have the run's own times` : "";
  return [
    ["Wall time", `${wall.toFixed(0)} ms in ${count(submits.length)} submits`],
    [
      "Where it went",
      `kernels ${share(kernels)}, gaps between kernels ${share(insideSubmits)}, between submits ${share(betweenSubmits)}, unaccounted ${share(outside - disagreement)}`,
    ],
    ["GPU time", `${run.toFixed(2)} ms in ${count(spans.length)} dispatches`],
    ["GPU clock", `${clock.mode}, in steps of ${step}${missing}`],
    ...(replayed
      ? [
          [
            "Replayed",
            `${again.toFixed(2)} ms: the clock is too coarse for single kernels, so the tables show what each takes when it runs many times after the work${rest}`,
          ] as [string, string],
        ]
      : []),
    ...(about.ceilings ? [["This adapter reaches", describeCeilings(about.ceilings)] as [string, string]] : []),
  ];
}

function makeActions(file: ProfileFile, name: string): HTMLElement {
  const told = make("p", { className: "hint" });
  told.setAttribute("role", "status");
  const saving = make("button", { type: "button" }, "Save trace");
  saving.addEventListener("click", () => {
    save(new Blob([JSON.stringify(file)], { type: "application/json" }), name);
    told.textContent = `${name} opens in Perfetto and in Chrome's Performance panel; relabel profile --from prints it.`;
  });
  const measuring = make("button", { type: "button" }, "Show in Performance panel");
  measuring.addEventListener("click", () => {
    const measures = measureProfile(file.otherData.profile);
    told.textContent =
      measures.length > 0
        ? `${count(measures.length)} dispatches are on the performance timeline, as a track "GPU". The panel shows what is added while it records: record, profile, and press this before you stop.`
        : "The clocks of GPU and CPU cannot be aligned in this profile, so the panel cannot show it. Save the trace and open that.";
  });
  return make("div", {}, make("div", { className: "tools" }, saving, measuring), told);
}
