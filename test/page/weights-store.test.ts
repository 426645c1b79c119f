import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { findHubFile, type HubDownload } from "../../src/faces/all.ts";
import type { DownloadProgress } from "../../src/nets/weights/download-options.ts";
import { PIECE_BYTES } from "../../src/nets/weights/kept-files.ts";
import type { StoredWeights } from "../../src/page/fetch-weights.ts";
import { type Hub, makeFile, sha256, startHub } from "../support/hub-server.ts";
import { Visitor } from "./visitor.ts";

const PLACE = { repository: "timm/net", path: "model.safetensors" };
const SIZE = 2 * PIECE_BYTES + 1001;

interface Outcome {
  error: { name: string; message: string; fix: string } | undefined;
  seen: DownloadProgress[];
}

describe("the store of weights", { timeout: 60_000 }, () => {
  let visitor: Visitor;

  beforeAll(async () => {
    visitor = await Visitor.arrive();
    // A document of the page's origin that loads nothing.
    await visitor.page.goto(visitor.server.origin + visitor.server.other);
  }, 180_000);

  beforeEach(async () => {
    await inPage("for (const { file } of await listStored()) await deleteKept(file);");
    // Chrome frees the space of what was deleted once no page holds it open.
    await visitor.page.reload();
    await visitor.page.evaluate(`new Promise((done) => (indexedDB.deleteDatabase("relabel-weights").onsuccess = done))`);
  });

  afterAll(() => visitor?.leave(), 60_000);

  /** Runs code that uses the store's functions, as text, because the test runner would rewrite an import for Node. */
  function inPage<T>(code: string): Promise<T> {
    return visitor.page.evaluate(`(async () => {
      const { deleteKept, openKept } = await import("/src/nets/weights/kept-files.js");
      const { downloadWeights, listStored } = await import("/src/page/fetch-weights.js");
      ${code}
    })()`) as Promise<T>;
  }

  /** Downloads net.safetensors, and aborts once so many bytes have arrived. */
  const download = (published: HubDownload, abortAt = Number.MAX_SAFE_INTEGER) =>
    inPage<Outcome>(`
      const abort = new AbortController();
      const seen = [];
      const onProgress = (progress) => {
        seen.push(progress);
        if (progress.loaded >= ${abortAt}) abort.abort();
      };
      const error = await downloadWeights("net.safetensors", ${JSON.stringify(published)}, { signal: abort.signal, onProgress })
        .then(() => undefined, ({ name, message, fix }) => ({ name, message, fix }));
      return { error, seen };`);

  const list = () => inPage<StoredWeights[]>("return listStored();");

  /** SHA-256 of what the store gives, read in two parts that do not end where pieces do. */
  const readBack = () =>
    inPage<string | undefined>(`
      const source = await openKept("net.safetensors");
      if (!source) return undefined;
      const parts = [await source.read(0, ${PIECE_BYTES + 77}), await source.read(${PIECE_BYTES + 77}, source.size)];
      const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", await new Blob(parts).arrayBuffer()));
      return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");`);

  async function scene(): Promise<{ hub: Hub; file: Uint8Array; published: HubDownload }> {
    const file = makeFile(SIZE);
    const hub = await startHub({ "timm/net/model.safetensors": file });
    return { hub, file, published: await findHubFile(PLACE, hub.endpoint) };
  }

  const stored = ({ sha256, size }: HubDownload, bytes: number): StoredWeights => ({
    ...{ file: "net.safetensors", sha256, size },
    ...{ stored: bytes, complete: bytes === size },
  });

  test("a file is downloaded in pieces, checked, listed, read back, and deleted", async () => {
    const { hub, file, published } = await scene();
    const { error, seen } = await download(published);
    expect(error).toBeUndefined();
    const arrived = seen.map(({ loaded }) => loaded);
    expect(arrived).toEqual(arrived.toSorted((a, b) => a - b));
    expect(arrived.at(-1)).toBe(SIZE);
    expect(seen.at(-1)).toEqual({ file: "net.safetensors", loaded: SIZE, total: SIZE });
    expect(await list()).toEqual([stored(published, SIZE)]);
    expect(await readBack()).toBe(sha256(file));
    expect(hub.requests).toMatchObject([{ range: undefined, sent: SIZE }]);
    await inPage(`await deleteKept("net.safetensors");`);
    expect(await list()).toEqual([]);
    expect(await readBack()).toBeUndefined();
    expect(await visitor.page.evaluate(() => caches.keys())).toEqual([]);
  });

  test("after a cancel only the missing pieces are asked for", async () => {
    const { hub, file, published } = await scene();
    hub.faults.stallAfter = PIECE_BYTES + 500_000;
    const { error } = await download(published, PIECE_BYTES + 400_000);
    expect(error?.name).toBe("AbortError");
    expect(await list()).toEqual([stored(published, PIECE_BYTES)]);
    expect(await readBack()).toBeUndefined();
    hub.faults = {};
    const { seen } = await download(published);
    expect(Math.min(...seen.map(({ loaded }) => loaded))).toBeGreaterThanOrEqual(PIECE_BYTES);
    expect(hub.requests.map(({ range, sent }) => [range, sent])).toEqual([
      [undefined, PIECE_BYTES + 500_000],
      [`bytes=${PIECE_BYTES}-`, SIZE - PIECE_BYTES],
    ]);
    expect(await readBack()).toBe(sha256(file));
  });

  test("a broken connection keeps what has arrived, and a server without ranges is listened to from the start", async () => {
    const { hub, file, published } = await scene();
    hub.faults = { cutAfter: 2 * PIECE_BYTES + 10, ignoreRange: true };
    // It tries again after seconds, which say nothing here.
    await inPage(
      "const { setTimeout } = globalThis; globalThis.setTimeout = (work, wait, ...rest) => setTimeout(work, wait / 100, ...rest);",
    );
    const { error } = await download(published);
    expect(error?.message).toMatch(/^net\.safetensors could not be loaded from .+\.$/);
    expect(error?.fix).toBe("Check the connection and try again: it goes on where it stopped.");
    // What the browser had received and not yet handed over is lost with the connection.
    const kept = (await list())[0]?.stored;
    expect([0, PIECE_BYTES, 2 * PIECE_BYTES]).toContain(kept);
    hub.faults = { ignoreRange: true };
    expect((await download(published)).error).toBeUndefined();
    expect(hub.requests.at(-1)).toMatchObject({ range: `bytes=${kept}-`, sent: SIZE });
    expect(await readBack()).toBe(sha256(file));
  });

  test("a file with another hash is deleted", async () => {
    const { hub, published } = await scene();
    hub.faults.flippedByte = PIECE_BYTES + 3;
    const { error } = await download(published);
    expect(error?.message).toMatch(
      /^What 127\.0\.0\.1:\d+ sent as net\.safetensors is not the published file \(SHA-256 \w{12}… instead of \w{12}…\)/,
    );
    expect(error?.message).toContain(published.sha256.slice(0, 12));
    expect(await list()).toEqual([]);
  });

  test("pieces of another version are not mixed with the new one's", async () => {
    const old = await scene();
    old.hub.faults.stallAfter = PIECE_BYTES + 500_000;
    await download(old.published, PIECE_BYTES + 400_000);
    const { hub, file, published } = await scene();
    expect((await download(published)).error).toBeUndefined();
    expect(hub.requests).toMatchObject([{ range: undefined }]);
    expect(await readBack()).toBe(sha256(file));
  });

  test("what was downloaded first is demanded from then on, unless the source knows better", async () => {
    const first = await scene();
    expect((await download(first.published)).error).toBeUndefined();
    await inPage(`await deleteKept("net.safetensors");`);
    const { hub, file, published } = await scene();
    const { error } = await download(published);
    expect(error?.message).toMatch(/^127\.0\.0\.1:\d+ has another net\.safetensors than was downloaded first \(SHA-256 /);
    expect([hub.requests, await list()]).toEqual([[], []]);
    expect((await download(first.published)).error).toBeUndefined();
    expect((await download({ ...published, statedBy: "source" })).error).toBeUndefined();
    expect(await readBack()).toBe(sha256(file));
  });

  test("a file that the page finds unfit is deleted, and not recorded", async () => {
    const { published } = await scene();
    const message = await inPage<string>(`
      const check = async (source) => {
        throw new Error(source.name + " of " + source.size + " begins with " + (await source.read(0, 3)));
      };
      const options = { check, signal: new AbortController().signal, onProgress() {} };
      return downloadWeights("net.safetensors", ${JSON.stringify(published)}, options).then(() => "", ({ message }) => message);`);
    expect(message).toMatch(/net\.safetensors of 8389609 begins with \d+,\d+,\d+/);
    expect(await list()).toEqual([]);
    expect((await download((await scene()).published)).error).toBeUndefined();
  });

  test.for([
    ["an error's page", { status: 503 }, /: the server answered 503\.$/],
    ["a sign-in page", { page: true }, /: the server sent a web page\.$/],
  ] as const)("%s is not taken for the file", async ([, faults, says]) => {
    const { hub, published } = await scene();
    hub.faults = faults;
    const { error } = await download(published);
    expect(error?.message).toMatch(says);
    expect(await readBack()).toBeUndefined();
  });

  test("a full store says how much is needed, before the download where the browser can tell, else when it is full", async () => {
    const { hub, file, published } = await scene();
    await visitor.page.evaluate("navigator.storage.estimate = async () => ({ quota: 9e6, usage: 3e6 });");
    expect((await download(published)).error?.message).toBe(
      "There is no room for net.safetensors, which needs 8.4 MB more: this browser lets the page keep 6.0 MB.",
    );
    expect(hub.requests).toEqual([]);
    await visitor.page.evaluate("delete navigator.storage.estimate;");
    const client = await visitor.page.createCDPSession();
    await client.send("Storage.overrideQuotaForOrigin", { origin: visitor.server.origin, quotaSize: 6e6 });
    const { error } = await download(published);
    expect(error?.message).toBe("There is no room for net.safetensors, which needs 4.2 MB more.");
    expect(error?.fix).toMatch(/^Delete stored weights/);
    expect(await list()).toEqual([stored(published, PIECE_BYTES)]);
    await client.send("Storage.overrideQuotaForOrigin", { origin: visitor.server.origin });
    expect((await download(published)).error).toBeUndefined();
    expect(await readBack()).toBe(sha256(file));
  });

  test("a browser that stores nothing says so before the download", async () => {
    const { hub, published } = await scene();
    await visitor.page.evaluate(() => {
      const refuse = () => Promise.reject(new DOMException("The operation is insecure.", "SecurityError"));
      Object.assign(CacheStorage.prototype, { match: refuse, open: refuse, keys: refuse });
    });
    expect(await list()).toEqual([]);
    expect((await download(published)).error?.message).toBe("This browser keeps no files for this page.");
    expect(hub.requests).toEqual([]);
    await visitor.page.reload();
  });

  test("a file that vanished while it was in use says so", async () => {
    const { published } = await scene();
    await download(published);
    const says = await inPage<string>(`
      const source = await openKept("net.safetensors");
      await deleteKept("net.safetensors");
      return source.read(0, 9).then(() => "read", ({ message, fix }) => message + " " + fix);`);
    expect(says).toMatch(/^net\.safetensors is no longer complete in this browser\. .*downloads it/);
    expect(await visitor.page.evaluate(() => caches.keys())).toEqual([]);
  });
});
