/** A net on the GPU: the class through which all others run it, forward, backward and tuned. */
import type { Engine } from "../engine/engine.ts";
import { EngineError, throwIfAborted } from "../engine/errors.ts";
import type { PlanBuilder } from "../engine/plan.ts";
import type { Tensor } from "../engine/tensor.ts";
import type { FusedOp } from "../graph/fuse.ts";
import type { Node, Shape } from "../graph/graph.ts";
import { isInvertible } from "../ops/activation-functions.ts";
import { transformWanted } from "../ops/dense/dense.ts";
import { choiceKey } from "../ops/dense/dense-layer.ts";
import type { LoweredOp } from "../ops/operation.ts";
import { fuseNet } from "../ops/operations.ts";
import { checkPrecision, disposeWeights, type Precision, requireHalves } from "../ops/packed-weights.ts";
import { tensorShape } from "../ops/shape.ts";
import type { WeightSource } from "../ops/weight-source.ts";
import type { BackwardOptions } from "./backward.ts";
import { BackwardWeightsCache } from "./backward-weights.ts";
import { appendOp, denseLayer, type Values } from "./lower.ts";
import type { MeasureOptions, TunableLayer, TunedLayer } from "./measure-variants.ts";
import { type Placements, placeValues } from "./placement.ts";
import { refuseSigned } from "./signed-activations.ts";
import { WeightLoader } from "./weight-loader.ts";

export interface LoadOptions {
  /** How matrices of dense layers are kept. */
  precision?: Precision | undefined;
  /** How `append` keeps values between layers, but for the input, the output and taps; `appendForward` keeps them all in f32. */
  activations?: Precision | undefined;
  signal?: AbortSignal | undefined;
}

/** A net whose weights are on the GPU, packed for its kernels. Plans of any batch size share them. */
export class Net {
  readonly #ops: readonly LoweredOp[];
  readonly #precision: Precision;
  /** How `append` keeps values between layers. */
  readonly valueType: Precision;
  readonly #input: Node;
  readonly #output: Node;
  readonly #backwardWeights: BackwardWeightsCache;

  private constructor(ops: readonly LoweredOp[], precision: Precision, activations: Precision, input: Node, output: Node) {
    this.#ops = ops;
    this.#precision = precision;
    this.valueType = activations;
    this.#input = input;
    this.#output = output;
    this.#backwardWeights = new BackwardWeightsCache(precision);
  }

  /**
   * Uploads and packs the weights layer by layer. Throws BAD_OPTION, BAD_WEIGHTS, OUT_OF_MEMORY, LIMIT, also where values between layers should
   * be f16 and the device has no shader-f16.
   */
  static async load(
    engine: Engine,
    nodes: readonly Node[],
    source: WeightSource,
    { precision = "f32", activations = "f32", signal }: LoadOptions = {},
  ): Promise<Net> {
    checkPrecision(precision);
    checkPrecision(activations, "activations are");
    requireHalves(engine, { activations });
    const load = async () => {
      const ops: LoweredOp[] = [];
      const net = new Net(ops, precision, activations, nodes[0] as Node, nodes.at(-1) as Node);
      const loader = new WeightLoader(engine, source, precision);
      try {
        for (const op of fuseNet(nodes)) {
          throwIfAborted(signal);
          ops.push(await loadPacked(loader, op));
        }
        await net.transform(engine);
        await engine.finish();
        return net;
      } finally {
        loader.dispose();
      }
    };
    return engine.keep(() => engine.guard(load));
  }

