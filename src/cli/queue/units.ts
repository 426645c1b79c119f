/** What goes through the queue: units of work, and what all units of a run have in common. */
import type { InputSpec, Outputs } from "../../faces/all.ts";
import type { ClassifierOptions } from "../classifier-flags.ts";
import type { Request } from "../evaluation/run.ts";
import type { Run } from "../evaluation/schemas.ts";
import type { LocatedClassifier } from "../locate-classifier.ts";
import type { RuntimeName, SessionSettings } from "../runtime-types.ts";

/** The queue of units, and of those that were tried in vain. */
export const UNITS = "units";
export const SET_ASIDE = "units-set-aside";
/** How often a unit is tried. */
export const TRIES = 3;

/** All that a worker must know of a run, but for its photos. */
export interface Plan {
  readonly run: Omit<Run, "photos" | "shard">;
  readonly request: Omit<Request, "shard">;
  readonly classifier: {
    /** A name of ours, or where the weights are; without both the default. */
    readonly name?: string | undefined;
    readonly file?: string | undefined;
    readonly options: Pick<ClassifierOptions, "size" | "preprocess">;
    readonly labels: readonly string[];
    readonly input: InputSpec;
    readonly outputs: Outputs;
    readonly settings: LocatedClassifier["settings"];
  };
  readonly session: Pick<SessionSettings, "batch" | "memory" | "precision" | "activations"> & { readonly runtime: RuntimeName };
}

/** A photo as a unit has it: its content, and where it is. */
export type UnitPhoto = Run["photos"][number] & {
  readonly sha256: string;
  /** Absolute. */
  readonly path: string;
  readonly otherPath?: string | undefined;
};

/** The work that one worker takes at a time: all methods of a few photos. */
export interface Unit {
  /** The plan's. */
  readonly run: string;
  readonly photos: readonly UnitPhoto[];
}

/** A unit that a worker has taken, with what it needs to keep it. */
export interface TakenUnit extends Unit {
  readonly id: string;
  readonly retryCount: number;
  /** Without a sign of life for so long it is another worker's. */
  readonly leaseSeconds: number;
}

/** A row of results: JSON as files have it, and a picture. */
export interface ResultRow {
  readonly key: string;
  /** SHA-256 of the photo. */
  readonly photo: string;
  readonly body: string;
  readonly picture?: Uint8Array | undefined;
  /** Whether a later run is to try again. */
  readonly failed: boolean;
}
