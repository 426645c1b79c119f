/** Finds blocks of squeeze-and-excitation in nets, each different one once: what scales every channel by what all channels' means say. */
import type { Node } from "../src/graph/graph.ts";
import { describeActivation } from "../src/ops/activation-functions.ts";
import { GraphBuilder } from "../src/ops/builder.ts";
import { describeSize } from "../src/ops/operation.ts";
import type { NamedNet } from "./layers.ts";

/** From the image to its product with the gates, "squeeze 56x56 72>24>72 relu hardSigmoid". */
export function squeezeBlocks(nets: readonly NamedNet[]): NamedNet[] {
  const blocks = new Map<string, NamedNet>();
  for (const node of nets.flatMap(({ nodes }) => nodes)) {
    const gate = gateOf(node);
    if (!gate) continue;
    const [image] = node.inputs as [Node];
    const sizes = [image, ...gate.filter(({ op }) => op === "conv" || op === "linear")].map(({ shape }) => shape[2]);
    const activations = gate.flatMap((part) => ("activation" in part ? describeActivation(part.activation as "relu") : []));
    const name = `squeeze ${describeSize(image)} ${sizes.join(">")} ${activations.join(" ")}`;
    if (!blocks.has(name)) blocks.set(name, { name, nodes: isolate(image, [...gate, node]) });
  }
  return [...blocks.values()];
}

/** What lies between the image and its product with 1 x 1 gates: a chain that begins with a global pool. */
function gateOf({ op, inputs }: Node): Node[] | undefined {
  const [image, last] = inputs;
  if (op !== "multiply" || !image || !last) return undefined;
  const chain: Node[] = [];
  for (let part: Node | undefined = last; part && part !== image; part = part.inputs[0]) {
    chain.unshift(part);
    if (part.op === "globalPool") return part.inputs[0] === image ? chain : undefined;
  }
  return undefined;
}

function isolate(image: Node, parts: readonly Node[]): readonly Node[] {
  const g = new GraphBuilder();
  const copies = new Map<Node, Node>([[image, g.input(image.shape)]]);
  for (const part of parts) {
    const inputs = part.inputs.map((input) => copies.get(input) as Node);
    copies.set(part, g.append<Node>({ ...part, inputs }));
  }
  return g.nodes;
}
