import type { Engine } from "../engine/engine.ts";
import { EngineError } from "../engine/errors.ts";
import type { PlanBuilder } from "../engine/plan.ts";
import type { Tensor } from "../engine/tensor.ts";
import { efficientnetLite0 } from "./efficientnet.ts";
import { type Node, weightShapes } from "./graph.ts";
import { Net } from "./net.ts";
import type { Safetensors } from "./safetensors.ts";

/** A classifier of the 1000 ImageNet classes and how its input is normalised: (x - mean) / deviation, x in [0, 1]. */
export interface TeacherDefinition {
  readonly name: string;
  /** File of its weights, in weights/. */
  readonly file: string;
  readonly mean: readonly [number, number, number];
  readonly deviation: readonly [number, number, number];
  readonly nodes: () => Node[];
}

export const TEACHERS: readonly TeacherDefinition[] = [
  {
    name: "efficientnet-lite0",
    file: "efficientnet-lite0.safetensors",
    mean: [127 / 255, 127 / 255, 127 / 255],
    deviation: [128 / 255, 128 / 255, 128 / 255],
    nodes: efficientnetLite0,
  },
];

export const INPUT_SIZE = 224;
export const CLASS_COUNT = 1000;

/** Throws BAD_OPTION for a name that is none of TEACHERS. */
export function findTeacher(name: string): TeacherDefinition {
  const teacher = TEACHERS.find((candidate) => candidate.name === name);
  if (!teacher) {
    throw new EngineError(
      "BAD_OPTION",
      `There is no teacher "${name}".`,
      `Choose one of: ${TEACHERS.map((candidate) => candidate.name).join(", ")}.`,
    );
  }
  return teacher;
}

/** A teacher on the GPU. */
export class Teacher {
  readonly #net: Net;

  private constructor(
    readonly definition: TeacherDefinition,
    net: Net,
  ) {
    this.#net = net;
  }

  /** Throws BAD_WEIGHTS before anything is uploaded. */
  static async load(engine: Engine, definition: TeacherDefinition, file: Safetensors): Promise<Teacher> {
    const nodes = definition.nodes();
    file.expect(definition.name, weightShapes(nodes));
    return new Teacher(definition, await Net.load(engine, definition.name, nodes, file));
  }

  /** `images`: batch x 224 x 224 x 4, normalised; returns batch x 1000 logits. */
  appendLogits(plan: PlanBuilder, batch: number, images: Tensor, logits?: Tensor): Tensor {
    return this.#net.append(plan, batch, images, logits);
  }

  dispose(): void {
    this.#net.dispose();
  }
}
