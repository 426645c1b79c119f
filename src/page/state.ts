/** All that the page knows, and the store that tells its views of every change. */
import {
  type AdapterInfo,
  type ClassScore,
  type Explanation,
  type InputSpec,
  type OnnxInput,
  type Outputs,
  type PreprocessingVerdict,
  type ProfileFile,
  type Progress,
  type Rectangle,
  type Size,
  TEACHERS,
  type TeacherDefinition,
  type WeightsInput,
} from "../faces/all.ts";
import type { DecodedPhoto } from "./decode.ts";
import type { StoredWeights } from "./fetch-weights.ts";
import type { Judged, Judging } from "./judge/judged.ts";
import type { Layers } from "./parameters.ts";
import type { Problem } from "./problem.ts";
import { type Look, USUAL_LOOK } from "./stage/look.ts";
import type { Framing } from "./stage/region.ts";

/** The classifier that the page starts with. */
export const FIRST = TEACHERS[0] as TeacherDefinition;

/** The classifier in use, and what computes it. */
export interface ReadyEngine {
  kind: "ready";
  adapter: AdapterInfo;
  teacher: string;
  /** The same object for as long as the classifier is not loaded anew. */
  input: InputSpec;
  outputs: Outputs;
  layers: Layers;
  /** Name of the layer of class activation maps. */
  cam: string;
  /** A name for every class. */
  labels: readonly string[];
  /** Share of the time of its main layers that tuning saves; undefined where it was not tuned. */
  saved: number | undefined;
}

export type EngineState = { kind: "starting" } | ReadyEngine | { kind: "failed"; problem: Problem };

/** A file of weights that the page's own server sends, in bytes; `total` is 0 where the server does not say. */
export interface Download {
  file: string;
  loaded: number;
  total: number;
}

/** Weights of a teacher on their way from the hub into this browser's store; `ask` until the hub has said how many bytes they are. */
export interface Transfer {
  teacher: string;
  phase: "ask" | "download";
  loaded: number;
  total: number;
}

/** Weights that the user opened, used in place of any others while the page is open. */
export interface OpenedWeights {
  name: string;
  input: WeightsInput;
}

/** An ONNX model that the user opened, or that this browser keeps. */
export interface OpenedModel {
  name: string;
  input: OnnxInput;
  definition: TeacherDefinition;
  /** Files beside it that hold weights of it. */
  files: readonly string[];
}

/** Whether it is a model with an architecture of its own. */
export const isOpenedModel = (opened: OpenedWeights | OpenedModel | undefined): opened is OpenedModel =>
  opened !== undefined && "definition" in opened;

/** What the user said of a classifier that its weights do not. */
export interface ClassifierSettings {
  input?: Partial<InputSpec> | undefined;
  outputs?: Outputs | undefined;
  labels?: readonly string[] | undefined;
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
  /** Whether every kernel is timed on the way, and the map on show stays. */
  profiling: boolean;
}

/** A map on show, finished or not. */
export interface ShownMap {
  /** As many as the classifier's input has pixels, height x width. */
  values: Float32Array;
  size: Size;
  /** The part of the photo that it is of. */
  crop: Rectangle;
  label: string;
  /** Name of the method. */
  method: string;
  samples: number;
  asked: number;
  phase: "growing" | "stopped" | "done";
}

export interface State extends Framing {
  engine: EngineState;
  download: Download | undefined;
  /** The teacher that is chosen in the form, in use or not. */
  chosen: string;
  /** The teacher that is being loaded to take the place of the one in use. */
  switching: string | undefined;
  transfer: Transfer | undefined;
  stored: readonly StoredWeights[];
  /** By the name of the teacher. */
  opened: ReadonlyMap<string, OpenedWeights | OpenedModel>;
  /** By the name of the teacher, while the page is open; another file in its place begins without. */
  settings: ReadonlyMap<string, ClassifierSettings>;
  /** What was left unused of the files of the classifier in use; a sentence each. */
  unused: readonly string[];
  /** Name of the photo that is being decoded. */
  opening: string | undefined;
  photo: DecodedPhoto | undefined;
  /** Whether the classifier is asked about the photo, or the part of it, on show; until it answers `top5` is of the one before. */
  classifying: boolean;
  /** Whether the classifier failed at the photo, or the part of it, on show: `top5` is of the part before, if there was one. */
  unseen: boolean;
  top5: readonly ClassScore[] | undefined;
  /** Of every class; of logits, the scores. */
  probabilities: Float32Array | undefined;
  /** What a model in use says of the photo under every usual preprocessing. */
  guesses: readonly PreprocessingVerdict[] | undefined;
  /** The class to explain. */
  target: ClassScore | undefined;
  run: Run | undefined;
  /** Layers measured so far, while the classifier is tuned. */
  tuning: { done: number; total: number } | undefined;
  map: ShownMap | undefined;
  /** How large the photo is shown: 1 where all of it is in sight. */
  zoom: number;
  /** How maps are shown, and drawn into files. */
  look: Look;
  explanation: Explanation | undefined;
  /** Of the explanation on show. */
  profile: ProfileFile | undefined;
  /** A question about the map on show, under way. */
  judging: Judging | undefined;
  judged: Judged | undefined;
  problem: Problem | undefined;
}

/** What is known of a photo before the classifier has seen it. */
export const NOTHING_FOUND = {
  top5: undefined,
  probabilities: undefined,
  guesses: undefined,
  target: undefined,
  unseen: false,
  run: undefined,
  map: undefined,
  explanation: undefined,
  profile: undefined,
} as const;

/** The classifiers that can be chosen: those known by name, and models that were opened. */
export function classifiersOf({ opened }: Pick<State, "opened">): TeacherDefinition[] {
  return [...TEACHERS, ...[...opened.values()].filter(isOpenedModel).map(({ definition }) => definition)];
}

/** How the classifier in use takes photos; before there is one, the one that the page starts with. */
export function inputInUse({ engine }: Pick<State, "engine">): InputSpec {
  return engine.kind === "ready" ? engine.input : FIRST.input;
}

/** What the outputs of the classifier in use mean. */
export function outputsInUse({ engine }: Pick<State, "engine">): Outputs {
  return engine.kind === "ready" ? engine.outputs : "softmax";
}

/** The class to explain after another look: the one that the user chose, else the likeliest. `before`: the state until then. */
export function targetAfter(
  { top5, probabilities }: { top5: readonly ClassScore[]; probabilities: Float32Array },
  before: Pick<State, "target" | "top5">,
): ClassScore | undefined {
  const { target, top5: former } = before;
  if (!target || target.index === former?.[0]?.index) return top5[0];
  return { ...target, probability: probabilities[target.index] as number };
}

/** Draws what changed: compares the parts that it shows with the state before. */
export type View = (state: Readonly<State>, before: Readonly<State> | undefined) => void;

/** The page's one state. Views are called once when they are added, and after every change. */
export class Store {
  readonly #views: View[] = [];
  #state: State = {
    engine: { kind: "starting" },
    download: undefined,
    chosen: FIRST.name,
    switching: undefined,
    transfer: undefined,
    stored: [],
    opened: new Map(),
    settings: new Map(),
    unused: [],
    opening: undefined,
    photo: undefined,
    fit: undefined,
    region: undefined,
    classifying: false,
    unseen: false,
    top5: undefined,
    probabilities: undefined,
    guesses: undefined,
    target: undefined,
    run: undefined,
    tuning: undefined,
    map: undefined,
    zoom: 1,
    look: USUAL_LOOK,
    explanation: undefined,
    profile: undefined,
    judging: undefined,
    judged: undefined,
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
