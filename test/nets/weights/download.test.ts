import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "puppeteer";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openPage } from "../../../src/cli/browser.ts";
import type { Download } from "../../../src/nets/weights/download.ts";
import type { DownloadProgress, RemoteFile } from "../../../src/nets/weights/download-options.ts";
import { PIECE_BYTES } from "../../../src/nets/weights/kept-files.ts";
import { sha256 } from "../../support/hub-server.ts";
import { installedFolder, removeFolder } from "../../support/package-folder.ts";
import { type SlowServer, serveSlowly } from "../../support/slow-server.ts";

const OWN = "/node_modules/relabel/weights/efficientnet-lite0.safetensors";

// The test runner would rewrite an import() in what is evaluated in the page.
const PAGE = `<!doctype html><script type="module">
import { Session } from "/node_modules/relabel/dist/index.js";
import { download } from "/node_modules/relabel/dist/nets/weights/download.js";
globalThis.library = { Session, download };
</script>`;

declare global {
  var library: {
    Session: typeof import("../../../src/index.ts").Session;
    download: typeof import("../../../src/nets/weights/download.ts").download;
  };
}

let folder: string;
let server: SlowServer;
let page: Page;
let hash: string;
let size: number;

beforeAll(async () => {
  folder = await installedFolder(false);
  const bytes = await readFile(join(folder, OWN));
  [hash, size] = [sha256(bytes), bytes.length];
  await writeFile(join(folder, "blank.html"), PAGE);
  server = await serveSlowly(folder);
  page = await openPage(`${server.origin}/blank.html`, { software: true });
  await page.waitForFunction(() => "library" in globalThis);
}, 120_000);

beforeEach(async () => {
  Object.assign(server.link, { latency: 0, bandwidth: Number.POSITIVE_INFINITY, cutAfter: undefined });
  await page.evaluate(async () => {
    for (const name of await caches.keys()) await caches.delete(name);
  });
  asked();
});

afterAll(async () => {
  await page?.browser().close();
  server?.close();
  await removeFolder(folder);
}, 60_000);

/** Requests for weights since the last question. */
const asked = () => server.requests.splice(0).filter((path) => path.includes(".safetensors"));

interface Outcome {
  error: { code: string; message: string; fix: string } | undefined;
  /** SHA-256 of what arrived. */
  hash: string | undefined;
  seen: DownloadProgress[];
}

