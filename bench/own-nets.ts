/** Classifiers' files that are measured beside the nets that the benchmark knows. */
import { type OnnxInput, openOnnx, recogniseTeacher, type WeightsInput } from "../src/faces/all.ts";
import type { Node } from "../src/graph/graph.ts";

/** A net of a file; layers are measured with made-up weights, explanations with the file's. */
export interface OwnNet {
  readonly nodes: readonly Node[];
  /** What a session takes as its model. */
  readonly model: OnnxInput | WeightsInput;
}

/** By the names that rows have. */
export type OwnNets = ReadonlyMap<string, OwnNet>;

/** Opens an ONNX model, or weights of a known architecture. Throws BAD_MODEL, BAD_WEIGHTS. */
export async function openOwnNet(name: string, model: OnnxInput | WeightsInput): Promise<OwnNet> {
  if ("onnx" in model) return { nodes: await (await openOnnx(model, name)).definition.nodes(), model };
  const { definition, classes, channels } = await recogniseTeacher(model, name);
  const { height, width } = definition.input;
  return { nodes: await definition.nodes({ input: [height, width, channels], classes }), model };
}
