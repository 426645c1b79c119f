import { mkdir, mkdtemp, rm, symlink, truncate, unlink, writeFile } from "node:fs/promises";
import { type IncomingHttpHeaders, request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { WeightsFiles } from "../../src/cli/locate.ts";
import { weightsAddress } from "../../src/cli/page-protocol.ts";
import { WEIGHTS } from "../../src/cli/paths.ts";
import { type PageServer, startServer } from "../../src/cli/server.ts";
import { TEACHERS, type TeacherDefinition } from "../../src/faces/all.ts";

const CONTENT = "0123456789";
const SHARDS = ["a-1 of 50%#.safetensors", "a-2.safetensors"];
const PHOTO = { width: 1, height: 1, data: Uint8Array.of(1, 2, 3, 4) };

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

let folder: string;
let server: PageServer;

beforeAll(async () => {
  const made = await mkdtemp(join(tmpdir(), "relabel-test-"));
  folder = join(made, ".cache");
  await mkdir(folder);
  for (const name of ["mine.safetensors", "a-1 of 50%#.safetensors", ".secret", "other.safetensors"]) {
    await writeFile(join(folder, name), CONTENT);
  }
  // As the hub's own cache keeps files.
  await symlink(join(folder, "other.safetensors"), join(folder, "a-2.safetensors"));
  await mkdir(join(folder, "vae.safetensors"));
  await symlink(join(folder, ".secret"), join(folder, "link.safetensors"));
  const weights = new WeightsFiles(TEACHERS[1] as TeacherDefinition, join(folder, "mine.safetensors"), SHARDS, folder, 1000, 3, []);
  server = await startServer("src/cli/host.html", new Map([...weights.paths].map(([name, path]) => [weightsAddress(name), path])));
  return async () => {
    server.close();
    await rm(made, { recursive: true });
  };
});

/** Asks for exactly this path, with exactly these headers, as no browser and no `fetch` would. */
function ask(path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Answer> {
  const { hostname, port } = new URL(server.page);
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, path, headers, method }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () =>
        resolve({ status: response.statusCode as number, headers: response.headers, body: Buffer.concat(chunks).toString("latin1") }),
      );
      response.on("error", reject);
    });
    asked.on("error", reject).end();
  });
}

const start = () => new URL(server.page).pathname;
const weights = (name: string) => `${start()}${weightsAddress(name)}`;

test("the page, its sources, the weights, the shards and the photo of the moment are there for who knows the address", async () => {
  const page = await ask(start());
  expect([page.status, page.headers["content-type"]]).toEqual([200, "text/html"]);
  const source = /<script type="module"[^>]* src="([^"]+)"/.exec(page.body)?.[1] as string;
  const script = await ask(new URL(source, server.page).pathname);
  expect([script.status, script.headers["content-type"]]).toEqual([200, "text/javascript"]);
  expect(script.body).toContain("globalThis.relabel =");
  expect(await ask(weights("resnet18.safetensors"))).toMatchObject({ status: 200, body: CONTENT, headers: { "content-length": "10" } });
  expect(await ask(weights("resnet18.safetensors"), {}, "HEAD")).toMatchObject({
    status: 200,
    body: "",
    headers: { "content-length": "10" },
  });
  for (const shard of SHARDS) expect(await ask(weights(shard))).toMatchObject({ status: 200, body: CONTENT });

  const first = server.offer(PHOTO);
  expect(await ask(start() + first)).toMatchObject({ status: 200, body: "\u0001\u0002\u0003\u0004" });
  const second = server.offer(PHOTO);
  expect([(await ask(start() + first)).status, (await ask(start() + second)).status]).toEqual([404, 200]);
});

test("of weights without a file of the VAE's, the project's own is served", () => {
  const { paths } = new WeightsFiles(
    TEACHERS[1] as TeacherDefinition,
    join(folder, "mine.safetensors"),
    [],
    join(folder, "nowhere"),
    1000,
    3,
    [],
  );
  expect([...paths]).toEqual([
    ["resnet18.safetensors", join(folder, "mine.safetensors")],
    ["vae.safetensors", join(WEIGHTS, "vae.safetensors")],
  ]);
});

