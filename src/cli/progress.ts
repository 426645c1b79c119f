/** Tells whoever waits for a command how far it is; also formats shares, passes and bytes. */
import { createLogUpdate } from "log-update";
import type { Explanation, Progress } from "../faces/all.ts";
import { forLine } from "./escape.ts";
import { notify } from "./print.ts";

const NAMES: Record<Progress["stage"], string> = {
  restarting: "starting again",
  classify: "classifying",
  encode: "encoding",
  adapt: "adapting",
  segment: "segmenting",
  sample: "sampling",
  distil: "distilling",
  backward: "going backwards",
  optimise: "optimising",
};

/** Widest stage name, so that the bars of one method stand under each other. */
const WIDTH = Math.max(...Object.values(NAMES).map((name) => name.length));
const BAR = 30;

/** What a line shows in addition to its stage and bar. */
interface Texts {
  /** How much is done of how much, where that is not plain numbers. */
  count?: string;
  /** Seconds left, where it is known better than from the steps done. */
  left?: number;
  note?: string;
}

interface Step {
  readonly time: number;
  readonly done: number;
}

/** Speeds and times left are those of the last moments: their number, and the milliseconds from one to the next. */
const MOMENTS = 50;
const MOMENT = 100;
/** Milliseconds between two lines where lines cannot be redrawn. */
const PLAIN_PAUSE = 5000;

/** Whether a line can be drawn over: not in a pipe or a log, nor where the user wants plain text (no-color.org). */
function redraws(): boolean {
  const { CI, NO_COLOR, TERM } = process.env;
  return process.stderr.isTTY === true && !CI && !NO_COLOR && TERM !== "dumb";
}

/** Progress bar with the time left, on stderr; one bar a stage. Where lines cannot be redrawn it prints one every few seconds instead. */
export class ProgressBar {
  #stage: string | undefined;
  #line = "";
  #drawn: string | undefined;
  #drawnAt = 0;
  #later: NodeJS.Timeout | undefined;
  #moments: Step[] = [];
  readonly #update = redraws() ? createLogUpdate(process.stderr) : undefined;

  /** Shows that `done` of `total` steps of `stage` are done, and `note` behind them. */
  show(stage: string, done: number, total: number, texts: Texts = {}): void {
    if (this.#stage !== stage) this.stop();
    const begins = this.#stage === undefined;
    this.#stage = stage;
    const speed = this.#speed(done);
    this.#line = describe(stage, done, total, { left: (total - done) / speed, ...texts });
    const wait = this.#drawnAt + (this.#update ? MOMENT : PLAIN_PAUSE) - performance.now();
    if (begins || wait <= 0) this.#draw();
    else this.#later ??= setTimeout(() => this.#draw(), wait).unref();
  }

  /** `method`: its title, where there are several. */
  showExplanation({ stage, done, total, shiftedShare }: Progress, method?: string): void {
    this.show(method === undefined ? NAMES[stage] : `${method}: ${NAMES[stage].padEnd(WIDTH)}`, done, total, {
      note: shiftedShare === undefined ? "" : ` | ${percent(shiftedShare)} shifted`,
    });
  }

  /** Shows how many of a file's bytes have arrived, and how fast they come. */
  showDownload(file: string, done: number, total: number): void {
    const speed = this.#stage === file ? this.#speed(done) : 0;
    this.show(file, done, total, {
      count: `${(done / 1e6).toFixed(1)}/${megabytes(total)}`,
      note: speed > 0 ? ` | ${(speed / 1e6).toFixed(1)} MB/s` : "",
    });
  }

  /** Leaves the bar as it stands and goes to a new line. */
  stop(): void {
    if (this.#stage === undefined) return;
    if (this.#line !== this.#drawn) this.#draw();
    clearTimeout(this.#later);
    this.#later = undefined;
    this.#update?.done();
    this.#stage = undefined;
    this.#moments = [];
  }

  #draw(): void {
    clearTimeout(this.#later);
    this.#later = undefined;
    if (this.#update) this.#update(this.#line);
    else notify(this.#line);
    this.#drawn = this.#line;
    this.#drawnAt = performance.now();
  }

  /** Steps a second in the last moments; 0 where that is not known. */
  #speed(done: number): number {
    const now = { time: performance.now(), done };
    const last = this.#moments.at(-1);
    if (!last || done < last.done) this.#moments = [now];
    else if (now.time - last.time >= MOMENT) this.#moments = [...this.#moments.slice(-MOMENTS), now];
    const [first] = this.#moments as [Step];
    return now.time > first.time ? ((done - first.done) / (now.time - first.time)) * 1000 : 0;
  }
}

function describe(stage: string, done: number, total: number, { count, left = Number.NaN, note }: Texts): string {
  const share = total > 0 ? Math.min(done / total, 1) : 1;
  const full = Math.round(share * BAR);
  const bar = "=".repeat(full) + "-".repeat(BAR - full);
  const time = done >= total ? "0s" : done > 0 && Number.isFinite(left) ? duration(Math.ceil(left)) : "?";
  return forLine(
    `${stage.padEnd(WIDTH)} [${bar}] ${Math.floor(share * 100)} % | ${count ?? `${done}/${total}`} | ETA ${time}${note ?? ""}`,
  );
}

/** Seconds as "5s", "2m5s" or "1h2m". */
function duration(seconds: number): string {
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes}m${seconds % 60}s` : `${Math.floor(minutes / 60)}h${minutes % 60}m`;
}

/** A share in [0, 1] as "12.3 %". */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** "1,000 forward, 20 backward". */
export function describePasses({ forward, backward }: Explanation["passes"]): string {
  return `${forward.toLocaleString("en")} forward${backward > 0 ? `, ${backward.toLocaleString("en")} backward` : ""}`;
}

/** Bytes as "12.3 MB", of millions of bytes as download pages count them. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
