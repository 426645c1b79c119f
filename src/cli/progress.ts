import cliProgress, { type Options, type Params, type SingleBar } from "cli-progress";
import type { Progress } from "../index.ts";

const NAMES: Record<Progress["stage"], string> = {
  classify: "classifying",
  encode: "encoding",
  adapt: "adapting",
  sample: "sampling",
  distil: "distilling",
};

/** Widest stage name, so that the bars stand under each other. */
const WIDTH = Math.max(...Object.values(NAMES).map((name) => name.length));

function format(options: Options, { progress, value, total, eta }: Params, { stage, note }: { stage: string; note: string }): string {
  const bar = cliProgress.Format.BarFormat(progress, options);
  const left =
    value >= total ? "0s" : value > 0 && Number.isFinite(Number(eta)) ? cliProgress.Format.TimeFormat(Number(eta), options, 1) : "?";
  return `${stage.padEnd(WIDTH)} [${bar}] ${Math.floor(progress * 100)} % | ${value}/${total} | ETA ${left}${note}`;
}

/** Progress bar with the time left, on stderr; one bar a stage. Without a terminal it prints a line every few seconds instead. */
export class ProgressBar {
  #bar: SingleBar | undefined;
  #stage: string | undefined;

  /** Shows that `done` of `total` steps of `stage` are done, and `note` behind them. */
  show(stage: string, done: number, total: number, note = ""): void {
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
      this.#bar.start(total, done, { stage, note });
    }
    this.#bar?.setTotal(total);
    this.#bar?.update(done, { stage, note });
  }

  showExplanation({ stage, done, total, shiftedShare }: Progress): void {
    this.show(NAMES[stage], done, total, shiftedShare === undefined ? "" : ` | ${percent(shiftedShare)} shifted`);
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
