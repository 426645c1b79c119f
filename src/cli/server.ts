/** Serves page, weights and photos to the command line's own Chrome, and to nobody else. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, dirname, extname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import send from "send";
import type { Photo } from "../faces/all.ts";
import { PHOTO_URL } from "./page-protocol.ts";
import { ROOT } from "./paths.ts";

const TYPES: Readonly<Record<string, string>> = {
  ...{ ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" },
};
const BYTES = "application/octet-stream";

/** No other page can read, embed or frame an answer; a page of ours gets the finer clock and the threads of isolated pages. */
const HEADERS = {
  "Cache-Control": "no-store",
  "Content-Security-Policy": "frame-ancestors 'none'",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
};

/** The local server of a page in Chrome: the page and its bundled sources, the files of this run, and the photo of the moment. */
export interface PageServer {
  /** Address of the page, to which the addresses of all else are relative. Whoever does not know it is told nothing. */
  readonly page: string;
  /** Serves the photo's bytes until the next call; returns their address. */
  offer(photo: Photo): string;
  close(): void;
}

/**
 * Starts the server on a free port of 127.0.0.1. `page`: path of the page's HTML in the project. `files`: paths of all that the page may
 * ask for, by address. Every local user and every page in any browser can reach the port, so an answer is for those only who know the
 * random token in the address, name the server as we do, and come from no other page.
 */
export async function startServer(page: string, files: ReadonlyMap<string, string>): Promise<PageServer> {
  const start = `/${randomBytes(32).toString("base64url")}/`;
  const bundle = await loadPage(page);
  let offered: { address: string; photo: Photo } | undefined;
  let count = 0;
  let host = "";

  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    const status = refusal(request, host, start);
    if (status !== undefined) return refuse(response, status);
    const address = (request.url as string).slice(start.length);
    const asset = address === offered?.address ? { type: BYTES, content: offered.photo.data } : bundle.get(address);
    const path = files.get(address);
    if (asset) answer(response, asset);
    else if (path === undefined) refuse(response, 404);
    else sendFile(request, response, path);
  });
  await listen(server);
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    page: `http://${host}${start}`,
    offer(photo) {
      offered = { address: `${PHOTO_URL}${count++}`, photo };
      return offered.address;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

interface Asset {
  type: string;
  content: string | Uint8Array | Uint8ClampedArray;
}

/** Pages that a bundled command brings along, by their paths in the project. */
const PAGES = join(dirname(fileURLToPath(import.meta.url)), "pages");

/** The page with everything that it imports, by address: brought along, or else bundled now. */
async function loadPage(page: string): Promise<Map<string, Asset>> {
  const brought = join(PAGES, dirname(page));
  const files = existsSync(brought) ? await readPage(brought, basename(page)) : await (await import("./bundle.mjs")).bundlePage(ROOT, page);
  return new Map(files.map(({ name, content }) => [name, { type: TYPES[extname(name || page)] ?? BYTES, content }]));
}

async function readPage(folder: string, page: string) {
  const names = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  return Promise.all(
    names.map(async ({ parentPath, name: file }) => {
      const path = join(parentPath, file);
      const name = relative(folder, path).replaceAll(sep, "/");
      return { name: name === page ? "" : name, content: await readFile(path) };
    }),
  );
}

async function listen(server: Server): Promise<void> {
  await new Promise<void>((done, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", done);
  });
  // Connections that cannot be taken, as when a flood of them uses up all descriptors, are no reason to end the run.
  server.on("error", () => {});
}

/** The status of a refusal. A page elsewhere that pointed its name at 127.0.0.1 is recognised by `Host`. */
function refusal({ method = "", url = "", headers }: IncomingMessage, host: string, start: string): number | undefined {
  if (!isSame(url.slice(0, start.length), start)) return 404;
  if (headers.host !== host || (headers.origin !== undefined && headers.origin !== `http://${host}`)) return 403;
  return ["GET", "HEAD"].includes(method) ? undefined : 405;
}

/** Takes the same time wherever the texts differ. */
function isSame(given: string, expected: string): boolean {
  const [a, b] = [given, expected].map((text) => createHash("sha256").update(text).digest()) as [Buffer, Buffer];
  return timingSafeEqual(a, b);
}

function refuse(response: ServerResponse, status: number): void {
  response.statusCode = status;
  answer(response, { type: "text/plain", content: STATUS_CODES[status] ?? "" });
}

function answer(response: ServerResponse, { type, content }: Asset): void {
  const body = typeof content === "string" ? Buffer.from(content) : Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  response.setHeader("Content-Type", type).setHeader("Content-Length", body.length).end(body);
}

/** Answers with a file, or with a range of it. `send` is Express's: ranges, HEAD and streams that break are its trade. */
function sendFile(request: IncomingMessage, response: ServerResponse, path: string): void {
  response.setHeader("Content-Type", BYTES);
  const whole = resolve(path);
  send(request, encodeURIComponent(basename(whole)), { root: dirname(whole), dotfiles: "allow", etag: false, lastModified: false })
    .on("error", ({ status }: { status: number }) => {
      if (response.headersSent) response.destroy();
      else refuse(response, status);
    })
    .on("directory", () => refuse(response, 404))
    .pipe(response);
}
