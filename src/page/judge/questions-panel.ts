/** A section of questions about the map on show: what each costs, its answer, and what is to be seen of it. */
import { element, make } from "../elements.ts";
import { outputsInUse, type State, type View } from "../state.ts";
import type { Judge } from "./judge.ts";
import { type Judged, judgedOf, type Question } from "./judged.ts";
import { answerOf, describeEffort, describeJudging, QUESTIONS } from "./sentences.ts";

/** What is shown of an answer, over the whole width. */
export interface Exhibit {
  /** What it is drawn from: it is drawn anew where this is another. */
  of(judged: Judged): unknown;
  /** What draws it is loaded then. */
  draw(judged: Judged, state: Readonly<State>): Promise<HTMLElement | undefined>;
}

/** A question that the section asks. */
export interface Asked {
  readonly question: Question;
  /** Asks it. */
  readonly ask: () => Promise<void>;
  /** What is to be set before it is asked. */
  readonly settings?: HTMLFieldSetElement;
  readonly exhibit?: Exhibit;
}

function makePart({ question, ask, settings, exhibit }: Asked, report: (error: unknown) => void) {
  const { title, why, action } = QUESTIONS[question];
  const heading = make("h3", { id: `judge-${question}-heading` }, title);
  const cost = make("span", { className: "hint", id: `judge-${question}-cost` });
  const start = make("button", { type: "button", id: `judge-${question}` }, action);
  start.setAttribute("aria-describedby", cost.id);
  const answer = make("p", { className: "answer", id: `judge-${question}-answer`, hidden: true });
  const box = make("div", { className: "exhibit", id: `judge-${question}-exhibit`, hidden: true });
  const actions = make("div", { className: "actions" }, start, cost);
  const article = make("article", {}, heading, make("p", { className: "hint" }, why), ...(settings ? [settings] : []), actions, answer);
  article.setAttribute("aria-labelledby", heading.id);
  start.addEventListener("click", () => void ask());
  let drawing: unknown;
  const draw = async (judged: Judged, of: unknown, state: Readonly<State>): Promise<void> => {
    try {
      const drawn = await exhibit?.draw(judged, state);
      if (drawing === of && drawn) box.replaceChildren(drawn);
    } catch (error) {
      report(error);
    }
    box.hidden = drawing !== of || box.children.length === 0;
  };
  const show = (judged: Judged | undefined, before: Judged | undefined, state: Readonly<State>): void => {
    const said = judged && answerOf(question, judged, outputsInUse(state));
    answer.textContent = said ?? "";
    answer.hidden = !said;
    const [now, last] = [judged && exhibit?.of(judged), before && exhibit?.of(before)];
    if (now === last && drawing === now) return;
    drawing = now;
    if (now && judged) void draw(judged, now, state);
    else {
      box.hidden = true;
      box.replaceChildren();
    }
  };
  return { question, elements: [article, box], start, cost, settings, show };
}

/** Where a section is, who is asked, and who hears of what goes wrong. */
export interface Panel {
  readonly id: string;
  readonly judge: Judge;
  readonly report: (error: unknown) => void;
}

/** The section of this id, which is there as long as a finished map is on show. */
export function mountQuestions({ id, judge, report }: Panel, asked: readonly Asked[]): View {
  const section = element(id, HTMLElement);
  const parts = asked.map((each) => makePart(each, report));
  const text = make("p", { id: `${id}-text` });
  const bar = make("progress", { max: 1, value: 0 });
  bar.setAttribute("aria-labelledby", text.id);
  const stop = make("button", { type: "button", title: "Escape stops it, too" }, "Stop");
  stop.setAttribute("aria-keyshortcuts", "Escape");
  const progress = make(
    "div",
    { className: "judge-run", id: `${id}-run`, hidden: true },
    make("div", { className: "run-progress" }, bar, text),
    stop,
  );
  section.append(progress, make("div", { className: "judge-parts" }, ...parts.flatMap(({ elements }) => elements)));
  stop.addEventListener("click", () => judge.stop());

  return (state, before) => {
    const { explanation, run, tuning, switching, judging, engine } = state;
    const mine = parts.find(({ question }) => question === judging?.question);
    const focused = document.activeElement;
    // Buttons cannot be used meanwhile: whoever was there keeps a place to go on from.
    if (mine && focused === mine.start) {
      progress.hidden = false;
      stop.focus();
    }
    for (const { question, start, settings } of parts) {
      start.disabled = Boolean(run || tuning || switching || judging);
      // They may be changed while it is asked, which asks it anew.
      if (settings) settings.disabled = start.disabled && judging?.question !== question;
    }
    if (!mine && !progress.hidden && (focused === stop || focused === document.body)) {
      parts.find(({ question }) => question === before?.judging?.question)?.start.focus();
    }
    progress.hidden = !mine;
    if (judging && mine) {
      bar.value = judging.total > 0 ? judging.done / judging.total : 0;
      text.textContent = describeJudging(judging);
      stop.setAttribute("aria-disabled", String(judging.stopping));
    }
    if (explanation !== before?.explanation) {
      section.hidden = !explanation?.map;
      const { passes, seconds } = explanation ?? {};
      if (passes && seconds && engine.kind === "ready") {
        const explained = { passes: Math.max(1, passes.forward + passes.backward), seconds: seconds.total };
        for (const { question, cost } of parts) cost.textContent = describeEffort(question, engine.input, explained);
      }
    }
    const [judged, former] = [judgedOf(state), before && judgedOf(before)];
    if (judged !== former) for (const part of parts) part.show(judged, former, state);
  };
}
