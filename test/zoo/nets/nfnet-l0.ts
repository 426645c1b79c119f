/** Describes NFNet-L0, which has no norms, under timm's names. */
import type { NetSize, Node } from "../../../src/graph/graph.ts";
import { GraphBuilder } from "../../../src/ops/builder.ts";
import type { WeightSource } from "../../../src/ops/weight-source.ts";
import { squeezeExcitation } from "../../../src/zoo/blocks.ts";

/** Channels and blocks of every stage. */
const STAGES = [
  [256, 1],
  [512, 2],
  [1536, 6],
  [1536, 3],
] as const;
const STEM = [
  [16, 2],
  [32, 1],
  [64, 1],
  [128, 2],
] as const;
const GROUP = 64;
/** What a block adds to its input is multiplied by this (Brock et al. 2021, alpha), and the output of squeeze-and-excitation by 2. */
const ALPHA = 0.2;
const GATE_GAIN = 2;
/** Behind a SiLU of normal deviates, weights times this keep the variance 1. */
const GAMMA = 1.7881293296813965;
const EPSILON = 1e-5;

export function nfnetL0({ input, classes }: NetSize): Node[] {
  const g = new GraphBuilder();
  const conv = (x: Node, key: string, outputs: number, kernel: number, stride = 1, groups = 1) =>
    g.conv(x, key, { outputs, kernel, stride, groups, padding: (kernel - 1) / 2, bias: true });
  const silu = (x: Node, label: string) => g.activation(x, "silu", label);

  /** `variance`: of the input, as the net's author expects it. */
  const block = (x: Node, key: string, outputs: number, stride: number, variance: number) => {
    const inside = outputs / 4;
    const start = g.affine(silu(x, `${key}.act1`), { scale: 1 / Math.sqrt(variance), label: `${key}.beta` });
    const changes = stride > 1 || x.shape[2] !== outputs;
    const pooled = stride > 1 ? g.averagePool(start, 2, 2, { ceil: true, countPadding: false, label: `${key}.downsample.pool` }) : start;
    const skip = changes ? conv(pooled, `${key}.downsample.conv`, outputs, 1) : x;
    let y = silu(conv(start, `${key}.conv1`, inside, 1), `${key}.act2`);
    y = silu(conv(y, `${key}.conv2`, inside, 3, stride, inside / GROUP), `${key}.act2b`);
    y = silu(conv(y, `${key}.conv2b`, inside, 3, 1, inside / GROUP), `${key}.act3`);
    y = squeezeExcitation(g, conv(y, `${key}.conv3`, outputs, 1), `${key}.attn_last`, { squeezed: outputs / 4 });
    return g.add(g.affine(y, { scale: GATE_GAIN * ALPHA, label: `${key}.alpha` }), skip, key);
  };

  let x: Node = g.input(input);
  for (const [index, [outputs, stride]] of STEM.entries()) {
    x = conv(index > 0 ? silu(x, `stem.act${index + 1}`) : x, `stem.conv${index + 1}`, outputs, 3, stride);
  }
  let variance = 1;
  for (const [stage, [outputs, depth]] of STAGES.entries()) {
    for (let index = 0; index < depth; index++) {
      x = block(x, `stages.${stage}.${index}`, outputs, stage > 0 && index === 0 ? 2 : 1, variance);
      variance = (index === 0 ? 1 : variance) + ALPHA ** 2;
    }
  }
  x = silu(conv(x, "final_conv", 2304, 1), "final_act");
  g.linear(g.globalPool(x, "head.global_pool"), "head.fc", classes);
  return g.nodes;
}

/** The weights with which the convolutions compute: those of an output have mean 0 and the deviation that its gain says, whatever the file has. */
export const standardised = (source: WeightSource): WeightSource => ({
  async read(key, shape, first = 0, count = shape[0] as number) {
    const weights = await source.read(key, shape, first, count);
    if (!/conv\w*\.weight$/.test(key)) return weights;
    const gains = await source.read(key.replace(/weight$/, "gain"), [shape[0] as number, 1, 1, 1], first, count);
    const inputs = weights.length / count;
    for (const [output, gain] of gains.entries()) {
      const row = weights.subarray(output * inputs, (output + 1) * inputs);
      const mean = row.reduce((sum, weight) => sum + weight, 0) / inputs;
      const variance = row.reduce((sum, weight) => sum + (weight - mean) ** 2, 0) / inputs;
      const factor = (gain * GAMMA) / Math.sqrt(inputs * (variance + EPSILON));
      row.forEach((weight, at) => {
        row[at] = (weight - mean) * factor;
      });
    }
    return weights;
  },
});
