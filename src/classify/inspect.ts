/** Says what a classifier's file holds, before anything of it is on a GPU. */
import { EngineError } from "../engine/errors.ts";
import type { Node, Shape } from "../graph/graph.ts";
import { openBytes } from "../nets/weights/bytes.ts";
import { type ImportedModel, openModel } from "../onnx/import.ts";
import type { ModelFile } from "../onnx/model-file.ts";
import { fuseNet, operationOf } from "../ops/operations.ts";
import type { OnnxInput } from "./model.ts";
import { type OnnxClassifier, type OnnxOptions, openOnnx } from "./onnx-classifier.ts";

export interface InspectedLayer {
  readonly name: string;
  /** "conv3x3/2 224x224 3>64". */
  readonly operation: string;
  readonly shape: Shape;
  /** Numbers that were learned. */
  readonly parameters: number;
}

/** A net by its layers, those that one kernel computes as one. */
export interface InspectedNet {
  readonly layers: readonly InspectedLayer[];
  readonly parameters: number;
  /** Of one image. */
  readonly multiplyAdds: number;
  /** The layer of class activation maps: the last of more than one pixel. */
  readonly cam: string;
}

export interface InspectedModel {
  readonly file: ModelFile;
  /** How many nodes of the model have each operator. */
  readonly operators: Readonly<Record<string, number>>;
  /** Undefined where it cannot be imported; `problem` says why. */
  readonly classifier: OnnxClassifier | undefined;
  readonly net: InspectedNet | undefined;
  readonly problem: EngineError | undefined;
}

/** What an ONNX model holds, and what of it is not supported. Throws BAD_MODEL where it is none. */
export async function inspectOnnx(model: OnnxInput, name: string, options: OnnxOptions = {}): Promise<InspectedModel> {
  const file = await openModel(await openBytes(model.onnx, name));
  const operators: Record<string, number> = {};
  for (const { operator, domain } of file.nodes) {
    const key = domain ? `${domain}.${operator}` : operator;
    operators[key] = (operators[key] ?? 0) + 1;
  }
  try {
    const classifier = await openOnnx(model, name, options);
    return { file, operators, classifier, net: inspectNet(classifier.imported.net), problem: undefined };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { file, operators, classifier: undefined, net: undefined, problem: error };
  }
}

export function inspectNet(nodes: ImportedModel["net"]): InspectedNet {
  const ops = fuseNet(nodes);
  const layers = ops.map(({ node, norm, output }) => ({
    name: output.label,
    operation: operationOf(node).describe(node)[1],
    shape: output.shape,
    parameters: parametersOf(node) + (norm ? parametersOf(norm) : 0),
  }));
  return {
    layers,
    parameters: layers.reduce((sum, { parameters }) => sum + parameters, 0),
    multiplyAdds: ops.reduce((sum, { node }) => sum + (operationOf(node).multiplyAdds?.(node) ?? 0), 0),
    cam: (layers.findLast(({ shape: [height, width] }) => height * width > 1) ?? layers[0])?.name ?? "",
  };
}

/** Running means and variances are no parameters. */
function parametersOf({ tensors }: Node): number {
  const sizes = Object.entries(tensors).map(([part, { shape }]) =>
    part.startsWith("running_") ? 0 : shape.reduce((product, extent) => product * extent, 1),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
