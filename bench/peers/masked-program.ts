/** Puts masks before a net and their weighted sum behind it. */
import type { Shape } from "../../src/graph/graph.ts";
import { netProgram } from "./net-program.ts";
import type { NetSpec } from "./peer.ts";
import type { Floats, Program, ProgramInput, Step } from "./program.ts";

/** The inputs of a net behind masks: batch x height x cells, batch x cells x cells, batch x cells x width. */
export const MASK_INPUTS = ["rows", "grids", "columns"] as const;

/** The net's program, behind masks where the spec has some; or one sentence on why there is none. */
export function programOf(spec: NetSpec): Program | string {
  const { masks, inputs, batch } = spec;
  if (!masks) return netProgram(spec);
  const program = netProgram({ ...spec, inputs: [masks.photo] });
  if (typeof program === "string") return program;
  const [image] = program.inputs as [ProgramInput];
  const { cells, photo, target } = masks;
  const [height, width] = image.shape;
  const shapes: Shape[] = [
    [height, cells, 1],
    [cells, cells, 1],
    [cells, width, 1],
  ];
  const whole: Shape = [height, width, 1];
  const [rows, grids, columns] = MASK_INPUTS;
  const logits = program.steps.at(-1) as Step;
  const steps: Step[] = [
    { op: "product", from: rows, others: [grids], out: "stretched", inShape: shapes[0] as Shape, shape: shapes[0] as Shape },
    { op: "product", from: "stretched", others: [columns], out: "mask", inShape: shapes[0] as Shape, shape: whole },
    { op: "expose", from: "mask", out: image.name, inShape: whole, shape: image.shape, weights: photo },
    ...program.steps,
    { op: "probability", from: logits.out, out: "probability", inShape: logits.shape, shape: [1, 1, 1], target },
    { op: "weigh", from: "probability", others: ["mask"], out: "map", inShape: [1, 1, 1], shape: whole },
  ];
  const given = MASK_INPUTS.map((name, index) => ({ name, shape: shapes[index] as Shape, values: inputs[index] as Floats }));
  return { batch, inputs: given, steps };
}
