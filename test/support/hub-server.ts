import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** What goes wrong; a test may change it between two requests. */
export interface Faults {
  /** The connection is cut once this many bytes of an answer have been sent, as many times as `cuts` says. */
  cutAfter?: number;
  cuts?: number;
  /** Nothing more comes after this many bytes of an answer, and the connection stays open. */
  stallAfter?: number;
  ignoreRange?: boolean;
  /** A byte of the file, by its place, that arrives as another. */
  flippedByte?: number;
  /** What the listing says, and what answers claim, whatever the file's true size. */
  listedSize?: number;
  /** Status of the file's answers, instead of the file, as many times as `refusals` says. */
  status?: number;
  refusals?: number;
  /** Status of the listing. */
  listingStatus?: number;
  /** A sign-in page instead of the file and the listing. */
  page?: boolean;
  /** The file's entity tag. */
  etag?: string;
}

export interface SeenRequest {
  path: string;
  range: string | undefined;
  ifRange: string | undefined;
  /** Bytes of the file that were sent. */
  sent: number;
}

/** A server with the part of the Hugging Face hub's API that downloads need, and without its reliability. */
export interface Hub {
  endpoint: string;
  faults: Faults;
  /** Requests for the content of files. */
  requests: SeenRequest[];
  /** How often a folder was listed. */
  listings: number;
}

/** The address of a file, which redirects to where its bytes are, as the hub's does. */
const RESOLVE = /^\/([^/]+\/[^/]+)\/resolve\/[^/]+\/(.+)$/;
const TREE = /^\/api\/models\/([^/]+\/[^/]+)\/tree\/[^/]+(?:\/(.+))?$/;
const CONTENT = "/content/";

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Starts a hub with the given files by repository and path, such as "timm/resnet18.tv_in1k/model.safetensors". */
export async function startHub(files: Record<string, Uint8Array>): Promise<Hub> {
  const hub: Hub = { endpoint: "", faults: {}, requests: [], listings: 0 };
  const server = createServer((request, response) => {
    // Pages of any origin may read the hub's answers.
    response.setHeader("Access-Control-Allow-Origin", "*");
    const url = decodeURIComponent(request.url ?? "/");
    const [, tree, folder] = TREE.exec(url) ?? [];
    const [, repository, path] = RESOLVE.exec(url) ?? [];
    if (tree) hub.listings++;
    if (tree) sendListing(response, files, hub.faults, tree, folder);
    else if (repository) response.writeHead(302, { Location: `${CONTENT}${repository}/${path}` }).end();
    else void sendContent(request, response, files[url.slice(CONTENT.length)], hub);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  hub.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return hub;
}

function sendListing(response: ServerResponse, files: Record<string, Uint8Array>, faults: Faults, repository: string, folder = ""): void {
  if (faults.page) {
    sendPage(response);
    return;
  }
  const prefix = `${repository}/`;
  const own = Object.entries(files).filter(([name]) => name.startsWith(prefix + folder));
  const status = faults.listingStatus ?? (own.length > 0 ? 200 : 404);
  const entries = own.map(([name, bytes]) => {
    const size = faults.listedSize ?? bytes.length;
    return {
      type: "file",
      oid: "0".repeat(40),
      size,
      path: name.slice(prefix.length),
      lfs: { oid: sha256(bytes), size, pointerSize: 134 },
    };
  });
  const small = { type: "file", oid: "1".repeat(40), size: 12, path: "README.md" };
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(JSON.stringify(status === 200 ? [small, ...entries] : { error: "not found" }));
}

function sendPage(response: ServerResponse): void {
  response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" }).end("<!doctype html><title>Please sign in</title>");
}

async function sendContent(request: IncomingMessage, response: ServerResponse, file: Uint8Array | undefined, hub: Hub): Promise<void> {
  const { faults } = hub;
  const { range, "if-range": ifRange } = request.headers;
  const seen: SeenRequest = { path: request.url ?? "", range, ifRange: ifRange as string | undefined, sent: 0 };
  hub.requests.push(seen);
  const refuses = faults.status !== undefined && (faults.refusals ?? Number.POSITIVE_INFINITY) > 0;
  if (refuses && faults.refusals !== undefined) faults.refusals--;
  const status = refuses ? (faults.status as number) : file ? 200 : 404;
  if (status !== 200 || !file) {
    response.writeHead(status).end("no");
    return;
  }
  if (faults.page) {
    sendPage(response);
    return;
  }
  const bytes = Buffer.from(file);
  if (faults.flippedByte !== undefined) bytes[faults.flippedByte] = (bytes[faults.flippedByte] as number) ^ 1;
  const current = ifRange === undefined || ifRange === faults.etag;
  const [, from, to] = (!faults.ignoreRange && current && /^bytes=(\d+)-(\d*)$/.exec(range ?? "")) || [];
  const start = Number(from ?? 0);
  const body = bytes.subarray(start, to ? Number(to) + 1 : undefined);
  const size = Math.max(faults.listedSize ?? 0, bytes.length);
  response.writeHead(from === undefined ? 200 : 206, {
    "Content-Type": "application/octet-stream",
    "Content-Length": to ? body.length : size - start,
    ...(from === undefined ? {} : { "Content-Range": `bytes ${start}-${to || size - 1}/${size}` }),
    ...(faults.etag === undefined ? {} : { ETag: faults.etag }),
  });
  const cuts = faults.cutAfter !== undefined && (faults.cuts ?? Number.POSITIVE_INFINITY) > 0;
  const sent = body.subarray(0, cuts ? faults.cutAfter : faults.stallAfter);
  seen.sent = sent.length;
  if (sent.length > 0) await new Promise((done) => response.write(sent, done));
  if (cuts) {
    if (faults.cuts !== undefined) faults.cuts--;
    response.destroy();
  } else if (faults.stallAfter === undefined) {
    response.end();
  }
}

/** Bytes that no compression shortens and no fault leaves as they were. */
export function makeFile(size: number): Uint8Array {
  return randomBytes(size);
}
