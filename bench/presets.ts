/** Choices that the benchmark's page offers ready-made. */
import { type BenchOptions, SUITES } from "./bench-options.ts";

/** What a preset settles. Nets, names, samples and precision narrow it and stay as they are. */
type Settled = Pick<BenchOptions, "suites" | "batches" | "peers" | "quick" | "tuned" | "variants">;

export interface Preset {
  /** Its name in the page's address. */
  readonly name: string;
  readonly title: string;
  /** What it measures, in a few words. */
  readonly hint: string;
  readonly options: Settled;
}

const PLAIN = { quick: false, tuned: false, variants: false, peers: [] } as const;

export const PRESETS: readonly Preset[] = [
  {
    name: "quick",
    title: "Quick look",
    hint: "Layers and nets at batch 1, few repeats: a first impression, not for comparisons.",
    options: { ...PLAIN, suites: ["kernels", "nets"], batches: [1], quick: true },
  },
  {
    name: "everything",
    title: "Everything",
    hint: "Layers, nets and an explanation, at batch 1, 8 and 32.",
    options: { ...PLAIN, suites: SUITES, batches: [1, 8, 32] },
  },
  {
    name: "libraries",
    title: "Against other libraries",
    hint: "Layers and nets at batch 1 and 8, the same also by ONNX Runtime Web and TensorFlow.js on WebGPU.",
    options: { ...PLAIN, suites: ["kernels", "nets"], batches: [1, 8], peers: ["ort", "tfjs"] },
  },
];

/** The preset that these options follow, narrowed or not; undefined for any other choice. */
export function presetOf(options: Settled): Preset | undefined {
  const same = (a: Settled, b: Settled) =>
    (Object.keys(a) as (keyof Settled)[]).every((key) => JSON.stringify(a[key]) === JSON.stringify(b[key]));
  return PRESETS.find((preset) => same(preset.options, options));
}
