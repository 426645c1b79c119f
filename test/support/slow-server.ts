import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as pause } from "node:timers/promises";

/** How a server of files behaves; a test may change it between two requests. */
export interface Link {
  /** Milliseconds before each answer. */
  latency: number;
  /** Bytes a second of each answer. */
  bandwidth: number;
  /** The next answer for weights ends after this many bytes, with its connection. */
  cutAfter: number | undefined;
}

export interface SlowServer {
  origin: string;
  link: Link;
  /** Paths asked for, with the range where there was one. */
  requests: string[];
  close(): void;
}

const TYPES: Record<string, string> = {
  ...{ ".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".mjs": "text/javascript" },
  ...{ ".wasm": "application/wasm", ".jpg": "image/jpeg", ".svg": "image/svg+xml", ".txt": "text/plain", ".md": "text/markdown" },
};
const SLICE_MILLISECONDS = 20;

/** Serves a folder over a link that is as slow as one says, with ranges and entity tags; pages of other origins may read it. */
export async function serveSlowly(folder: string): Promise<SlowServer> {
  const link: Link = { latency: 0, bandwidth: Number.POSITIVE_INFINITY, cutAfter: undefined };
  const requests: string[] = [];
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent((request.url ?? "/").replace(/[?#].*$/, "")));
    const { range } = request.headers;
    requests.push(range === undefined ? path : `${path} ${range}`);
    if (link.latency > 0) await pause(link.latency);
    const file = join(folder, path.endsWith("/") ? `${path}index.html` : path);
    const found = await stat(file).catch(() => undefined);
    if (!found?.isFile()) {
      response.writeHead(404, { "Content-Type": "text/plain" }).end("no such file");
      return;
    }
    const start = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
    response.writeHead(start > 0 ? 206 : 200, {
      "Content-Type": TYPES[extname(file)] ?? "application/octet-stream",
      "Content-Length": found.size - start,
      "Access-Control-Allow-Origin": "*",
      ETag: `"${found.size}-${found.mtimeMs}"`,
      ...(start > 0 ? { "Content-Range": `bytes ${start}-${found.size - 1}/${found.size}` } : {}),
    });
    const cut = file.endsWith(".safetensors") ? link.cutAfter : undefined;
    if (cut !== undefined) link.cutAfter = undefined;
    const began = performance.now();
    let sent = 0;
    async function* paced() {
      for await (const chunk of createReadStream(file, { start }) as AsyncIterable<Buffer>) {
        const part = cut === undefined ? chunk : chunk.subarray(0, cut - sent);
        sent += part.length;
        yield part;
        if (sent === cut) throw new Error("cut");
        const ahead = (sent / link.bandwidth) * 1000 - (performance.now() - began);
        if (ahead > SLICE_MILLISECONDS) await pause(ahead);
      }
    }
    // A page that has gone, or the cut, ends the connection.
    await pipeline(paced, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    link,
    requests,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
