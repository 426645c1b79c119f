import type { Explanation } from "../index.ts";
import type { Controller } from "./controller.ts";
import { saveMap, saveOverlay } from "./download.ts";
import { element, make } from "./elements.ts";
import { duration, percent, shortLabel } from "./format.ts";
import type { View } from "./state.ts";

const STAGES = [
  ["encode", "Encode the photo"],
  ["synthesize", "Synthesise"],
  ["teacher", "Teacher"],
  ["distil", "Distil"],
  ["total", "In total"],
] as const;

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
    const { total } = explanation.seconds;
    const rows = STAGES.map(([key, title]) => {
      const value = explanation.seconds[key];
      const bar = make("td");
      bar.classList.toggle("meter", key !== "total");
      bar.style.setProperty("--share", String(total > 0 ? value / total : 0));
      return make("tr", {}, make("th", { scope: "row" }, title), make("td", {}, duration(value)), bar);
    });
    seconds.tBodies[0]?.replaceChildren(...rows);
  };
}

function summarise({ degenerate, aborted, samples, target }: Explanation): string {
  if (degenerate) return `No map was drawn. ${degenerate} Choose another class, or another synthesis in the options.`;
  const name = shortLabel(target.label);
  return aborted
    ? `Stopped: this map of “${name}” was learned from the first ${samples} samples.`
    : `This map of “${name}” was learned from ${samples} samples.`;
}

function listFacts(explanation: Explanation): [string, string][] {
  const { shiftedShare, studentAgreement, target, synthesis, settings, seed, reconstruction } = explanation;
  const rebuilt: [string, string][] = reconstruction ? [["Probability when rebuilt by the VAE", percent(reconstruction.probability)]] : [];
  return [
    ["Probability of the class", percent(target.probability)],
    ...rebuilt,
    ["Samples that lost the label", percent(shiftedShare)],
    ["Student agrees with classifier", studentAgreement === undefined ? "–" : percent(studentAgreement)],
    ["Synthesis", `${synthesis}, ${settings.student} student`],
    ["Seed", String(seed)],
  ];
}
