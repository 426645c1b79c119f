/** Makes a model of a classifier that the user built in code. */
import { checkNames, type Names } from "../engine/check-names.ts";
import { EngineError } from "../engine/errors.ts";
import { refuseOption } from "../engine/printable.ts";
import type { Node } from "../graph/graph.ts";
import { checkInput, IMAGENET_INPUT } from "../nets/input-spec.ts";
import type { DownloadOptions } from "../nets/weights/download-options.ts";
import { encodeSafetensors, type TensorValues } from "../nets/weights/encode-safetensors.ts";
import type { WeightsInput } from "../nets/weights/open-weights.ts";
import type { Safetensors } from "../nets/weights/safetensors.ts";
import { numberedLabels } from "../zoo/labels.ts";
import type { TeacherDefinition } from "../zoo/teachers.ts";
import type { Classifier, Model, ModelOptions } from "./model.ts";

type OpenGiven = (input: WeightsInput, name: string, options: DownloadOptions) => Promise<Safetensors>;

const NAMES = { name: 1, net: 1, weights: 1, input: 1, labels: 1, outputs: 1, layers: 1 } satisfies Names<Classifier>;
const LAYERS = { cam: 1, excitation: 1 } satisfies Names<NonNullable<Classifier["layers"]>>;

/** What a classifier of the user's own describes. `open`: opens weights as they are given. Throws BAD_OPTION. */
export function modelOf(classifier: Classifier, options: ModelOptions, open: OpenGiven): Model {
  checkNames("The classifier", classifier, NAMES);
  const { name = "classifier", net, weights, layers = {} } = classifier;
  if (typeof name !== "string") refuseOption("classifier's name is", name, "Give a text.");
  if (!Array.isArray(net)) refuseOption(`net of ${name} is`, net, "Give the list of nodes of a GraphBuilder.");
  if (typeof layers !== "object" || !layers) refuseOption(`layers of ${name} are`, layers, "Give an object, such as { cam }.");
  checkNames("The classifier's layers", layers, LAYERS);
  if (classifier.input !== undefined) checkInput(classifier.input);
  const { op, shape } = (net[0] ?? {}) as Partial<Node>;
  if (op !== "input" || !shape)
    throw new EngineError("BAD_OPTION", `The net of ${name} has no input.`, "Begin it with GraphBuilder.input.");
  const foreign = net.findIndex((node) => !Array.isArray(node?.shape));
  if (foreign >= 0) refuseOption(`net of ${name} has a node that is`, net[foreign], "Give nodes of one GraphBuilder.");
  const [height, width] = shape;
  const definition: TeacherDefinition = {
    ...{ name, file: `${name}.safetensors`, nodes: () => [...net], ...layers },
    input: { ...IMAGENET_INPUT, height, width },
  };
  const given = { ...options.input };
  if ((given.height ?? height) !== height || (given.width ?? width) !== width) {
    throw new EngineError(
      "BAD_OPTION",
      `The net of ${name} takes ${height} x ${width} pixels, not ${given.height ?? height} x ${given.width ?? width}.`,
      "Build it for another size.",
    );
  }
  const file = isTensors(weights) ? encodeSafetensors(weights) : weights;
  return {
    ...{ definition, open: (download) => open(file, definition.file, download) },
    input: { ...classifier.input, ...given },
    labels: options.labels ?? classifier.labels ?? numbered(net),
    outputs: options.outputs ?? classifier.outputs,
  };
}

/** ImageNet's names would be wrong for a user's net that happens to have a thousand classes. */
function numbered(net: readonly Node[]): string[] | undefined {
  const classes = net.at(-1)?.shape[2] ?? 0;
  return classes > 1 ? numberedLabels(classes) : undefined;
}

function isTensors(weights: Classifier["weights"]): weights is Readonly<Record<string, TensorValues>> {
  if (typeof weights !== "object" || !weights) return false;
  return (
    Object.getPrototypeOf(weights) === Object.prototype && Object.values(weights).every((entry) => entry?.values instanceof Float32Array)
  );
}
