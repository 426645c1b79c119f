/** Entry point of the benchmark's page, where anybody can measure their own GPU. */
import { element } from "../../src/page/elements.ts";
import type { OwnNet } from "../own-nets.ts";
import { reportToMarkdown } from "../report/markdown.ts";
import type { Report } from "../report/report.ts";
import { Form } from "./form.ts";
import { Runner } from "./runner.ts";
import { ReportView, save } from "./view.ts";

const ownNets = new Map<string, OwnNet>();
const form = new Form(() => void runner.describe());
const runner = new Runner(form, ownNets, { onReport: show, onEnd: show });
const view = new ReportView();
let report: Report | undefined;

function show(next: Report): void {
  report = next;
  view.show(next);
}

/** Name of the files, by date and time. */
const fileName = ({ date }: Report) => `relabel-bench-${date.slice(0, 19).replace(/[:T]/g, "-")}`;

element("save-json", HTMLButtonElement).addEventListener("click", () => {
  if (report) save(`${fileName(report)}.json`, "application/json", JSON.stringify(report, undefined, 2));
});
element("save-markdown", HTMLButtonElement).addEventListener("click", () => {
  if (report) save(`${fileName(report)}.md`, "text/markdown", reportToMarkdown(report));
});
void runner.describe();
