/** The form that runs several methods, one after the other, into the strip. */
import { MAX_SAMPLES, METHODS, type Method } from "../../faces/all.ts";
import type { Controller } from "../controller.ts";
import { element, make } from "../elements.ts";
import { count } from "../format.ts";
import type { Judge } from "../judge/judge.ts";
import { imagesOfScores } from "../judge/sentences.ts";
import { isNumber } from "../parameters.ts";
import { PageError } from "../problem.ts";
import type { State, View } from "../state.ts";
import { describeCost, passesOf, planOf, secondsOfPass, usualPasses } from "./comparison.ts";
import { type KeptHead, nextSubject } from "./kept-map.ts";
import type { KeptMaps } from "./kept-maps.ts";

const FEWEST = 2;
/** What one press compares: methods that work in different ways. */
const TRIO = ["relabel", "rise", "grad-cam"];

/** Which methods, at what cost, and how far they are. */
export function mountCompare(controller: Controller, kept: KeptMaps, judge: Judge): View {
  const form = element("compare-form", HTMLFormElement);
  const fields = element("compare-fields", HTMLFieldSetElement);
  const passes = element("compare-passes", HTMLInputElement);
  const scores = element("compare-scores", HTMLInputElement);
  const start = element("compare-start", HTMLButtonElement);
  const estimate = element("compare-estimate", HTMLSpanElement);
  const error = element("compare-error", HTMLParagraphElement);
  const status = element("compare-state", HTMLParagraphElement);
  const quick = element("compare-quick", HTMLButtonElement);
  const quickHint = element("compare-quick-hint", HTMLSpanElement);
  const boxes = METHODS.map((method) => {
    const box = make("input", { type: "checkbox", value: method.name });
    fields.append(make("label", {}, box, ` ${method.title}`));
    return { box, method };
  });
  let now: Readonly<State> | undefined;
  let heads: readonly KeptHead[] = [];
  /** Of the comparison under way, set when the user stops it. */
  let under: { stopped: boolean } | undefined;

  const chosen = () => boxes.filter(({ box }) => box.checked).map(({ method }) => method);
  /** What is wrong with the form; empty where nothing is. */
  const refusal = (): string => {
    if (!isNumber(passes.value, FEWEST, MAX_SAMPLES, true)) return `Give a whole number of passes from ${FEWEST} to ${count(MAX_SAMPLES)}.`;
    return chosen().length < 2 ? "Choose two methods or more." : "";
  };
  const tell = (wrong: string): void => {
    error.textContent = wrong;
    error.hidden = !wrong;
  };
  const weigh = (): void => {
    const engine = now?.engine;
    const known = engine?.kind === "ready" && refusal() === "";
    const all = known ? chosen().map((method) => passesOf(method, Number(passes.value), engine)) : [];
    const extra = known && scores.checked ? imagesOfScores(engine.input) : 0;
    const total = all.reduce((sum, each) => sum + each + extra, 0);
    weighQuick();
    estimate.textContent = known ? describeCost(all.length, total, secondsOfPass(heads, engine)) : "";
  };

  /** The newest maps of what is on show by the trio, and which of these methods have none. */
  const trio = () => {
    const subject = now && nextSubject(now);
    const maps = TRIO.flatMap((name) => heads.find((head) => head.method === name && head.subject === subject) ?? []);
    return { maps, missing: METHODS.filter(({ name }) => TRIO.includes(name) && !maps.some(({ method }) => method === name)) };
  };
  const weighQuick = (): void => {
    const engine = now?.engine;
    if (engine?.kind !== "ready" || under) return;
    quickHint.ariaLive = "off";
    const { missing } = trio();
    if (missing.length === 0) {
      quickHint.textContent = "All three are finished.";
      return;
    }
    const total = missing.reduce((sum, method) => sum + passesOf(method, usualPasses(engine), engine), 0);
    quickHint.textContent = `${listOf(missing.map(({ title }) => title))}${missing.length < TRIO.length ? ", too" : ""}: ${describeCost(missing.length, total, secondsOfPass(heads, engine))}`;
  };

  const relate = (): void => {
    const busy = Boolean(now?.run || under || now?.tuning || now?.switching);
    for (const control of [quick, start, fields, passes, scores]) control.disabled = busy;
  };

  /** Resolves to whether all are finished. `line`: says how far it is. */
  const run = async (methods: readonly Method[], most = Number(passes.value), line: HTMLElement = status): Promise<boolean> => {
    const comparison = { stopped: false };
    under = comparison;
    const { photo, target } = now ?? {};
    const [plans, failures] = [methods.map((method) => planOf(method, most)), [] as string[]];
    let made = 0;
    const ended = () => comparison.stopped || now?.photo !== photo || now?.target !== target;
    for (const [index, { title }] of methods.entries()) {
      if (ended()) break;
      line.textContent = `Method ${index + 1} of ${methods.length}: ${title}.`;
      if (!(await controller.explain(plans[index] ?? {}))) {
        comparison.stopped = true;
        break;
      }
      const { explanation, problem } = now ?? {};
      if (explanation?.map && !explanation.aborted && now?.photo === photo) {
        made++;
        if (scores.checked && !comparison.stopped) await judge.score();
      } else if (!ended()) failures.push(`${title}: ${explanation?.degenerate ?? problem?.message ?? "no map"}`);
    }
    under = undefined;
    relate();
    line.textContent = `${ended() ? "Stopped: " : ""}${made} of ${methods.length} maps are finished.`;
    if (failures.length) controller.report(new PageError(failures.join(" "), "The other maps are in the strip."));
    return made === methods.length;
  };
  /** All maps, also the one that is just being kept. */
  const listKept = async (): Promise<void> => {
    await kept.keeping;
    heads = await kept.list();
  };
  /** Explains by those of the trio that are missing, and shows the newest map of each side by side. */
  const runTrio = async (): Promise<void> => {
    const { photo, target, engine } = now ?? {};
    if (!photo || !target || engine?.kind !== "ready") return;
    await listKept();
    const { missing } = trio();
    // The form's own line may not be in sight.
    quickHint.ariaLive = "polite";
    if (missing.length > 0 && !(await run(missing, usualPasses(engine), quickHint))) return;
    await listKept();
    const { maps } = trio();
    const { showMaps } = await import("./maps-view.ts");
    if (now?.photo !== photo || maps.length === 0) return;
    await showMaps(await Promise.all(maps.map((head) => kept.open(head))), now.look, controller, true);
  };
  quick.addEventListener("click", () => void runTrio().catch((error) => controller.report(error)));

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const wrong = refusal();
    tell(wrong);
    if (!wrong) void run(chosen());
  });
  form.addEventListener("input", () => {
    tell("");
    weigh();
  });
  kept.listen(async () => {
    heads = await kept.list();
    weigh();
  });

  return (state, before) => {
    now = state;
    const { engine, run: running } = state;
    if (engine.kind === "ready" && before?.engine.kind !== "ready") passes.value = String(usualPasses(engine));
    const changed = (["engine", "explanation", "photo", "target", "fit", "region"] as const).some((part) => state[part] !== before?.[part]);
    if (changed) weigh();
    if (under && (running?.stopping || state.judging?.stopping)) under.stopped = true;
    const focused = document.activeElement;
    relate();
    // Whoever was there keeps a place to go on from.
    if (running && (focused === quick || form.contains(focused))) element("stop", HTMLButtonElement).focus();
  };
}

/** "RISE and Grad-CAM". */
const listOf = (names: readonly string[]) => new Intl.ListFormat("en").format(names);