  /**
   * Measures every way to compute every dense layer at these batch sizes, and makes the engine choose the winners in plans made from now
   * on; plans made before must not run any more. Changes nothing where it throws: ABORTED, DEVICE_LOST.
   */
  async tune(engine: Engine, batches: readonly number[], options?: MeasureOptions): Promise<TunedLayer[]> {
    const layers = batches.flatMap((batch) => this.#ops.flatMap((op) => this.#tunable(batch, op)));
    const { measureVariants } = await import("./measure-variants.ts");
    const tuned = await measureVariants(engine, layers, options);
    for (const { shape, batch, fastest } of tuned) engine.choices.set(choiceKey(shape, batch), fastest.variant);
    await this.transform(engine);
    return tuned;
  }

  /**
   * Makes the transformed weights that the engine's choices want, as far as there is memory for them, and frees the others; to be called
   * when choices have changed.
   */
  async transform(engine: Engine): Promise<void> {
    await engine.keep(async () => {
      for (const op of this.#ops) await transformOp(engine, op, this.#precision, this.valueType);
    });
  }

  #tunable(batch: number, op: LoweredOp): TunableLayer[] {
    const layer = denseLayer(batch, op);
    return layer && op.weights ? [{ layer, weights: op.weights, precision: this.#precision, activations: this.valueType }] : [];
  }

  /** Height, width and channels of an image. */
  get inputShape(): Shape {
    return this.#input.shape;
  }

  /** Height, width and channels of the output; 1 x 1 x classes for a classifier. */
  get outputShape(): Shape {
    return this.#output.shape;
  }

  /**
   * Appends the net to a plan: `input` holds `batch` images of the input shape, NHWC, channels padded to 4. Returns the tensor of the
   * output node, which is `output` if one is given. `taps` asks for further nodes' values by their tensors.
   */
  append(plan: PlanBuilder, batch: number, input: Tensor, output?: Tensor, taps: Values = new Map()): Tensor {
    const given = output && !taps.has(this.#output) ? new Map([...taps, [this.#output, output]]) : taps;
    return this.#appendAll(plan, batch, input, given, false).get(this.#output) as Tensor;
  }

  /**
   * As `append`, and returns all values that a backward pass may want, those of every layer, input and output among them: temporaries of the
   * plan but for the `taps`. A backward pass in the same plan keeps alive those that it needs.
   */
  appendForward(plan: PlanBuilder, batch: number, input: Tensor, taps: Values = new Map()): Values {
    return this.#appendAll(plan, batch, input, taps, true);
  }

  /**
   * `keeps`: whether all values are kept, each in a tensor of its own, and what activations are given among them, where it does not follow from
   * what they give; else only where a tap asks for it.
   */
  #appendAll(plan: PlanBuilder, batch: number, input: Tensor, taps: Values, keeps: boolean): Values {
    const ops = this.#ops.flatMap((op) => {
      const before = preactivation(op);
      return before && (keeps || taps.has(before)) ? splitActivation(op, before) : [op];
    });
    const placements: Placements = keeps ? new Map() : placeValues(ops, taps);
    const values = new Map<Node, Tensor>([[this.#input, input]]);
    for (const op of ops) {
      const root = placements.get(op.output)?.root ?? op.output;
      const type = keeps || root === this.#output ? "f32" : this.valueType;
      const out = values.get(root) ?? taps.get(root) ?? plan.temporary(`${root.label} out`, tensorShape(batch, root.shape), type);
      appendOp(plan, batch, op, values, out, this.#precision, placements);
      values.set(root, out).set(op.output, out);
    }
    return values;
  }

  /**
   * Appends a backward pass through the net, from one layer's value to another's; returns what reached it, in the shape of its value.
   * Gradients are with respect to values, never to weights. `values`: what `appendForward` returned, in this plan or, kept in tensors, in
   * another; of a larger batch, the first images count. The first pass through a convolution makes its transposed weights, which stay on the
   * GPU until the net is disposed or `releaseBackward` is called. Throws INVALID, OUT_OF_MEMORY, LIMIT.
   */
  appendBackward(plan: PlanBuilder, batch: number, values: Values, options: BackwardOptions): Promise<Tensor> {
    const net = { ops: this.#ops, weights: this.#backwardWeights, precision: this.#precision };
    return plan.engine.guard(async () => {
      const { appendBackward } = await import("./backward.ts");
      return appendBackward(plan, batch, net, values, options);
    });
  }

  /**
   * Where memory is short: frees the weights that backward passes have made, and makes later passes take less of it and more time. Returns
   * whether there were any. Plans of passes made before must not run any more.
   */
  releaseBackward(): boolean {
    return this.#backwardWeights.release();
  }

  /** The input's node. */
  get input(): Node {
    return this.#input;
  }

  /** The last layer's node. */
  get output(): Node {
    return this.#output;
  }

  /** The layers that give values, in order: every op's last node, under the name of the module that computes it. */
  get layers(): readonly Node[] {
    return [this.#input, ...this.#ops.map(({ output }) => output)];
  }

  /** The nodes whose values a backward pass that ends at a layer may want, from that layer on. */
  valuesFrom(layer: Node): readonly Node[] {
    const behind = this.#ops.slice(this.#ops.findIndex(({ output }) => output === layer) + 1);
    return [...new Set([layer, ...behind.flatMap(valuesOf)])];
  }

  /** Throws INVALID where a layer's activation gives numbers below 0, for which the method is not defined. */
  requireUnsigned(method: string): void {
    refuseSigned(method, this.#ops);
  }

  /** Throws INVALID where excitation backprop, with its contrast or without, is not defined on the way from the last layer to this one, naming a layer. */
  async requireRelevance(until: Node, contrasts: boolean): Promise<void> {
    const { relevancePath, requireLinear } = await import("./backward.ts");
    const path = relevancePath(this.#ops, until, this.#output);
    // From the last layer nothing lies between, which whoever chooses the contrast says.
    if (contrasts && path.length > 0) requireLinear(path, this.#output);
  }

  /** The layers that end in an activation: those whose values `clean` of a backward pass wants. */
  get activations(): readonly Node[] {
    return this.#ops.filter(({ activation }) => activation).map(({ output }) => output);
  }

  /** The layer of a name, or the last one of the module of that name ("layer4", "features.29"). Throws BAD_OPTION, naming all there are. */
  layer(name: string): Node {
    const layer = this.layers.findLast(({ label }) => label === name || label.startsWith(`${name}.`));
    if (layer) return layer;
    const names = this.layers.map(({ label }) => label).join(", ");
    throw new EngineError("BAD_OPTION", `Unknown layer "${name}".`, `Name one of these, or a module: ${names}.`);
  }

  dispose(): void {
    this.#backwardWeights.dispose();
    for (const { weights } of this.#ops) if (weights) disposeWeights(weights);
  }
}

/** What the op's activation is given, where a slope does not follow from what it gives. An activation by itself has it as its input. */
function preactivation({ node, output, activation }: FusedOp): Node | undefined {
  return activation && node !== output && !isInvertible(activation) ? output.inputs[0] : undefined;
}

/** What the op's step back reads: of several inputs, some may lie before the layer at which a pass ends. */
const valuesOf = (op: FusedOp): Node[] =>
  [...(op.node.inputs.length > 1 ? op.node.inputs : []), preactivation(op), op.output].filter((node) => node !== undefined);

/** The op without its activation, and that by itself. */
function splitActivation({ activation, output, ...op }: LoweredOp, before: Node): LoweredOp[] {
  return [
    { ...op, output: before },
    { node: output, output, activation },
  ];
}

/** The op with its weights, and with the transformed ones that its variants want. */
export async function loadOp(engine: Engine, loader: WeightLoader, op: FusedOp, precision: Precision): Promise<LoweredOp> {
  const loaded = await loadPacked(loader, op);
  await transformOp(engine, loaded, precision);
  return loaded;
}

async function loadPacked(loader: WeightLoader, op: FusedOp): Promise<LoweredOp> {
  const weights = await loader.load(op);
  return weights ? { ...op, weights } : { ...op };
}

async function transformOp(engine: Engine, op: LoweredOp, precision: Precision, activations: Precision = "f32"): Promise<void> {
  const layer = denseLayer(1, op);
  if (layer && op.weights) op.weights = await transformWanted(engine, layer, op.weights, precision, activations);
}
