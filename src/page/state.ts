import type { AdapterInfo, ClassScore, Explanation, Photo, Progress } from "../index.ts";

/** Side in pixels of the square on show: twice the map's, for sharp screens. */
export const VIEW_SIZE = 448;

/** Something that went wrong, in one line, and what to do about it. */
export interface Problem {
  message: string;
  fix: string;
}

/** A decoded photo. */
export interface OpenPhoto {
  name: string;
  pixels: Photo;
  /** The part that the classifier sees, VIEW_SIZE x VIEW_SIZE, for the eye only. */
  view: ImageData;
}

export type EngineState =
  | { kind: "starting" }
  | { kind: "ready"; adapter: AdapterInfo; teacher: string }
  | { kind: "failed"; problem: Problem };

/** A download of weights under way, in bytes; `total` is 0 where the server does not say. */
export interface Download {
  file: string;
  loaded: number;
  total: number;
}

/** An explanation under way. */
export interface Run {
  stage: Progress["stage"];
  done: number;
  total: number;
  /** Estimate for the samples that are left. */
  secondsLeft: number | undefined;
  stopping: boolean;
}

/** A map on show, finished or not. */
export interface ShownMap {
  /** 224 x 224. */
  values: Float32Array;
  label: string;
  samples: number;
  asked: number;
  phase: "growing" | "stopped" | "done";
}

export interface State {
  engine: EngineState;
  download: Download | undefined;
  /** Name of the photo that is being decoded. */
  opening: string | undefined;
  photo: OpenPhoto | undefined;
  top5: readonly ClassScore[] | undefined;
  /** The class to explain. */
  target: ClassScore | undefined;
  run: Run | undefined;
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
    opening: undefined,
    photo: undefined,
    top5: undefined,
    target: undefined,
    run: undefined,
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
