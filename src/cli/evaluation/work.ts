/** Works through the photos of a run, files what it finds, and shows the time left. */
import type { EngineError } from "../../faces/all.ts";
import { describeAdapter, eachPhoto } from "../command.ts";
import { CommandError, describeError } from "../errors.ts";
import type { EvaluateCommandOptions } from "../flags.ts";
import type { LocatedClassifier } from "../locate-classifier.ts";
import { notify } from "../print.ts";
import { ProgressBar } from "../progress.ts";
import { readPhoto } from "../read-photo.ts";
import { reportError } from "../report-error.ts";
import { judge } from "./judge.ts";
import type { RunPhoto } from "./photos.ts";
import type { ResultStore } from "./results.ts";
import { type Request, stateOf, weightsPaths, YARDSTICKS } from "./run.ts";

/** Errors that need not recur with the next photo. */
const PASSING = ["DEVICE_LOST", "NOT_FINITE", "NO_METHOD"];
/** The run ends after this many such photos in a row. */
const PATIENCE = 3;

export interface Work {
  readonly photos: readonly RunPhoto[];
  readonly store: ResultStore;
  readonly request: Request;
  readonly located: LocatedClassifier;
  /** What `stateOf` said of the weights before they were hashed. */
  readonly weightsState: string;
  readonly options: EvaluateCommandOptions;
  readonly signal: AbortSignal;
}

/**
 * Evaluates photos one by one and files what is found. A photo that cannot be read, changes meanwhile or meets a lost device is reported, and
 * the next one is tried. Throws what ends the run.
 */
export async function evaluatePhotos({ photos, store, request, located, weightsState, options, signal }: Work): Promise<void> {
  const progress = new PhotoProgress(photos.length);
  let [introduced, failures] = [false, 0];
  try {
    await eachPhoto(
      photos,
      { ...options, located },
      signal,
      async (runtime, listed, photo) => {
        const { path, name } = listed;
        if (!introduced) notify(describeAdapter(runtime.adapter));
        introduced = true;
        const missing = store.missing(name);
        const methods = request.methods.filter((method) => missing.includes(method.name));
        const onProgress = (share: number, what: string) => progress.show(share, `${name}, ${what}`);
        // It could be read when the run began; where that has changed, nothing is filed.
        const other = listed.other && (await readPhoto(listed.other.path).catch(() => undefined));
        const { target = request.target, inside } = listed.planted ?? {};
        const settings = { ...request, target: store.target(name) ?? target, other, inside, signal, onProgress };
        const results = await judge(runtime, photo, methods, missing.includes(YARDSTICKS), settings).catch((error) => {
          if (signal.aborted || !PASSING.includes(error.code) || ++failures === PATIENCE) throw error;
          const { message, fix } = error as EngineError;
          reportError(new CommandError(`${path}: ${message.replace(/\.$/, "")}`, `${fix} The same command tries this photo again.`));
        });
        progress.advance();
        if (!results) return;
        failures = 0;
        for (const { failed, explained } of results) {
          if (failed)
            reportError(
              new CommandError(`${path}: ${explained?.title} failed: ${explained?.degenerate}`, "The same command tries it again."),
            );
        }
        if ((await stateOf(weightsPaths(located.weights, request.methods))) !== weightsState) {
          throw new CommandError("The weights changed, or are gone, since the run began", "Put them in order.");
        }
        const whole = !listed.other === !other && (await store.isUnchanged(listed));
        if (whole) await store.add(name, path, results);
        else {
          const both = listed.other ? `${path}, or ${listed.other.path} beside it,` : path;
          reportError(new CommandError(`${both} changed while it was evaluated`, "The same command evaluates it anew."));
        }
      },
      async ({ path, name }, error) => {
        await store.skip(name, path, describeError(error).replace(/^error: /, ""));
        progress.advance();
      },
    );
  } finally {
    progress.stop();
  }
}

/** Shows how many photos are done, and how long the others will take. */
class PhotoProgress {
  readonly #bar = new ProgressBar();
  readonly #began = performance.now();
  readonly #total: number;
  #done = 0;

  constructor(total: number) {
    this.#total = total;
  }

  show(share: number, what: string): void {
    const part = (this.#done + share) / this.#total;
    const left = part > 0 ? ((performance.now() - this.#began) / 1000) * (1 / part - 1) : undefined;
    this.#bar.show("evaluating", this.#done + share, this.#total, {
      count: `${this.#done}/${this.#total} photos`,
      ...(left === undefined ? {} : { left }),
      note: what && ` | ${what}`,
    });
  }

  advance(): void {
    this.#done++;
    this.show(0, "");
  }

  stop(): void {
    this.#bar.stop();
  }
}
