/** Addresses of weights, as they are given. */
import { EngineError } from "../../engine/errors.ts";
import { describeValue, printable } from "../../engine/printable.ts";

/** Relative to the page, where there is one. Throws BAD_OPTION. */
export function addressOf(given: string | URL): URL {
  try {
    return new URL(given, globalThis.document?.baseURI ?? globalThis.location?.href);
  } catch (cause) {
    throw new EngineError(
      "BAD_OPTION",
      `The weights are at ${printable(describeValue(given))}, which is no address.`,
      'Give "auto", a folder\'s address such as "/weights/", a URL object, bytes, a Blob, or a function.',
      { cause },
    );
  }
}
