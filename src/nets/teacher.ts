import type { Engine } from "../engine/engine.ts";
import type { PlanBuilder } from "../engine/plan.ts";
import type { Tensor } from "../engine/tensor.ts";
import type { Node } from "./graph.ts";
import type { Values } from "./lower.ts";
import { type LoadOptions, Net } from "./net.ts";
import type { Safetensors, WeightSource } from "./safetensors.ts";
import type { TeacherDefinition } from "./teachers.ts";
import type { MeasureOptions, TunedLayer } from "./tuning.ts";
import { matchWeights } from "./weights.ts";

export const INPUT_SIZE = 224;
export const CLASS_COUNT = 1000;

export interface TeacherOptions extends LoadOptions {
  /** What the net reads instead of the file's weights, made from them. */
  replace?: ((weights: WeightSource) => WeightSource) | undefined;
}

/** A teacher on the GPU. */
export class Teacher {
  private constructor(
    readonly definition: TeacherDefinition,
    readonly net: Net,
  ) {}

  /** Throws BAD_WEIGHTS, of another net's file before anything is uploaded. */
  static async load(engine: Engine, definition: TeacherDefinition, file: Safetensors, options: TeacherOptions = {}): Promise<Teacher> {
    const { replace = (weights) => weights } = options;
    const source = replace(matchWeights(definition, file));
    return new Teacher(definition, await Net.load(engine, definition.nodes(), source, options));
  }

  /** `images`: batch x 224 x 224 x 4, normalised; returns batch x 1000 logits. `taps` asks for further layers' values. */
  appendLogits(plan: PlanBuilder, batch: number, images: Tensor, logits?: Tensor, taps?: Values): Tensor {
    return this.net.append(plan, batch, images, logits, taps);
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
