import { IMAGENET_INPUT } from "../../src/classify/input-spec.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { GraphBuilder, type Node, weightShapes } from "../../src/nets/graph.ts";
import type { Safetensors } from "../../src/nets/safetensors.ts";
import { Teacher } from "../../src/nets/teacher.ts";
import type { TeacherDefinition } from "../../src/nets/teachers.ts";
import { openWeights } from "../../src/nets/weights.ts";
import { randomTensors, type Tensors } from "./random-weights.ts";
import { encodeSafetensors, f32 } from "./safetensors-file.ts";

/** Two convolutions and a linear layer: some hundred times faster than a real teacher. */
function nodes(): Node[] {
  const g = new GraphBuilder();
  const stem = g.activation(g.conv(g.input([224, 224, 3]), "stem", { outputs: 8, kernel: 8, stride: 8, bias: true }), "relu", "stem.relu");
  const deep = g.activation(g.conv(stem, "deep", { outputs: 40, kernel: 4, stride: 4, bias: true }), "relu", "deep.relu");
  g.linear(g.globalPool(deep), "head", 1000);
  return g.nodes;
}

export const TOY: TeacherDefinition = {
  name: "toy",
  file: "toy.safetensors",
  input: { ...IMAGENET_INPUT, mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5] },
  nodes,
  cam: "deep",
  excitation: "stem",
};

/** Random weights, as a file. */
export async function readToyWeights(): Promise<ArrayBuffer> {
  return encodeTensors(TOY, randomTensors(nodes(), 5));
}

/** Random weights. */
export async function openToyWeights(): Promise<Safetensors> {
  return openWeights(await readToyWeights(), TOY.file);
}

/** A teacher of random weights, whose answers vary with the image. */
export async function toyTeacher(engine: Engine): Promise<Teacher> {
  return Teacher.load(engine, TOY, await openToyWeights());
}

/** A teacher of these tensors, as if they came from a file. */
export async function loadTeacher(engine: Engine, definition: TeacherDefinition, tensors: Tensors): Promise<Teacher> {
  return Teacher.load(engine, definition, await openWeights(encodeTensors(definition, tensors), definition.file));
}

function encodeTensors(definition: TeacherDefinition, tensors: Tensors): ArrayBuffer {
  const shapes = weightShapes(definition.nodes());
  const stored = [...tensors].map(([key, values]) => [key, f32([...(shapes.get(key) ?? [])], values)] as const);
  return encodeSafetensors(Object.fromEntries(stored));
}
