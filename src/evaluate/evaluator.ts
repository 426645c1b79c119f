/** Runs metrics and yardsticks on the maps of a photo, for any number of photos. */
import type { BatchOption } from "../classify/batch.ts";
import type { GivenPhoto } from "../classify/opened-photo.ts";
import type { Teacher } from "../classify/teacher.ts";
import { checkNames, type Names } from "../engine/check-names.ts";
import { EngineError } from "../engine/errors.ts";
import { refuseOption } from "../engine/printable.ts";
import type { Tensor } from "../engine/tensor.ts";
import { settleParameters } from "../explain/method.ts";
import { resolveTarget } from "../explain/targets.ts";
import { checkList } from "./check-arguments.ts";
import { type CurvePictures, drawCurvePictures } from "./curve-pictures.ts";
import type { Metric, MetricResult } from "./metric.ts";
import { DEFAULT_METRIC, inOrder, type MapEvaluation, METRICS, type MetricName, type SharedResults } from "./metrics.ts";
import type { Box } from "./pointing.ts";
import type { Protocol } from "./protocols.ts";
import { Scorer, type ScorerRequest } from "./scorer.ts";
import { YARDSTICKS, type Yardstick, yardstick } from "./yardsticks.ts";

/** How far the evaluation of a photo is. */
export interface EvaluationProgress {
  /** Name of the metric. */
  readonly metric: string;
  /** Images scored, and to be scored. */
  readonly done: number;
  readonly total: number;
  /** The GPU device was lost, and the evaluation begins again on another one. */
  readonly restarting?: true;
}

/** What to measure, and of which class. */
export interface EvaluateOptions {
  /** The class that the maps explain. */
  target: number;
  /** Deletion and insertion alone by default. */
  metrics?: readonly (MetricName | Metric)[] | undefined;
  /** The metrics' own, by name of the metric; METRICS has their defaults. */
  parameters?: Readonly<Record<string, Readonly<Record<string, number | string | undefined>>>> | undefined;
  /** Of deletion and insertion, see PROTOCOLS; "rise-fast" by default. As all below that are a metric's, short for its parameter. */
  protocol?: string | undefined;
  /** Maps that know nothing of the teacher, to hold the others against; all by default. */
  yardsticks?: readonly Yardstick[] | undefined;
  /** Another photo, which `starts` and `regions` read; without it they leave out what needs it. */
  other?: GivenPhoto | undefined;
  /** The part of the photo that is known to be the reason, which `truth` reads: whole pixels of the input, right and bottom excluded. */
  inside?: Box | undefined;
  /** Of the random grid, ROAD's noise, infidelity's squares and the rectangles of `regions`; 0 by default. */
  seed?: number | undefined;
  /** Squares of infidelity, 200 by default. */
  samples?: number | undefined;
  /** Shares of the pixels that ROAD removes; 10 % to 90 % by default. */
  shares?: readonly number[] | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: EvaluationProgress) => void) | undefined;
}

/** The names of these options. */
export const EVALUATE = {
  ...{ target: 1, metrics: 1, parameters: 1, protocol: 1, yardsticks: 1, seed: 1, samples: 1, shares: 1 },
  ...{ other: 1, inside: 1 },
  ...{ signal: 1, onProgress: 1 },
} satisfies Names<EvaluateOptions>;

/** Throws BAD_OPTION where lists and parameters are something else; what is in them is checked where it is used. */
export function checkEvaluate({ metrics = [], parameters = {}, yardsticks = [], shares = [] }: EvaluateOptions): void {
  if (!Array.isArray(metrics)) refuseOption("metrics are", metrics, "Give a list of names of METRICS, or of definitions.");
  checkList("yardstick", yardsticks, YARDSTICKS);
  if (!Array.isArray(shares)) refuseOption("shares are", shares, "Give a list of numbers from 0 to 1.");
  if (typeof parameters !== "object" || !parameters)
    refuseOption("parameters are", parameters, "Give an object for each metric, by its name.");
  const names = new Set([...METRICS, ...inOrder(metrics)].map(({ name }) => name));
  checkNames("parameters", parameters, Object.fromEntries([...names].map((name) => [name, 1])));
  for (const [name, own] of Object.entries(parameters))
    if (typeof own !== "object" || !own) refuseOption(`parameters of ${name} are`, own, "Give an object.");
}

/** Plain data: what is the same for all maps by the names of the metrics, and: */
export type Evaluation = SharedResults & {
  readonly teacher: string;
  readonly target: number;
  readonly seed: number;
  /** By the names given, then by those of the yardsticks. */
  readonly maps: Readonly<Record<string, MapEvaluation>>;
  /** Images that went through the teacher. */
  readonly forward: number;
  readonly seconds: number;
};

/**
 * Judges maps of photos by one teacher. Made once, for any number of photos: what it compiles and allocates is shared. It must be disposed
 * before its teacher is, or is tuned.
 */
export class Evaluator {
  readonly #scorer: Scorer;
  readonly #batch: BatchOption;

  private constructor(scorer: Scorer, batch: BatchOption) {
    this.#scorer = scorer;
    this.#batch = batch;
  }

