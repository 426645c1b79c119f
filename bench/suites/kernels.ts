/** The suite `kernels`: single layers and matrix products, checked against their definition. */
import { PlanBuilder } from "../../src/engine/plan.ts";
import { sizeOf, type Tensor } from "../../src/engine/tensor.ts";
import type { FusedOp } from "../../src/graph/fuse.ts";
import type { Node } from "../../src/graph/graph.ts";
import { appendOp, denseLayer } from "../../src/nets/lower.ts";
import { loadOp } from "../../src/nets/net.ts";
import { WeightLoader } from "../../src/nets/weight-loader.ts";
import { fuseNet } from "../../src/ops/operations.ts";
import { disposeWeights, type PackedWeights } from "../../src/ops/packed-weights.ts";
import { tensorShape } from "../../src/ops/shape.ts";
import { type BenchOptions, netsOf, nodesOf, SAMPLED_NETS } from "../bench-options.ts";
import { costOf } from "../cost.ts";
import { LayerData } from "../layer-data.ts";
import { distinctLayers, gemm, type Layer, type NamedNet } from "../layers.ts";
import { timeOwn } from "../measure.ts";
import type { OwnNets } from "../own-nets.ts";
import { OwnRun } from "../own-run.ts";
import { measurePeers } from "../peer-rows.ts";
import { largestError, relativeError, samplePositions, TOLERANCE } from "../reference.ts";
import type { Row } from "../report/report.ts";
import { Scope } from "../scope.ts";
import { squeezeBlocks } from "../squeeze-blocks.ts";
import type { Bench, Task } from "../task.ts";
import { choicesOf } from "../variants.ts";
import { measureNet } from "./nets.ts";

const GEMM_SIZES = [512, 1024, 2048];
const SAMPLES = 64;

/** A task for every layer shape and block of squeeze-and-excitation of the nets at every batch size, and for plain matrix products. */
export async function kernelTasks(options: BenchOptions, own: OwnNets): Promise<Task[]> {
  const pattern = new RegExp(options.layer ?? "");
  const { layers, blocks } = await partsOf(options, own);
  const products = GEMM_SIZES.map((size) => task(gemm(size, size, size), size, options, 1));
  const single = layers.flatMap((layer) => options.batches.map((batch) => task(layer, batch, options)));
  const several = blocks.flatMap((block) => options.batches.map((batch) => blockTask(block, batch, options)));
  return [...products, ...single, ...several].filter(({ name }) => pattern.test(name));
}

/** All layers and blocks of the nets; where no nets are asked for, also the samples of others, which count for none of these nets' time. */
async function partsOf(options: BenchOptions, own: OwnNets): Promise<{ layers: readonly Layer[]; blocks: readonly NamedNet[] }> {
  const named = (names: Iterable<string>) => Promise.all([...names].map(async (name) => ({ name, nodes: await nodesOf(name, own) })));
  const nets = await named(netsOf("kernels", options, own));
  const [layers, blocks] = [distinctLayers(nets), squeezeBlocks(nets)];
  if (options.nets) return { layers, blocks };
  const known = new Set(layers.map(({ name }) => name));
  for (const net of await named(SAMPLED_NETS.keys())) {
    const wanted = ({ name }: { name: string }) => SAMPLED_NETS.get(net.name)?.test(name) && !known.has(name);
    const found = distinctLayers([net]).filter(wanted);
    layers.push(...found.map((layer) => ({ ...layer, uses: new Map() })));
    blocks.push(...squeezeBlocks([net]).filter(wanted));
    for (const { name } of found) known.add(name);
  }
  return { layers, blocks };
}

/** `shown` is the batch size of the row, where the layer's own means its rows. */
function task(layer: Layer, batch: number, { precision, variants }: BenchOptions, shown = batch): Task {
  const { name, group, uses } = layer;
  return {
    ...{ suite: "kernels", group, name, batch: shown, uses: Object.fromEntries(uses) },
    ...costOf(layer.nodes, batch, precision),
    measure: (bench) => (variants ? measureVariants(bench, layer, batch) : measureLayer(bench, layer, batch)),
  };
}

/** A block of several kernels, measured as a net. Its layers have rows, too: it counts for none of the net's time. */
function blockTask({ name, nodes }: NamedNet, batch: number, { precision }: BenchOptions): Task {
  return {
    ...{ suite: "kernels", group: "squeeze", name, batch, uses: {} },
    ...costOf(nodes, batch, precision),
    measure: (bench) => measureNet({ ...bench, options: { ...bench.options, tuned: false } }, name, nodes, batch),
  };
}

