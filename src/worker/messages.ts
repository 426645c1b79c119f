/** What a page and its worker tell each other. */
import type { SessionInterface } from "../explain/session-interface.ts";

/** What `relabel/evaluate` has for a session of the page, and a session in a worker has itself. */
export type Judgement = "evaluate" | "check" | "embed" | "drawCurves";

/** A method of the session, or its making. */
export type Method =
  | "create"
  | "open"
  | "classify"
  | "findNonFinite"
  | "comparePreprocessing"
  | "measureCeilings"
  | "explain"
  | "findRefusal"
  | "tune"
  | Judgement;

/** What a session says of itself without being asked. */
export type Facts = Pick<SessionInterface, "adapter" | "teacher" | "input" | "outputs" | "ignored" | "layers" | "labels" | "tuning">;

/** An error as it crosses; an EngineError where it has a code. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly code?: string | undefined;
  readonly fix?: string | undefined;
  readonly cause?: { readonly name: string; readonly message: string } | undefined;
  /** The number under which the page keeps the error, where a function of the page threw it. */
  readonly thrown?: number | undefined;
}

export type Outcome = { readonly value: unknown } | { readonly error: PlainError };

export type ToWorker =
  /** `photo`: packed by `packPhoto`; `options`: by `Packer`. */
  | { readonly kind: "call"; readonly call: number; readonly method: Method; readonly photo: unknown; readonly options: unknown }
  | { readonly kind: "abort"; readonly call: number }
  /** The answer to "invoke". */
  | { readonly kind: "answer"; readonly invocation: number; readonly outcome: Outcome }
  /** No reference to an opened photo is left. */
  | { readonly kind: "close"; readonly opened: number };

export type ToPage =
  /** `facts`: those that have changed. `source`: the photo's pixels where the page gave a picture of it that may have changed since. */
  | {
      readonly kind: "outcome";
      readonly call: number;
      readonly outcome: Outcome;
      readonly facts?: Partial<Facts>;
      readonly source?: unknown;
    }
  /** A function of the page is called and waited for. */
  | { readonly kind: "invoke"; readonly invocation: number; readonly function: number; readonly args: readonly unknown[] }
  /** A function of the page is told something. */
  | { readonly kind: "tell"; readonly function: number; readonly args: readonly unknown[] };

/** A photo as it crosses: one that the worker has opened, or one that it takes as it is. */
export type PackedPhoto = { readonly opened: number } | { readonly url: string } | { readonly source: unknown; readonly picture: boolean };
