/** The part of the page that reports on a finished explanation and saves its files. */
import { DEFAULT_METHOD, type Explanation, findMethod, type Outputs } from "../faces/all.ts";
import type { Controller } from "./controller.ts";
import { element, make } from "./elements.ts";
import { type Exported, savePicture, saveReport, saveValues } from "./exports/save-files.ts";
import { count, degree, duration, inWords, percent, shortLabel } from "./format.ts";
import type { Look } from "./stage/look.ts";
import { outputsInUse, type State, type View } from "./state.ts";
import { withoutProfile } from "./strip/kept-map.ts";

/** Titles of the stages that methods have. */
const STAGES: Record<string, string> = {
  encode: "Encode the photo",
  segment: "Find segments",
  synthesize: "Synthesise",
  perturb: "Perturb",
  teacher: "Teacher",
  gather: "Gather",
  distil: "Distil",
  total: "In total",
};

/** What is told of an explanation, with or without its map. */
type Explained = Omit<Explanation, "map" | "input">;

/** What an explanation found, its times and its files. */
export function mountResult(controller: Controller): View {
  const section = element("result", HTMLElement);
  const summary = element("result-summary", HTMLParagraphElement);
  const facts = element("facts", HTMLDListElement);
  const caption = element("seconds-caption", HTMLElement);
  const seconds = element("seconds", HTMLTableElement);
  const downloads = element("downloads", HTMLDivElement);
  let shown: Exported | undefined;
  let look: Look;

  const offer = (id: string, save: (exported: Exported, look: Look) => void | Promise<void>) =>
    element(id, HTMLButtonElement).addEventListener("click", async () => {
      try {
        if (shown) await save(shown, look);
      } catch (error) {
        controller.report(error);
      }
    });
  offer("save-overlay", savePicture);
  offer("save-map", saveValues);
  offer("save-report", saveReport);

  return (state, before) => {
    const { explanation, engine } = state;
    look = state.look;
    if (explanation === before?.explanation) return;
    section.hidden = !explanation;
    shown = exportedOf(state);
    if (!explanation) return;
    summary.textContent = summarise(explanation);
    downloads.hidden = !explanation.map;
    const lines = listFacts(explanation, outputsInUse(state));
    facts.replaceChildren(...lines.flatMap(([term, value]) => [make("dt", {}, term), make("dd", {}, value)]));
    const software = engine.kind === "ready" && engine.adapter.software;
    caption.textContent = software ? "Time per stage, on a software adapter: says nothing about a GPU" : "Time per stage";
    const { total, ...stages } = explanation.seconds;
    const rows = Object.entries({ ...stages, total }).map(([key, value]) => {
      const bar = make("td");
      bar.classList.toggle("meter", key !== "total");
      bar.style.setProperty("--share", String(total > 0 ? value / total : 0));
      return make("tr", {}, make("th", { scope: "row" }, STAGES[key] ?? inWords(key)), make("td", {}, duration(value)), bar);
    });
    seconds.tBodies[0]?.replaceChildren(...rows);
  };
}

/** What files of the map on show are made of; undefined where there is none. */
export function exportedOf({ explanation, photo, engine }: Readonly<State>): Exported | undefined {
  const mapped = explanation && withoutProfile(explanation);
  if (!mapped || !photo || engine.kind !== "ready") return undefined;
  return { explanation: mapped, photo, outputs: engine.outputs, adapter: engine.adapter };
}

/** One sentence or two: how the map was made, and what it is worth. */
export function summarise({ degenerate, aborted, samples, target, method, passes, quality }: Explained): string {
  const relabels = method === DEFAULT_METHOD;
  if (degenerate) return `No map was drawn. ${degenerate.replace(/`/g, "")}`;
  const name = shortLabel(target.label);
  const made = relabels ? "learned" : `made by ${findMethod(method).title}`;
  if (aborted) return `Stopped: this map of “${name}” was ${made} from the first ${samples} samples.`;
  const worth = quality ? ` It is ${quality.sign}: ${quality.reason}.` : "";
  return `This map of “${name}” was ${made} ${relabels ? `from ${samples} samples` : `in ${describePasses(passes)}`}.${worth}`;
}

/** "1 forward and 1 backward pass". */
function describePasses({ forward, backward }: Explanation["passes"]): string {
  const both = backward > 0 ? `${count(forward)} forward and ${count(backward)} backward` : `${count(forward)} forward`;
  return `${both} ${(backward || forward) === 1 ? "pass" : "passes"}`;
}

/** What an explanation found: names and values. */
export function listFacts(explanation: Explained, outputs: Outputs): [string, string][] {
  const { target, method, samples, passes, settings, seed } = explanation;
  const { title, parameters } = findMethod(method);
  const given = Object.keys(parameters).map((name): [string, string] => [inWords(name), String(settings[name] || "by default")]);
  return [
    ["Method", title],
    [`${nameOf(outputs)} of the class`, degree(target.probability, outputs)],
    ...(method === DEFAULT_METHOD
      ? listFindings(explanation, outputs)
      : [...(samples > 0 ? [["Samples", count(samples)] as [string, string]] : []), ...given]),
    ["Through the classifier", describePasses(passes)],
    ["Seed", String(seed)],
  ];
}

const nameOf = (outputs: Outputs) => (outputs === "logits" ? "Score" : "Probability");

/** What re-label distillation found out. */
function listFindings(explanation: Explained, outputs: Outputs): [string, string][] {
  const { shiftedShare = 0, studentAgreement, deviation = 0, reliability, synthesis, settings, reconstruction } = explanation;
  const rebuilt: [string, string][] = reconstruction
    ? [[`${nameOf(outputs)} when rebuilt by the VAE`, degree(reconstruction.probability, outputs)]]
    : [];
  return [
    ...rebuilt,
    ["Samples that lost the label", percent(shiftedShare)],
    ["Probability over the samples", `deviation ${deviation.toFixed(3)}`],
    ["Another run would agree", reliability === undefined ? "–" : `by at least ${reliability.toFixed(2)}`],
    ["Student agrees with classifier", studentAgreement === undefined ? "–" : percent(studentAgreement)],
    ["Synthesis", `${synthesis}, ${settings.student} student`],
  ];
}