describe("nothing is told", () => {
  const cases: [string, () => Parameters<typeof ask>, number][] = [
    ["without the token", () => ["/"], 404],
    ["under the page's path in the project", () => ["/src/cli/host.html"], 404],
    ["with another token of the same length", () => [start().replace(/.(?=.\/$)/, (letter) => (letter === "A" ? "B" : "A"))], 404],
    ["with the start of the token", () => [start().slice(0, 20)], 404],
    ["to an absolute address elsewhere", () => [`http://example.com${start()}`], 404],
    ["to a page whose name was pointed here", () => [start(), { Host: "evil.example" }], 403],
    ["to localhost by another name", () => [start(), { Host: new URL(server.page).host.replace("127.0.0.1", "localhost") }], 403],
    ["without the port", () => [start(), { Host: "127.0.0.1" }], 403],
    ["to a page of another origin", () => [start(), { Origin: "https://evil.example" }], 403],
    ["to a page without an origin", () => [start(), { Origin: "null" }], 403],
    ["to another port's page", () => [start(), { Origin: "http://127.0.0.1:1" }], 403],
    ["to a POST", () => [start(), {}, "POST"], 405],
    ["to an OPTIONS, which asks for permission", () => [start(), { Origin: "https://evil.example" }, "OPTIONS"], 403],
    ["of a file next to the weights", () => [weights("other.safetensors")], 404],
    ["of the weights' name on the disk", () => [weights("mine.safetensors")], 404],
    ["of a dotfile next to the weights", () => [weights(".secret")], 404],
    ["of a link's target next to the weights", () => [weights("link.safetensors")], 404],
    ["of a folder with the name of weights", () => [weights("vae.safetensors")], 404],
    ["of a folder above", () => [`${start()}weights/../../package.json`], 404],
    ["of a folder above, escaped", () => [`${start()}weights/..%2f..%2fpackage.json`], 404],
    ["of a file of the project", () => [`${start()}package.json`], 404],
    ["of an absolute path", () => [`${start()}@fs/etc/passwd`], 404],
    ["with a query", () => [`${weights("resnet18.safetensors")}?raw`], 404],
    ["with a broken escape", () => [`${start()}%E0%A4%A`], 404],
    ["of what every object has", () => [`${start()}__proto__`], 404],
  ];
  test.each(cases)("%s", async (_, make, status) => {
    const answer = await ask(...make());
    expect(answer.status).toBe(status);
    expect(answer.body).toMatch(/^[A-Z][A-Za-z ]{2,30}$/);
    expect(answer.headers).not.toHaveProperty("access-control-allow-origin");
    expect(answer.headers).toMatchObject({
      ...{ "cross-origin-resource-policy": "same-origin", "x-content-type-options": "nosniff" },
      "content-security-policy": "frame-ancestors 'none'",
    });
  });
});

test.each<[string, number, string, string?]>([
  ["bytes=3-5", 206, "345", "bytes 3-5/10"],
  ["bytes=8-99", 206, "89", "bytes 8-9/10"],
  ["bytes=0-99999999999999999999999", 206, CONTENT, "bytes 0-9/10"],
  ["bytes=7-", 206, "789", "bytes 7-9/10"],
  ["bytes=-2", 206, "89", "bytes 8-9/10"],
  ["bytes=99999999999999999999999-5", 416, "Range Not Satisfiable", "bytes */10"],
  ["bytes=5-3", 416, "Range Not Satisfiable", "bytes */10"],
  ["bytes=10-12", 416, "Range Not Satisfiable", "bytes */10"],
  ["bytes=-0", 416, "Range Not Satisfiable", "bytes */10"],
  ["bytes=0-1,5-6", 200, CONTENT],
  [`bytes=${"0-,".repeat(2000)}0-`, 206, CONTENT, "bytes 0-9/10"],
  ["bytes=", 200, CONTENT],
  ["bytes=-", 200, CONTENT],
  ["bytes=a-5", 200, CONTENT],
  ["bytes=1e3-2e3", 200, CONTENT],
  ["bytes=-1--5", 200, CONTENT],
  ["lines=1-2", 200, CONTENT],
])("Range %s is answered with %i, and the server lives on", async (range, status, body, part) => {
  const answer = await ask(weights("resnet18.safetensors"), { Range: range });
  expect([answer.status, answer.body, answer.headers["content-range"]]).toEqual([status, body, part]);
  expect((await ask(start())).status).toBe(200);
});

test("weights that shrink, empty or vanish, and readers who leave, break one answer and not the server", async () => {
  const path = join(folder, "mine.safetensors");
  onTestFinished(() => writeFile(path, CONTENT));
  await writeFile(path, Buffer.alloc(50e6));
  const { hostname, port } = new URL(server.page);
  await new Promise((resolve) => {
    const asked = request({ hostname, port, path: weights("resnet18.safetensors") }, (response) => {
      response.on("error", () => {}).on("close", resolve);
      response.once("data", async () => {
        await truncate(path, 1000);
        asked.destroy();
      });
    });
    asked.on("error", () => {}).end();
  });
  await truncate(path, 0);
  expect(await ask(weights("resnet18.safetensors"))).toMatchObject({ status: 200, body: "" });
  expect(await ask(weights("resnet18.safetensors"), { Range: "bytes=0-0" })).toMatchObject({ status: 416 });
  await unlink(path);
  expect(await ask(weights("resnet18.safetensors"))).toMatchObject({ status: 404, body: "Not Found" });
  expect((await ask(start())).status).toBe(200);
});

test.each([
  ["no HTTP", "\u0000\u0001\u0002\r\n\r\n"],
  ["a method that nobody knows", "FETCH / HTTP/1.1\r\n\r\n"],
  ["no address", "GET  HTTP/1.1\r\nHost: x\r\n\r\n"],
  ["a tunnel", "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n"],
  ["another protocol", "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"],
  ["headers without end", `GET / HTTP/1.1\r\nA: ${"a".repeat(100_000)}\r\n\r\n`],
  ["two lengths", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"],
])("%s is turned away, and the server lives on", async (_, text) => {
  const { hostname, port } = new URL(server.page);
  const answer = await new Promise<string>((resolve) => {
    let received = "";
    const socket = connect(Number(port), hostname, () => socket.end(text, "latin1"));
    socket.on("data", (chunk) => {
      received += chunk;
    });
    socket.on("error", () => {}).on("close", () => resolve(received));
  });
  expect(answer).toMatch(/^$|^HTTP\/1\.1 4/);
  expect((await ask(start())).status).toBe(200);
});
