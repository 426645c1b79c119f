import { PlanBuilder } from "../../src/engine/plan.ts";
import { sizeOf, type Tensor } from "../../src/engine/tensor.ts";
import { type FusedOp, fuse } from "../../src/nets/fuse.ts";
import type { Node } from "../../src/nets/graph.ts";
import { appendOp, type LoweredOp, tensorShape } from "../../src/nets/lower.ts";
import { loadOp } from "../../src/nets/net.ts";
import { disposeWeights, WeightLoader } from "../../src/nets/pack.ts";
import { costOf } from "../cost.ts";
import { LayerData } from "../layer-data.ts";
import { distinctLayers, gemm, type Layer } from "../layers.ts";
import { timeOwn } from "../measure.ts";
import { type BenchOptions, NETS, netsOf } from "../options.ts";
import { OwnRun } from "../own-run.ts";
import { measurePeers } from "../peer-rows.ts";
import { largestError, samplePositions, TOLERANCE } from "../reference.ts";
import type { Bench, Task } from "../task.ts";

const GEMM_SIZES = [512, 1024, 2048];
const SAMPLES = 64;

/** A task for every layer shape of the nets at every batch size, and for plain matrix products. */
export function kernelTasks(options: BenchOptions): Task[] {
  const pattern = new RegExp(options.layer ?? "");
  const nets = netsOf("kernels", options).map((name) => ({ name, nodes: (NETS.get(name) as () => Layer["nodes"])() }));
  const layers = distinctLayers(nets).flatMap((layer) => options.batches.map((batch) => task(layer, batch, options)));
  const products = GEMM_SIZES.map((size) => task(gemm(size, size, size), size, options, 1));
  return [...products, ...layers].filter(({ name }) => pattern.test(name));
}

/** `shown` is the batch size of the row, where the layer's own means its rows. */
function task(layer: Layer, batch: number, { precision }: BenchOptions, shown = batch): Task {
  const { name, group, uses } = layer;
  return {
    ...{ suite: "kernels", group, name, batch: shown, uses: Object.fromEntries(uses) },
    ...costOf(layer.nodes, batch, precision),
    measure: async (bench) => [await measureLayer(bench, layer, batch)],
  };
}

/** The layer as the engine lowers it, its weights packed. */
async function load({ engine, scope, options }: Bench, { nodes }: Layer, data: LayerData): Promise<LoweredOp> {
  const [fused] = fuse(nodes) as [FusedOp];
  const loader = new WeightLoader(engine, data.source, options.precision);
  try {
    const op = await loadOp(engine, loader, fused, options.precision);
    const { weights } = op;
    if (weights) scope.own({ dispose: () => disposeWeights(weights) });
    return op;
  } finally {
    loader.dispose();
  }
}

async function measureLayer(bench: Bench, layer: Layer, batch: number) {
  const { engine, scope, effort, options } = bench;
  const data = new LayerData(layer);
  const { run, cold } = await engine.guard(layer.name, async () => {
    const input = scope.own(data.uploadInput(engine, batch));
    const added = layer.added && scope.own(data.uploadAdded(engine, batch, layer.added));
    const output = scope.own(engine.tensor("output", tensorShape(batch, layer.node.shape)));
    const op = await load(bench, layer, data);
    await engine.finish();
    const began = performance.now();
    const builder = new PlanBuilder(engine, layer.name);
    const inputs = new Map(layer.nodes.filter((node) => node.op === "input").map((node) => [node, node === layer.added ? added : input]));
    appendOp(builder, batch, op, inputs as ReadonlyMap<Node, Tensor>, output, options.precision);
    const plan = scope.own(await builder.compile());
    await plan.run();
    await engine.finish();
    return { run: new OwnRun(engine, plan, output, layer.node.shape), cold: performance.now() - began };
  });
  const positions = samplePositions(batch * sizeOf(layer.node.shape), SAMPLES, layer.name);
  const check = (found: ArrayLike<number>) => largestError(layer, data.values, positions, found);
  const error = check(await run.readAt(positions));
  const right = error <= TOLERANCE[options.precision];
  const times = await timeOwn(bench.stopwatch, run, effort);
  const memory = engine.memory.peak;
  const spec = bench.peers.length > 0 ? data.spec(batch) : undefined;
  const peers = spec
    ? await measurePeers(bench, {
        open: (peer) => peer.layer(spec),
        check: (values) => check(positions.map((index) => values[index] as number)),
        tolerance: TOLERANCE.f32,
      })
    : {};
  const note = right ? undefined : `differs from the reference by ${error.toExponential(1)} of its terms`;
  return { state: right ? ("ok" as const) : ("wrong" as const), note, error, cold, times, memory, peers };
}
