/** Entry point of the benchmark's page, where anybody can measure their own GPU. */
import { element } from "../../src/page/elements.ts";
import { browserHost } from "../browser-host.ts";
import { reportToMarkdown } from "../report/markdown.ts";
import type { Report } from "../report/report.ts";
import { runBench, tasksOf } from "../run.ts";
import { Form } from "./form.ts";
import { save, showReport } from "./view.ts";

const run = element("run", HTMLButtonElement);
const stop = element("stop", HTMLButtonElement);
const status = element("status", HTMLSpanElement);
const progress = element("progress", HTMLProgressElement);
const problem = element("problem", HTMLParagraphElement);
const form = new Form(() => void describeChoice());
let report: Report | undefined;

/** Which choice was described last: descriptions of nets are loaded first, and meanwhile another may be made. */
let latest = 0;

/** Says how much is to be measured, or what is wrong with the choice. */
async function describeChoice(): Promise<void> {
  const mine = ++latest;
  problem.textContent = "";
  try {
    const { length } = await tasksOf(form.options, new Map());
    if (mine !== latest) return;
    status.textContent = length === 0 ? "Nothing is chosen." : `${length} ${length === 1 ? "row" : "rows"} to measure.`;
    run.disabled = length === 0;
  } catch (error) {
    if (mine !== latest) return;
    problem.textContent = (error as Error).message;
    run.disabled = true;
  }
}

function show(next: Report): void {
  report = next;
  showReport(next);
}

async function measure(): Promise<void> {
  const abort = new AbortController();
  stop.onclick = () => {
    abort.abort();
    stop.disabled = true;
    status.textContent = "Stopping after this row…";
  };
  const { options } = form;
  run.disabled = form.disabled = true;
  stop.disabled = false;
  problem.textContent = "";
  const began = performance.now();
  let place = "";
  const host = await browserHost(new URL("/", location.href), {
    ...{ signal: abort.signal, ownNets: new Map() },
    onReport(next, done, total) {
      show(next);
      progress.value = done / total;
      place = `${done} of ${total} rows, ${remaining(began, done, total)}`;
    },
    onStatus(line) {
      if (!abort.signal.aborted) status.textContent = place ? `${place}: ${line}` : line;
    },
  });
  try {
    const finished = await runBench(options, host);
    show(finished);
    status.textContent = finished.complete ? `Done in ${minutes(performance.now() - began)}.` : "Stopped.";
  } catch (error) {
    const { message, fix = "" } = error as Error & { fix?: string };
    problem.textContent = `${message} ${fix}`;
    status.textContent = "";
  } finally {
    run.disabled = form.disabled = false;
    stop.disabled = true;
  }
}

function remaining(began: number, done: number, total: number): string {
  return done === 0 ? "beginning" : `about ${minutes(((performance.now() - began) / done) * (total - done))} left`;
}

function minutes(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

/** Name of the files, by date and time. */
const fileName = ({ date }: Report) => `relabel-bench-${date.slice(0, 19).replace(/[:T]/g, "-")}`;

form.onSubmit(() => void measure());
element("save-json", HTMLButtonElement).addEventListener("click", () => {
  if (report) save(`${fileName(report)}.json`, "application/json", JSON.stringify(report, undefined, 2));
});
element("save-markdown", HTMLButtonElement).addEventListener("click", () => {
  if (report) save(`${fileName(report)}.md`, "text/markdown", reportToMarkdown(report));
});
void describeChoice();
