/** The part of the benchmark's page that says how long a choice takes, and measures it. */
import { element } from "../../src/page/elements.ts";
import { browserHost } from "../browser-host.ts";
import { type Estimate, estimateRun } from "../estimate.ts";
import type { OwnNet } from "../own-nets.ts";
import { roughly } from "../report/format.ts";
import type { Report } from "../report/report.ts";
import { runBench, tasksOf } from "../run.ts";
import type { Form } from "./form.ts";
import { type Recalled, recallSpeed, rememberSpeed } from "./speeds.ts";

/** Files that a build renames, by their paths. */
const BUILT = Object.fromEntries(
  Object.entries(
    import.meta.glob<string>(["/weights/*.safetensors", "/examples/cat.jpg"], { query: "?url", import: "default", eager: true }),
  ).map(([path, url]) => [path.slice(1), url]),
);

/** Shorter runs say little about how well an estimate was. */
const TELLING_SECONDS = 10;

/** Who hears of a run. */
export interface Watcher {
  /** The report so far, after every row. */
  onReport(report: Report): void;
  /** The whole report, or what there is of a run that was stopped. */
  onEnd(report: Report, preset: string): void;
}

/** Measures what the form asks for, one run at a time. */
export class Runner {
  readonly #form: Form;
  readonly #ownNets: ReadonlyMap<string, OwnNet>;
  readonly #watcher: Watcher;
  readonly #run = element("run", HTMLButtonElement);
  readonly #stop = element("stop", HTMLButtonElement);
  readonly #status = element("status", HTMLSpanElement);
  readonly #estimate = element("estimate", HTMLParagraphElement);
  readonly #progress = element("progress", HTMLProgressElement);
  readonly #problem = element("problem", HTMLParagraphElement);
  /** Counts descriptions: nets are loaded for one, and meanwhile another may be asked for. */
  #latest = 0;
  #running = false;

  constructor(form: Form, ownNets: ReadonlyMap<string, OwnNet>, watcher: Watcher) {
    this.#form = form;
    this.#ownNets = ownNets;
    this.#watcher = watcher;
    form.onSubmit(() => void this.#measure());
  }

  /** Says how much is to be measured and for how long, or what is wrong with the choice. */
  async describe(): Promise<void> {
    // The line says how far the run is.
    if (this.#running) return;
    const mine = ++this.#latest;
    this.#problem.textContent = "";
    try {
      const { length, estimate } = await this.#foresee();
      if (mine !== this.#latest) return;
      this.#run.disabled = length === 0;
      this.#status.textContent = length === 0 ? "Nothing is chosen." : `${length} ${length === 1 ? "row" : "rows"} to measure.`;
      this.#estimate.textContent = estimate;
    } catch (error) {
      if (mine !== this.#latest) return;
      this.#problem.textContent = (error as Error).message;
      this.#run.disabled = true;
    }
  }

  /** Shows what went wrong, and what to do, until the choice changes. */
  complain(words: string): void {
    this.#problem.textContent = words;
    this.#problem.scrollIntoView({ block: "nearest" });
  }

  /** Number of rows, and the time that they are expected to take, in words. */
  async #foresee(): Promise<{ length: number; estimate: string }> {
    const { options } = this.#form;
    const [tasks, known] = await Promise.all([tasksOf(options, this.#ownNets), recallSpeed(navigator.gpu, options)]);
    const estimate = tasks.length > 0 && known ? describeEstimate(estimateRun(tasks, options, known.speed), known) : "";
    return { length: tasks.length, estimate };
  }

  async #measure(): Promise<void> {
    const { options, preset } = this.#form;
    const abort = new AbortController();
    this.#stop.onclick = () => {
      abort.abort();
      this.#stop.disabled = true;
      this.#status.textContent = "Stopping after this row…";
    };
    this.#running = this.#run.disabled = this.#form.disabled = true;
    this.#stop.disabled = false;
    this.#problem.textContent = "";
    let hidden = document.hidden;
    const onHide = () => {
      hidden ||= document.hidden;
    };
    const onLeave = (event: Event) => event.preventDefault();
    document.addEventListener("visibilitychange", onHide);
    // The browser asks whether what was measured may be lost.
    window.addEventListener("beforeunload", onLeave);
    const began = performance.now();
    const seconds = () => (performance.now() - began) / 1000;
    let place = "";
    const given: Parameters<typeof browserHost>[1] = {
      ...{ signal: abort.signal, ownNets: this.#ownNets },
      // What this changes is painted while the next row's data are made, before its clocks run.
      onReport: (report, done, total) => {
        this.#watcher.onReport(report);
        this.#progress.value = done / total;
        const left = done === 0 ? "beginning" : `about ${roughly((seconds() / done) * (total - done))} left`;
        place = `${done} of ${total} rows, ${left}`;
      },
      onStatus: (line) => {
        if (!abort.signal.aborted) this.#status.textContent = place ? `${place}: ${line}` : line;
      },
    };
    const host = await browserHost(new URL("../", location.href), given, BUILT);
    try {
      const report = await runBench(options, host);
      if (report.complete) await this.#learn(report, seconds());
      this.#watcher.onEnd(report, preset?.title ?? "Own choice");
      const doubt = hidden ? " The tab was hidden meanwhile, which slows browsers down: measure again before you compare." : "";
      this.#status.textContent = `${report.complete ? `Done in ${roughly(seconds())}.` : "Stopped."}${doubt}`;
    } catch (error) {
      const { message, fix = "" } = error as Error & { fix?: string };
      this.#problem.textContent = `${message} ${fix}`;
      this.#status.textContent = "";
    } finally {
      document.removeEventListener("visibilitychange", onHide);
      window.removeEventListener("beforeunload", onLeave);
      this.#running = this.#form.disabled = false;
      this.#stop.disabled = true;
      const { length, estimate } = await this.#foresee();
      this.#run.disabled = length === 0;
      this.#estimate.textContent = estimate;
    }
  }

  /** Remembers how fast the adapter is, and how far off the estimate would have been. */
  async #learn(report: Report, seconds: number): Promise<void> {
    const { adapter, ceilings, options } = report;
    const speed = { ceilings, software: adapter.software, pace: 1 };
    const expected = estimateRun(await tasksOf(options, this.#ownNets), options, speed).seconds;
    await rememberSpeed(report, seconds < TELLING_SECONDS ? undefined : seconds / expected);
  }
}

function describeEstimate({ seconds, skipped }: Estimate, { measured, name }: Recalled): string {
  const ground = measured ? `by what ${name} did before` : `a rough guess: ${name} was never measured in this browser`;
  const left = skipped === 0 ? "" : ` ${skipped} of these rows would take too long, and will be skipped.`;
  return `It takes about ${roughly(seconds)}, ${ground}.${left}`;
}
