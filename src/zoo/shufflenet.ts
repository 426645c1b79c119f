/** Describes ShuffleNet v2 x1.0, under torchvision's names. */
import type { NetSize, Node } from "../graph/graph.ts";
import { GraphBuilder } from "../ops/builder.ts";
import { normed, normedDepthwise } from "./blocks.ts";

/** Outputs and units of every stage (Ma et al. 2018, table 5). */
const STAGES = [
  [116, 4],
  [232, 8],
  [464, 4],
] as const;

/** Any input size; the output is a logit a class. */
export function shufflenetV2({ input, classes }: NetSize): Node[] {
  const g = new GraphBuilder();
  const names = (first: number) => [`.${first}`, `.${first + 1}`] as const;
  const pointwise = (x: Node, key: string, first: number, outputs: number) =>
    normed(g, x, key, { outputs, kernel: 1, activation: "relu", names: names(first) });
  const depthwise = (x: Node, key: string, first: number, stride: number) =>
    normedDepthwise(g, x, key, { kernel: 3, stride, names: names(first) });

  /** Half of the channels goes by as it is, but where the unit shrinks the image. */
  const unit = (x: Node, key: string, outputs: number, stride: number) => {
    const half = outputs / 2;
    const [kept, changed] = stride === 1 ? [g.slice(x, 0, half), g.slice(x, half, half)] : [x, x];
    const first = stride === 1 ? kept : pointwise(depthwise(kept, `${key}.branch1`, 0, stride), `${key}.branch1`, 2, half);
    const inner = depthwise(pointwise(changed, `${key}.branch2`, 0, half), `${key}.branch2`, 3, stride);
    return g.shuffle(g.concat([first, pointwise(inner, `${key}.branch2`, 5, half)], `${key}.concat`), 2, key);
  };

  let x = normed(g, g.input(input), "conv1", { outputs: 24, kernel: 3, stride: 2, activation: "relu" });
  x = g.maxPool(x, 3, 2, 1, "maxpool");
  for (const [stage, [outputs, units]] of STAGES.entries()) {
    for (let index = 0; index < units; index++) x = unit(x, `stage${stage + 2}.${index}`, outputs, index === 0 ? 2 : 1);
  }
  x = normed(g, x, "conv5", { outputs: 1024, kernel: 1, activation: "relu" });
  g.linear(g.globalPool(x, "global pool"), "fc", classes);
  return g.nodes;
}
