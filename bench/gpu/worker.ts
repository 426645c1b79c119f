/** A step in a process of its own: takes its order from the process that started it, and tells it what it finds. */
import { EngineError } from "../../src/engine/errors.ts";
import type { BenchOptions } from "../bench-options.ts";
import type { Watcher } from "../cli/watcher.ts";
import { describeRow } from "../report/line.ts";
import type { Report } from "../report/report.ts";
import { BENCH_STEPS } from "./bench-steps.ts";
import { profileNets, tuneNets, type Work } from "./explained.ts";
import { describeFiles } from "./gpu-report.ts";
import { placeOf } from "./place.ts";
import type { Message, Order, StepResults } from "./steps.ts";

type Steps = { readonly [S in keyof StepResults]: (work: Work<StepResults[S]>) => Promise<StepResults[S]> };

const WORK: Steps = {
  async adapter({ order }) {
    const found = await (await placeOf(order.runtime)).adapter();
    if ("adapter" in found) return found;
    throw new EngineError("NO_ADAPTER", `WebGPU found no adapter. ${describeFiles(found).join(". ")}.`, "");
  },
  async kernels({ order, signal, partial }) {
    const place = await placeOf(order.runtime);
    return place.kernels((result) => partial(result, `${result.done} of ${result.total} cases, ${result.wrong.length} wrong`), signal);
  },
  nets: (work) => bench(BENCH_STEPS.nets, work),
  profile: profileNets,
  tuner: tuneNets,
  variants: (work) => bench(BENCH_STEPS.variants, work),
  peers: (work) => bench(BENCH_STEPS.peers, { ...work, order: { ...work.order, runtime: "chrome" } }),
};

async function bench(options: BenchOptions, { order, signal, partial }: Work<Report>): Promise<Report> {
  const watcher: Watcher = {
    signal,
    onReport(report, done, total) {
      const row = report.rows.at(-1);
      partial(report, `[${done}/${total}] ${row ? describeRow(row, report.ceilings) : "the adapter's ceilings are known"}`);
    },
    onStatus() {},
  };
  return (await placeOf(order.runtime)).bench(options, watcher);
}

const abort = new AbortController();

function send(message: Message): Promise<void> {
  return new Promise((resolve) => void process.send?.(message, undefined, {}, () => resolve()));
}

async function follow(order: Order): Promise<void> {
  let latest: unknown;
  const partial = (result: unknown, line: string) => {
    latest = result;
    void send({ kind: "partial", result, line });
  };
  try {
    const step = WORK[order.step] as (work: Work<unknown>) => Promise<unknown>;
    const result = await step({ order, signal: abort.signal, partial });
    await send({ kind: "end", result, complete: !abort.signal.aborted });
  } catch (error) {
    const { message, fix } = error as Error & { fix?: string };
    // What was asked to end may end in any way.
    await send(abort.signal.aborted ? { kind: "end", result: latest, complete: false } : { kind: "error", message, fix });
  }
  // The driver's threads would keep it alive.
  process.exit(0);
}

/** Makes this process one that does a step for its parent, and ends. */
export function obey(): void {
  process.on("message", (message: Order | "abort") => {
    if (message === "abort") abort.abort();
    else void follow(message);
  });
  // Nobody waits for it any more.
  process.on("disconnect", () => process.exit(1));
  // Ctrl-C reaches all processes of the terminal; this one is told by its parent.
  process.on("SIGINT", () => {});
}
