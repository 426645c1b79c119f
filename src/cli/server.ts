import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, extname } from "node:path";
import { pipeline } from "node:stream/promises";
import { build, type Rolldown } from "vite";
import type { Photo } from "../index.ts";
import type { WeightsFiles } from "./locate.ts";
import { ROOT } from "./paths.ts";
import { PHOTO_URL, WEIGHTS_URL } from "./wire.ts";

const HOST = "src/cli/host.html";
const TYPES: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript" };
const BYTES = "application/octet-stream";

/** The local server of the page in Chrome: the page and its bundled sources, weights, and the photo of the moment. */
export interface PageServer {
  readonly origin: string;
  /** Address of the page. */
  readonly page: string;
  /** Serves the photo's bytes until the next call; returns their URL. */
  offer(photo: Photo): string;
  close(): void;
}

/** Starts the server on a free port of 127.0.0.1. */
export async function startServer(weights: WeightsFiles): Promise<PageServer> {
  const files = await bundlePage();
  let offered: { url: string; photo: Photo } | undefined;
  let count = 0;

  const server = createServer((request, response) => {
    const url = request.url ?? "/";
    if (url === offered?.url) {
      send(response, 200, BYTES, offered.photo.data);
    } else if (url.startsWith(WEIGHTS_URL)) {
      void sendFile(request, response, weights.find(basename(url)));
    } else {
      const file = files.get(url.slice(1));
      if (file === undefined) send(response, 404, "text/plain", `${url} is not here.`);
      else send(response, 200, TYPES[extname(url)] ?? BYTES, file);
    }
  });
  await listen(server);
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    page: `${origin}/${HOST}`,
    offer(photo) {
      offered = { url: `${PHOTO_URL}${count++}`, photo };
      return offered.url;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The page with everything that it imports, by path: a few files instead of hundreds, each of which would be a request of its own. */
async function bundlePage(): Promise<Map<string, string | Uint8Array>> {
  const { output } = (await build({
    root: ROOT,
    configFile: false,
    publicDir: false,
    logLevel: "error",
    build: { write: false, minify: false, sourcemap: "inline", target: "es2023", rolldownOptions: { input: HOST } },
  })) as Rolldown.RolldownOutput;
  return new Map(output.map((file) => [file.fileName, file.type === "chunk" ? file.code : file.source]));
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
}

function send(response: ServerResponse, status: number, type: string, body: string | Uint8Array | Uint8ClampedArray): void {
  response.writeHead(status, { "Content-Type": type, "Cache-Control": "no-store" });
  response.end(typeof body === "string" ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength));
}

/** Answers with a file, or with the range of it that was asked for, which is all that the engine ever does. */
async function sendFile({ headers }: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
  const facts = await stat(path).catch(() => undefined);
  if (!facts?.isFile()) return send(response, 404, "text/plain", `${path} is not here.`);
  const { size } = facts;
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? "") ?? [];
  const start = Number(from ?? 0);
  const end = Math.min(Number(to ?? size), size - 1);
  const range = { "Content-Range": `bytes ${start}-${end}/${size}` };
  response.writeHead(from === undefined ? 200 : 206, {
    "Content-Type": BYTES,
    "Cache-Control": "no-store",
    "Content-Length": Math.max(end - start + 1, 0),
    ...(from === undefined ? {} : range),
  });
  // Whoever asked may be gone before the end.
  await pipeline(createReadStream(path, { start, end: Math.max(end, start) }), response).catch(() => response.destroy());
}
