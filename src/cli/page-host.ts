/** The process's side of the session in Chrome: opens browser and page, and hears of progress and of their end. */
import type { Page } from "puppeteer-core";
import type { AdapterInfo, CheckOptions, EvaluateOptions, Progress, TuneOptions } from "../faces/all.ts";
import { openPage } from "./browser.ts";
import { CommandError } from "./errors.ts";
import type { WeightsFiles } from "./locate.ts";
import type {
  LoadTuning,
  Reply,
  SaveTuning,
  SendCheckProgress,
  SendEvaluateProgress,
  SendProgress,
  SendTuneProgress,
  WireWeights,
} from "./page-protocol.ts";
import type { Layers, RuntimeOptions } from "./runtime-types.ts";

/** The browser ended by itself. */
export class BrowserGone extends CommandError {
  constructor() {
    super("The browser stopped in the middle of the run", "Run again with a smaller --batch or --samples.");
  }
}

/** Who receives the progress of the call under way. */
export interface Receivers {
  progress?: ((progress: Progress) => void) | undefined;
  tuning?: TuneOptions["onProgress"];
  evaluation?: EvaluateOptions["onProgress"];
  check?: CheckOptions["onProgress"];
}

/** One browser, its page, and the session that is open in it. */
export interface PageHost {
  readonly page: Page;
  readonly adapter: AdapterInfo;
  readonly teacher: string;
  readonly labels: readonly string[];
  readonly layers: Layers;
  /** The browser with its version. */
  readonly name: string;
  /** Rejects with BrowserGone where the browser ends before `close`. */
  readonly gone: Promise<never>;
  close(): Promise<void>;
}

/** What a page is told of weights. */
export const wireWeights = ({ teacher, path, index, onnx }: WeightsFiles): WireWeights => ({
  ...{ file: teacher.file, name: path },
  kind: onnx ? "onnx" : index === undefined ? "weights" : "index",
});

/** Starts a browser, opens the page at `url` and a session in it. Throws what openPage and Session.create throw. */
export async function openPageHost(
  url: string,
  { weights, notify, tuning, ...chosen }: RuntimeOptions,
  receivers: Receivers,
  unwrap: <T>(reply: Reply<T>) => T,
): Promise<PageHost> {
  const page = await openPage(url, { notify });
  const browser = page.browser();
  let closing = false;
  const gone = new Promise<never>((_, reject) => {
    const fail = () => {
      if (!closing) reject(new BrowserGone());
    };
    page.once("error", fail);
    browser.once("disconnected", fail);
  });
  gone.catch(() => {});
  const close = async () => {
    closing = true;
    await browser.close();
  };
  try {
    await page.exposeFunction("sendProgress", ((progress) => receivers.progress?.(progress)) satisfies SendProgress);
    await page.exposeFunction("sendTuneProgress", ((progress) => receivers.tuning?.(progress)) satisfies SendTuneProgress);
    await page.exposeFunction("sendEvaluateProgress", ((progress) => receivers.evaluation?.(progress)) satisfies SendEvaluateProgress);
    await page.exposeFunction("sendCheckProgress", ((progress) => receivers.check?.(progress)) satisfies SendCheckProgress);
    if (tuning) {
      await page.exposeFunction("loadTuning", ((key) => tuning.load(key)) satisfies LoadTuning);
      await page.exposeFunction("saveTuning", ((key, found) => tuning.save(key, found)) satisfies SaveTuning);
    }
    await page.waitForFunction(() => globalThis.relabel !== undefined);
    const settings = { ...chosen, model: weights.teacher.name, weights: wireWeights(weights), tuned: tuning !== undefined };
    const opening = page.evaluate((given) => globalThis.relabel.open(given), settings);
    const { adapter, teacher, labels, layers } = unwrap(await Promise.race([opening, gone]));
    return { page, adapter, teacher, labels, layers, name: await browser.version(), gone, close };
  } catch (error) {
    await close();
    throw error;
  }
}
