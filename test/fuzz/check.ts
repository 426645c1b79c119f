import fc from "fast-check";
import { EngineError } from "../../src/engine/errors.ts";
import { cases, SEED } from "../support/long.ts";

/** Tries `total` random cases, or a tenth of them; the error of a failure has the smallest case and says how to repeat it. */
export async function check<Ts extends [unknown, ...unknown[]]>(total: number, property: fc.IAsyncProperty<Ts>): Promise<void> {
  const details = await fc.check(property, { numRuns: cases(total), seed: SEED });
  if (details.failed)
    throw new Error(`RELABEL_SEED=${SEED} repeats this.\n${fc.defaultReportMessage(details)}`, { cause: details.errorInstance });
}

/**
 * What `work` gives; undefined where it refuses by an error that a user can read: of these codes, short, in one line, or with `lines`
 * in a few.
 */
export async function accepted<T>(codes: readonly string[], work: () => T | Promise<T>, { lines = false } = {}): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof EngineError) || !codes.includes(error.code)) throw error;
    const { message, fix } = error;
    for (const line of lines ? message.trimEnd().split("\n") : [message]) requireReadable({ message: line, fix });
    return undefined;
  }
}

/** Throws where an error's message and fix are no line for a user. */
export function requireReadable({ message, fix }: { message: string; fix: string }): void {
  if (message.length > 500 || !/\S/.test(message) || !/\S/.test(fix)) throw new Error(`Not a message for a user: ${message} | ${fix}`);
  if (/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(message)) throw new Error(`Control characters in ${JSON.stringify(message)}`);
}