/** Runs `work` with a loader of the layer's weights, which are kept as long as the task lasts. */
async function load<T extends { weights?: PackedWeights }>(
  { engine, scope, options }: Bench,
  data: LayerData,
  work: (loader: WeightLoader) => Promise<T>,
): Promise<T> {
  const loader = new WeightLoader(engine, data.source, options.precision);
  try {
    const loaded = await work(loader);
    const { weights } = loaded;
    if (weights) scope.own({ dispose: () => disposeWeights(weights) });
    return loaded;
  } finally {
    loader.dispose();
  }
}

/** The layer as the engine lowers it, among peers. */
async function measureLayer(bench: Bench, layer: Layer, batch: number): Promise<Partial<Row>[]> {
  const { engine, options, peers } = bench;
  const { nodes, node, residual } = layer;
  const data = new LayerData(layer);
  const [fused] = fuseNet(nodes) as [FusedOp];
  const op = await engine.guard(() => load(bench, data, (loader) => loadOp(engine, loader, fused, options.precision)));
  const row = await measureOwn(bench, layer, batch, data, (plan, inputs, added, output) => {
    const values = new Map<Node, Tensor>(node.inputs.map((input, which) => [input, inputs[which] as Tensor]));
    if (residual && added) values.set(residual, added);
    appendOp(plan, batch, op, values, output, options.precision);
  });
  if (peers.length === 0) return [row];
  const dense = data.spec(batch);
  const positions = positionsOf(layer, batch);
  const found = await measurePeers(bench, {
    open: (peer) => (dense ? peer.layer(dense) : peer.net(data.net(batch))),
    check: (values) =>
      largestError(
        layer,
        data.values,
        positions,
        positions.map((index) => values[index] as number),
      ),
    tolerance: TOLERANCE.f32,
  });
  return [{ ...row, peers: found }];
}

/** A dense layer in every way; any other as the engine lowers it. */
async function measureVariants(bench: Bench, layer: Layer, batch: number): Promise<(Partial<Row> & { stage?: string })[]> {
  const { engine, options, signal } = bench;
  const { precision } = options;
  const [op] = fuseNet(layer.nodes) as [FusedOp];
  const dense = denseLayer(batch, op);
  if (!dense) return measureLayer({ ...bench, peers: [] }, layer, batch);
  const data = new LayerData(layer);
  const choices = await engine.guard(async () => {
    const { weights } = await load(bench, data, async (loader) => ({ weights: (await loader.load(op)) as PackedWeights }));
    return choicesOf(engine, dense, weights, precision, bench.scope);
  });
  const rows = [];
  for (const { variant, weights } of choices) {
    signal?.throwIfAborted();
    const scope = new Scope();
    try {
      const row = await measureOwn({ ...bench, scope }, layer, batch, data, (plan, [image], residual, out) =>
        variant.append(plan, dense, { image: image as Tensor, weights, residual, out }, precision),
      );
      // The memory is that of all variants so far.
      rows.push({ ...row, stage: `[${variant.name}]`, variant: variant.name, memory: undefined });
    } finally {
      scope.dispose();
    }
  }
  return rows;
}

const positionsOf = ({ node, name }: Layer, batch: number) => samplePositions(batch * sizeOf(node.shape), SAMPLES, name);

type Append = (plan: PlanBuilder, inputs: readonly Tensor[], residual: Tensor | undefined, output: Tensor) => void;

/** Checks and times the plan that `append` makes. */
async function measureOwn(
  { engine, scope, stopwatch, effort, options }: Bench,
  layer: Layer,
  batch: number,
  data: LayerData,
  append: Append,
) {
  const { run, cold } = await engine.guard(async () => {
    const inputs = layer.node.inputs.map((_, which) => scope.own(data.uploadInput(engine, batch, which)));
    const residual = layer.residual && scope.own(data.uploadResidual(engine, batch, layer.residual));
    const output = scope.own(engine.tensor("output", tensorShape(batch, layer.node.shape)));
    await engine.finish();
    const began = performance.now();
    const builder = new PlanBuilder(engine, layer.name);
    append(builder, inputs, residual, output);
    const plan = scope.own(await builder.compile());
    await plan.run();
    await engine.finish();
    return { run: new OwnRun(engine, plan, output, layer.node.shape), cold: performance.now() - began };
  });
  const positions = positionsOf(layer, batch);
  const found = await run.readAt(positions);
  const error = largestError(layer, data.values, positions, found);
  const relative = relativeError(layer, data.values, positions, found);
  const right = error <= TOLERANCE[options.precision];
  const times = await timeOwn(stopwatch, run, effort);
  const note = right ? undefined : `differs from the reference by ${error.toExponential(1)} of its terms`;
  const state = right ? ("ok" as const) : ("wrong" as const);
  return { state, note, error, relative, cold, times, memory: engine.memory.peak };
}
