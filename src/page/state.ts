import {
  type AdapterInfo,
  type ClassScore,
  type Explanation,
  type InputSpec,
  type Outputs,
  type Photo,
  type Progress,
  TEACHERS,
  type WeightsInput,
} from "../index.ts";
import type { DownloadProgress } from "./weights-download.ts";
import type { StoredWeights } from "./weights-store.ts";

/** Something that went wrong, in one line, and what to do about it. */
export interface Problem {
  message: string;
  fix: string;
}

/** A decoded photo. */
export interface OpenPhoto {
  name: string;
  pixels: Photo;
  /** What the classifier sees, for the eye only; see view.ts. */
  view: ImageData;
}

export type EngineState =
  | { kind: "starting" }
  /** `saved`: share of the time of its main layers that tuning saves; undefined where it was not tuned. */
  | { kind: "ready"; adapter: AdapterInfo; teacher: string; input: InputSpec; outputs: Outputs; classes: number; saved: number | undefined }
  | { kind: "failed"; problem: Problem };

/** A file of weights that the page's own server sends, in bytes; `total` is 0 where the server does not say. */
export interface Download {
  file: string;
  loaded: number;
  total: number;
}

/** Weights of a teacher on their way from the hub into this browser's store; `ask` until the hub has said how many bytes they are. */
export interface Transfer {
  teacher: string;
  phase: "ask" | DownloadProgress["phase"];
  loaded: number;
  total: number;
}

/** Weights that the user opened, used in place of any others while the page is open. */
export interface OpenedWeights {
  name: string;
  input: WeightsInput;
}

/** What a classifier does not say itself, as the user has it. */
export interface ClassifierSettings {
  input?: Partial<InputSpec>;
  labels?: readonly string[];
  outputs?: Outputs;
}

/** An explanation under way. */
export interface Run {
  stage: Progress["stage"];
  done: number;
  total: number;
  /** Samples, or steps of an optimisation, so far and in all; 0 before the first of them. */
  samples: number;
  asked: number;
  /** Estimate for the samples that are left. */
  secondsLeft: number | undefined;
  stopping: boolean;
}

/** A map on show, finished or not. */
export interface ShownMap {
  /** Height x width. */
  values: Float32Array;
  height: number;
  width: number;
  label: string;
  /** Name of the method. */
  method: string;
  samples: number;
  asked: number;
  phase: "growing" | "stopped" | "done";
}

export interface State {
  engine: EngineState;
  download: Download | undefined;
  /** The teacher that is chosen in the form, in use or not. */
  chosen: string;
  /** The teacher that is being loaded to take the place of the one in use. */
  switching: string | undefined;
  transfer: Transfer | undefined;
  stored: readonly StoredWeights[];
  /** By the name of the teacher. */
  opened: ReadonlyMap<string, OpenedWeights>;
  /** By the name of the teacher. */
  settings: ReadonlyMap<string, ClassifierSettings>;
  /** Tensors of the opened weights that are not used, in words. */
  unused: string | undefined;
  /** Name of the photo that is being decoded. */
  opening: string | undefined;
  photo: OpenPhoto | undefined;
  top5: readonly ClassScore[] | undefined;
  /** The class to explain. */
  target: ClassScore | undefined;
  run: Run | undefined;
  /** Layers measured so far, while the classifier is tuned. */
  tuning: { done: number; total: number } | undefined;
  map: ShownMap | undefined;
  explanation: Explanation | undefined;
  problem: Problem | undefined;
}

/** Draws what changed: compares the parts that it shows with the state before. */
export type View = (state: Readonly<State>, before: Readonly<State> | undefined) => void;

/** The page's one state; views are told of every change. */
export class Store {
  readonly #views: View[] = [];
  #state: State = {
    engine: { kind: "starting" },
    download: undefined,
    chosen: TEACHERS[0]?.name ?? "",
    switching: undefined,
    transfer: undefined,
    stored: [],
    opened: new Map(),
    settings: new Map(),
    unused: undefined,
    opening: undefined,
    photo: undefined,
    top5: undefined,
    target: undefined,
    run: undefined,
    tuning: undefined,
    map: undefined,
    explanation: undefined,
    problem: undefined,
  };

  get state(): Readonly<State> {
    return this.#state;
  }

  set(change: Partial<State>): void {
    const before = this.#state;
    this.#state = { ...before, ...change };
    for (const view of this.#views) view(this.#state, before);
  }

  add(...views: View[]): void {
    this.#views.push(...views);
    for (const view of views) view(this.#state, undefined);
  }
}
