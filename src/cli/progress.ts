import cliProgress, { type Options, type Params, type SingleBar } from "cli-progress";
import type { Explanation, Progress } from "../faces/all.ts";
import { forLine } from "./escape.ts";

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

interface Texts {
  stage: string;
  /** How much is done of how much, where that is not plain numbers. */
  count?: string;
  /** Seconds left, where the bar cannot tell. */
  left?: number;
  note?: string;
}

function format(options: Options, { progress, value, total, eta }: Params, { stage, count, left, note }: Texts): string {
  const bar = cliProgress.Format.BarFormat(progress, options);
  const seconds = value >= total ? 0 : value > 0 ? (left ?? Number(eta)) : Number.NaN;
  const time = Number.isFinite(seconds) ? cliProgress.Format.TimeFormat(Math.ceil(seconds), options, 1) : "?";
  const line = `${stage.padEnd(WIDTH)} [${bar}] ${Math.floor(progress * 100)} % | ${count ?? `${value}/${total}`} | ETA ${time}${note ?? ""}`;
  return forLine(line);
}

/** A download's speed is that of its last moments: so many of them, so many milliseconds apart. */
const MOMENTS = 50;
const MOMENT = 100;

/** Progress bar with the time left, on stderr; one bar a stage. Without a terminal it prints a line every few seconds instead. */
export class ProgressBar {
  #bar: SingleBar | undefined;
  #stage: string | undefined;
  #moments: { time: number; done: number }[] = [];

  /** Shows that `done` of `total` steps of `stage` are done, and `note` behind them. */
  show(stage: string, done: number, total: number, texts: Omit<Texts, "stage"> = {}): void {
    if (this.#stage !== stage) {
      this.stop();
      this.#stage = stage;
      this.#bar = new cliProgress.SingleBar(
        {
          format,
          stream: process.stderr,
          barsize: 30,
          etaBuffer: 20,
          hideCursor: true,
          noTTYOutput: true,
          notTTYSchedule: 5000,
          gracefulExit: false,
        },
        cliProgress.Presets.legacy,
      );
      this.#bar.start(total, done, { stage, ...texts });
    }
    this.#bar?.setTotal(total);
    this.#bar?.update(done, { stage, ...texts });
  }

  /** `method`: its title, where there are several. */
  showExplanation({ stage, done, total, shiftedShare }: Progress, method?: string): void {
    this.show(method === undefined ? NAMES[stage] : `${method}: ${NAMES[stage].padEnd(WIDTH)}`, done, total, {
      note: shiftedShare === undefined ? "" : ` | ${percent(shiftedShare)} shifted`,
    });
  }

  /** Shows how many of a file's bytes have arrived, and how fast they come. */
  showDownload(file: string, done: number, total: number): void {
    const now = { time: performance.now(), done };
    const last = this.#moments.at(-1);
    if (this.#stage !== file || (last && done < last.done)) this.#moments = [now];
    else if (last && now.time - last.time >= MOMENT) this.#moments = [...this.#moments.slice(-MOMENTS), now];
    const [first = now] = this.#moments;
    const speed = now.time > first.time ? ((done - first.done) / (now.time - first.time)) * 1000 : 0;
    this.show(file, done, total, {
      count: `${(done / 1e6).toFixed(1)}/${megabytes(total)}`,
      left: (total - done) / speed,
      note: speed > 0 ? ` | ${(speed / 1e6).toFixed(1)} MB/s` : "",
    });
  }

  /** Leaves the bar as it stands and goes to a new line. */
  stop(): void {
    this.#bar?.stop();
    this.#bar = undefined;
    this.#stage = undefined;
  }
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
