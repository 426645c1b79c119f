/** The part of the page that says how far to trust the map on show: its scores and the checks of its method. */
import { CHECKS } from "../../faces/all.ts";
import { element, make } from "../elements.ts";
import { stem } from "../exports/save-files.ts";
import { shortLabel } from "../format.ts";
import { save } from "../save-file.ts";
import { outputsInUse, type State, type View } from "../state.ts";
import { svgOf } from "./chart.ts";
import { csvOf } from "./curves.ts";
import type { Judge } from "./judge.ts";
import { type Judged, judgedOf, type Question } from "./judged.ts";
import { makeScrubber } from "./scrubber.ts";
import { answerOf, describeEffort, QUESTIONS } from "./sentences.ts";

/** A question, its answer and what it costs. */
interface Part {
  readonly question: Question;
  readonly article: HTMLElement;
  readonly start: HTMLButtonElement;
  readonly cost: HTMLSpanElement;
  readonly answer: HTMLParagraphElement;
}

function makePart(question: Question): Part {
  const { title, why, action } = QUESTIONS[question];
  const heading = make("h3", { id: `judge-${question}-heading` }, title);
  const cost = make("span", { className: "hint", id: `judge-${question}-cost` });
  const start = make("button", { type: "button", id: `judge-${question}` }, action);
  start.setAttribute("aria-describedby", cost.id);
  const answer = make("p", { className: "answer", id: `judge-${question}-answer`, hidden: true });
  answer.setAttribute("role", "status");
  const article = make(
    "article",
    {},
    heading,
    make("p", { className: "hint" }, why),
    make("div", { className: "actions" }, start, cost),
    answer,
  );
  article.setAttribute("aria-labelledby", heading.id);
  return { question, article, start, cost, answer };
}

/** The section, which is there as long as a finished map is on show. */
export function mountJudge(judge: Judge): View {
  const section = element("judge", HTMLElement);
  const box = element("judge-parts", HTMLDivElement);
  const progress = element("judge-run", HTMLDivElement);
  const bar = element("judge-bar", HTMLProgressElement);
  const text = element("judge-text", HTMLParagraphElement);
  const stop = element("judge-stop", HTMLButtonElement);
  const parts = (["scores", ...CHECKS] as const).map(makePart);
  const curves = make("div", { id: "judge-curves", hidden: true });
  box.append(...parts.flatMap(({ article, question }) => (question === "scores" ? [article, curves] : [article])));
  for (const { question, start } of parts) {
    start.addEventListener("click", () => (question === "scores" ? judge.score() : judge.check(question)));
  }
  stop.addEventListener("click", () => judge.stop());
  document.addEventListener("keydown", ({ key, defaultPrevented }) => {
    if (key === "Escape" && !defaultPrevented) judge.stop();
  });

  const showCurves = ({ explanation, scores }: Judged, state: Readonly<State>): void => {
    curves.replaceChildren();
    curves.hidden = !scores;
    const { photo } = state;
    if (!scores || !photo) return;
    const { element: scrubber, charts } = makeScrubber(scores, shortLabel(explanation.target.label), outputsInUse(state));
    const name = `${stem(photo.name, explanation.method)}.curves`;
    const offer = (words: string, ending: string, type: string, content: () => string) => {
      const button = make("button", { type: "button", id: `save-curves-${ending}` }, words);
      button.addEventListener("click", () => save(new Blob([content()], { type }), `${name}.${ending}`));
      return button;
    };
    const caption = `${shortLabel(explanation.target.label)}, ${explanation.teacher}, ${photo.name}`;
    curves.append(
      scrubber,
      make(
        "div",
        { className: "actions" },
        offer("Save curves (CSV)", "csv", "text/csv", () => csvOf(scores)),
        offer("Save curves (SVG)", "svg", "image/svg+xml", () => svgOf(charts, caption)),
      ),
    );
  };

  return (state, before) => {
    const { explanation, run, tuning, switching, judging, engine } = state;
    const focused = document.activeElement;
    const asked = parts.find(({ start }) => start === focused);
    if (judging && !before?.judging && asked) stop.focus();
    const busy = Boolean(run || tuning || switching || judging);
    for (const { start } of parts) start.disabled = busy;
    progress.hidden = !judging;
    if (judging) {
      bar.value = judging.total > 0 ? judging.done / judging.total : 0;
      text.textContent = judging.stopping ? "Stopping…" : `${QUESTIONS[judging.question].title} ${judging.done} of ${judging.total}`;
      stop.setAttribute("aria-disabled", String(judging.stopping));
    }
    const judged = judgedOf(state);
    if (!judging && before?.judging && (focused === stop || focused === document.body)) {
      parts.find(({ question }) => question === before.judging?.question)?.start.focus();
    }
    if (explanation !== before?.explanation) {
      section.hidden = !explanation?.map;
      const { passes, seconds } = explanation ?? {};
      if (passes && seconds && engine.kind === "ready") {
        const explained = { passes: Math.max(1, passes.forward + passes.backward), seconds: seconds.total };
        for (const { question, cost } of parts) cost.textContent = describeEffort(question, engine.input, explained);
      }
    }
    if (judged === (before && judgedOf(before)) && explanation === before?.explanation) return;
    for (const { question, answer } of parts) {
      const said = judged && answerOf(question, judged, outputsInUse(state));
      answer.textContent = said ?? "";
      answer.hidden = !said;
    }
    if (judged?.scores !== (before && judgedOf(before))?.scores || !judged) {
      if (judged) showCurves(judged, state);
      else curves.hidden = true;
    }
  };
}
