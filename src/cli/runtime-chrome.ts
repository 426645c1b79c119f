import { type CheckOptions, EngineError, type EvaluateOptions, type Photo, type Progress, type TuneOptions } from "../index.ts";
import { openPage } from "./browser.ts";
import { CommandError } from "./errors.ts";
import type { Runtime, RuntimeOptions } from "./runtime.ts";
import { type PageServer, startServer } from "./server.ts";
import type {
  LoadTuning,
  Reply,
  SaveTuning,
  SendCheckProgress,
  SendEvaluateProgress,
  SendProgress,
  SendTuneProgress,
  WireError,
  WirePhoto,
} from "./wire.ts";

/** Opens a session in a headless Chrome. Throws what findBrowser, openPage and Session.create throw. */
export async function openChrome(options: RuntimeOptions): Promise<Runtime> {
  const server = await startServer(options.weights);
  try {
    return await openOn(server, options);
  } catch (error) {
    server.close();
    throw error;
  }
}

async function openOn(server: PageServer, { weights, notify, tuning, ...chosen }: RuntimeOptions): Promise<Runtime> {
  const page = await openPage(server.page, { notify });
  const browser = page.browser();
  let report: ((progress: Progress) => void) | undefined;
  let reportTuning: TuneOptions["onProgress"];
  let reportEvaluation: EvaluateOptions["onProgress"];
  let reportCheck: CheckOptions["onProgress"];
  let closing = false;
  const gone = new Promise<never>((_, reject) => {
    const fail = () => {
      if (!closing)
        reject(new CommandError("The browser stopped in the middle of the run", "Run again with a smaller --batch or --samples."));
    };
    page.once("error", fail);
    browser.once("disconnected", fail);
  });
  gone.catch(() => {});

  /** The value of a call into the page, or its error; rejects at once when the browser dies. */
  async function call<T>(work: Promise<Reply<T>>): Promise<T> {
    const reply = await Promise.race([work, gone]);
    if ("error" in reply) throw revive(reply.error);
    return reply.value;
  }

  async function abortable<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const abort = () => void page.evaluate(() => globalThis.relabel.abort()).catch(() => {});
    signal?.addEventListener("abort", abort, { once: true });
    try {
      signal?.throwIfAborted();
      return await work();
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  function offer(photo: Photo): WirePhoto {
    return { width: photo.width, height: photo.height, url: server.offer(photo) };
  }

  async function close(): Promise<void> {
    closing = true;
    await browser.close();
    server.close();
  }

  try {
    await page.exposeFunction("sendProgress", ((progress) => report?.(progress)) satisfies SendProgress);
    await page.exposeFunction("sendTuneProgress", ((progress) => reportTuning?.(progress)) satisfies SendTuneProgress);
    await page.exposeFunction("sendEvaluateProgress", ((progress) => reportEvaluation?.(progress)) satisfies SendEvaluateProgress);
    await page.exposeFunction("sendCheckProgress", ((progress) => reportCheck?.(progress)) satisfies SendCheckProgress);
    if (tuning) {
      await page.exposeFunction("loadTuning", ((key) => tuning.load(key)) satisfies LoadTuning);
      await page.exposeFunction("saveTuning", ((key, found) => tuning.save(key, found)) satisfies SaveTuning);
    }
    await page.waitForFunction(() => globalThis.relabel !== undefined);
    const { teacher, path: name, index } = weights;
    const own = { file: teacher.file, name, sharded: index !== undefined };
    const settings = { ...chosen, teacher: teacher.name, weights: own, tuned: tuning !== undefined };
    const opened = await call(page.evaluate((given) => globalThis.relabel.open(given), settings));
    return {
      ...opened,
      name: await browser.version(),
      close,
      measureCeilings: () => call(page.evaluate(() => globalThis.relabel.measureCeilings())),
      classify: (photo, settings, signal) =>
        abortable(signal, async () => {
          const wire = await call(page.evaluate((...given) => globalThis.relabel.classify(...given), offer(photo), settings));
          return { ...wire, logits: floats(wire.logits), probabilities: floats(wire.probabilities) };
        }),
      explain: (photo, { signal, onProgress, ...settings }) =>
        abortable(signal, async () => {
          report = onProgress;
          const wire = await call(page.evaluate((...given) => globalThis.relabel.explain(...given), offer(photo), settings));
          return { ...wire, map: wire.map === undefined ? undefined : floats(wire.map), input: new Uint8ClampedArray(bytes(wire.input)) };
        }),
      evaluate: (photo, maps, { signal, onProgress, ...settings }) =>
        abortable(signal, async () => {
          reportEvaluation = onProgress;
          const encoded = Object.fromEntries(Object.entries(maps).map(([name, map]) => [name, base64(map)]));
          return call(page.evaluate((...given) => globalThis.relabel.evaluate(...given), offer(photo), encoded, settings));
        }),
      check: (photo, { signal, onProgress, ...settings }) =>
        abortable(signal, () => {
          reportCheck = onProgress;
          return call(page.evaluate((...given) => globalThis.relabel.check(...given), offer(photo), settings));
        }),
      embed: (photo, { signal, onProgress, ...settings }) =>
        abortable(signal, async () => {
          report = onProgress;
          const wire = await call(page.evaluate((...given) => globalThis.relabel.embed(...given), offer(photo), settings));
          return {
            ...{ ...wire, points: floats(wire.points), probabilities: floats(wire.probabilities) },
            ...{ choices: new Uint32Array(bytes(wire.choices)), thumbnails: new Uint8Array(bytes(wire.thumbnails)) },
          };
        }),
      tune: ({ signal, onProgress }) =>
        abortable(signal, () => {
          reportTuning = onProgress;
          return call(page.evaluate(() => globalThis.relabel.tune()));
        }),
    };
  } catch (error) {
    await close();
    throw error;
  }
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
