/** Describes Inception v3, whose names are the same in torchvision and timm. */
import type { NetSize, Node } from "../graph/graph.ts";
import { GraphBuilder } from "../ops/builder.ts";
import { normed } from "./blocks.ts";

type Kernel = number | readonly [y: number, x: number];

/** Inception v3 (Szegedy et al. 2016, table 1). From 75 x 75 pixels on; the output is a logit a class. Without the auxiliary classifier. */
export function inceptionV3({ input, classes }: NetSize): Node[] {
  const g = new GraphBuilder();
  const conv = (x: Node, key: string, outputs: number, kernel: Kernel, rest: { stride?: number; padding?: number } = {}) =>
    normed(g, x, key, { outputs, kernel, epsilon: 1e-3, activation: "relu", names: [".conv", ".bn"], ...rest });
  const shrinking = { stride: 2, padding: 0 };
  /** Convolutions one behind the other, named by their numbers. */
  const chain = (x: Node, key: string, steps: readonly (readonly [outputs: number, kernel: Kernel, rest?: typeof shrinking])[]) =>
    steps.reduce((y, [outputs, kernel, rest], at) => conv(y, `${key}_${at + 1}`, outputs, kernel, rest), x);
  const pooled = (x: Node, key: string, outputs: number) => conv(g.averagePool(x, 3, 1, 1), `${key}.branch_pool`, outputs, 1);
  const pool = (x: Node, label: string) => g.maxPool(x, 3, 2, 0, label);

  const across = [1, 7] as const;
  const down = [7, 1] as const;
  const mixed5 = (x: Node, key: string, outputs: number) =>
    g.concat(
      [
        conv(x, `${key}.branch1x1`, 64, 1),
        chain(x, `${key}.branch5x5`, [
          [48, 1],
          [64, 5],
        ]),
        chain(x, `${key}.branch3x3dbl`, [
          [64, 1],
          [96, 3],
          [96, 3],
        ]),
        pooled(x, key, outputs),
      ],
      key,
    );
  const mixed6 = (x: Node, key: string, n: number) =>
    g.concat(
      [
        conv(x, `${key}.branch1x1`, 192, 1),
        chain(x, `${key}.branch7x7`, [
          [n, 1],
          [n, across],
          [192, down],
        ]),
        chain(x, `${key}.branch7x7dbl`, [
          [n, 1],
          [n, down],
          [n, across],
          [n, down],
          [192, across],
        ]),
        pooled(x, key, 192),
      ],
      key,
    );
  /** Two convolutions of the same input, by 1 x 3 and 3 x 1. */
  const crossed = (x: Node, key: string) => g.concat([conv(x, `${key}a`, 384, [1, 3]), conv(x, `${key}b`, 384, [3, 1])], key);
  const mixed7 = (x: Node, key: string) =>
    g.concat(
      [
        conv(x, `${key}.branch1x1`, 320, 1),
        crossed(conv(x, `${key}.branch3x3_1`, 384, 1), `${key}.branch3x3_2`),
        crossed(
          chain(x, `${key}.branch3x3dbl`, [
            [448, 1],
            [384, 3],
          ]),
          `${key}.branch3x3dbl_3`,
        ),
        pooled(x, key, 192),
      ],
      key,
    );

  let x = conv(g.input(input), "Conv2d_1a_3x3", 32, 3, shrinking);
  x = conv(conv(x, "Conv2d_2a_3x3", 32, 3, { padding: 0 }), "Conv2d_2b_3x3", 64, 3);
  x = conv(conv(pool(x, "maxpool1"), "Conv2d_3b_1x1", 80, 1), "Conv2d_4a_3x3", 192, 3, { padding: 0 });
  x = pool(x, "maxpool2");
  for (const [name, outputs] of [
    ["5b", 32],
    ["5c", 64],
    ["5d", 64],
  ] as const)
    x = mixed5(x, `Mixed_${name}`, outputs);
  x = g.concat(
    [
      conv(x, "Mixed_6a.branch3x3", 384, 3, shrinking),
      chain(x, "Mixed_6a.branch3x3dbl", [
        [64, 1],
        [96, 3],
        [96, 3, shrinking],
      ]),
      pool(x, "Mixed_6a.branch_pool"),
    ],
    "Mixed_6a",
  );
  for (const [name, inside] of [
    ["6b", 128],
    ["6c", 160],
    ["6d", 160],
    ["6e", 192],
  ] as const)
    x = mixed6(x, `Mixed_${name}`, inside);
  x = g.concat(
    [
      chain(x, "Mixed_7a.branch3x3", [
        [192, 1],
        [320, 3, shrinking],
      ]),
      chain(x, "Mixed_7a.branch7x7x3", [
        [192, 1],
        [192, across],
        [192, down],
        [192, 3, shrinking],
      ]),
      pool(x, "Mixed_7a.branch_pool"),
    ],
    "Mixed_7a",
  );
  for (const name of ["7b", "7c"]) x = mixed7(x, `Mixed_${name}`);
  g.linear(g.globalPool(x, "avgpool"), "fc", classes);
  return g.nodes;
}
