import { type Classifier, check, type ExplainOptions, embed, evaluate, type Photo, type Session } from "../../src/faces/all.ts";
import { type Node, weightShapes } from "../../src/graph/graph.ts";
import { GraphBuilder } from "../../src/ops/builder.ts";
import { Random } from "../support/random.ts";
import { randomTensors } from "../support/random-weights.ts";

/** Pixels of the calls' classifier. */
const [HEIGHT, WIDTH] = [48, 64];

/** A small classifier of convolutions alone, whose kernels a new device compiles in half the time, and which wavers on the patchwork below. */
export const CLASSIFIER = convolutions(8);

function convolutions(seed: number): Classifier {
  const g = new GraphBuilder();
  const conv = (x: Node, key: string, outputs: number, kernel: number, stride: number) =>
    g.conv(x, key, { outputs, kernel, stride, padding: (kernel - 1) / 2, bias: true });
  const stem = g.activation(conv(g.input([HEIGHT, WIDTH, 3]), "stem", 8, 3, 2), "relu", "stem.relu");
  const deep = g.activation(conv(stem, "deep", 12, 3, 4), "relu", "deep.relu");
  g.globalPool(conv(deep, "head", 10, 1, 1));
  const tensors = randomTensors(g.nodes, seed);
  // Small logits, so that no answer is certain.
  (tensors.get("head.bias") as Float32Array).fill(0);
  const shapes = weightShapes(g.nodes);
  const weights = Object.fromEntries([...tensors].map(([key, values]) => [key, { shape: [...(shapes.get(key) ?? [])], values }]));
  return { name: "own", net: g.nodes, weights };
}

/** Something that a session does, as small as it can be, and what of its outcome must be the same again. */
export interface Call {
  readonly name: string;
  run(session: Session, photo: Photo, onProgress?: (progress: { restarting: boolean }) => void): Promise<Float32Array>;
}

function explaining(name: string, options: ExplainOptions): Call {
  return {
    name,
    async run(session, photo, onProgress) {
      const follow: ExplainOptions["onProgress"] = ({ stage }) => onProgress?.({ restarting: stage === "restarting" });
      const { map, degenerate } = await session.explain(photo, { ...options, seed: 3, onProgress: follow });
      if (!map) throw new Error(`${name} has no map: ${degenerate}`);
      return map;
    },
  };
}

/** Every method, every student, and every other call. */
export const CALLS: readonly Call[] = [
  { name: "classify", run: async (session, photo) => (await session.classify(photo)).logits },
  explaining("relabel", { samples: 16 }),
  explaining("relabel, ridge", { samples: 16, student: "ridge", fill: ["grey"] }),
  explaining("relabel, sgd", { samples: 16, student: "sgd", sgd: { epochs: 1 }, fill: ["grey"] }),
  explaining("relabel, profiled", { samples: 16, student: "correlation", fill: ["grey"], profile: true }),
  explaining("occlusion", { method: "occlusion", parameters: { window: 24, stride: 12 } }),
  explaining("rise", { method: "rise", parameters: { masks: 16 } }),
  explaining("score-cam", { method: "score-cam", parameters: { layer: "stem" } }),
  explaining("lime", { method: "lime", parameters: { samples: 16, segmentation: "slic", segments: 20 } }),
  explaining("grad-cam", { method: "grad-cam" }),
  explaining("linear", { method: "linear" }),
  explaining("excitation", { method: "excitation" }),
  explaining("extremal", { method: "extremal", parameters: { areas: "0.2", iterations: 3 } }),
  explaining("fgvis", { method: "fgvis", parameters: { iterations: 3 } }),
  {
    name: "evaluate",
    async run(session, photo, onProgress) {
      const map = new Random(4).floats(HEIGHT * WIDTH, 0, 1);
      const { maps } = await evaluate(
        session,
        photo,
        { map },
        {
          ...{ target: 3, yardsticks: [], onProgress: ({ restarting = false }) => onProgress?.({ restarting }) },
        },
      );
      if (!maps.map?.causal) throw new Error("The map has no curves.");
      const { deletion, insertion } = maps.map.causal;
      return Float32Array.from([...deletion.probabilities, ...insertion.probabilities]);
    },
  },
  {
    name: "check",
    async run(session, photo, onProgress) {
      const { seeds, sensitivity } = await check(session, photo, {
        ...{ method: "rise", parameters: { masks: 8 }, checks: ["seeds", "sensitivity"], seeds: 2, neighbours: 1 },
        onProgress: ({ restarting = false }) => onProgress?.({ restarting }),
      });
      if (seeds?.mean === undefined || sensitivity?.largest === undefined) throw new Error("A check has no result.");
      return Float32Array.of(seeds.mean, sensitivity.largest);
    },
  },
  {
    name: "embed",
    async run(session, photo, onProgress) {
      const follow: ExplainOptions["onProgress"] = ({ stage }) => onProgress?.({ restarting: stage === "restarting" });
      const { probabilities } = await embed(session, photo, { samples: 16, fill: ["grey"], perplexity: 3, seed: 3, onProgress: follow });
      return probabilities;
    },
  },
];

/** Smooth patches of colour: a photo on which a toy's answers vary. */
export function patchwork(): Photo {
  const [width, height] = [256, 256];
  const random = new Random(11);
  const colours = random.floats(8 * 8 * 3, 0, 255);
  const data = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const patch = 8 * (y >> 5) + (x >> 5);
      for (let c = 0; c < 3; c++) data[4 * (y * width + x) + c] = colours[3 * patch + c] as number;
    }
  }
  return { width, height, data };
}
