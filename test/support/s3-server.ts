/** A stand-in for an S3-compatible store on this machine: it checks signatures, lists in pages, and fails where a test wants it to. */
import { createHash, createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export const BUCKET = "pictures";
export const [KEY_ID, SECRET, TOKEN] = ["AKIDOFTHETEST", "secret/of+the=test", "token/of+the=test"];

/** What goes wrong with an answer: its connection breaks in the middle, or ends there in order, or it has this status; with 0 nothing. */
export type Fault = "cut" | "short" | number;

export interface S3Server {
  /** What `evaluate` must find in its environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly objects: Map<string, Uint8Array>;
  /** By key, what goes wrong with the next answers; `""`: lists. */
  readonly faults: Map<string, Fault[]>;
  /** Keys that were asked for, and lists as `?`, with the statuses of the answers that came whole. */
  readonly requests: [key: string, status: number][];
  /** Keys of nobody's. */
  readonly forbidden: Set<string>;
}

/** Starts one that is gone after the test; lists have `page` keys at most. */
export async function startS3(page = 3): Promise<S3Server> {
  const [objects, faults, forbidden] = [new Map<string, Uint8Array>(), new Map<string, Fault[]>(), new Set<string>()];
  const requests: S3Server["requests"] = [];
  const server = createServer((request, response) => {
    const { pathname, query } = parts(request);
    const [, bucket, ...rest] = pathname.split("/").map(decodeURIComponent);
    const key = rest.join("/");
    const answer = (status: number, content: string | Uint8Array = "", headers: Record<string, string> = {}) => {
      requests.push([key || "?", status]);
      response.writeHead(status, { "Content-Length": Buffer.byteLength(content), ...headers }).end(content);
    };
    const refuse = (status: number, code: string) => answer(status, `<Error><Code>${code}</Code><Message>No.</Message></Error>`);
    if (!isSigned(request)) return refuse(403, "SignatureDoesNotMatch");
    const fault = faults.get(key)?.shift();
    const half = typeof fault === "string" ? fault : undefined;
    if (typeof fault === "number" && fault > 0) return refuse(fault, "Trouble");
    if (bucket !== BUCKET) return refuse(404, "NoSuchBucket");
    if (key === "") {
      const content = list([...objects.keys()], query, page);
      return half ? sendHalf(response, Buffer.from(content), half) : answer(200, content);
    }
    if (forbidden.has(key)) return refuse(403, "AccessDenied");
    const content = objects.get(key);
    if (!content) return refuse(404, "NoSuchKey");
    if (half) return sendHalf(response, content, half);
    const etag = `"${createHash("md5").update(content).digest("hex")}"`;
    if (request.headers["if-none-match"] === etag) return answer(304);
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
    if (from === undefined) return answer(200, content, { ETag: etag });
    const last = to ? Number(to) : content.length - 1;
    answer(206, content.subarray(Number(from), last + 1), { ETag: etag, "Content-Range": `bytes ${from}-${last}/${content.length}` });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const env = {
    ...{ AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, AWS_REGION: "eu-test-1" },
    ...{ AWS_ACCESS_KEY_ID: KEY_ID, AWS_SECRET_ACCESS_KEY: SECRET, AWS_SESSION_TOKEN: TOKEN },
  } as Record<string, string>;
  return { env, objects, faults, requests, forbidden };
}

/** Promises all of the content, and sends half. */
function sendHalf(response: ServerResponse, content: Uint8Array, fault: "cut" | "short"): void {
  response.writeHead(200, { "Content-Length": content.length });
  response.write(content.subarray(0, content.length / 2), () => (fault === "cut" ? response.destroy() : response.socket?.end()));
}

function parts({ url = "" }: IncomingMessage): { pathname: string; query: Map<string, string> } {
  const [pathname = "", search = ""] = url.split("?");
  const pairs = search.split("&").filter(Boolean);
  return { pathname, query: new Map(pairs.map((pair) => pair.split("=").map(decodeURIComponent) as [string, string])) };
}

/** ListObjectsV2, keys encoded as Amazon does. */
function list(keys: readonly string[], query: ReadonlyMap<string, string>, page: number): string {
  if (query.get("list-type") !== "2" || query.get("encoding-type") !== "url") throw new Error("An unknown list was asked for.");
  const found = keys.filter((key) => key.startsWith(query.get("prefix") ?? "")).sort();
  const from = Number(query.get("continuation-token")?.replace("after+", "") ?? 0);
  const more = from + page < found.length;
  const entries = found.slice(from, from + page).map((key) => {
    const encoded = encode(key).replaceAll("%20", "+").replaceAll("%2F", "/");
    return `<Contents><Key>${encoded}</Key><Size>1</Size></Contents>`;
  });
  const next = more ? `<NextContinuationToken>after+${from + page}</NextContinuationToken>` : "";
  return `<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>${more}</IsTruncated>${next}${entries.join("")}</ListBucketResult>`;
}

/** Whether the signature (version 4) is what the secret makes of the request. */
function isSigned(request: IncomingMessage): boolean {
  const { authorization = "" } = request.headers;
  const [, id, scope = "", signed = "", signature] =
    /^AWS4-HMAC-SHA256 Credential=(\w+)\/(\S+), SignedHeaders=(\S+), Signature=(\w+)$/.exec(authorization) ?? [];
  const names = signed.split(";");
  if (id !== KEY_ID || !["host", "x-amz-date", "x-amz-security-token"].every((name) => names.includes(name))) return false;
  if (request.headers["x-amz-security-token"] !== TOKEN) return false;
  const { pathname, query } = parts(request);
  const canonical = [
    request.method,
    pathname
      .split("/")
      .map((part) => encode(decodeURIComponent(part)))
      .join("/"),
    [...query]
      .map((pair) => pair.map(encode).join("="))
      .sort()
      .join("&"),
    ...names.map((name) => `${name}:${request.headers[name]}`),
    "",
    signed,
    request.headers["x-amz-content-sha256"],
  ].join("\n");
  const date = request.headers["x-amz-date"] as string;
  const text = ["AWS4-HMAC-SHA256", date, scope, createHash("sha256").update(canonical).digest("hex")].join("\n");
  const key = scope.split("/").reduce<string | Buffer>((last, part) => createHmac("sha256", last).update(part).digest(), `AWS4${SECRET}`);
  return scope === `${date.slice(0, 8)}/eu-test-1/s3/aws4_request` && createHmac("sha256", key).update(text).digest("hex") === signature;
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
