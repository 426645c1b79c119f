/** What a benchmark run measures, and the nets that each suite takes unless told otherwise. */
import type { Node } from "../src/graph/graph.ts";
import type { Precision } from "../src/ops/packed-weights.ts";
import { TEACHERS } from "../src/zoo/teachers.ts";
import { decoder, encoder } from "../src/zoo/vae.ts";
import type { OwnNets } from "./own-nets.ts";
import { rareLayers } from "./rare-layers.ts";

export const SUITES = ["kernels", "nets", "explanation"] as const;
export type SuiteName = (typeof SUITES)[number];

/** Files of bench/peers/ that open a peer. */
export const PEERS = ["ort", "ort-wasm", "tfjs"] as const;

/** What to measure and how; the same in Chrome, in Node and in a report. */
export interface BenchOptions {
  suites: readonly SuiteName[];
  /** Names of NETS, or of nets of one's own; without it every suite has its own choice. */
  nets: readonly string[] | undefined;
  batches: readonly number[];
  /** A regular expression that names of layers must match. */
  layer: string | undefined;
  /** Every way to compute a dense layer, not only the engine's choice; peers are left out. */
  variants: boolean;
  /** Few repeats: to see that all works, not to compare. */
  quick: boolean;
  /** Nets also as the engine's tuner makes them, in separate rows. */
  tuned: boolean;
  /** Synthetic images of the explanation; 1,000 by default, 100 on a software adapter. */
  samples: number | undefined;
  precision: Precision;
  /** Of what layers hand on in whole nets and explanations; absent in old reports, which have f32. */
  activations?: Precision;
  /** Bytes of GPU memory that a row may take. */
  memory: number;
  /** Rows of which one run would take more seconds are skipped. */
  longest: number;
  peers: readonly string[];
}

export const DEFAULTS: BenchOptions = {
  suites: SUITES,
  nets: undefined,
  batches: [1, 8, 32],
  layer: undefined,
  variants: false,
  quick: false,
  tuned: false,
  samples: undefined,
  precision: "f32",
  activations: "f32",
  memory: 4e9,
  longest: 10,
  peers: [],
};

/** The nets that can be measured, by name. */
export const NETS: ReadonlyMap<string, () => Promise<readonly Node[]>> = new Map([
  ...TEACHERS.map(({ name, nodes }) => [name, async () => nodes()] as const),
  ["vae-encoder", async () => encoder().nodes] as const,
  ["vae-decoder", async () => decoder()] as const,
  ["rare-layers", async () => rareLayers()] as const,
]);

/** A net of NETS, or of one's own. */
export async function nodesOf(name: string, own: OwnNets): Promise<readonly Node[]> {
  return own.get(name)?.nodes ?? (NETS.get(name) as () => Promise<readonly Node[]>)();
}

const SUITE_NETS: Record<SuiteName, readonly string[]> = {
  kernels: ["resnet50", "vgg16", "efficientnet-lite0", "vae-encoder", "vae-decoder"],
  nets: [...TEACHERS.map(({ name }) => name), "vae-decoder"],
  explanation: ["efficientnet-lite0"],
};

/** What the suite `kernels` measures beside its own nets: a few layers and blocks of others for every operation that those lack, by name. */
export const SAMPLED_NETS: ReadonlyMap<string, RegExp> = new Map([
  ["resnext50_32x4d", /^grouped3x3 /],
  ["regnet_y_400mf", /^(grouped3x3\/2 112x112|grouped3x3 14x14|squeeze 56x56)/],
  ["seresnet50", /^squeeze/],
  ["mobilenet_v3_small", /^(squeeze (14x14 240|7x7 576)|depthwise5x5 14x14 240|multiply 14x14 240)/],
  ["efficientnet_b0", /^(squeeze 112x112|depthwise3x3 112x112 32 silu)/],
  ["densenet121", /^(concat (56x56 224|14x14 992)|batchnorm 56x56 256)/],
  ["googlenet", /^concat 28x28/],
  ["shufflenet_v2_x1_0", /^(concat|shuffle2|slice) 28x28/],
  ["rare-layers", /^(?!conv)/],
  ["convnext_tiny", /^((layernorm|depthwise7x7) (56x56|14x14)|conv1x1 56x56 96>384 gelu|conv2x2\/2 28x28)/],
]);

/** The nets of a suite: those asked for that it can measure, or its own choice. */
export function netsOf(suite: SuiteName, { nets }: BenchOptions, own: OwnNets): string[] {
  const known = (name: string) => (suite === "explanation" ? TEACHERS.some((teacher) => teacher.name === name) : NETS.has(name));
  const able = (name: string) => own.has(name) || known(name);
  return (nets ?? SUITE_NETS[suite]).filter(able);
}
