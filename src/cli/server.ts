import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createServer as createVite } from "vite";
import type { Photo } from "../index.ts";
import { describeError } from "./errors.ts";
import { ROOT, readWeights } from "./weights.ts";
import { PHOTO_URL, WEIGHTS_URL } from "./wire.ts";

/** The local server of the page in Chrome: sources through Vite, weights, and the photo of the moment. */
export interface PageServer {
  readonly origin: string;
  /** Serves the photo's bytes until the next call; returns their URL. */
  offer(photo: Photo): string;
  close(): Promise<void>;
}

/** Starts the server on a free port of 127.0.0.1. */
export async function startServer(weights: string): Promise<PageServer> {
  const vite = await createVite({
    root: ROOT,
    configFile: false,
    appType: "mpa",
    logLevel: "error",
    server: { middlewareMode: true, hmr: false, ws: false, watch: null },
    optimizeDeps: { noDiscovery: true },
  });
  let offered: { url: string; photo: Photo } | undefined;
  let count = 0;

  const server = createServer((request, response) => {
    const url = request.url ?? "/";
    if (url === offered?.url) {
      send(response, 200, "application/octet-stream", offered.photo.data);
    } else if (url.startsWith(WEIGHTS_URL)) {
      readWeights(weights, url.slice(WEIGHTS_URL.length)).then(
        (bytes) => send(response, 200, "application/octet-stream", new Uint8Array(bytes)),
        (error) => send(response, 404, "text/plain", describeError(error).replace("error: ", "")),
      );
    } else {
      vite.middlewares(request, response, () => send(response, 404, "text/plain", `${url} is not here.`));
    }
  });
  await listen(server);
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    offer(photo) {
      offered = { url: `${PHOTO_URL}${count++}`, photo };
      return offered.url;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await vite.close();
    },
  };
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
