/** Asks an S3-compatible store, again and again where the answer breaks off or may be another one later. */
import { setTimeout as sleep } from "node:timers/promises";
import { decodeXML } from "entities";
import { checkBytes } from "../../pictures/limits.ts";
import { CommandError } from "../errors.ts";
import { Broken, PASSING, reason } from "../fetch-weights.ts";
import { askSigned, type StoreSettings } from "./settings.ts";

/** Milliseconds to wait after the first, second, ... try. */
const WAITS = [500, 1000, 2000, 4000, 8000];
/** Milliseconds without a byte after which a connection counts as broken. */
const PATIENCE = 30_000;

/** What is wrong with one object; others may be sound. */
export class ObjectError extends CommandError {}

export interface Question {
  readonly settings: StoreSettings;
  readonly url: string;
  /** For people. */
  readonly address: string;
  /** The answer of earlier, by its tag: if it is still the same, it is not sent again. */
  readonly etag?: string | undefined;
}

export interface Answer {
  readonly content: Uint8Array;
  readonly etag: string | undefined;
}

/**
 * What the store says; undefined where it is what it was. Throws an ObjectError where that cannot be had, at once where no later try would
 * help, and a PictureError for more than a photo may have.
 */
export async function ask(question: Question): Promise<Answer | undefined> {
  for (let tries = 1; ; tries++) {
    try {
      return await askOnce(question);
    } catch (error) {
      if (!(error instanceof Broken)) throw error;
      const wait = WAITS[tries - 1];
      if (wait === undefined) {
        const fix = "Check the connection, and whether the store is well.";
        throw new ObjectError(`${question.address}: cannot be read, after ${tries} tries (${error.message})`, fix, { cause: error });
      }
      await sleep(wait);
    }
  }
}

async function askOnce({ settings, url, address, etag }: Question): Promise<Answer | undefined> {
  const silent = new AbortController();
  const timer = setTimeout(() => silent.abort(), PATIENCE);
  try {
    const asked: Record<string, string> = etag === undefined ? {} : { "If-None-Match": etag };
    const response = await askSigned(settings, url, { headers: asked, signal: silent.signal });
    const { status, headers } = response;
    if (status === 304) return undefined;
    if (PASSING.has(status)) throw new Broken(`the store answered ${status}`);
    if (status !== 200) refuse(response, await response.text(), address, settings);
    if (headers.has("Content-Length")) checkBytes(Number(headers.get("Content-Length")));
    const parts: Uint8Array[] = [];
    for await (const part of response.body ?? []) {
      timer.refresh();
      parts.push(part);
    }
    return { content: Buffer.concat(parts), etag: headers.get("ETag") ?? undefined };
  } catch (cause) {
    // What fetch itself throws.
    if (!(cause instanceof TypeError || silent.signal.aborted)) throw cause;
    throw new Broken(silent.signal.aborted ? `nothing came for ${PATIENCE / 1000} seconds` : reason(cause), { cause });
  } finally {
    clearTimeout(timer);
    // What is left of an answer that was refused would keep the process alive.
    silent.abort();
  }
}

function refuse({ status, headers }: Response, body: string, address: string, { keys }: StoreSettings): never {
  const code = fieldOf(body, "Code");
  const said = code === undefined ? status : `${status} ${code}`;
  const region = headers.get("x-amz-bucket-region") ?? fieldOf(body, "Region");
  if (status === 404) {
    const what = code === "NoSuchBucket" ? "there is no such bucket" : "there is no such object";
    throw new ObjectError(`${address}: ${what} (${said})`, "Check the address, and AWS_ENDPOINT_URL.");
  }
  if (region && (status === 301 || status === 400)) {
    throw new ObjectError(`${address}: the bucket is in another region (${said})`, `Set AWS_REGION=${region}.`);
  }
  if (status === 401 || status === 403) {
    const fix = keys
      ? "Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and AWS_REGION, and that this user may read there."
      : "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: without them the store is asked as for a public bucket.";
    throw new ObjectError(`${address}: the store refuses access (${said})`, fix);
  }
  throw new ObjectError(`${address}: the store answered ${said}`, "Check the address, and AWS_ENDPOINT_URL.");
}

/** What the first element of this name holds. */
export function fieldOf(xml: string, name: string): string | undefined {
  const [, text] = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml) ?? [];
  return text === undefined ? undefined : decodeXML(text);
}
