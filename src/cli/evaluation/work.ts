/** Works through the photos of a run, files what it finds, and shows the time left. */
import type { EngineError } from "../../faces/all.ts";
import { describeAdapter, eachPhoto, type PhotoOptions } from "../command.ts";
import { CommandError, reasonOf } from "../errors.ts";
import type { LocatedClassifier } from "../locate-classifier.ts";
import { notify } from "../print.ts";
import { ProgressBar } from "../progress.ts";
import { readPhoto } from "../read-photo.ts";
import { reportError } from "../report-error.ts";
import { judge } from "./judge.ts";
import type { RunPhoto } from "./photos.ts";
import type { NewResult } from "./record.ts";
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
  readonly options: PhotoOptions;
  readonly signal: AbortSignal;
  /** Hears why a photo, or a method on it, must be tried again; by default the user does. */
  readonly report?: (error: CommandError) => void;
}

/**
 * Evaluates photos one by one and files what is found. A photo that cannot be read, changes meanwhile or meets a lost device is reported, and
 * the next one is tried. Throws what ends the run.
 */
export async function evaluatePhotos(work: Work): Promise<void> {
  const { photos, store, request, located, weightsState, options, signal, report = reportError } = work;
  const progress = new PhotoProgress(photos.length);
  let [introduced, failures] = [options.session !== undefined, 0];
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
          report(new CommandError(`${path}: ${message.replace(/\.$/, "")}`, `${fix} The same command tries this photo again.`));
        });
        progress.advance();
        if (!results) return;
        failures = 0;
        for (const result of results) if (result.failed) report(failureOf(path, result));
        if ((await stateOf(weightsPaths(located.weights, request.methods))) !== weightsState) {
          throw new CommandError("The weights changed, or are gone, since the run began", "Put them in order.");
        }
        const whole = !listed.other === !other && (await store.isUnchanged(listed));
        if (whole) await store.add(name, path, results);
        else {
          const both = listed.other ? `${path}, or ${listed.other.path} beside it,` : path;
          report(new CommandError(`${both} changed while it was evaluated`, "The same command evaluates it anew."));
        }
      },
      async ({ path, name }, error) => {
        await store.skip(name, path, reasonOf(error));
        progress.advance();
      },
    );
  } finally {
    progress.stop();
  }
}

/** What is to be said of a method that failed on a photo. */
export function failureOf(path: string, { explained }: Pick<NewResult, "explained">): CommandError {
  return new CommandError(`${path}: ${explained?.title} failed: ${explained?.degenerate}`, "The same command tries it again.");
}

/** Shows how many photos are done, and how long the others will take. */
export class PhotoProgress {
  readonly #bar = new ProgressBar();
  readonly #total: number;
  #began = performance.now();
  #advanced = 0;
  #before = 0;
  #done = 0;

  constructor(total: number) {
    this.#total = total;
  }

  /** Lets the time left follow from what is done from now on. */
  begin(): void {
    this.#began = performance.now();
    this.#before = this.#done;
  }

  show(share: number, what: string): void {
    const part = (this.#done - this.#before + share) / (this.#total - this.#before);
    this.#draw(share, what, part > 0 ? ((performance.now() - this.#began) / 1000) * (1 / part - 1) : undefined);
  }

  /** Shows that others are at work, who tell of whole photos alone: the time left is counted down from the last one. */
  await(what: string): void {
    const fresh = this.#done - this.#before;
    const perPhoto = (this.#advanced - this.#began) / fresh;
    const left = perPhoto * (this.#total - this.#done) - (performance.now() - this.#advanced);
    this.#draw(0, what, fresh > 0 ? Math.max(0, left) / 1000 : undefined);
  }

  #draw(share: number, what: string, left: number | undefined): void {
    this.#bar.show("evaluating", this.#done + share, this.#total, {
      count: `${this.#done}/${this.#total} photos`,
      ...(left === undefined ? {} : { left }),
      note: what && ` | ${what}`,
    });
  }

  advance(): void {
    this.#done++;
    this.#advanced = performance.now();
    this.show(0, "");
  }

  stop(): void {
    this.#bar.stop();
  }
}
