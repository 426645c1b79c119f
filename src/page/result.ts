import { type Explanation, findMethod } from "../index.ts";
import type { Controller } from "./controller.ts";
import { saveMap, saveOverlay } from "./download.ts";
import { element, make } from "./elements.ts";
import { count, duration, percent, shortLabel } from "./format.ts";
import type { View } from "./state.ts";

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

/** What an explanation found, its times and its files. */
export function mountResult(controller: Controller): View {
  const section = element("result", HTMLElement);
  const summary = element("result-summary", HTMLParagraphElement);
  const facts = element("facts", HTMLDListElement);
  const caption = element("seconds-caption", HTMLElement);
  const seconds = element("seconds", HTMLTableElement);
  const downloads = element("downloads", HTMLDivElement);
  let shown: { explanation: Explanation; name: string } | undefined;

  const offer = (id: string, save: (explanation: Explanation, name: string) => void | Promise<void>) =>
    element(id, HTMLButtonElement).addEventListener("click", async () => {
      try {
        if (shown) await save(shown.explanation, shown.name);
      } catch (error) {
        controller.report(error);
      }
    });
  offer("save-overlay", saveOverlay);
  offer("save-map", saveMap);

  return ({ explanation, photo, engine }, before) => {
    if (explanation === before?.explanation) return;
    section.hidden = !explanation;
    shown = explanation && photo && { explanation, name: photo.name };
    if (!explanation) return;
    summary.textContent = summarise(explanation);
    downloads.hidden = !explanation.map;
    facts.replaceChildren(...listFacts(explanation).flatMap(([term, value]) => [make("dt", {}, term), make("dd", {}, value)]));
    const software = engine.kind === "ready" && engine.adapter.software;
    caption.textContent = software ? "Time per stage, on a software adapter: says nothing about a GPU" : "Time per stage";
    const { total, ...stages } = explanation.seconds;
    const rows = Object.entries({ ...stages, total }).map(([key, value]) => {
      const bar = make("td");
      bar.classList.toggle("meter", key !== "total");
      bar.style.setProperty("--share", String(total > 0 ? value / total : 0));
      return make("tr", {}, make("th", { scope: "row" }, STAGES[key] ?? key), make("td", {}, duration(value)), bar);
    });
    seconds.tBodies[0]?.replaceChildren(...rows);
  };
}

function summarise({ degenerate, aborted, samples, target, method, synthesis }: Explanation): string {
  const relabels = synthesis !== undefined;
  if (degenerate) return `No map was drawn. ${degenerate}${relabels ? " Choose another class, or another synthesis in the options." : ""}`;
  const map = `${aborted ? "Stopped: this" : "This"} map of “${shortLabel(target.label)}” was ${relabels ? "learned" : `made by ${findMethod(method).title}`}`;
  return samples > 0 ? `${map} from ${aborted ? "the first " : ""}${samples} samples.` : `${map}.`;
}

function listFacts(explanation: Explanation): [string, string][] {
  const { shiftedShare, studentAgreement, target, method, passes, synthesis, settings, seed, reconstruction } = explanation;
  const own: [string, string][] =
    shiftedShare === undefined
      ? Object.keys(findMethod(method).parameters).map((name) => [capitalise(name), String(settings[name] || "–")])
      : [
          ...(reconstruction ? ([["Probability when rebuilt by the VAE", percent(reconstruction.probability)]] as [string, string][]) : []),
          ["Samples that lost the label", percent(shiftedShare)],
          ["Student agrees with classifier", studentAgreement === undefined ? "–" : percent(studentAgreement)],
          ["Synthesis", `${synthesis}, ${settings.student} student`],
        ];
  return [
    ["Method", findMethod(method).title],
    ["Probability of the class", percent(target.probability)],
    ...own,
    [
      "Images through the classifier",
      passes.backward > 0 ? `${count(passes.forward)}, and ${count(passes.backward)} back` : count(passes.forward),
    ],
    ["Seed", String(seed)],
  ];
}

function capitalise(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
