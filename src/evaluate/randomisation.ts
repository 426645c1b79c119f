/** The check `randomisation`: does the map change when the classifier forgets what it has learned. */
import { Teacher } from "../classify/teacher.ts";
import type { Engine } from "../engine/engine.ts";
import { throwIfAborted } from "../engine/errors.ts";
import { spearman } from "../explain/rank-correlation.ts";
import type { Size } from "../nets/input-spec.ts";
import type { Safetensors } from "../nets/weights/safetensors.ts";
import type { Precision } from "../ops/packed-weights.ts";
import type { WeightSource } from "../ops/weight-source.ts";
import { modulesOf, randomiseWeights } from "./random-weights.ts";
import { checkMap } from "./ranks.ts";
import type { ScoreOptions } from "./scorer.ts";

/** Explains the class in question by another teacher: its map, or undefined where there is none. */
export type ExplainTeacher = (teacher: Teacher) => Promise<ArrayLike<number> | undefined>;

export interface RandomisationRequest {
  engine: Engine;
  teacher: Teacher;
  /** The teacher's weights. */
  file: Safetensors | WeightSource;
  precision?: Precision | undefined;
  activations?: Precision | undefined;
}

export interface RandomisationOptions extends ScoreOptions {
  /** Of the random weights; 0 by default. */
  seed?: number | undefined;
  /** Modules to randomise, one group after the other; all of the net's from the top down by default. */
  modules?: readonly (readonly string[])[] | undefined;
  /** Randomises one group at a time, all others keeping their weights, instead of one more each time. */
  independent?: boolean | undefined;
}

export interface RandomisedLayer {
  /** The modules that this step has added to the random ones, or, where steps are independent, all random ones. */
  readonly modules: readonly string[];
  /** Spearman's correlation with the original teacher's map; undefined where this teacher leaves no map, or a constant one. */
  readonly spearman?: number;
  /** The same of the maps' absolute values. */
  readonly absolute?: number;
}

/** See `modulesOf`. A layer that stands for "not class" is not among them, since it has no weights in the file. */
export async function teacherModules({ definition, net, classes }: Teacher): Promise<string[][]> {
  return modulesOf(await definition.nodes({ input: net.inputShape, classes }));
}

/**
 * The model-parameter randomisation check (Adebayo et al. 2018, "Sanity checks for saliency maps", section 3.1): a map that says something of
 * the teacher must change once the teacher's weights are random, from the class scores down. A method whose maps stay alike shows the photo
 * and not what the teacher has learned. Every step loads a second teacher, of the same input, outputs and labels. Throws
 * OUT_OF_MEMORY, ABORTED, and what `explain` does.
 */
export async function randomisationCheck(
  { engine, teacher, file, precision, activations }: RandomisationRequest,
  reference: ArrayLike<number>,
  explain: ExplainTeacher,
  { seed = 0, modules: given, independent = false, signal, onProgress }: RandomisationOptions = {},
): Promise<RandomisedLayer[]> {
  const { definition, input, outputs, labels } = teacher;
  checkMap(reference, input);
  const modules = given ?? (await teacherModules(teacher));
  const layers: RandomisedLayer[] = [];
  for (const [step, added] of modules.entries()) {
    throwIfAborted(signal);
    const random = independent ? added : modules.slice(0, step + 1).flat();
    const another = await Teacher.load(engine, definition, file, {
      ...{ input, outputs, labels, precision, activations, signal },
      replace: (weights) => randomiseWeights(weights, random, seed),
    });
    try {
      layers.push({ modules: added, ...likeness(reference, await explain(another), input) });
    } finally {
      another.dispose();
    }
    onProgress?.(step + 1, modules.length);
  }
  return layers;
}

function likeness(reference: ArrayLike<number>, map: ArrayLike<number> | undefined, size: Size): Omit<RandomisedLayer, "modules"> {
  if (!map) return {};
  checkMap(map, size, "The map of a randomised teacher");
  const [signed, absolute] = [spearman(reference, map), spearman(magnitudes(reference), magnitudes(map))];
  return { ...(Number.isNaN(signed) ? {} : { spearman: signed }), ...(Number.isNaN(absolute) ? {} : { absolute }) };
}

function magnitudes(map: ArrayLike<number>): Float64Array {
  return Float64Array.from({ length: map.length }, (_, at) => Math.abs(map[at] as number));
}
