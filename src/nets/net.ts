import type { Engine } from "../engine/engine.ts";
import { EngineError, throwIfAborted } from "../engine/errors.ts";
import type { PlanBuilder } from "../engine/plan.ts";
import type { Tensor } from "../engine/tensor.ts";
import { type FusedOp, fuse } from "./fuse.ts";
import type { Node, Shape } from "./graph.ts";
import { appendOp, denseLayer, type LoweredOp, tensorShape } from "./lower.ts";
import { disposeWeights, type Precision, WeightLoader } from "./pack.ts";
import type { WeightSource } from "./safetensors.ts";
import { prefersWinograd, transformWeights } from "./winograd.ts";

export interface LoadOptions {
  precision?: Precision | undefined;
  signal?: AbortSignal | undefined;
}

/** A net whose weights are on the GPU, packed for its kernels. Plans of any batch size share them. */
export class Net {
  readonly #ops: readonly LoweredOp[];
  readonly #precision: Precision;
  readonly #input: Node;
  readonly #output: Node;

  private constructor(ops: readonly LoweredOp[], precision: Precision, input: Node, output: Node) {
    this.#ops = ops;
    this.#precision = precision;
    this.#input = input;
    this.#output = output;
  }

  /**
   * Uploads and packs the weights layer by layer; `precision` says how matrices of dense layers are kept. Throws BAD_WEIGHTS, LIMIT,
   * OUT_OF_MEMORY.
   */
  static load(
    engine: Engine,
    label: string,
    nodes: readonly Node[],
    source: WeightSource,
    { precision = "f32", signal }: LoadOptions = {},
  ): Promise<Net> {
    return engine.guard(label, async () => {
      const ops: LoweredOp[] = [];
      const net = new Net(ops, precision, nodes[0] as Node, nodes.at(-1) as Node);
      const loader = new WeightLoader(engine, source, precision);
      try {
        for (const op of fuse(nodes)) {
          throwIfAborted(signal);
          ops.push(await loadOp(engine, loader, op, precision));
        }
        return net;
      } catch (error) {
        net.dispose();
        throw error;
      } finally {
        loader.dispose();
      }
    });
  }

  get inputShape(): Shape {
    return this.#input.shape;
  }

  get outputShape(): Shape {
    return this.#output.shape;
  }

  /**
   * Appends the net to a plan: `input` holds `batch` images of the input shape, NHWC, channels padded to 4. Returns the tensor of the
   * output node, which is `output` if one is given. `taps` asks for further nodes' values by their tensors.
   */
  append(plan: PlanBuilder, batch: number, input: Tensor, output?: Tensor, taps: ReadonlyMap<Node, Tensor> = new Map()): Tensor {
    const values = new Map<Node, Tensor>([[this.#input, input]]);
    for (const op of this.#ops) {
      const given = op.output === this.#output ? (taps.get(op.output) ?? output) : taps.get(op.output);
      const out = given ?? plan.temporary(`${op.output.label} out`, tensorShape(batch, op.output.shape));
      appendOp(plan, batch, op, values, out, this.#precision);
      values.set(op.output, out);
    }
    return values.get(this.#output) as Tensor;
  }

  /**
   * The value of the last convolution in a module, given by the beginning of its key ("layer3", "blocks.2.1", "features.28"), or in the
   * whole net where the name is empty: with the norm, addition and activation that follow it. Throws BAD_OPTION.
   */
  featureMap(name: string): Node {
    const convolutions = this.#ops.filter(({ node }) => node.op === "conv");
    const op = convolutions.findLast(({ node: { label } }) => name === "" || label === name || label.startsWith(`${name}.`));
    if (op) return op.output;
    const known = convolutions.map(({ node }) => node.label).join(", ");
    throw new EngineError("BAD_OPTION", `This net has no layer "${name}".`, `Give the beginning of one of: ${known}.`);
  }

  dispose(): void {
    for (const { weights } of this.#ops) if (weights) disposeWeights(weights);
  }
}

/** The op with its weights, and with those that Winograd's algorithm takes where the layer is to go by it. */
export async function loadOp(engine: Engine, loader: WeightLoader, op: FusedOp, precision: Precision): Promise<LoweredOp> {
  const { node } = op;
  if (node.op !== "conv" && node.op !== "linear") return op;
  const weights = await loader.load(op, node);
  const layer = denseLayer(1, op);
  if (!layer || !prefersWinograd(engine, layer)) return { ...op, weights };
  try {
    return { ...op, weights: { ...weights, winograd: await transformWeights(engine, layer, weights, precision) } };
  } catch (error) {
    disposeWeights(weights);
    throw error;
  }
}
