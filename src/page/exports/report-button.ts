/** The button that saves all about a map, and other maps of its photo, as one HTML file. */
import { CHECKS } from "../../faces/all.ts";
import type { Controller } from "../controller.ts";
import { element } from "../elements.ts";
import { drawChart, scaleOf } from "../judge/chart.ts";
import { curvesOf, WAYS } from "../judge/curves.ts";
import { judgedOf } from "../judge/judged.ts";
import { answerOf, QUESTIONS } from "../judge/sentences.ts";
import { exportedOf } from "../result.ts";
import type { State, View } from "../state.ts";
import type { KeptMap } from "../strip/kept-map.ts";
import type { KeptMaps } from "../strip/kept-maps.ts";
import { type Exported, saveHtml } from "./save-files.ts";

/** Of other maps of the photo, the newest. */
const MOST_OTHERS = 12;

/** What makes the file is loaded then. */
export function mountReportButton(controller: Controller, kept: KeptMaps): View {
  let now: Readonly<State> | undefined;
  element("save-html", HTMLButtonElement).addEventListener("click", async () => {
    try {
      if (now) await saveReportOf(now, kept);
    } catch (error) {
      controller.report(error);
    }
  });
  return (state) => {
    now = state;
  };
}

async function saveReportOf(state: Readonly<State>, kept: KeptMaps): Promise<void> {
  const exported = exportedOf(state);
  if (!exported) return;
  const { outputs } = exported;
  const judged = judgedOf(state);
  const answers = (["scores", ...CHECKS] as const).flatMap((question) => {
    const answer = judged && answerOf(question, judged, outputs);
    return answer ? [{ title: QUESTIONS[question].title, answer }] : [];
  });
  const scores = judged?.scores;
  const curves = scores ? WAYS.map((way) => curvesOf(scores, way)) : [];
  const charts = curves.map((each) => drawChart(each, scaleOf(curves, outputs), outputs));
  const { htmlReport } = await import("./html-report.ts");
  saveHtml(exported, await htmlReport(exported, { answers, charts, others: await othersOf(exported, kept) }));
}

/** The newest maps of the photo but the one on show, which is told by its time. */
async function othersOf({ photo, explanation }: Exported, kept: KeptMaps): Promise<KeptMap[]> {
  const heads = (await kept.list()).filter(({ photo: name, seconds }) => name === photo.name && seconds !== explanation.seconds.total);
  return Promise.all(heads.slice(0, MOST_OTHERS).map((head) => kept.open(head)));
}
