/** A classifier on the GPU: net, input, labels and outputs together. */
import type { Engine } from "../engine/engine.ts";
import type { PlanBuilder } from "../engine/plan.ts";
import type { Tensor } from "../engine/tensor.ts";
import type { Node } from "../graph/graph.ts";
import { type InputSpec, inputOf } from "../nets/input-spec.ts";
import type { Values } from "../nets/lower.ts";
import type { MeasureOptions, TunedLayer } from "../nets/measure-variants.ts";
import type { LoadOptions, Net } from "../nets/net.ts";
import { Safetensors } from "../nets/weights/safetensors.ts";
import type { WeightSource } from "../ops/weight-source.ts";
import { labelsOf } from "../zoo/labels.ts";
import type { TeacherDefinition } from "../zoo/teachers.ts";
import type { MatchedWeights } from "./match-weights.ts";
import { type Outputs, outputsOf } from "./outputs.ts";

export interface TeacherOptions extends LoadOptions {
  /** What the net reads instead of the file's weights, made from them. */
  replace?: ((weights: WeightSource) => WeightSource) | undefined;
  /** A name for every class; ImageNet's where there are as many classes, else "class 0", "class 1"... by default. */
  labels?: readonly string[] | undefined;
  /** What of the input is not as the definition has it. */
  input?: Partial<InputSpec> | undefined;
  /** "softmax" by default, "sigmoid" of a single output. */
  outputs?: Outputs | undefined;
}

const hasPlaces = ({ shape: [height, width] }: Node) => height * width > 1;

async function matched(definition: TeacherDefinition, weights: Safetensors | WeightSource): Promise<MatchedWeights> {
  if (weights instanceof Safetensors) return (await import("./match-weights.ts")).matchWeights(definition, weights);
  const nodes = await definition.nodes();
  const [channels, classes] = [nodes.at(0), nodes.at(-1)].map((node) => (node as Node).shape[2]) as [number, number];
  return { source: weights, classes, channels, library: "torchvision", ignored: [] };
}

/** The classifier that methods and metrics ask. */
export class Teacher {
  private constructor(
    readonly definition: TeacherDefinition,
    readonly net: Net,
    readonly input: InputSpec,
    readonly outputs: Outputs,
    /** A name for every class. */
    readonly labels: readonly string[],
    /** Tensors of the file that are not the net's. */
    readonly ignored: readonly string[],
  ) {}

  /** `weights`: a file, or those of the definition by its own keys. Throws BAD_WEIGHTS, of another net's file before anything is uploaded; BAD_OPTION where there are not as many labels as classes. */
  static async load(
    engine: Engine,
    definition: TeacherDefinition,
    weights: Safetensors | WeightSource,
    options: TeacherOptions = {},
  ): Promise<Teacher> {
    const { replace = (weights) => weights } = options;
    const { source, classes, channels, library, ignored } = await matched(definition, weights);
    const input = inputOf(definition.input, channels, options.input);
    const nodes = await definition.nodes({ input: [input.height, input.width, channels], classes, library });
    const outputs = outputsOf(classes, options.outputs);
    const own = { nodes, source: replace(source) };
    const whole = classes === 1 ? (await import("./seldom.ts")).withNotClass(own.nodes, own.source) : own;
    const labels = await labelsOf(classes, options.labels);
    const { Net } = await import("../nets/net.ts");
    const net = await Net.load(engine, whole.nodes, whole.source, options);
    return new Teacher(definition, net, input, outputs, labels, ignored);
  }

  /** `images`: batch x 224 x 224 x 4, normalised; returns batch x classes logits. `taps` asks for further layers' values. */
  appendLogits(plan: PlanBuilder, batch: number, images: Tensor, logits?: Tensor, taps?: Values): Tensor {
    return this.net.append(plan, batch, images, logits, taps);
  }

  get classes(): number {
    return this.net.output.shape[2];
  }

  /**
   * See `Net.layer`. Where the name is empty, the usual one: that of class activation maps by default, or, where the net has none or it is a single
   * pixel, the last one of more pixels.
   */
  layer(name: string, usual = this.definition.cam): Node {
    if (name) return this.net.layer(name);
    const layer = usual === undefined ? undefined : this.net.layer(usual);
    return layer && hasPlaces(layer) ? layer : (this.net.layers.findLast(hasPlaces) ?? this.net.input);
  }

  /** What the last layer sees: pooled features, or those of the fully connected layer before. */
  get features(): Node {
    return this.net.output.inputs[0] as Node;
  }

  /** See `Net.tune`. */
  tune(engine: Engine, batches: readonly number[], options: MeasureOptions): Promise<TunedLayer[]> {
    return this.net.tune(engine, batches, options);
  }

  /** See `Net.transform`. */
  transform(engine: Engine): Promise<void> {
    return this.net.transform(engine);
  }

  dispose(): void {
    this.net.dispose();
  }
}
