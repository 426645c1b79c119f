/** The page's view for people who hear it instead of seeing it. */
import { DEFAULT_METHOD, findMethod } from "../faces/all.ts";
import { describeTransfer } from "./classifier-choice.ts";
import { element } from "./elements.ts";
import { describe } from "./explainer.ts";
import { degree, shortLabel } from "./format.ts";
import { judgedOf } from "./judge/judged.ts";
import { answerOf, describeJudging, QUESTIONS } from "./judge/sentences.ts";
import { outputsInUse, type State, type View } from "./state.ts";
import { describeTuning } from "./tuner.ts";

const QUARTERS = 4;

/** Tells screen readers what happens, seldom enough to be bearable: new stages, and each quarter of the samples. */
export function mountAnnouncer(): View {
  const region = element("announcement", HTMLParagraphElement);
  let last = "";
  return (state, before) => {
    const text = announce(state, before);
    if (text && text !== last) region.textContent = last = text;
  };
}

/** What to say of a change; empty where it is not worth a word. */
export function announce(state: Readonly<State>, before: Readonly<State> | undefined): string {
  const { opening, top5, explanation } = state;
  if (explanation && explanation !== before?.explanation) {
    if (!explanation.map) return "Finished without a map.";
    const { method, samples, aborted } = explanation;
    if (aborted) return `Stopped: the map is from the first ${samples} samples.`;
    return `The map is finished, ${method === DEFAULT_METHOD ? `from ${samples} samples` : `by ${findMethod(method).title}`}.`;
  }
  if (top5?.[0] && top5 !== before?.top5) {
    return `The classifier says ${shortLabel(top5[0].label)}, ${degree(top5[0].probability, outputsInUse(state))}.`;
  }
  if (opening && opening !== before?.opening) return `Opening ${opening}.`;
  if (Boolean(state.tuning) !== Boolean(before?.tuning)) return state.tuning ? "Tuning." : describeTuning(state);
  return announceWeights(state, before) || announceRun(state, before) || announceQuestion(state, before);
}

const quarter = (done: number, total: number) => Math.floor((QUARTERS * done) / total);

function announceWeights({ engine, switching, transfer }: Readonly<State>, before: Readonly<State> | undefined): string {
  if (engine.kind === "ready" && before?.switching && !switching) return `${engine.teacher} is in use.`;
  if (switching && switching !== before?.switching) return `Loading ${switching}.`;
  if (!transfer || transfer.phase === "ask") return "";
  const last = before?.transfer;
  const moved = quarter(transfer.loaded, transfer.total) !== quarter(last?.loaded ?? 0, last?.total || 1);
  return transfer.phase !== last?.phase || moved ? describeTransfer(transfer) : "";
}

function announceRun({ run, download }: Readonly<State>, before: Readonly<State> | undefined): string {
  if (!run || run.stage === "classify") return "";
  const entered = run.stage !== before?.run?.stage || run.stopping !== before.run.stopping;
  const moved = quarter(run.samples, run.asked || 1) !== quarter(before?.run?.samples ?? 0, run.asked || 1);
  return entered || moved ? describe(run, download) : "";
}

function announceQuestion(state: Readonly<State>, before: Readonly<State> | undefined): string {
  const { judging } = state;
  const last = before?.judging;
  const judged = judgedOf(state);
  if (last && judged && judged !== judgedOf(before)) {
    const { question } = last;
    return `${QUESTIONS[question].title} ${answerOf(question, judged, outputsInUse(state)) ?? "It is shown below the question."}`;
  }
  if (!judging) return last?.stopping ? "Stopped." : "";
  const entered = judging.stopping !== last?.stopping || judging.restarting !== last.restarting;
  const moved = quarter(judging.done, judging.total || 1) !== quarter(last?.done ?? 0, last?.total || 1);
  return entered || moved ? describeJudging(judging) : "";
}