  /** Throws OUT_OF_MEMORY, LIMIT. */
  static async create(request: ScorerRequest): Promise<Evaluator> {
    return new Evaluator(await Scorer.create(request), request.batch);
  }

  /** Whether it was made for this teacher and this choice of the batch. */
  serves(teacher: Teacher, { most, exact }: BatchOption): boolean {
    return this.#scorer.teacher === teacher && this.#batch.most === most && this.#batch.exact === exact;
  }

  /** Of GPU memory, that it keeps between evaluations. */
  get bytes(): number {
    return this.#scorer.bytes;
  }

  /**
   * What the metrics say of maps (height x width each) of one photo (height x width x 4 in [0, 1], as `other` is) and of the yardsticks. Throws
   * BAD_OPTION, ABORTED, OUT_OF_MEMORY, DEVICE_LOST.
   */
  async evaluate(
    crop: Tensor,
    maps: Readonly<Record<string, ArrayLike<number>>>,
    { other: otherCrop, ...options }: Omit<EvaluateOptions, "other"> & { other?: Tensor | undefined },
  ): Promise<Evaluation> {
    const scorer = this.#scorer;
    const { target, metrics = [DEFAULT_METRIC], yardsticks = YARDSTICKS, seed = 0, inside, signal, onProgress } = options;
    await resolveTarget(target, scorer.teacher.labels);
    check(maps, yardsticks);
    const chosen = inOrder(metrics).map((metric) => ({ metric, settings: { ...settle(metric, options), seed } }));
    const [began, before] = [performance.now(), scorer.forward];
    await scorer.show(crop);
    const pixels = yardsticks.includes("edges") ? await scorer.crop.read() : new Float32Array(0);
    const all = [
      ...Object.entries(maps),
      ...yardsticks.map((name) => [name, yardstick(name, pixels, scorer.teacher.input, seed)] as const),
    ];
    const other = otherCrop && (await scorer.normalise(otherCrop));
    const request = { scorer, maps: all.map(([, map]) => map), target, other, inside, signal };
    const results = new Map<string, MetricResult<unknown>>();
    try {
      for (const { metric, settings } of chosen) {
        const follow = (done: number, total: number) => onProgress?.({ metric: metric.name, done, total });
        results.set(metric.name, checkResult(metric, await metric.run({ ...request, settings, onProgress: follow }), all.length));
      }
    } finally {
      other?.dispose();
    }
    const scoresOf = (map: number) => Object.fromEntries([...results].map(([name, result]) => [name, result.maps[map]]));
    return {
      ...{ teacher: scorer.teacher.definition.name, target, seed },
      maps: Object.fromEntries(all.map(([name], map) => [name, scoresOf(map)])),
      ...Object.fromEntries([...results].map(([name, result]) => [name, shared(result)])),
      forward: scorer.forward - before,
      seconds: (performance.now() - began) / 1000,
    };
  }

  /** What deletion and insertion of a map of a photo show, as `evaluate` takes both. Throws BAD_OPTION, OUT_OF_MEMORY, DEVICE_LOST. */
  async drawCurves(crop: Tensor, map: ArrayLike<number>, protocol: Protocol): Promise<CurvePictures> {
    await this.#scorer.show(crop);
    return drawCurvePictures(this.#scorer, map, protocol);
  }

  dispose(): void {
    this.#scorer.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** What of the options is the metric's, with its defaults. Throws BAD_OPTION. */
function settle(metric: Metric, { parameters = {}, protocol, samples, shares }: EvaluateOptions) {
  const short = { protocol, samples, shares: shares?.join(",") };
  const own = Object.entries(short).filter(([name, value]) => value !== undefined && Object.hasOwn(metric.parameters, name));
  return settleParameters(metric, { ...Object.fromEntries(own), ...parameters[metric.name] });
}

/** Throws BAD_OPTION where a metric did not judge every map. */
function checkResult<S>({ title }: Metric, result: MetricResult<S>, count: number): MetricResult<S> {
  const judged = result?.maps?.length;
  if (judged === count) return result;
  throw new EngineError(
    "BAD_OPTION",
    `${title} has scores of ${judged} maps, and was given ${count}.`,
    "Return an entry of `maps` for each.",
  );
}

/** A metric's result without what is said of single maps. */
function shared(result: MetricResult<unknown> & { target?: unknown }): object {
  const { maps: _, target: __, ...rest } = result;
  return rest;
}

/** Throws BAD_OPTION. */
function check(maps: object, yardsticks: readonly string[]): void {
  const refuse = (what: string, fix: string) => {
    throw new EngineError("BAD_OPTION", what, fix);
  };
  if (typeof maps !== "object" || !maps) refuseOption("maps are", maps, "Give an object: a map by the name that its scores get.");
  checkList("yardstick", yardsticks, YARDSTICKS);
  const taken = yardsticks.find((name) => Object.hasOwn(maps, name));
  if (taken !== undefined) refuse(`A map has the name of the yardstick "${taken}".`, "Call the map something else.");
  if (Object.keys(maps).length + yardsticks.length === 0) refuse("There is no map to judge.", "Give one, or ask for a yardstick.");
}
