/** Shows the curves of a map, to go along and to save as files. */
import { csvFormatRows } from "d3-dsv";
import type { Outputs } from "../../faces/all.ts";
import { make } from "../elements.ts";
import { stem } from "../exports/save-files.ts";
import { shortLabel } from "../format.ts";
import { save } from "../save-file.ts";
import { svgOf } from "./chart.ts";
import { curvesOf } from "./curves.ts";
import type { Judged, Scores } from "./judged.ts";
import { makeScrubber } from "./scrubber.ts";

/** `photo`: its name. */
export function makeCurves({ explanation, scores }: Judged & { scores: Scores }, photo: string, outputs: Outputs): HTMLElement {
  const label = shortLabel(explanation.target.label);
  const { element: scrubber, charts } = makeScrubber(scores, label, outputs);
  const offer = (ending: string, type: string, content: () => string) => {
    const button = make("button", { type: "button", id: `save-curves-${ending}` }, `Save curves (${ending.toUpperCase()})`);
    const file = `${stem(photo, explanation.method)}.curves.${ending}`;
    button.addEventListener("click", () => save(new Blob([content()], { type }), file));
    return button;
  };
  const caption = `${label}, ${explanation.teacher}, ${photo}`;
  const files = [offer("csv", "text/csv", () => csvOf(scores)), offer("svg", "image/svg+xml", () => svgOf(charts, caption))];
  return make("div", {}, scrubber, make("div", { className: "actions" }, ...files));
}

/** All curves as CSV (RFC 4180), a line a step. */
export function csvOf(scores: Scores): string {
  const [deletion, insertion] = [curvesOf(scores, "deletion"), curvesOf(scores, "insertion")];
  const head = ["pixels", "share", "deletion", "insertion", "deletion of random grid", "insertion of random grid"];
  const columns = [deletion.replaced, deletion.shares, deletion.map, insertion.map, deletion.random, insertion.random];
  const rows = deletion.replaced.map((_, step) => columns.map((column) => String(column[step])));
  return `${csvFormatRows([head, ...rows])}\n`;
}
