/** The buttons that save all about a map, and other maps of its photo, as one HTML file. */
import { CHECKS } from "../../faces/all.ts";
import type { Controller } from "../controller.ts";
import { element } from "../elements.ts";
import { judgedOf } from "../judge/judged.ts";
import { answerOf, QUESTIONS } from "../judge/sentences.ts";
import { exportedOf } from "../result.ts";
import type { State, View } from "../state.ts";
import type { KeptMap } from "../strip/kept-map.ts";
import type { KeptMaps } from "../strip/kept-maps.ts";
import { type Exported, saveHtml } from "./save-files.ts";

/** Of other maps of the photo, the newest. */
const MOST_OTHERS = 12;

/** A report that is made. */
interface Made {
  readonly exported: Exported;
  readonly html: string;
}

/** What makes the file is loaded then. */
export function mountReportButton(controller: Controller, kept: KeptMaps): View {
  const buttons = ["save-html", "maps-report"].map((id) => element(id, HTMLButtonElement));
  const usual = buttons.map(({ textContent }) => textContent);
  let now: Readonly<State> | undefined;
  let [ready, making] = [undefined as Made | undefined, false];
  const wait = (made: Made | undefined): void => {
    ready = made;
    for (const [at, button] of buttons.entries()) button.textContent = made ? "The report is ready: save it" : (usual[at] ?? "");
  };
  const save = async (): Promise<void> => {
    if (making) return;
    const state = now;
    making = true;
    try {
      const made = ready ?? (state && (await makeReport(state, kept)));
      // Browsers may refuse files that come long after a press.
      const late = !ready && !navigator.userActivation.isActive && state?.explanation === now?.explanation;
      wait(late ? made : undefined);
      if (made && !late) saveHtml(made.exported, made.html);
    } catch (error) {
      controller.report(error);
    } finally {
      making = false;
    }
  };
  for (const button of buttons) button.addEventListener("click", save);
  return (state, before) => {
    now = state;
    if (ready && (state.explanation !== before?.explanation || state.judged !== before?.judged)) wait(undefined);
  };
}

async function makeReport(state: Readonly<State>, kept: KeptMaps): Promise<Made | undefined> {
  const exported = exportedOf(state);
  if (!exported) return undefined;
  const { outputs } = exported;
  const judged = judgedOf(state);
  const answers = (["scores", ...CHECKS] as const).flatMap((question) => {
    const answer = judged && answerOf(question, judged, outputs);
    return answer ? [{ title: QUESTIONS[question].title, answer }] : [];
  });
  const { htmlReport } = await import("./html-report.ts");
  return {
    exported,
    html: await htmlReport(exported, { answers, scores: judged?.scores, look: state.look, others: await othersOf(exported, kept) }),
  };
}

/** The newest maps of the photo but the one on show, which is told by its time. */
async function othersOf({ photo, explanation }: Exported, kept: KeptMaps): Promise<KeptMap[]> {
  const heads = (await kept.list()).filter(
    ({ subject, seconds }) => subject?.startsWith(photo.digest) && seconds !== explanation.seconds.total,
  );
  return Promise.all(heads.slice(0, MOST_OTHERS).map((head) => kept.open(head)));
}
