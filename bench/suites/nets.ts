/** The suite `nets`: whole nets forward, checked against other batch sizes and other libraries. */
import { PlanBuilder } from "../../src/engine/plan.ts";
import { sizeOf, type Tensor } from "../../src/engine/tensor.ts";
import type { Node } from "../../src/graph/graph.ts";
import { savedShare } from "../../src/nets/measure-variants.ts";
import { Net } from "../../src/nets/net.ts";
import { tensorShape } from "../../src/ops/shape.ts";
import { type BenchOptions, netsOf, nodesOf } from "../bench-options.ts";
import { costOf } from "../cost.ts";
import { uploadImages } from "../layer-data.ts";
import { type OwnTimes, timeOwn } from "../measure.ts";
import { NetData } from "../net-data.ts";
import type { OwnNets } from "../own-nets.ts";
import { OwnRun } from "../own-run.ts";
import { measurePeers } from "../peer-rows.ts";
import { percent } from "../report/format.ts";
import type { Bench, Task } from "../task.ts";

/**
 * Largest difference between batch sizes, and to a peer, as a share of the largest output: both sum in f32, in different orders. What f16 between
 * layers adds is 1e-3 for the nets of the zoo, and twice that where both sides round.
 */
const TOLERANCE = { f32: { batches: 1e-4, peers: 1e-3 }, f16: { batches: 3e-3, peers: 3e-3 } };

/** A net whose first run lasts longer is submitted in pieces, as the engine does by itself: systems end long submits. */
const PACED_MILLISECONDS = 500;

/** A task for every net at every batch size. */
export async function netTasks(options: BenchOptions, own: OwnNets): Promise<Task[]> {
  const pattern = new RegExp(options.layer ?? "");
  const names = netsOf("nets", options, own).filter((name) => pattern.test(name));
  const tasks = names.map(async (name) => {
    const nodes = await nodesOf(name, own);
    return options.batches.map((batch) => ({
      ...{ suite: "nets" as const, group: "net", name, batch, uses: {} },
      ...costOf(nodes, batch, options.precision),
      measure: (bench: Bench) => measureNet(bench, name, nodes, batch),
    }));
  });
  return (await Promise.all(tasks)).flat();
}

/** A net, or a block of one, among peers. */
export async function measureNet(bench: Bench, name: string, nodes: readonly Node[], batch: number) {
  const { engine, scope, options } = bench;
  const data = new NetData(name, nodes);
  const { precision, activations = "f32" } = options;
  const tolerance = TOLERANCE[activations];
  const net = scope.own(await Net.load(engine, nodes, data.source, { precision, activations }));
  const other = batch === 1 ? 2 : 1;
  const input = await engine.guard(() => scope.own(uploadImages(engine, "images", Math.max(batch, other), net.inputShape, data.input)));
  await engine.finish();
  const { run, cold } = await firstRun(bench, net, batch, input);
  const memory = engine.memory.peak;
  run.paced = cold > PACED_MILLISECONDS;
  const alone = await run.read(1);
  const { run: otherRun } = await firstRun(bench, net, other, input);
  const scale = alone.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const error = difference(alone, await otherRun.read(1)) / scale;
  const tuned = options.tuned ? await firstTuned(bench, name, nodes, batch, input) : undefined;
  // Of both the same kind of time.
  if (tuned) tuned.run.paced = run.paced;
  const [times, tunedTimes] = (await timeInTurn(bench, tuned ? [run, tuned.run] : [run])) as [OwnTimes, OwnTimes?];
  const output = bench.peers.length > 0 ? await run.read() : undefined;
  const peers = await measurePeers(bench, {
    open: (peer) => peer.net({ name, batch, nodes, tensor: data.tensor, inputs: [data.input.slice(0, batch * sizeOf(net.inputShape))] }),
    check: (values) => difference(output as Float32Array, values) / scale,
    tolerance: tolerance.peers,
  });
  const right = scale > 0 && error <= tolerance.batches;
  const note = right ? undefined : "the first image's output is not finite, or depends on the batch size";
  const row = { state: right ? ("ok" as const) : ("wrong" as const), note, error, cold, times, memory, peers, items: batch };
  if (!tuned || !tunedTimes) return [row];
  const tunedError = difference(alone, await tuned.run.read(1)) / scale;
  const tunedRight = tunedError <= tolerance.batches;
  const saved = 1 - medianOf(tunedTimes) / medianOf(times);
  const tunedNote = tunedRight
    ? `${percent(saved)} less time than untuned; ${percent(tuned.saved)} of the dense layers' by themselves`
    : "the first image's output is not finite, or depends on the tuning";
  const found = { state: tunedRight ? ("ok" as const) : ("wrong" as const), note: tunedNote, error: tunedError, times: tunedTimes };
  return [row, { ...found, stage: "tuned", cold: tuned.cold, items: batch }];
}

const medianOf = ({ gpu, wall }: OwnTimes) => (gpu ?? wall).median;

/** Loads the net once more, tunes it and runs it once. */
async function firstTuned(bench: Bench, name: string, nodes: readonly Node[], batch: number, input: Tensor) {
  const { engine, scope, options, signal } = bench;
  const { source } = new NetData(name, nodes);
  const { precision, activations } = options;
  const net = scope.own(await Net.load(engine, nodes, source, { precision, activations }));
  const saved = savedShare(await net.tune(engine, [batch], { signal }));
  const first = await firstRun(bench, net, batch, input);
  return { ...first, saved };
}

/** Times of each run; of two, the better of two turns, so that both meet whatever else the machine does. */
async function timeInTurn({ stopwatch, effort }: Bench, runs: readonly OwnRun[]): Promise<OwnTimes[]> {
  const best: OwnTimes[] = [];
  for (let turn = 0; turn < runs.length; turn++) {
    for (const [index, run] of runs.entries()) {
      const times = await timeOwn(stopwatch, run, effort);
      const former = best[index];
      if (!former || medianOf(times) < medianOf(former)) best[index] = times;
    }
  }
  return best;
}

/** Compiles the net for a batch size and runs it once; milliseconds of both together. */
async function firstRun({ engine, scope }: Bench, net: Net, batch: number, input: Tensor): Promise<{ run: OwnRun; cold: number }> {
  const began = performance.now();
  const builder = new PlanBuilder(engine, `batch of ${batch}`);
  const output = scope.own(engine.tensor("output", tensorShape(batch, net.outputShape)));
  net.append(builder, batch, input, output);
  const plan = scope.own(await builder.compile());
  await plan.run();
  await engine.finish();
  return { run: new OwnRun(engine, plan, output, net.outputShape), cold: performance.now() - began };
}

/** The largest difference; infinite where values are not finite or not of the same number. */
function difference(expected: Float32Array, found: Float32Array): number {
  if (expected.length !== found.length) return Number.POSITIVE_INFINITY;
  const largest = expected.reduce((most, value, at) => {
    const error = Math.abs(value - (found[at] as number));
    return error > most || Number.isNaN(error) ? (Number.isFinite(error) ? error : Number.POSITIVE_INFINITY) : most;
  }, 0);
  return largest;
}
