/** Runs a benchmark from start to end, on any host; a lost device or a failed row does not stop it. */
import { requestDevice } from "../src/engine/adapter.ts";
import { measureCeilings } from "../src/engine/ceilings.ts";
import { Engine } from "../src/engine/engine.ts";
import { Stopwatch } from "../src/engine/stopwatch.ts";
import { requireHalves } from "../src/ops/packed-weights.ts";
import type { BenchOptions } from "./bench-options.ts";
import { expectedSeconds } from "./estimate.ts";
import { FULL, QUICK } from "./measure.ts";
import type { OwnNets } from "./own-nets.ts";
import type { Peer, PeerModule } from "./peers/peer.ts";
import { type Report, type Row, type RuntimeInfo, SCHEMA, VERSION } from "./report/report.ts";
import { Scope } from "./scope.ts";
import { explanationTasks } from "./suites/explanation.ts";
import { kernelTasks } from "./suites/kernels.ts";
import { maskedTasks } from "./suites/masked-images.ts";
import { netTasks } from "./suites/nets.ts";
import type { Bench, Task } from "./task.ts";

/** Where the benchmark runs, in a page or in Node, and who watches. */
export interface Host extends Pick<Bench, "readWeights" | "readPhoto" | "signal"> {
  readonly gpu: GPU | undefined;
  readonly runtime: RuntimeInfo;
  /** Nets that the options may name beside the known ones. */
  readonly ownNets: OwnNets;
  openPeer(name: string): Promise<PeerModule>;
  /** The report so far: called once the ceilings are known, and after every row. `total` counts tasks. */
  onReport(report: Report, done: number, total: number): void;
  /** What is being done, in a few words. */
  onStatus(line: string): void;
}

const SUITE_TASKS = {
  kernels: kernelTasks,
  nets: netTasks,
  explanation: async (options: BenchOptions, own: OwnNets) => [
    ...(await explanationTasks(options, own)),
    ...(await maskedTasks(options, own)),
  ],
};

export async function tasksOf(options: BenchOptions, own: OwnNets): Promise<Task[]> {
  return (await Promise.all(options.suites.map((suite) => SUITE_TASKS[suite](options, own)))).flat();
}

/**
 * Measures everything that the options ask for, one row after the other. A row that fails does not stop the others. Once the signal is
 * aborted the report ends with the rows so far. Throws NO_WEBGPU, NO_ADAPTER, LIMIT where half precision is asked for and absent.
 */
export async function runBench(options: BenchOptions, host: Host): Promise<Report> {
  const tasks = await tasksOf(options, host.ownNets);
  let station = await Station.open(options, host);
  try {
    host.onStatus("measuring the adapter's ceilings");
    const { ceilings, timer } = await station.calibrate();
    const report: Report = {
      ...{ schema: SCHEMA, version: VERSION, date: new Date().toISOString() },
      ...{ adapter: station.adapter, runtime: host.runtime, dtype: options.precision, timer, options, ceilings },
      peers: station.peers.map(({ name, version, settings }) => ({ name, version, settings })),
      ...{ complete: false, rows: [] },
    };
    host.onReport(report, 0, tasks.length);
    for (const [index, task] of tasks.entries()) {
      if (host.signal?.aborted) return report;
      host.onStatus(`${task.suite}: ${task.name}, batch ${task.batch}`);
      report.rows.push(...(await station.measure(task, report)));
      host.onReport(report, index + 1, tasks.length);
      if (station.lost) {
        station.dispose();
        station = await Station.open(options, host);
      }
    }
    report.complete = !host.signal?.aborted;
    return report;
  } finally {
    station.dispose();
  }
}

/** A device with the peers that share it. */
class Station {
  readonly #options: BenchOptions;
  readonly #host: Host;
  readonly #engine: Engine;
  readonly peers: readonly Peer[];

  private constructor(options: BenchOptions, host: Host, engine: Engine, peers: readonly Peer[]) {
    this.#options = options;
    this.#host = host;
    this.#engine = engine;
    this.peers = peers;
  }

  static async open(options: BenchOptions, host: Host): Promise<Station> {
    const device = await requestDevice(host.gpu);
    requireHalves({ device }, { precision: options.precision, activations: options.activations ?? "f32" });
    const peers: Peer[] = [];
    for (const name of options.peers) {
      host.onStatus(`opening ${name}`);
      peers.push(await (await host.openPeer(name)).open(device));
    }
    return new Station(options, host, await Engine.create({ device, gpu: host.gpu as GPU }), peers);
  }

  get adapter() {
    return this.#engine.adapter;
  }

  get lost(): boolean {
    return this.#engine.lost;
  }

  async calibrate() {
    const stopwatch = new Stopwatch(this.#engine);
    try {
      return { ceilings: await measureCeilings(this.#engine, stopwatch), timer: stopwatch.clock };
    } finally {
      stopwatch.dispose();
    }
  }

  /** The rows of a task; where it could not be measured, one that says why. None once the signal is aborted. */
  async measure(task: Task, { ceilings }: Report): Promise<Row[]> {
    const { measure, image: _, ...plain } = task;
    const row = { ...plain, key: `${task.suite}/${task.name} b${task.batch}`, peers: {} };
    const { longest, memory } = this.#options;
    const expected = expectedSeconds(task, ceilings);
    if (expected > longest)
      return [{ ...row, state: "skipped", note: `one run would take about ${Math.ceil(expected)} s here, longer than ${longest} s` }];
    const scope = new Scope();
    const { peers } = this;
    const { signal, onStatus: notify, readWeights, readPhoto } = this.#host;
    try {
      const engine = scope.own(await Engine.create({ device: this.#engine.device, memory }));
      const stopwatch = scope.own(new Stopwatch(engine));
      const effort = this.#options.quick ? QUICK : FULL;
      const bench: Bench = { options: this.#options, effort, engine, stopwatch, scope, peers, signal, notify, readWeights, readPhoto };
      return (await measure(bench)).map(({ stage, ...found }) => ({
        ...{ ...row, state: "ok" as const },
        ...found,
        ...(stage ? { key: `${row.key}/${stage}`, name: `${row.name} ${stage}` } : {}),
      }));
    } catch (error) {
      if (signal?.aborted) return [];
      const { message, code } = error as Error & { code?: string };
      const state = code === "LIMIT" || code === "OUT_OF_MEMORY" ? "skipped" : "failed";
      return [{ ...row, state, note: message, code }];
    } finally {
      scope.dispose();
    }
  }

  dispose(): void {
    for (const peer of this.peers) peer.dispose();
    this.#engine.dispose();
    this.#engine.device.destroy();
  }
}
