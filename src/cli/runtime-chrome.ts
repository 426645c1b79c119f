/** The runtime that computes in headless Chrome, through a local server and a page. */
import { adapterName, EngineError, type Photo } from "../faces/all.ts";
import { CommandError } from "./errors.ts";
import { BrowserGone, openPageHost, type PageHost, type Receivers } from "./page-host.ts";
import { OPENED, type PagePhoto, type Reply, type WireError, type WirePhoto, weightsAddress } from "./page-protocol.ts";
import type { Runtime, RuntimeOptions, RuntimePhoto } from "./runtime-types.ts";
import { startServer } from "./server.ts";

/** Opens a session in a headless Chrome. Throws what findBrowser, openPage and Session.create throw. */
export async function openChrome(options: RuntimeOptions): Promise<Runtime> {
  const files = [...options.weights.paths].map(([name, path]) => [weightsAddress(name), path] as const);
  const server = await startServer("src/cli/host.html", new Map(files));
  const receivers: Receivers = {};
  const open = () => openPageHost(server.page, options, receivers, unwrap);
  let host: PageHost;
  try {
    host = await open();
  } catch (error) {
    server.close();
    throw error;
  }
  const { adapter, teacher, labels, layers, name } = host;

  /** A browser that has lost its GPU for good, or its life, gives way to a new one, on the same adapter. */
  async function replaceHost(error: unknown): Promise<void> {
    options.notify("The browser stopped or lost the GPU: starting again in a new one.");
    await host.close();
    host = await open();
    const [before, now] = [adapterName(adapter), adapterName(host.adapter)];
    if (now === before) return;
    throw new CommandError(
      `The browser lost the GPU, and a new one has another adapter (${now} instead of ${before})`,
      "Run the command again.",
      {
        cause: error,
      },
    );
  }

  async function attempt<T>(signal: AbortSignal | undefined, work: (host: PageHost) => Promise<Reply<T>>): Promise<T> {
    const { page, gone } = host;
    const abort = () => void page.evaluate(() => globalThis.relabel.abort()).catch(() => {});
    signal?.addEventListener("abort", abort, { once: true });
    try {
      signal?.throwIfAborted();
      return unwrap(await Promise.race([work(host), gone]));
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  /** A call into the page; where the browser has lost the GPU, once more in a new one. */
  async function call<T>(signal: AbortSignal | undefined, work: (host: PageHost) => Promise<Reply<T>>): Promise<T> {
    try {
      return await attempt(signal, work);
    } catch (error) {
      const lost = error instanceof BrowserGone || (error instanceof EngineError && error.code === "DEVICE_LOST");
      if (!lost || signal?.aborted) throw error;
      await replaceHost(error);
      return attempt(signal, work);
    }
  }

  function offer(photo: Photo): WirePhoto {
    return { width: photo.width, height: photo.height, url: server.offer(photo) };
  }

  /** Photos that the page is to open, and the one that it has opened, and where. */
  const shared = new WeakSet<Photo>();
  let opened: { photo: Photo; host: PageHost } | undefined;

  /** As the page takes the photo; one to be shared is opened there first, in a new browser once more. */
  async function show(given: RuntimePhoto, host: PageHost): Promise<PagePhoto> {
    const photo = given as Photo;
    if (!shared.has(photo)) return offer(photo);
    if (opened?.photo !== photo || opened.host !== host) {
      unwrap(await host.page.evaluate((wire) => globalThis.relabel.openPhoto(wire), offer(photo)));
      opened = { photo, host };
    }
    return OPENED;
  }

  /** Before the photo itself is shown: the server has one at a time. */
  async function sendOther(photo: Photo, host: PageHost): Promise<void> {
    unwrap(await host.page.evaluate((wire) => globalThis.relabel.takeOther(wire), offer(photo)));
  }

  return {
    ...{ adapter, teacher, labels, layers, name },
    async close() {
      await host.close();
      server.close();
    },
    measureCeilings: () => call(undefined, ({ page }) => page.evaluate(() => globalThis.relabel.measureCeilings())),
    findNonFinite: (photo, signal) =>
      call(signal, async (host) => host.page.evaluate((...given) => globalThis.relabel.findNonFinite(...given), await show(photo, host))),
    async open(photo) {
      const own = { ...photo };
      shared.add(own);
      return own;
    },
    async classify(photo, settings, signal) {
      const wire = await call(signal, async (host) =>
        host.page.evaluate((...given) => globalThis.relabel.classify(...given), await show(photo, host), settings),
      );
      return { ...wire, logits: floats(wire.logits), probabilities: floats(wire.probabilities) };
    },
    async explain(photo, { signal, onProgress, ...settings }) {
      receivers.progress = onProgress;
      const wire = await call(signal, async (host) =>
        host.page.evaluate((...given) => globalThis.relabel.explain(...given), await show(photo, host), settings),
      );
      return { ...wire, map: wire.map === undefined ? undefined : floats(wire.map), input: new Uint8ClampedArray(bytes(wire.input)) };
    },
    evaluate(photo, maps, { signal, onProgress, other, ...given }) {
      receivers.evaluation = onProgress;
      const settings = { ...given, other: other !== undefined };
      const encoded = Object.fromEntries(Object.entries(maps).map(([name, map]) => [name, base64(map)]));
      return call(signal, async (host) => {
        if (other) await sendOther(other, host);
        return host.page.evaluate((...given) => globalThis.relabel.evaluate(...given), await show(photo, host), encoded, settings);
      });
    },
    async plant(photo, ground, { signal, ...settings }) {
      const wire = await call(signal, async (host) => {
        await sendOther(ground, host);
        return host.page.evaluate((...given) => globalThis.relabel.plant(...given), offer(photo), settings);
      });
      return { ...wire, photo: { ...wire.photo, data: new Uint8Array(bytes(wire.photo.data)) } };
    },
    check(photo, { signal, onProgress, ...settings }) {
      receivers.check = onProgress;
      return call(signal, async (host) =>
        host.page.evaluate((...given) => globalThis.relabel.check(...given), await show(photo, host), settings),
      );
    },
    async embed(photo, { signal, onProgress, ...settings }) {
      receivers.progress = onProgress;
      const wire = await call(signal, async (host) =>
        host.page.evaluate((...given) => globalThis.relabel.embed(...given), await show(photo, host), settings),
      );
      return {
        ...{ ...wire, points: floats(wire.points), probabilities: floats(wire.probabilities) },
        ...{
          choices: new Uint32Array(bytes(wire.choices)),
          kept: new Uint8Array(bytes(wire.kept)),
          thumbnails: new Uint8Array(bytes(wire.thumbnails)),
        },
      };
    },
    tune({ signal, onProgress }) {
      receivers.tuning = onProgress;
      return call(signal, ({ page }) => page.evaluate(() => globalThis.relabel.tune()));
    },
  };
}

/** The value of a reply, or its error. */
function unwrap<T>(reply: Reply<T>): T {
  if ("error" in reply) throw revive(reply.error);
  return reply.value;
}

function revive({ message, fix, code }: WireError): Error {
  if (fix && code) return new EngineError(code, message, fix);
  return new CommandError(message, fix ?? "");
}

function base64({ buffer, byteOffset, byteLength }: Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString("base64");
}

function bytes(base64: string): ArrayBuffer {
  const buffer = Buffer.from(base64, "base64");
  return buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength) as ArrayBuffer;
}

function floats(base64: string): Float32Array<ArrayBuffer> {
  return new Float32Array(bytes(base64));
}
