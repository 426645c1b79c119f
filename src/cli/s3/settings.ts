/** How an S3-compatible store is reached, by the variables of the environment that other tools know, too. */
import { CommandError } from "../errors.ts";
import type { Asking } from "../fetch-weights.ts";
import { installCommand } from "../paths.ts";

export interface StoreSettings {
  /** Without it Amazon's. */
  readonly endpoint: string | undefined;
  readonly region: string;
  /** Without them requests are not signed, which does for public buckets. */
  readonly keys: { accessKeyId: string; secretAccessKey: string; sessionToken?: string } | undefined;
}

/** Throws a CommandError, which repeats no value. */
export function storeSettings(env: Readonly<Record<string, string | undefined>> = process.env): StoreSettings {
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token } = env;
  const region = env.AWS_REGION || env.AWS_DEFAULT_REGION || "us-east-1";
  if (!/^[\w-]+$/.test(region)) throw new CommandError("AWS_REGION is no name of a region", "Set it to one such as eu-central-1.");
  if (!id !== !secret) {
    const [there, absent] = id ? ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] : ["AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"];
    throw new CommandError(`${there} is set, and ${absent} is not`, "Set both, or none for a public bucket.");
  }
  const keys = id && secret ? { accessKeyId: id, secretAccessKey: secret, ...(token ? { sessionToken: token } : {}) } : undefined;
  return { endpoint: env.AWS_ENDPOINT_URL ? readEndpoint(env.AWS_ENDPOINT_URL) : undefined, region, keys };
}

function readEndpoint(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash) {
    throw new CommandError("AWS_ENDPOINT_URL is no address of a store", "Set it to one such as https://s3.example.org, without keys.");
  }
  return url.href.replace(/\/+$/, "");
}

/** The address of an object, or of a bucket where the key is empty, on the web. */
export function webAddress({ endpoint, region }: StoreSettings, bucket: string, key: string): string {
  const path = key.split("/").map(encode).join("/");
  if (endpoint !== undefined) return `${endpoint}/${bucket}/${path}`;
  // A certificate for *.s3... does not cover names with dots.
  const host = `s3.${region}.amazonaws.com`;
  return bucket.includes(".") ? `https://${host}/${bucket}/${path}` : `https://${bucket}.${host}/${path}`;
}

/** For paths and questions alike; what encodeURIComponent leaves, signatures have encoded. */
export function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

/**
 * Asks a store, with a signature where the environment has keys; follows no redirection, since a signature is for one host alone. Throws what
 * `fetch` does, and a CommandError where the package that signs is absent.
 */
export async function askSigned(settings: StoreSettings, url: string, { headers, signal }: Asking): Promise<Response> {
  const { "Accept-Encoding": _, ...signed } = headers;
  const request = await sign(settings, url, signed);
  // Unsigned, since proxies change it. A compressed transfer would have other bytes.
  request.headers.set("Accept-Encoding", "identity");
  return fetch(request, { signal, redirect: "manual" });
}

async function sign({ region, keys }: StoreSettings, url: string, headers: Record<string, string>): Promise<Request> {
  if (!keys) return new Request(url, { headers });
  const { AwsClient } = await import("aws4fetch").catch((cause) => {
    throw new CommandError("The optional package aws4fetch is not installed", `Run \`${installCommand("aws4fetch")}\`.`, { cause });
  });
  return new AwsClient({ ...keys, region, service: "s3" }).sign(url, { headers });
}
