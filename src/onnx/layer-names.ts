/** Finds what users call a layer by: the module that computes it, where the exporter says so. */
import type { ModelNode } from "./model-file.ts";

/** Where PyTorch's newer exporter notes the modules around a node, outermost first. */
const SCOPES = "pkg.torch.onnx.name_scopes";

/** Parts of paths that say nothing: functions that TensorFlow wraps models in. */
const WRAPPERS = /^(StatefulPartitionedCall|PartitionedCall|model(_\d+)?|sequential(_\d+)?|functional(_\d+)?)$/;

/** "layer4.2.conv3", of "/layer4/layer4.2/conv3/Conv" or of notes; else the node's own name, or its first output's. */
export function layerName({ name, operator, outputs, notes }: ModelNode): string {
  const scopes = [...(notes.get(SCOPES) ?? "").matchAll(/'([^']*)'/g)].map(([, scope]) => scope as string);
  if (scopes.length > 1) return scopes.at(-2) || (scopes.at(-1) as string);
  const path = (name || outputs[0] || operator).split("/").filter((part) => part !== "");
  if (path.length < 2) return path[0] ?? operator;
  const modules = path.slice(0, -1).filter((part) => !WRAPPERS.test(part));
  // Older exporters repeat the outer module's name in the inner one's.
  const joined = modules.reduce((before, part) => (before === "" || part.startsWith(`${before}.`) ? part : `${before}.${part}`), "");
  return joined || (path.at(-1) as string);
}
