/** The metric `truth`: whether a map marks the part of the photo that is known to be the reason. */
import { checkInside, type Truth, truth } from "./known-part.ts";
import type { MetricDefinition } from "./metric.ts";
import { type Box, pointingGame } from "./pointing.ts";

/** Beside how the map agrees with the part, the pointing game: 1 where its maximum lies there, or close by, else 0. */
export interface TruthScores extends Truth {
  readonly pointing: number;
}

interface TruthResult {
  readonly target: number;
  readonly inside: Box;
  readonly maps: readonly TruthScores[];
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
    { name: "pointing", title: "pointing", better: "higher", of: ({ pointing }) => pointing },
  ],
  forms: {
    scores: { auc: "number", precision: "number", pointing: "number" },
    shared: { inside: { left: "count", top: "count", right: "count", bottom: "count" } },
  },
  async run({ scorer: { engine, teacher }, maps, target, inside }) {
    checkInside(inside, teacher.input);
    const judge = (map: ArrayLike<number>): TruthScores => ({
      ...truth(map, inside, teacher.input),
      pointing: Number(pointingGame(map, [inside], undefined, teacher.input).hit),
    });
    return { target, inside, maps: maps.map((map) => engine.work("truth", () => judge(map))) };
  },
} as const satisfies MetricDefinition<Record<string, never>, TruthScores, TruthResult>;
