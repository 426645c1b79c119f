import { EngineError } from "../engine/errors.ts";
import type { Tensor } from "../engine/tensor.ts";
import { resolveTarget } from "../explain/targets.ts";
import { type CausalResult, type CausalScores, causal } from "./causal.ts";
import { type InfidelityResult, type InfidelityScores, infidelity } from "./infidelity.ts";
import { findProtocol } from "./protocols.ts";
import { type RoadResult, type RoadScores, road } from "./road.ts";
import { Scorer, type ScorerRequest } from "./scorer.ts";
import { YARDSTICKS, type Yardstick, yardstick } from "./yardsticks.ts";

/** Metrics that judge maps by the teacher's answers to changed photos. */
export const METRICS = ["causal", "road", "infidelity"] as const;

export type Metric = (typeof METRICS)[number];

export interface EvaluationProgress {
  readonly metric: Metric;
  /** Images scored, and to be scored. */
  readonly done: number;
  readonly total: number;
  /** The GPU device was lost, and the evaluation begins again on another one. */
  readonly restarting?: true;
}

export interface EvaluateOptions {
  /** The class that the maps explain. */
  target: number;
  /** Deletion and insertion alone by default. */
  metrics?: readonly Metric[] | undefined;
  /** Of deletion and insertion, see PROTOCOLS; "rise-fast" by default. */
  protocol?: string | undefined;
  /** Maps that know nothing of the teacher, to hold the others against; all by default. */
  yardsticks?: readonly Yardstick[] | undefined;
  /** Of the random grid, ROAD's noise and infidelity's squares; 0 by default. */
  seed?: number | undefined;
  /** Squares of infidelity, 200 by default. */
  samples?: number | undefined;
  /** Shares of the pixels that ROAD removes; 10 % to 90 % by default. */
  shares?: readonly number[] | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: EvaluationProgress) => void) | undefined;
}

/** What every metric asked for says of one map. */
export interface MapEvaluation {
  readonly causal?: CausalScores;
  readonly road?: RoadScores;
  readonly infidelity?: InfidelityScores;
}

/** Plain data. */
export interface Evaluation {
  readonly teacher: string;
  readonly target: number;
  readonly seed: number;
  /** By the names given, then by those of the yardsticks. */
  readonly maps: Readonly<Record<string, MapEvaluation>>;
  /** What is the same for all maps, of every metric asked for. */
  readonly causal?: Omit<CausalResult, "maps" | "target">;
  readonly road?: Omit<RoadResult, "maps" | "target">;
  readonly infidelity?: Omit<InfidelityResult, "maps" | "target">;
  /** Images that went through the teacher. */
  readonly forward: number;
  readonly seconds: number;
}

/**
 * Judges maps of photos by one teacher. Made once, for any number of photos: what it compiles and allocates is shared. It must be disposed
 * before its teacher is, or is tuned.
 */
export class Evaluator {
  readonly #scorer: Scorer;

  private constructor(scorer: Scorer) {
    this.#scorer = scorer;
  }

  /** Throws OUT_OF_MEMORY, LIMIT. */
  static async create(request: ScorerRequest): Promise<Evaluator> {
    return new Evaluator(await Scorer.create(request));
  }

  /**
   * What the metrics say of maps (height x width each) of one photo (height x width x 4 in [0, 1]) and of the yardsticks. Throws BAD_OPTION,
   * ABORTED, OUT_OF_MEMORY, DEVICE_LOST.
   */
  async evaluate(crop: Tensor, maps: Readonly<Record<string, ArrayLike<number>>>, options: EvaluateOptions): Promise<Evaluation> {
    const scorer = this.#scorer;
    const { target, metrics = ["causal"], yardsticks = YARDSTICKS, seed = 0, samples, shares, signal } = options;
    resolveTarget(target, scorer.teacher.labels);
    check(maps, metrics, yardsticks);
    const protocol = findProtocol(options.protocol ?? "rise-fast");
    const [began, before] = [performance.now(), scorer.forward];
    await scorer.show(crop);
    const pixels = yardsticks.includes("edges") ? await scorer.crop.read() : new Float32Array(0);
    const all = [
      ...Object.entries(maps),
      ...yardsticks.map((name) => [name, yardstick(name, pixels, scorer.teacher.input, seed)] as const),
    ];
    const values = all.map(([, map]) => map);
    const score = (metric: Metric) => ({
      ...{ signal, seed },
      onProgress: (done: number, total: number) => options.onProgress?.({ metric, done, total }),
    });
    const wanted = (metric: Metric) => metrics.includes(metric);
    const results = {
      causal: wanted("causal") ? await causal(scorer, values, protocol, target, score("causal")) : undefined,
      road: wanted("road") ? await road(scorer, values, target, { ...score("road"), shares }) : undefined,
      infidelity: wanted("infidelity") ? await infidelity(scorer, values, target, { ...score("infidelity"), samples }) : undefined,
    };
    const judged = all.map(([name], i) => {
      const scores = { causal: results.causal?.maps[i], road: results.road?.maps[i], infidelity: results.infidelity?.maps[i] };
      return [name, defined(scores)] as const;
    });
    return {
      ...{ teacher: scorer.teacher.definition.name, target, seed },
      maps: Object.fromEntries(judged),
      ...defined({ causal: shared(results.causal), road: shared(results.road), infidelity: shared(results.infidelity) }),
      forward: scorer.forward - before,
      seconds: (performance.now() - began) / 1000,
    };
  }

  dispose(): void {
    this.#scorer.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** The entries that have a value. */
function defined<T extends object>(entries: T): Defined<T> {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined)) as Defined<T>;
}

/** A metric's result without what is said of single maps. */
function shared<T extends { maps: unknown; target: number }>(result: T | undefined): Omit<T, "maps" | "target"> | undefined {
  if (!result) return undefined;
  const { maps: _, target: __, ...rest } = result;
  return rest;
}

function check(maps: object, metrics: readonly string[], yardsticks: readonly string[]): void {
  const refuse = (what: string, fix: string) => {
    throw new EngineError("BAD_OPTION", what, fix);
  };
  for (const [what, given, known] of [
    ["metric", metrics, METRICS],
    ["yardstick", yardsticks, YARDSTICKS],
  ] as const) {
    const unknown = given.find((name) => !(known as readonly string[]).includes(name));
    if (unknown !== undefined) refuse(`There is no ${what} "${unknown}".`, `Choose among: ${known.join(", ")}.`);
  }
  const taken = yardsticks.find((name) => Object.hasOwn(maps, name));
  if (taken !== undefined) refuse(`A map has the name of the yardstick "${taken}".`, "Call the map something else.");
  if (Object.keys(maps).length + yardsticks.length === 0) refuse("There is no map to judge.", "Give one, or ask for a yardstick.");
}
