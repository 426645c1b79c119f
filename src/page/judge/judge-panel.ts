/** The part of the page that says how far to trust the map on show: its scores and the checks of its method. */
import { CHECKS } from "../../faces/all.ts";
import { make } from "../elements.ts";
import { stem } from "../exports/save-files.ts";
import { shortLabel } from "../format.ts";
import { save } from "../save-file.ts";
import { outputsInUse, type State, type View } from "../state.ts";
import { svgOf } from "./chart.ts";
import { csvOf } from "./curves.ts";
import type { Judge } from "./judge.ts";
import type { Judged } from "./judged.ts";
import { type Exhibit, mountQuestions } from "./questions-panel.ts";
import { makeScrubber } from "./scrubber.ts";

/** The curves of the map, to go along and to save. */
const CURVES: Exhibit = {
  of: ({ scores }) => scores,
  draw({ explanation, scores }: Judged, state: Readonly<State>) {
    if (!scores) return make("div");
    const label = shortLabel(explanation.target.label);
    const name = state.photo?.name ?? "photo";
    const { element: scrubber, charts } = makeScrubber(scores, label, outputsInUse(state));
    const offer = (ending: string, type: string, content: () => string) => {
      const button = make("button", { type: "button", id: `save-curves-${ending}` }, `Save curves (${ending.toUpperCase()})`);
      const file = `${stem(name, explanation.method)}.curves.${ending}`;
      button.addEventListener("click", () => save(new Blob([content()], { type }), file));
      return button;
    };
    const caption = `${label}, ${explanation.teacher}, ${name}`;
    const files = [offer("csv", "text/csv", () => csvOf(scores)), offer("svg", "image/svg+xml", () => svgOf(charts, caption))];
    return make("div", {}, scrubber, make("div", { className: "actions" }, ...files));
  },
};

/** The section, which is there as long as a finished map is on show. */
export function mountJudge(judge: Judge): View {
  document.addEventListener("keydown", ({ key, defaultPrevented }) => {
    if (key === "Escape" && !defaultPrevented) judge.stop();
  });
  return mountQuestions("judge", judge, [
    { question: "scores", ask: () => judge.score(), exhibit: CURVES },
    ...CHECKS.map((check) => ({ question: check, ask: () => judge.check(check) })),
  ]);
}
