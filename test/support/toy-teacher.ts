import { Teacher, type TeacherOptions } from "../../src/classify/teacher.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { type NetSize, type Node, weightShapes } from "../../src/graph/graph.ts";
import { type Channels, IMAGENET_INPUT, type InputSpec } from "../../src/nets/input-spec.ts";
import { openWeights } from "../../src/nets/weights/open-weights.ts";
import type { Safetensors } from "../../src/nets/weights/safetensors.ts";
import { GraphBuilder } from "../../src/ops/builder.ts";
import type { TeacherDefinition } from "../../src/zoo/teachers.ts";
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

/** Whose layers need not be loaded. */
export interface ToyDefinition extends TeacherDefinition {
  readonly nodes: (size?: NetSize) => Node[];
}

export const TOY: ToyDefinition = {
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
export async function loadTeacher(
  engine: Engine,
  definition: TeacherDefinition,
  tensors: Tensors,
  options?: TeacherOptions,
): Promise<Teacher> {
  return Teacher.load(engine, definition, await openWeights(await encodeTensors(definition, tensors), definition.file), options);
}

/** A toy of few pixels that takes any input and has any number of classes, as a file of other channels and classes has a net of its own. */
export const SMALL_TOY: ToyDefinition = {
  ...{ name: "small toy", file: "small-toy.safetensors", input: TOY.input, cam: "deep", excitation: "stem" },
  nodes({ input, classes } = { input: [224, 224, 3], classes: 1000 }) {
    const g = new GraphBuilder();
    const stem = g.activation(g.conv(g.input(input), "stem", { outputs: 8, kernel: 4, stride: 4, bias: true }), "relu", "stem.relu");
    const deep = g.activation(g.conv(stem, "deep", { outputs: 20, kernel: 2, stride: 2, bias: true }), "relu", "deep.relu");
    g.linear(g.globalPool(deep), "head", classes);
    return g.nodes;
  },
};

export interface SmallToy {
  /** What its input differs in from that of its definition. */
  readonly input: Partial<InputSpec>;
  /** Its random weights. */
  open(): Promise<Safetensors>;
  load(engine: Engine, options?: TeacherOptions): Promise<Teacher>;
}

/** A SMALL_TOY whose file and input are not as published. Height and width: 8 at least. */
export function smallToy({ height = 48, width = 64, channels = "rgb" as Channels, classes = 10 } = {}): SmallToy {
  const input = { height, width, channels };
  const size: NetSize = { input: [height, width, channels === "grey" ? 1 : 3], classes };
  const definition = { ...SMALL_TOY, nodes: () => SMALL_TOY.nodes(size) };
  const open = async () => openWeights(await encodeTensors(definition, randomTensors(definition.nodes(), 5)), SMALL_TOY.file);
  return { input, open, load: async (engine, options) => Teacher.load(engine, SMALL_TOY, await open(), { input, ...options }) };
}

async function encodeTensors(definition: TeacherDefinition, tensors: Tensors): Promise<ArrayBuffer> {
  const shapes = weightShapes(await definition.nodes());
  const stored = [...tensors].map(([key, values]) => [key, f32([...(shapes.get(key) ?? [])], values)] as const);
  return encodeSafetensors(Object.fromEntries(stored));
}

/** SMALL_TOY as if it were published for such an input and so many classes: for weights of a test's own. */
export function smallToyDefinition({ classes = 10, ...given }: Partial<InputSpec> & { classes?: number } = {}): ToyDefinition {
  const input = { ...SMALL_TOY.input, height: 48, width: 64, ...given };
  const size: NetSize = { input: [input.height, input.width, 3], classes };
  return { ...SMALL_TOY, input, nodes: () => SMALL_TOY.nodes(size) };
}
