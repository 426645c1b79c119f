/**
 * A worker as a process of its own, on a runtime without an engine: `pause` milliseconds a photo and method, or `block` of them in which nothing else
 * runs; photos of the key `poison` make it throw.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { worker } from "../../src/cli/commands/worker.ts";
import { describeError, Interruption } from "../../src/cli/errors.ts";
import { listenForStop } from "../../src/cli/stop.ts";
import type { ExplainOptions, Photo } from "../../src/faces/all.ts";
import { fakeRuntime, keyOf } from "./fake-runtime.ts";

export interface Behaviour {
  pause?: number;
  block?: number;
  poison?: number;
  idle?: number;
  queue?: string;
  weights?: string;
}

const { pause = 0, block = 0, poison, ...options }: Behaviour = JSON.parse(process.argv[2] as string);

const usual = fakeRuntime();
const runtime: typeof usual = {
  ...usual,
  async explain(photo, settings: ExplainOptions) {
    process.stderr.write(`explain ${keyOf(photo as Photo)} ${settings.method}\n`);
    if (keyOf(photo as Photo) === poison) throw new Error("This photo is poison.");
    for (const end = performance.now() + block; performance.now() < end; );
    await sleep(pause, undefined, { signal: settings.signal });
    return usual.explain(photo, settings);
  },
};

const stop = new AbortController();
listenForStop(() => stop.abort());
try {
  await worker({ tuning: false, ...options }, stop.signal, async () => ({ runtime, input: {} as never }));
} catch (error) {
  process.stderr.write(error instanceof Interruption ? `Interrupted. ${error.message}\n` : `${describeError(error)}\n`);
  process.exitCode ??= 2;
}
