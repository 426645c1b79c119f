/** Photos in an S3-compatible store: which there are, their content, and its hash. */
import { createHash } from "node:crypto";
import { PictureError } from "../../pictures/errors.ts";
import { readStoreAddress, storeAddress } from "./address.ts";
import { ask, fieldOf, ObjectError } from "./ask.ts";
import { encode, storeSettings, webAddress } from "./settings.ts";

/** What is known of objects, by their addresses on the web: the hash of the content with that tag. */
const known = new Map<string, { etag: string; sha256: string }>();
/** What objects could not be read for. */
const failed = new Map<string, ObjectError>();

/** Lets objects that could not be read be asked for again. */
export function forgetFailures(): void {
  failed.clear();
}

/**
 * The content of an object. Throws an ObjectError, which the object has until `forgetFailures`; a PictureError for one that is empty or too
 * large; and a CommandError where no object can be had.
 */
export async function readObject(address: string): Promise<Uint8Array> {
  return (await look(address)).content as Uint8Array;
}

/** The SHA-256 of an object; null for one that cannot be read. Throws a CommandError where no object can be had. */
export async function hashObject(address: string): Promise<string | null> {
  try {
    return (await look(address, true)).sha256;
  } catch (error) {
    if (error instanceof ObjectError || error instanceof PictureError) return null;
    throw error;
  }
}

/** `hashAlone`: what has not changed since the last look is not loaded again. */
async function look(address: string, hashAlone = false): Promise<{ content?: Uint8Array; sha256: string }> {
  const { bucket, key } = readStoreAddress(address);
  if (key.split("/").some((part) => part === "." || part === "..")) {
    throw new ObjectError(`${address}: . and .. as names of folders do not survive on the web`, "Give the object another key.");
  }
  const settings = storeSettings();
  const url = webAddress(settings, bucket, key);
  const failure = failed.get(url);
  if (failure) throw failure;
  const former = hashAlone ? known.get(url) : undefined;
  const answer = await ask({ settings, url, address, etag: former?.etag }).catch((error) => {
    if (error instanceof ObjectError) failed.set(url, error);
    throw error;
  });
  if (!answer) return former as { sha256: string };
  const { content, etag } = answer;
  const sha256 = createHash("sha256").update(content).digest("hex");
  if (etag === undefined) known.delete(url);
  else known.set(url, { etag, sha256 });
  return { content, sha256 };
}

/** The keys in a folder of a bucket, and in folders within, relative to it. Throws a CommandError. */
export async function listObjects(address: string): Promise<string[]> {
  const { bucket, key } = readStoreAddress(address);
  const prefix = key === "" || key.endsWith("/") ? key : `${key}/`;
  const settings = storeSettings();
  const keys: string[] = [];
  for (let token: string | undefined, more = true; more; ) {
    const asked = { "list-type": "2", "encoding-type": "url", prefix, ...(token === undefined ? {} : { "continuation-token": token }) };
    const query = Object.entries(asked).map(([name, value]) => `${name}=${encode(value)}`);
    const url = `${webAddress(settings, bucket, "")}?${query.join("&")}`;
    const answer = await ask({ settings, url, address: storeAddress(bucket, prefix) });
    const page = new TextDecoder().decode(answer?.content);
    const decode = fieldOf(page, "EncodingType") === "url" ? decodeKey : (text: string) => text;
    for (const [, entry] of page.matchAll(/<Contents>(.*?)<\/Contents>/gs)) {
      keys.push(decode(fieldOf(entry as string, "Key") as string).slice(prefix.length));
    }
    token = fieldOf(page, "NextContinuationToken");
    more = fieldOf(page, "IsTruncated") === "true";
    if (more && token === undefined) throw new ObjectError(`${address}: the store's list breaks off`, "Try again, or use another store.");
  }
  // Keys that end so are folders that a console has made.
  return keys.filter((name) => !name.endsWith("/") && name !== "");
}

/** Stores encode a space as forms do. */
function decodeKey(text: string): string {
  return decodeURIComponent(text.replaceAll("+", " "));
}
