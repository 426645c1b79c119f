/** The metric `truth`: whether a map marks the part of the photo that is known to be the reason. */
import { checkInside, type Truth, truth } from "./known-part.ts";
import type { MetricDefinition } from "./metric.ts";
import type { Box } from "./pointing.ts";

interface TruthResult {
  readonly target: number;
  readonly inside: Box;
  readonly maps: readonly Truth[];
}

export const truthMetric = {
  name: "truth",
  title: "Planted truth",
  what: "whether the map marks the part of the photo that is known to be the reason",
  parameters: {},
  reads: "inside",
  measures: [
    { name: "auc", title: "AUC", better: "higher", of: ({ auc }) => auc },
    { name: "precision", title: "precision", better: "higher", of: ({ precision }) => precision },
  ],
  forms: {
    scores: { auc: "number", precision: "number" },
    shared: { inside: { left: "count", top: "count", right: "count", bottom: "count" } },
  },
  async run({ scorer: { engine, teacher }, maps, target, inside }) {
    checkInside(inside, teacher.input);
    return { target, inside, maps: maps.map((map) => engine.work("truth", () => truth(map, inside, teacher.input))) };
  },
} as const satisfies MetricDefinition<Record<string, never>, Truth, TruthResult>;
