/** Blocks that nets of several families are made of. */
import type { Activation, Node } from "../graph/graph.ts";
import type { GraphBuilder } from "../ops/builder.ts";

/** How a family's convolutions go on: a batch norm, and an activation where one is given. */
export interface NormedOptions {
  outputs: number;
  kernel: number | readonly [y: number, x: number];
  stride?: number;
  padding?: number | readonly [y: number, x: number];
  groups?: number;
  epsilon?: number;
  activation?: Activation;
  /** Names of the convolution, of the norm and of the activation, behind the key: ".0", ".1" and nothing by default. */
  names?: readonly [conv: string, norm: string];
}

/** Convolution, batch norm, activation. Padding keeps the size of odd kernels by default. */
export function normed(g: GraphBuilder, x: Node, key: string, options: NormedOptions): Node {
  const { outputs, kernel, stride, groups, epsilon = 1e-5, activation, names = [".0", ".1"] } = options;
  const { padding = typeof kernel === "number" ? (kernel - 1) / 2 : ([(kernel[0] - 1) / 2, (kernel[1] - 1) / 2] as const) } = options;
  const conv = g.conv(x, key + names[0], { outputs, kernel, padding, ...(stride && { stride }), ...(groups && { groups }) });
  const norm = g.batchNorm(conv, key + names[1], epsilon);
  return activation ? g.activation(norm, activation, key) : norm;
}

/** The same of every channel by itself. */
export function normedDepthwise(g: GraphBuilder, x: Node, key: string, options: Omit<NormedOptions, "outputs" | "groups">): Node {
  const channels = x.shape[2];
  return normed(g, x, key, { ...options, outputs: channels, groups: channels });
}

export interface SqueezeOptions {
  /** Channels between the two layers. */
  squeezed: number;
  activation?: Activation;
  gate?: Activation;
}

/** Squeeze-and-excitation (Hu et al. 2018): every channel times what two small layers make of all channels' means. */
export function squeezeExcitation(g: GraphBuilder, x: Node, key: string, options: SqueezeOptions): Node {
  const { squeezed, activation = "relu", gate = "sigmoid" } = options;
  const dense = (from: Node, name: string, outputs: number) => g.conv(from, `${key}.${name}`, { outputs, kernel: 1, bias: true });
  const inner = g.activation(dense(g.globalPool(x, `${key}.avgpool`), "fc1", squeezed), activation, `${key}.activation`);
  return g.multiply(x, g.activation(dense(inner, "fc2", x.shape[2]), gate, `${key}.scale_activation`), key);
}

/** As many channels as a family rounds to: a multiple of `by`, at most a tenth less than asked for. */
export function divisible(channels: number, by = 8): number {
  const rounded = Math.max(by, Math.floor((channels + by / 2) / by) * by);
  return rounded < 0.9 * channels ? rounded + by : rounded;
}
