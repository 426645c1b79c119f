/** Describes HRNet-W18, which keeps maps of four sizes to its end, under timm's names. */
import type { NetSize, Node } from "../../../src/graph/graph.ts";
import { GraphBuilder } from "../../../src/ops/builder.ts";
import { normed } from "../../../src/zoo/blocks.ts";

/** Channels of the branches, each half as large as the one before it (Wang et al. 2020). */
const WIDTHS = [18, 36, 72, 144];
/** Modules of stages 2 to 4, which have 2 to 4 branches. */
const MODULES = [1, 4, 3];
const BLOCKS = 4;
/** Channels inside the blocks behind the branches. */
const HEAD = [32, 64, 128, 256];

export function hrnetW18({ input, classes }: NetSize): Node[] {
  const g = new GraphBuilder();
  const relu = { activation: "relu" } as const;
  const half = { kernel: 3, stride: 2 } as const;

  const bottleneck = (x: Node, key: string, width: number) => {
    const outputs = 4 * width;
    let y = normed(g, x, key, { outputs: width, kernel: 1, names: [".conv1", ".bn1"], ...relu });
    y = normed(g, y, key, { outputs: width, kernel: 3, names: [".conv2", ".bn2"], ...relu });
    y = normed(g, y, key, { outputs, kernel: 1, names: [".conv3", ".bn3"] });
    const skip = x.shape[2] === outputs ? x : normed(g, x, `${key}.downsample`, { outputs, kernel: 1 });
    return g.activation(g.add(y, skip), "relu", key);
  };
  const basic = (x: Node, key: string) => {
    const outputs = x.shape[2];
    let y = normed(g, x, key, { outputs, kernel: 3, names: [".conv1", ".bn1"], ...relu });
    y = normed(g, y, key, { outputs, kernel: 3, names: [".conv2", ".bn2"] });
    return g.activation(g.add(y, x), "relu", key);
  };

  /** What branch `from` brings to branch `to`: enlarged, as it is, or halved until it fits. */
  const brought = (x: Node, key: string, from: number, to: number) => {
    if (from === to) return x;
    if (from > to) return g.resizeNearest(normed(g, x, key, { outputs: WIDTHS[to] as number, kernel: 1 }), 2 ** (from - to), key);
    let y = x;
    for (let step = 0; step < to - from; step++) {
      const last = step === to - from - 1;
      y = normed(g, y, `${key}.${step}`, { outputs: WIDTHS[last ? to : from] as number, ...half, ...(last ? {} : relu) });
    }
    return y;
  };

  const exchange = (branches: readonly Node[], key: string) => {
    const inner = branches.map((branch, index) => {
      let y = branch;
      for (let block = 0; block < BLOCKS; block++) y = basic(y, `${key}.branches.${index}.${block}`);
      return y;
    });
    return inner.map((_, to) => {
      const sum = inner
        .map((branch, from) => () => brought(branch, `${key}.fuse_layers.${to}.${from}`, from, to))
        .reduce<Node | undefined>((before, bring) => (before ? g.add(before, bring()) : bring()), undefined);
      return g.activation(sum as Node, "relu", key);
    });
  };

  let x = normed(g, g.input(input), "", { outputs: 64, ...half, names: ["conv1", "bn1"], ...relu });
  x = normed(g, x, "", { outputs: 64, ...half, names: ["conv2", "bn2"], ...relu });
  for (let block = 0; block < BLOCKS; block++) x = bottleneck(x, `layer1.${block}`, 64);

  let branches = [
    normed(g, x, "transition1.0", { outputs: WIDTHS[0] as number, kernel: 3, ...relu }),
    normed(g, x, "transition1.1.0", { outputs: WIDTHS[1] as number, ...half, ...relu }),
  ];
  for (const [index, modules] of MODULES.entries()) {
    if (index > 0) {
      const added = normed(g, branches.at(-1) as Node, `transition${index + 1}.${index + 1}.0`, {
        ...{ outputs: WIDTHS[index + 1] as number, ...half, ...relu },
      });
      branches = [...branches, added];
    }
    for (let module = 0; module < modules; module++) branches = exchange(branches, `stage${index + 2}.${module}`);
  }

  let y = bottleneck(branches[0] as Node, "incre_modules.0.0", HEAD[0] as number);
  for (const [index, branch] of branches.entries()) {
    if (index === 0) continue;
    const wide = bottleneck(branch, `incre_modules.${index}.0`, HEAD[index] as number);
    const key = `downsamp_modules.${index - 1}`;
    const conv = g.conv(y, `${key}.0`, { outputs: wide.shape[2], ...half, padding: 1, bias: true });
    y = g.add(wide, g.activation(g.batchNorm(conv, `${key}.1`, 1e-5), "relu", key));
  }
  const final = g.batchNorm(g.conv(y, "final_layer.0", { outputs: 2048, kernel: 1, bias: true }), "final_layer.1", 1e-5);
  g.linear(g.globalPool(g.activation(final, "relu", "final_layer"), "global_pool"), "classifier", classes);
  return g.nodes;
}
