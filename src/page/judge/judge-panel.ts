/** The part of the page that says how far to trust the map on show: its scores and the checks of its method. */
import { CHECKS } from "../../faces/all.ts";
import { outputsInUse, type View } from "../state.ts";
import type { Judge } from "./judge.ts";
import { type Exhibit, mountQuestions } from "./questions-panel.ts";

/** The curves of the map. */
const CURVES: Exhibit = {
  of: ({ scores }) => scores,
  async draw({ scores, ...judged }, state) {
    const { makeCurves } = await import("./curves-view.ts");
    return scores && makeCurves({ ...judged, scores }, state.photo?.name ?? "photo", outputsInUse(state));
  },
};

/** The section, which is there as long as a finished map is on show. */
export function mountJudge(judge: Judge, report: (error: unknown) => void): View {
  document.addEventListener("keydown", ({ key, defaultPrevented }) => {
    if (key === "Escape" && !defaultPrevented) judge.stop();
  });
  const asked = [
    { question: "scores", ask: () => judge.score(), exhibit: CURVES } as const,
    ...CHECKS.map((check) => ({ question: check, ask: () => judge.check(check) })),
  ];
  return mountQuestions({ id: "judge", judge, report }, asked);
}
