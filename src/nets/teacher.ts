import type { Engine } from "../engine/engine.ts";
import type { PlanBuilder } from "../engine/plan.ts";
import type { Tensor } from "../engine/tensor.ts";
import { labelsOf } from "./classes.ts";
import type { Node } from "./graph.ts";
import type { Values } from "./lower.ts";
import { matchWeights } from "./match-weights.ts";
import { type LoadOptions, Net } from "./net.ts";
import type { Safetensors, WeightSource } from "./safetensors.ts";
import type { TeacherDefinition } from "./teachers.ts";
import type { MeasureOptions, TunedLayer } from "./tuning.ts";

export const INPUT_SIZE = 224;

export interface TeacherOptions extends LoadOptions {
  /** What the net reads instead of the file's weights, made from them. */
  replace?: ((weights: WeightSource) => WeightSource) | undefined;
  /** A name for every class; ImageNet's where there are as many classes, else "class 0", "class 1"... by default. */
  labels?: readonly string[] | undefined;
}

/** A teacher on the GPU. */
export class Teacher {
  private constructor(
    readonly definition: TeacherDefinition,
    readonly net: Net,
    /** A name for every class. */
    readonly labels: readonly string[],
    /** Tensors of the file that are not the net's. */
    readonly ignored: readonly string[],
  ) {}

  /** Throws BAD_WEIGHTS, of another net's file before anything is uploaded; BAD_OPTION where there are not as many labels as classes. */
  static async load(engine: Engine, definition: TeacherDefinition, file: Safetensors, options: TeacherOptions = {}): Promise<Teacher> {
    const { replace = (weights) => weights } = options;
    const { source, classes, channels, ignored } = matchWeights(definition, file);
    const nodes = definition.nodes({ input: [INPUT_SIZE, INPUT_SIZE, channels], classes });
    const labels = labelsOf(classes, options.labels);
    return new Teacher(definition, await Net.load(engine, nodes, replace(source), options), labels, ignored);
  }

  /** `images`: batch x 224 x 224 x 4, normalised; returns batch x classes logits. `taps` asks for further layers' values. */
  appendLogits(plan: PlanBuilder, batch: number, images: Tensor, logits?: Tensor, taps?: Values): Tensor {
    return this.net.append(plan, batch, images, logits, taps);
  }

  get classes(): number {
    return this.net.output.shape[2];
  }

  /** See `Net.layer`; the layer of class activation maps where the name is empty. */
  layer(name: string): Node {
    return this.net.layer(name || this.definition.cam);
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
