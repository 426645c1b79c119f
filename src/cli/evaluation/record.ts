/** Types of what an evaluation finds out, as it is computed, filed and reported. */
import type { AdapterInfo, ClassScore, Evaluation, ExplainedMap, MapEvaluation, PhotoScores } from "../../faces/all.ts";
import type { Origin } from "./schemas.ts";

/** What was computed of a photo by one method, or of its yardsticks. */
interface Found {
  readonly adapter: AdapterInfo;
  readonly target: ClassScore;
  /** Whether the next run is to try again. */
  readonly failed?: boolean | undefined;
  /** Of a method. */
  readonly explained?: ExplainedMap | undefined;
  /** Of a method that drew a map. */
  readonly scores?: MapEvaluation | undefined;
  /** Of the yardsticks. */
  readonly evaluation?: Evaluation | undefined;
}

export interface NewResult extends Found {
  readonly method: string;
  /** WebP: of the map, or of the photo as the classifier sees it. */
  readonly picture?: Uint8Array | undefined;
}

/** A result with all that it depends on. */
export interface StoredResult extends Found {
  readonly key: string;
  readonly origin: Origin;
  /** The photo's, which its files are named after. */
  readonly name: string;
  readonly image: string;
  readonly picture: boolean;
}

/** What was found on a photo. */
export interface ScoredRecord extends PhotoScores {
  readonly target: ClassScore;
  readonly adapters: readonly AdapterInfo[];
  /** Paths in the run's folder: of the photo as the classifier sees it ("photo"), and of maps by method. */
  readonly pictures: Readonly<Record<string, string>>;
}

/** Why a photo was left out. */
export interface SkippedRecord {
  readonly image: string;
  readonly skipped: string;
}

export type PhotoRecord = ScoredRecord | SkippedRecord;

export function isScored(record: PhotoRecord): record is ScoredRecord {
  return !("skipped" in record);
}

export interface NamedRecord {
  readonly name: string;
  readonly record: PhotoRecord;
}

/** What a report is written from. */
export interface Findings {
  readonly folder: string;
  /** How the numbers were made. */
  readonly settings: {
    readonly teacher: string;
    readonly protocol: string;
    readonly fit: string;
    readonly seed: number;
    readonly precision: string;
  };
  /** What else `table.json` says of them. */
  readonly about: object;
  /** Of the run, those without a record among them. */
  readonly photos: number;
  /** In the order of the photos' names; undefined for a photo that is not finished. Reads the files anew, and throws a CommandError for a damaged one. */
  records(): AsyncIterable<NamedRecord | undefined>;
}
