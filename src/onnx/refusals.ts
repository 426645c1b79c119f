/** The errors of models that cannot be imported, each of which says all that is in the way. */
import { EngineError } from "../engine/errors.ts";
import { printable } from "../engine/printable.ts";
import type { ModelFile, ModelNode } from "./model-file.ts";

/** What stands in the way at a node. */
export interface Obstacle {
  readonly node: ModelNode;
  readonly what: string;
  readonly fix: string | undefined;
}

/** What is longer has names from a damaged file. */
const MOST_TEXT = 300;

/** More kinds of obstacles are counted only. */
const MOST_LINES = 12;

const QUANTISED = /^(QLinear|QuantizeLinear|DequantizeLinear|DynamicQuantizeLinear|ConvInteger|MatMulInteger)/;
const DETECTS = new Set(["NonMaxSuppression", "RoiAlign", "TopK", "EfficientNMS_TRT"]);

const AGAIN = "Export it again, or download it again and compare its size with the publisher's.";

/** An ONNX file that is none, or a spoilt one. */
export function spoiltModel(file: string, what: string, { cause, fix = AGAIN }: { cause?: unknown; fix?: string } = {}): EngineError {
  return new EngineError("BAD_MODEL", `${printable(file, 200)} is not a usable ONNX model: ${printable(what, MOST_TEXT)}.`, fix, { cause });
}

/** A model that is fine, and none that can be explained here. */
export function unfitModel(file: string, what: string, fix: string): EngineError {
  return new EngineError("BAD_MODEL", `${printable(file, 200)} ${printable(what, MOST_TEXT)}.`, fix);
}

/** Throws BAD_MODEL for kinds of models that are known at a glance. */
export function refuseKinds({ name, nodes, extras, opsets, irVersion }: ModelFile): void {
  const quantised = nodes.filter(({ operator }) => QUANTISED.test(operator));
  if (quantised.length > 0) {
    const [first] = quantised as [ModelNode];
    const what = `is quantised: ${quantised.length} of its ${nodes.length} nodes, the first ${describeNode(first)}, compute with whole numbers`;
    throw unfitModel(name, what, "Give the model as it was before quantisation, in float32.");
  }
  const training = [...opsets.keys()].find((domain) => /training/.test(domain));
  if (extras.includes("training information") || training) {
    throw unfitModel(name, "is a graph for training", "Export the trained model for inference, after model.eval().");
  }
  const extra = extras.find((what) => what !== "quantisation annotations");
  if (extra) throw unfitModel(name, `has ${extra}`, "Export it with operators of the standard only.");
  const detector = nodes.find(({ operator }) => DETECTS.has(operator));
  if (detector) {
    throw unfitModel(
      name,
      `looks like a detector: it has ${describeNode(detector)}`,
      "Give an image classifier: one image in, one number a class out.",
    );
  }
  const opset = opsets.get("");
  if (opset === undefined || opset < 7 || opset > 23) {
    const what = opset === undefined ? "does not say which version of the operators it has" : `is of opset ${opset}`;
    throw unfitModel(
      name,
      `${what}; 7 to 23 are known`,
      "Export it again with opset_version=17, or convert it with onnx.version_converter.",
    );
  }
  if (irVersion < 3 || irVersion > 13) {
    throw unfitModel(
      name,
      `is of version ${irVersion} of the file format; 3 to 13 are known`,
      "Save it again with a current version of onnx.",
    );
  }
}

/** All obstacles in one error, those of a kind in a line. */
export function unsupportedNodes(file: string, obstacles: readonly Obstacle[]): EngineError {
  const kinds = new Map<string, Obstacle[]>();
  for (const obstacle of obstacles) {
    const key = `${obstacle.node.operator}: ${obstacle.what}`;
    const known = kinds.get(key);
    if (known) known.push(obstacle);
    else kinds.set(key, [obstacle]);
  }
  const lines = [...kinds.values()].slice(0, MOST_LINES).map((list) => {
    const [{ node, what }] = list as [Obstacle];
    const count = list.length === 1 ? "" : ` (${list.length} nodes)`;
    return `${nameOperator(node)}${count}, first at "${printable(node.name || node.outputs[0] || "", 120)}": ${printable(what, 300)}`;
  });
  const more = kinds.size > lines.length ? [`and ${kinds.size - lines.length} more kinds`] : [];
  const fixes = [...new Set(obstacles.flatMap(({ fix }) => (fix ? [fix] : [])))];
  return new EngineError(
    "BAD_MODEL",
    `${printable(file, 200)} has ${obstacles.length} of its nodes in a form that cannot be imported:\n  ${[...lines, ...more].join("\n  ")}\n`,
    fixes.length > 0 ? fixes.slice(0, 3).join(" ") : "docs/your-own-classifier.md lists the operators that can be.",
  );
}

const nameOperator = ({ operator, domain }: ModelNode): string => printable(domain ? `${domain}.${operator}` : operator);

const describeNode = (node: ModelNode): string => `${nameOperator(node)} "${printable(node.name || node.outputs[0] || "", 120)}"`;
