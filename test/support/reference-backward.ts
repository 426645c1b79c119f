import type { Node, NodeOf } from "../../src/graph/graph.ts";
import type { Tensors } from "./random-weights.ts";
import { apply, type Image } from "./reference-net.ts";

type Layer = Exclude<Node, { op: "input" }>;
type Rule = "gradient" | "excitation" | "contrast";

/** A layer's tensors without biases and shifts, under the rule's sign: 0 leaves the weights, 1 and -1 take their positive or negative part. */
function linearPart(node: Layer, tensors: Tensors, sign: number): Tensors {
  if (node.op !== "conv" && node.op !== "linear") return tensors;
  const weights = tensors.get(`${node.key}.weight`) as Float32Array<ArrayBuffer>;
  const bias = tensors.get(`${node.key}.bias`) as Float32Array<ArrayBuffer>;
  return new Map([
    [`${node.key}.weight`, sign === 0 ? weights : weights.map((value) => Math.max(sign * value, 0))],
    [`${node.key}.bias`, node.bias ? bias.map(() => 0) : new Float32Array()],
  ]);
}

/** Transposes a linear layer by its definition: the layer of one unit after the other. */
function transpose(node: Layer, size: number, gradient: Image, tensors: Tensors): Image {
  const unit = new Float64Array(size);
  return Float64Array.from(unit, (_, i) => {
    unit[i] = 1;
    const column = apply(node, [unit], tensors);
    unit[i] = 0;
    return column.reduce((sum, value, o) => sum + value * (gradient[o] as number), 0);
  });
}

/** A window's gradient goes to its first maximum in row-major order. */
function unpool(node: NodeOf<"pool">, image: Image, gradient: Image): Image {
  const [height, width, channels] = (node.inputs[0] as Node).shape;
  const [, outWidth] = node.shape;
  const { window, stride, pad } = node;
  const out = new Float64Array(image.length);
  for (const [at, g] of gradient.entries()) {
    const [channel, pixel] = [at % channels, Math.floor(at / channels)];
    const [top, left] = [Math.floor(pixel / outWidth) * stride - pad, (pixel % outWidth) * stride - pad];
    let best = -1;
    for (let y = Math.max(top, 0); y < Math.min(top + window, height); y++) {
      for (let x = Math.max(left, 0); x < Math.min(left + window, width); x++) {
        const candidate = (y * width + x) * channels + channel;
        if (best < 0 || (image[candidate] as number) > (image[best] as number)) best = candidate;
      }
    }
    out[best] = (out[best] as number) + g;
  }
  return out;
}

interface Pass {
  values: ReadonlyMap<Node, Image>;
  tensors: Tensors;
  seed: Image;
  rule?: Rule | undefined;
  clean?: ReadonlyMap<Node, Image> | undefined;
}

/** What reaches every node from the last one's `seed`, in float64, by the rules as they are written for plain layers. */
export function backward(nodes: readonly Node[], { values, tensors, seed, rule = "gradient", clean }: Pass): Map<Node, Image> {
  const value = (node: Node) => values.get(node) as Image;
  const excites = rule !== "gradient";
  const gradients = new Map<Node, Image>([[nodes.at(-1) as Node, seed]]);
  let last = true;
  const contributions = (node: Layer, g: Image): Image[] => {
    const [input] = node.inputs as [Node];
    const x = value(input);
    if (node.op === "add")
      return node.inputs.map((from) => (excites ? g.map((p, i) => (p * at(value(from), i)) / (at(value(node), i) + 1e-20)) : g));
    if (node.op === "activation") {
      const [y, h0] = [value(node), clean?.get(node)];
      const high = node.activation === "relu6" ? 6 : Number.POSITIVE_INFINITY;
      return [g.map((p, i) => (at(y, i) > 0 && at(y, i) < high && at(y, i) <= (h0 ? at(h0, i) : high) ? p : 0))];
    }
    if (node.op === "pool" && node.mode === "max") return [unpool(node, x, g)];
    if (node.op === "batchNorm") {
      if (excites) return [g];
      const [gain, variance] = ["weight", "running_var"].map((part) => tensors.get(`${node.key}.${part}`) as Float32Array);
      const channels = node.shape[2];
      return [g.map((p, i) => (p * at(gain, i % channels)) / Math.sqrt(at(variance, i % channels) + node.epsilon))];
    }
    const sign = !excites ? 0 : rule === "contrast" && last && node.op === "linear" ? -1 : 1;
    if (node.op === "linear") last = false;
    const own = linearPart(node, tensors, sign);
    if (!excites) return [transpose(node, x.length, g, own)];
    const z = apply(node, [x], own);
    const quotient = g.map((p, i) => p / (at(z, i) + 1e-20));
    return [transpose(node, x.length, quotient, own).map((p, i) => p * at(x, i))];
  };
  for (const node of nodes.toReversed()) {
    const g = gradients.get(node);
    if (node.op === "input" || !g) continue;
    contributions(node, g).forEach((part, index) => {
      const input = node.inputs[index] as Node;
      const before = gradients.get(input);
      gradients.set(input, before ? before.map((sum, i) => sum + at(part, i)) : part);
    });
  }
  return gradients;
}

const at = (values: ArrayLike<number> | undefined, i: number) => values?.[i] as number;