/** Downloads in the page; `stopAt`: aborted once so many bytes have arrived. */
function download(file: Partial<RemoteFile>, options: Download = {}, stopAt = Number.POSITIVE_INFINITY): Promise<Outcome> {
  return page.evaluate(
    async (given, settings, limit) => {
      const seen: DownloadProgress[] = [];
      const abort = new AbortController();
      const onProgress = (progress: DownloadProgress) => {
        seen.push(progress);
        if (progress.loaded >= (limit ?? Number.POSITIVE_INFINITY)) abort.abort();
      };
      try {
        const source = await library.download(given, "net.safetensors", { ...settings, onProgress, signal: abort.signal });
        const parts = [await source.read(0, 5_000_001), await source.read(5_000_001, source.size)];
        const digest = await crypto.subtle.digest("SHA-256", await new Blob(parts).arrayBuffer());
        return { error: undefined, seen, hash: [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("") };
      } catch (error) {
        const { code, message, fix } = error as { code: string; message: string; fix: string };
        return { error: { code, message, fix }, seen, hash: undefined };
      }
    },
    { url: server.origin + OWN, ...file } as RemoteFile,
    options,
    Number.isFinite(stopAt) ? stopAt : null,
  );
}

const kept = () => page.evaluate(() => caches.keys());
const known = () => ({ sha256: hash, size });

describe("one download", { timeout: 60_000 }, () => {
  test("a session's weights come in one request, checked, in at most 3 s more than the bandwidth takes; then in none", async () => {
    Object.assign(server.link, { latency: 60, bandwidth: 8e6 });
    const load = (weights: string) =>
      page.evaluate(async (given) => {
        const began = performance.now();
        const seen: { file: string; loaded: number; total: number; at: number }[] = [];
        const session = await library.Session.create({
          weights: given,
          onProgress: (progress: DownloadProgress) => seen.push({ ...progress, at: performance.now() - began }),
        });
        session.dispose();
        return seen;
      }, weights);
    const seen = await load("node_modules/relabel/weights/");
    expect(asked()).toEqual([OWN]);
    expect(seen.length).toBeGreaterThan(10);
    expect(seen.at(-1)).toMatchObject({ file: "efficientnet-lite0.safetensors", loaded: size, total: size });
    const milliseconds = seen.at(-1)?.at as number;
    expect(milliseconds).toBeGreaterThan((size / 8e6) * 900);
    expect(milliseconds).toBeLessThan((size / 8e6) * 1000 + 3000);
    expect([await load("node_modules/relabel/weights/"), asked()]).toEqual([[], []]);
    // What is kept from elsewhere does not hide that a folder lacks the file.
    await expect(load("nowhere/")).rejects.toThrow(/nowhere\/efficientnet-lite0\.safetensors.*404/);
  });

  test.each([
    ["of known content", known],
    ["of unknown content, whose tag the server sends", () => ({})],
  ])("a file %s goes on after a cut where it stopped", async (_, what) => {
    server.link.cutAfter = 5_000_000;
    const { error, hash: found, seen } = await download(what());
    expect([error, found]).toEqual([undefined, hash]);
    const [first, second] = asked();
    const from = Number(/bytes=(\d+)-/.exec(second as string)?.[1]);
    expect(first).toBe(OWN);
    expect(from).toBeGreaterThan(0);
    expect(seen.map(({ loaded }) => loaded)).toContain(from);
    expect(seen.map(({ loaded }) => loaded)).toEqual(seen.map(({ loaded }) => loaded).toSorted((a, b) => a - b));
  });

  test("an abort ends it, and what has arrived is kept for the next time", async () => {
    server.link.bandwidth = 20e6;
    const { error } = await download(known(), {}, 6e6);
    expect(error?.code).toBe("ABORTED");
    asked();
    expect((await download(known())).hash).toBe(hash);
    expect(asked()).toEqual([`${OWN} bytes=${PIECE_BYTES}-`]);
  });

  test("a kept file of unknown content is used while the server has the same", async () => {
    expect((await download({})).hash).toBe(hash);
    const again = await download({});
    expect([again.hash, again.seen]).toEqual([hash, []]);
    expect(asked()).toEqual([OWN, OWN]);
    const bytes = Buffer.from(await readFile(join(folder, OWN)));
    bytes.writeUInt8(1, bytes.length - 1);
    await writeFile(join(folder, "other.safetensors"), bytes);
    const other = { url: `${server.origin}/other.safetensors`, keepAs: server.origin + OWN };
    expect((await download(other)).hash).toBe(sha256(bytes));
  });

  test("two at once are one download", async () => {
    const both = await Promise.all([download(known()), download(known())]);
    expect(both.map(({ hash: found }) => found)).toEqual([hash, hash]);
    expect(asked()).toEqual([OWN]);
  });

  test("who wants nothing kept has nothing kept", async () => {
    for (const _ of [1, 2]) expect((await download(known(), { keep: false })).hash).toBe(hash);
    expect([asked(), await kept()]).toEqual([[OWN, OWN], []]);
  });

  test("a browser without room, or that keeps nothing, is no error", async () => {
    const client = await page.createCDPSession();
    await client.send("Storage.overrideQuotaForOrigin", { origin: server.origin, quotaSize: 6e6 });
    const full = await download(known());
    await client.send("Storage.overrideQuotaForOrigin", { origin: server.origin });
    expect([full.error, full.hash, await kept()]).toEqual([undefined, hash, []]);
    await page.evaluate(() => {
      const refuse = () => Promise.reject(new DOMException("The operation is insecure.", "SecurityError"));
      Object.assign(caches, { match: refuse, open: refuse, keys: refuse });
    });
    expect((await download(known())).hash).toBe(hash);
    await page.evaluate(() => {
      for (const method of ["match", "open", "keys"]) Reflect.deleteProperty(caches, method);
    });
    expect(asked()).toEqual([OWN, OWN]);
  });

  test.each<[string, Partial<RemoteFile>, RegExp]>([
    [
      "another file",
      { sha256: "0".repeat(64) },
      /is not the published file \(SHA-256 94ebbe43485b… instead of 000000000000…\), so it was deleted/,
    ],
    [
      "a file that is not there",
      { url: "http://127.0.0.1:9/net.safetensors", keepAs: "gone" },
      /^net\.safetensors could not be loaded from http:/,
    ],
  ])("%s is refused, and not kept", async (_, file, message) => {
    const { error } = await download(file);
    expect(error).toMatchObject({ code: "BAD_WEIGHTS", message: expect.stringMatching(message) });
    expect(await kept()).toEqual([]);
  });

  test("a web page in the file's place is refused", async () => {
    const { error } = await download({ url: `${server.origin}/blank.html` });
    expect(error).toMatchObject({ code: "BAD_WEIGHTS", message: expect.stringContaining("the server sent a web page") });
  });
});
