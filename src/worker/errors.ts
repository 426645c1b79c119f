/** Errors that cross between a page and its worker: EngineErrors stay what they are. */
import { EngineError } from "../engine/errors.ts";
import type { PlainError } from "./messages.ts";

/** The numbers of errors that functions of the page threw, in the worker. */
const numbers = new WeakMap<object, number>();

export function packError(error: unknown): PlainError {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  const { name, message, cause } = error;
  const { code, fix } = error as Partial<EngineError>;
  const of = cause instanceof Error ? { name: cause.name, message: cause.message } : undefined;
  return { name, message, cause: of, thrown: numbers.get(error), ...(error instanceof EngineError ? { code, fix } : {}) };
}

export function unpackError({ name, code, fix = "", message, cause, thrown }: PlainError): Error {
  const options = cause && { cause: Object.assign(new Error(cause.message), { name: cause.name }) };
  const error = code === undefined ? Object.assign(new Error(message, options), { name }) : new EngineError(code, message, fix, options);
  if (thrown !== undefined) numbers.set(error, thrown);
  return error;
}
