import type { EvaluateCommandOptions } from "../../src/cli/flags.ts";
import type { EvaluateSettings, Runtime } from "../../src/cli/runtime-types.ts";
import type { CausalScores, Composite, Evaluation, Explanation, Photo, PlantOptions } from "../../src/faces/all.ts";

/** Small, so that pictures take no time. */
const SIZE = 16;

/** What `evaluate` is told unless a test says otherwise. */
export const EVALUATE_OPTIONS = {
  ...{ methods: ["relabel", "rise"], preset: "xplique", metrics: ["causal"], shard: { index: 0, count: 1 } },
  ...{ runtime: "node", tuning: false, out: "", forwards: 8 },
} as EvaluateCommandOptions;

/** What a photo's numbers depend on, beside the method. */
export const keyOf = ({ data }: Photo) => (data[0] as number) + (data[1] as number);

export interface FakeOptions {
  /** Is told "PHOTO METHOD" of every explanation. */
  explained?: (what: string) => void;
  /** Added to every score: stands for other weights. */
  shift?: number;
}

/** A runtime without an engine, whose numbers depend on the photo and the method alone. */
export function fakeRuntime({ explained, shift = 0 }: FakeOptions = {}): Runtime {
  const curve = (area: number) => ({ probabilities: Array.from({ length: 11 }, (_, i) => area * (1 - i / 10)), area });
  const scores = (key: number): CausalScores => ({ deletion: curve(key / 1000), insertion: curve(key / 500), difference: key / 1000 });
  return {
    name: "fake",
    adapter: { vendor: "fake", architecture: "", description: "", software: true },
    teacher: "efficientnet-lite0",
    open: async (photo: Photo) => photo,
    async explain(photo: Photo, { method }: { method: string }) {
      explained?.(`${keyOf(photo)} ${method}`);
      const map = Float32Array.from({ length: SIZE * SIZE }, (_, i) => i + keyOf(photo));
      return {
        ...{ map: method === "rise" && keyOf(photo) > 300 ? undefined : map, degenerate: undefined, height: SIZE, width: SIZE },
        ...{ input: new Uint8ClampedArray(SIZE * SIZE * 4).fill(99), target: { index: 7, label: "cock", probability: 0.5 } },
        ...{ passes: { forward: 8, backward: 0 }, seconds: { total: 1 } },
      } as Partial<Explanation> as Explanation;
    },
    async evaluate(
      photo: Photo,
      maps: Record<string, Float32Array>,
      { target, metrics, other, inside, yardsticks = ["random grid"] }: EvaluateSettings,
    ) {
      const key = keyOf(photo) + shift;
      const ends = { original: 0.9, blank: 0.01 };
      const replaced = Array.from({ length: 11 }, (_, i) => i * 5017);
      const names = [...Object.keys(maps), ...yardsticks];
      const removal = { probabilities: [], first: [] };
      const more = {
        ...(metrics?.includes("road") ? { road: { mostFirst: removal, leastFirst: removal, combined: 0.25 } } : {}),
        ...(metrics?.includes("starts")
          ? { starts: { blur: 0.1, grey: 0.2, strong: 0.3, ...(other ? { other: keyOf(other) / 1000 } : {}) } }
          : {}),
        ...(metrics?.includes("truth") ? { truth: { auc: target / 10, precision: (inside?.left ?? 0) / 100, pointing: 1 } } : {}),
        ...(metrics?.includes("infidelity") ? { infidelity: { infidelity: 0.1, relative: 0.75, scale: 1 } } : {}),
      };
      const causal = !metrics || metrics.includes("causal");
      const curves = (name: string) => (causal ? { causal: scores(key + name.length) } : {});
      const judged = Object.fromEntries(names.map((name) => [name, { ...curves(name), ...more }]));
      const shared = { teacher: "efficientnet-lite0", target: 7, seed: 0, forward: 9, seconds: 1 };
      return { ...shared, maps: judged, ...(causal ? { causal: { protocol: "xplique", replaced, ends } } : {}) } satisfies Evaluation;
    },
    /** Sound on photos whose key is even. */
    async plant(photo: Photo, ground: Photo, { seed = 0 }: PlantOptions): Promise<Composite> {
      explained?.(`${keyOf(photo)} on ${keyOf(ground)}`);
      const pixels = new Uint8ClampedArray(SIZE * SIZE * 4).fill(keyOf(photo) % 256);
      const inside = { left: seed % 8, top: 0, right: 8 + (seed % 8), bottom: 8 };
      const target = { index: 7, label: "cock", probability: 0.5 };
      const sound = keyOf(ground) % 2 === 0;
      return { photo: { width: SIZE, height: SIZE, data: pixels }, target, inside, present: 0.5, absent: 0.001, sound };
    },
    async close() {},
  } as unknown as Runtime;
}
