import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { openBytes } from "../../../src/nets/weights/bytes.ts";
import { rejected } from "../../support/errors.ts";

const DATA = Uint8Array.from({ length: 1000 }, (_, i) => (i * 7) & 255);
/** Bytes of the pieces that a URL is read in, and a file of six and a bit. */
const PIECE = 4 << 20;
const LARGE = Uint8Array.from({ length: 6 * PIECE + 100 }, (_, i) => (i * 7 + (i >> 13)) & 255);

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

async function serve(listener: RequestListener): Promise<URL> {
  server = createServer(listener);
  await new Promise<void>((resolve) => (server as Server).listen(0, "127.0.0.1", resolve));
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/net.safetensors`);
}

/** Serves DATA by ranges; notes those asked for. */
function ranges(asked: string[], data = () => DATA): RequestListener {
  return (request, response) => {
    const range = request.headers.range as string;
    asked.push(range);
    const [, from, to] = /bytes=(\d+)-(\d+)/.exec(range) ?? [];
    const body = data();
    const [start, end] = [Number(from), Math.min(Number(to) + 1, body.length)];
    response.writeHead(206, { "Content-Range": `bytes ${start}-${end - 1}/${body.length}` });
    response.end(body.subarray(start, end));
  };
}

const read = async (source: { read(start: number, end: number): Promise<Uint8Array> }, start: number, end: number) => [
  ...(await source.read(start, end)),
];

describe("openBytes", () => {
  test.each([
    ["an ArrayBuffer", DATA.slice().buffer, "net.safetensors"],
    ["a Blob", new Blob([DATA]), "net.safetensors"],
    ["a File, which keeps its name", new File([DATA], "other.safetensors"), "other.safetensors"],
  ])("%s", async (_, input, name) => {
    const source = await openBytes(input, "net.safetensors");
    expect(source).toMatchObject({ name, size: 1000 });
    expect(await read(source, 3, 11)).toEqual([...DATA.subarray(3, 11)]);
    expect(await read(source, 1000, 1000)).toEqual([]);
  });

  test("a source of one's own is taken as it is", async () => {
    const own = { name: "own", size: 4, read: async () => new Uint8Array(4) };
    expect(await openBytes(own, "other name")).toBe(own);
  });

  test("a URL is read by ranges, of which one serves many small reads", async () => {
    const asked: string[] = [];
    const source = await openBytes(await serve(ranges(asked, () => LARGE)), "net.safetensors");
    expect(source.size).toBe(LARGE.length);
    const [first, second] = [`bytes=0-${PIECE - 1}`, `bytes=${PIECE}-${2 * PIECE - 1}`];
    expect(asked).toEqual([first]);
    for (const [start, end] of [
      [500, 600],
      [PIECE - 1, PIECE - 1],
      [PIECE - 3, PIECE + 5],
      [PIECE, PIECE + 9],
      [7, 8],
    ] as const) {
      expect(await read(source, start, end)).toEqual([...LARGE.subarray(start, end)]);
    }
    expect(asked).toEqual([first, second]);
    // The file's last piece is shorter, and what is as large as a piece is asked for as it is.
    expect(await read(source, LARGE.length - 3, LARGE.length)).toEqual([...LARGE.subarray(-3)]);
    expect(await read(source, LARGE.length, LARGE.length)).toEqual([]);
    const large = await source.read(3, PIECE + 4);
    expect(Buffer.compare(large, LARGE.subarray(3, PIECE + 4))).toBe(0);
    expect(asked.slice(2)).toEqual([`bytes=${6 * PIECE}-${LARGE.length - 1}`, `bytes=3-${PIECE + 3}`]);
  });

  test("of the pieces of a URL the last four are kept, and one that failed is asked for again", async () => {
    const asked: string[] = [];
    let down = false;
    const serveRange = ranges(asked, () => LARGE);
    const url = await serve((request, response) => (down ? response.writeHead(503).end() : serveRange(request, response)));
    const source = await openBytes(url, "net.safetensors");
    const visit = (...pieces: number[]) => Promise.all(pieces.map((index) => source.read(index * PIECE, index * PIECE + 4)));
    await visit(1, 2, 3, 0, 1);
    expect(asked).toHaveLength(4);
    await visit(4, 2);
    expect(asked).toHaveLength(6);
    down = true;
    expect(await rejected(visit(5))).toMatchObject({ code: "BAD_WEIGHTS", message: expect.stringContaining("answered 503") });
    down = false;
    expect(await visit(5)).toEqual([LARGE.slice(5 * PIECE, 5 * PIECE + 4)]);
  });

  test("an empty file on a server, which has no range to send, is empty", async () => {
    const url = await serve((_, response) => response.writeHead(416, { "Content-Range": "bytes */0" }).end("nothing to send"));
    expect((await openBytes(url, "net.safetensors")).size).toBe(0);
  });

  test("a server without ranges sends it all once", async () => {
    let requests = 0;
    const url = await serve((_, response) => {
      requests++;
      response.end(DATA);
    });
    const source = await openBytes(url, "net.safetensors");
    expect(source.size).toBe(1000);
    expect(await read(source, 990, 1000)).toEqual([...DATA.subarray(990)]);
    expect(requests).toBe(1);
  });

  test("an error of the server and a host that is not there are told, with the address", async () => {
    const url = await serve((_, response) => response.writeHead(404).end("no"));
    expect(await rejected(openBytes(url, "net.safetensors"))).toMatchObject({
      code: "BAD_WEIGHTS",
      message: expect.stringMatching(/net\.safetensors could not be loaded from http.*: the server answered 404/),
    });
    server?.close();
    const gone = new URL("http://127.0.0.1:1/net.safetensors");
    expect(await rejected(openBytes(gone, "net.safetensors"))).toMatchObject({
      code: "BAD_WEIGHTS",
      message: expect.stringContaining(":1/net"),
    });
  });

  test.each([
    ["shrinks", LARGE.slice(0, PIECE + 50)],
    ["grows", new Uint8Array(LARGE.length + 1)],
  ])("a file that %s meanwhile is noticed", async (_, other) => {
    let body = LARGE;
    const source = await openBytes(await serve(ranges([], () => body)), "net.safetensors");
    body = other;
    expect(await rejected(source.read(PIECE + 40, PIECE + 60))).toMatchObject({
      code: "BAD_WEIGHTS",
      message: expect.stringContaining("changed"),
    });
  });
});
