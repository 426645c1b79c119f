/** Entry point of the benchmark's page, where anybody can measure their own GPU. */
import { element } from "../../src/page/elements.ts";
import { describeProblem } from "../../src/page/problem.ts";
import { save } from "../../src/page/save-file.ts";
import { trustOwnScripts } from "../../src/page/trusted-types.ts";
import type { OwnNet } from "../own-nets.ts";
import { reportToMarkdown } from "../report/markdown.ts";
import type { Report } from "../report/report.ts";
import { pictureOf } from "./charts/picture.ts";
import { Form } from "./form.ts";
import { mountIntake } from "./intake.ts";
import { Runner } from "./runner.ts";
import { RunsPanel } from "./runs/panel.ts";
import { ReportView } from "./view.ts";

trustOwnScripts();
const ownNets = new Map<string, OwnNet>();
let shown: Report | undefined;
const view = new ReportView();
const form = new Form(() => void runner.describe());
const runs = new RunsPanel({ onOpen: (opened) => open(opened, "A kept run"), onProblem: report });
const runner = new Runner(form, ownNets, {
  onReport(growing) {
    // Whoever opens another run meanwhile goes on reading it.
    if (growing.rows.length === 0 || shown?.date === growing.date) show(growing, "This run");
  },
  onEnd(ended, preset) {
    if (ended.rows.length > 0) runs.keep(ended, preset);
  },
});

function show(next: Report, title: string): void {
  shown = next;
  view.show(next, title);
}

function open(next: Report, title: string): void {
  show(next, title);
  element("report", HTMLElement).scrollIntoView();
}

function report(error: unknown): void {
  const { message, fix } = describeProblem(error);
  runner.complain(`${message} ${fix}`);
}

/** Name of the files, by date and time. */
const fileName = ({ date }: Report) => `relabel-bench-${date.slice(0, 19).replace(/[:T]/g, "-")}`;

/** Has a button save what it makes of the report at hand. */
function saves(button: string, end: string, type: string, content: (report: Report) => string | Promise<Blob>): void {
  element(button, HTMLButtonElement).addEventListener("click", async () => {
    try {
      if (shown) save(new Blob([await content(shown)], { type }), `${fileName(shown)}.${end}`);
    } catch (error) {
      report(error);
    }
  });
}

saves("save-json", "json", "application/json", (whole) => JSON.stringify(whole, undefined, 2));
saves("save-markdown", "md", "text/markdown", reportToMarkdown);
saves("save-picture", "png", "image/png", (whole) => pictureOf(whole, view.charts, view.remark));
mountIntake({
  onReport(read, file) {
    runs.add(read, file);
    open(read, file);
  },
  onNet(name, net) {
    ownNets.set(name, net);
    form.addNet(name);
  },
  onProblem: report,
});

async function start(): Promise<void> {
  await runner.describe();
  if (form.missing.length > 0)
    runner.complain(`The address names ${form.missing.join(" and ")}, which this page has not seen. Drop the file.`);
}

// With await at the top level here, the bundler would split all pages into many more files.
start().catch(report);
