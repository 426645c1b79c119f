import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { openBytes } from "../../../src/nets/weights/bytes.ts";
import { rejected } from "../../support/errors.ts";

const DATA = Uint8Array.from({ length: 1000 }, (_, i) => (i * 7) & 255);

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
    const [start, end] = [Number(from), Number(to) + 1];
    const body = data();
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

  test("a URL is read by ranges: only what is asked for", async () => {
    const asked: string[] = [];
    const source = await openBytes(await serve(ranges(asked)), "net.safetensors");
    expect(source.size).toBe(1000);
    expect(await read(source, 500, 600)).toEqual([...DATA.subarray(500, 600)]);
    expect(await read(source, 1000, 1000)).toEqual([]);
    expect(asked).toEqual(["bytes=0-0", "bytes=500-599"]);
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

  test("a file that shrinks meanwhile is noticed", async () => {
    let body = DATA;
    const source = await openBytes(await serve(ranges([], () => body)), "net.safetensors");
    body = DATA.slice(0, 50);
    expect(await rejected(source.read(40, 60))).toMatchObject({ code: "BAD_WEIGHTS", message: expect.stringContaining("changed") });
  });
});
