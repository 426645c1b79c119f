import { sizeOf } from "../../src/engine/tensor.ts";
import type { Activation, Node } from "../../src/graph/graph.ts";
import { isClamp, slopeOf } from "../../src/ops/activation-functions.ts";
import type { Exact, ExactValues } from "../../src/ops/operation.ts";
import { fusingOf, operationOf } from "../../src/ops/operations.ts";
import type { Tensors } from "./random-weights.ts";
import { eachPlace, type Image, valuesOf } from "./reference-net.ts";

type Rule = "gradient" | "excitation" | "contrast";

interface Pass {
  values: ReadonlyMap<Node, Image>;
  tensors: Tensors;
  seed: Image;
  rule?: Rule | undefined;
  clean?: ReadonlyMap<Node, Image> | undefined;
}

/** Values without biases and shifts, under the rule's sign: 0 leaves the weights, 1 and -1 take their positive or negative part. */
function linearPart({ input, tensor }: ExactValues, sign: number): ExactValues {
  const signed = (value: number) => (sign === 0 ? value : Math.max(sign * value, 0));
  return { input, tensor: (part, index) => (part === "weight" ? signed(tensor(part, index)) : 0) };
}

/** What an output reads: values of the node's inputs, in that order, each once. */
type Reads = readonly (readonly [which: number, at: number])[];

/** Hands over every output of a node with what it reads. */
function eachOutput(node: Node, values: ExactValues, visit: (index: number, reads: Reads, evaluate: (v: ExactValues) => Exact) => void) {
  const { exact } = operationOf(node);
  eachPlace(node, (index, place) => {
    const reads = new Map<string, readonly [number, number]>();
    const input: ExactValues["input"] = (which, at) => {
      reads.set(`${which} ${at}`, [which, at]);
      return values.input(which, at);
    };
    exact(node, { ...values, input }, place);
    visit(index, [...reads.values()], (from) => exact(node, from, place));
    return 0;
  });
}

/** What reaches every input of a node: the sum of what its outputs hand to each value that they read. */
function gather(
  node: Node,
  gradient: Image,
  values: ExactValues,
  hand: (evaluate: (v: ExactValues) => Exact, reads: Reads) => number[],
): Image[] {
  const out = node.inputs.map(({ shape }) => new Float64Array(sizeOf(shape)));
  eachOutput(node, values, (index, reads, evaluate) => {
    const factors = hand(evaluate, reads);
    for (const [i, [which, from]] of reads.entries()) {
      const image = out[which] as Image;
      image[from] = at(image, from) + at(factors, i) * at(gradient, index);
    }
  });
  return out;
}

/** `values` with one value of one input changed. */
const changed = (values: ExactValues, which: number, at: number, value: number): ExactValues => ({
  ...values,
  input: (w, from) => (w === which && from === at ? value : values.input(w, from)),
});

/** Transposes a linear layer by its definition: what each output makes of one input after the other. */
function transpose(node: Node, gradient: Image, values: ExactValues): Image[] {
  const zero = { ...values, input: () => 0 };
  return gather(node, gradient, values, (evaluate, reads) => reads.map(([which, from]) => evaluate(changed(zero, which, from, 1)).value));
}

/** An output's gradient goes to the first of the inputs that it equals. */
function select(node: Node, gradient: Image, values: ExactValues): Image[] {
  return gather(node, gradient, values, (evaluate, reads) => {
    const { value } = evaluate(values);
    const first = reads.findIndex(([which, from]) => values.input(which, from) === value);
    return reads.map((_, i) => (i === first ? 1 : 0));
  });
}

/**
 * The gradient of any function of its inputs by central differences of fourth order. They err by about h^4 and 1e-16 / h of the values, h being
 * 2e-4 of an input, which a corner at 0 does not reach, or of 1e-5 if that is larger: nothing that goldens stored in f32 would show.
 */
function differentiate(node: Node, gradient: Image, values: ExactValues): Image[] {
  return gather(node, gradient, values, (evaluate, reads) =>
    reads.map(([which, from]) => {
      const x = values.input(which, from);
      const h = 2e-4 * Math.max(Math.abs(x), 1e-5);
      const f = (steps: number) => evaluate(changed(values, which, from, x + steps * h)).value;
      return (8 * (f(1) - f(-1)) - (f(2) - f(-2))) / (12 * h);
    }),
  );
}

/** What a batch norm, which is affine, multiplies every value by. */
function scales(node: Node, values: ExactValues): Image {
  const { exact } = operationOf(node);
  const at = (value: number) => eachPlace(node, (_, place) => exact(node, { ...values, input: () => value }, place).value);
  const zero = at(0);
  return at(1).map((one, i) => one - (zero[i] as number));
}

/** What reaches every node from the last one's `seed`, in float64, by the rules as they are written for plain layers. */
export function backward(nodes: readonly Node[], { values, tensors, seed, rule = "gradient", clean }: Pass): Map<Node, Image> {
  const value = (node: Node) => values.get(node) as Image;
  const excites = rule !== "gradient";
  const gradients = new Map<Node, Image>([[nodes.at(-1) as Node, seed]]);
  let last = true;
  const gate = (node: Node, activation: Activation, g: Image) => {
    const [x, y, h0] = [value(node.inputs[0] as Node), value(node), clean?.get(node)];
    const fires = (i: number) => !h0 || at(y, i) <= at(h0, i);
    return g.map((p, i) => (fires(i) ? p * slopeOf(activation, at(x, i)) : 0));
  };
  const contributions = (node: Node, g: Image): Image[] => {
    const images = node.inputs.map(value);
    const { is, activation } = fusingOf(node);
    if (is === "sum") return images.map((image) => (excites ? g.map((p, i) => (p * at(image, i)) / (at(value(node), i) + 1e-20)) : g));
    const all = valuesOf(node, images, tensors);
    if (is === "norm") return [excites ? g : g.map((p, i) => p * at(scales(node, all), i))];
    if (activation) return [excites && !isClamp(activation) ? g : gate(node, activation, g)];
    const rules = operationOf(node).backward;
    if (rules?.selects) return select(node, g, all);
    // Neither linear nor selecting.
    if (rules?.relevance) {
      if (!excites) return differentiate(node, g, all);
      const shares = node.inputs.map((_, which) => rules.relevance?.(node, which) as number);
      return images.map((image, which) => image.map((_, i) => (shares[which] === 0 ? 0 : (shares[which] as number) * at(g, i))));
    }
    const sign = !excites ? 0 : rule === "contrast" && last && rules?.appendRectified ? -1 : 1;
    if (rules?.appendRectified) last = false;
    const own = linearPart(all, sign);
    if (!excites) return transpose(node, g, own);
    const { exact } = operationOf(node);
    const z = eachPlace(node, (_, place) => exact(node, own, place).value);
    const quotient = g.map((p, i) => p / (at(z, i) + 1e-20));
    return transpose(node, quotient, own).map((image, which) => image.map((p, i) => p * at(images[which], i)));
  };
  for (const node of nodes.toReversed()) {
    const g = gradients.get(node);
    if (node.inputs.length === 0 || !g) continue;
    contributions(node, g).forEach((part, index) => {
      const input = node.inputs[index] as Node;
      const before = gradients.get(input);
      gradients.set(input, before ? before.map((sum, i) => sum + at(part, i)) : part);
    });
  }
  return gradients;
}

const at = (values: ArrayLike<number> | undefined, i: number) => values?.[i] as number;
