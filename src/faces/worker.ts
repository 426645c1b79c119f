/**
 * A session in a worker, with the interface of that of `relabel`.
 *
 * @module relabel/worker
 */
export { EngineError } from "../engine/errors.ts";
export type { OpenedBySession, PhotoOfSession, SessionInterface } from "../explain/session-interface.ts";
export type { EvaluateThereOptions, WorkerSessionOptions } from "../worker/options.ts";
export { Session } from "../worker/session.ts";
