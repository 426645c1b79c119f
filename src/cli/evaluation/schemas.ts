/** What the files of a run hold, so that a damaged one is noticed when it is read; earlier.ts has earlier versions' files. */
import * as v from "valibot";
import { type Evaluation, type Form, type MapEvaluation, METRICS, type Metric, type MetricName } from "../../faces/all.ts";
import { adapter, count } from "../schema-parts.ts";

/** JSON has null for what is not finite. */
export const number = v.pipe(
  v.nullable(v.number()),
  v.transform((value) => value ?? Number.NaN),
);
const numbers = v.array(number);
export const shard = v.pipe(
  v.object({ index: count, count }),
  v.check(({ index, count }) => index < count, "an index below a count"),
);

export const target = v.object({ index: count, label: v.string(), probability: number });
export const explained = v.object({
  name: v.string(),
  title: v.string(),
  degenerate: v.optional(v.string()),
  failed: v.optional(v.boolean()),
  passes: v.object({ forward: number, backward: number }),
  seconds: number,
});

/** What a field of a metric's results may hold. */
function schemaOf(form: Form): v.GenericSchema {
  if (form === "number") return number;
  if (form === "count") return count;
  if (form === "text") return v.string();
  if (form === "numbers") return numbers;
  if (form === "flags") return v.array(v.boolean());
  const fields = Object.entries(form).map(([name, part]): [string, v.GenericSchema] =>
    name.endsWith("?") ? [name.slice(0, -1), v.optional(schemaOf(part))] : [name, schemaOf(part)],
  );
  return v.object(Object.fromEntries(fields));
}

/** A field for every metric, by its name. */
function ofMetrics(form: (metric: (typeof METRICS)[number]) => Form): Record<string, v.GenericSchema> {
  return Object.fromEntries(METRICS.map((metric) => [metric.name, v.optional(schemaOf(form(metric)))]));
}

/** Metrics' own types say more of scores than their forms do. */
export const scores = v.object(ofMetrics(({ forms }) => forms.scores)) as v.GenericSchema<unknown, MapEvaluation>;

/** What a map's scores should have, given what is the same for all maps of its photo; undefined where they have it. */
export function disagreement(map: MapEvaluation, evaluation: Evaluation): string | undefined {
  const listed: readonly Metric[] = METRICS;
  return listed.find(({ name, agreement }) => {
    const [own, shared] = [map[name], evaluation[name as MetricName]];
    if (!agreement || (own === undefined && shared === undefined)) return false;
    return own === undefined || shared === undefined || !agreement.holds(own, shared as never);
  })?.agreement?.what;
}

/** What the first map should have that does not agree with the evaluation. */
function firstDisagreement(evaluation: Evaluation): string | undefined {
  return Object.values(evaluation.maps)
    .map((map) => disagreement(map, evaluation))
    .find((what) => what !== undefined);
}

const evaluated = v.object({
  teacher: v.string(),
  target: count,
  seed: count,
  maps: v.record(v.string(), scores),
  ...ofMetrics(({ forms }) => forms.shared),
  forward: number,
  seconds: number,
}) as v.GenericSchema<unknown, Evaluation>;
export const evaluation = v.pipe(
  evaluated,
  v.check(
    (found) => firstDisagreement(found) === undefined,
    ({ input }) => firstDisagreement(input) as string,
  ),
);

export const sha256 = v.pipe(v.string(), v.regex(/^[\da-f]{64}$/, "a SHA-256"));
const settings = v.record(v.string(), v.unknown());
/** Part of a path: it must not lead out of its folder. */
export const fileName = v.pipe(v.string(), v.regex(/^(?!\.{1,2}$)[^/\\\0]+$/, "part of a file name"));
const methodName = v.pipe(v.string(), v.regex(/^[\w-]+$/, "the name of a method"));
const conditions = {
  teacher: v.string(),
  precision: v.string(),
  fit: v.string(),
  /** Where it is not that of 224 x 224, RGB. */
  input: v.optional(v.object({ height: count, width: count, channels: v.string(), share: number, filter: v.string() })),
  outputs: v.optional(v.string()),
  target: v.nullable(count),
  seed: count,
  protocol: v.string(),
  metrics: v.array(v.string()),
};
const normalisation = v.object({ mean: numbers, deviation: numbers });
export const inside = v.object({ left: count, top: count, right: count, bottom: count });
/** The class of a composite, and where the pasted photo is. */
const planted = v.optional(v.object({ target: count, inside }));
const photo = v.object({
  name: fileName,
  sha256: v.nullable(sha256),
  /** The other photo that some metrics read. */
  other: v.optional(v.object({ name: fileName, sha256 })),
  planted,
});

/** `run.json`. */
export const run = v.object({
  format: v.literal(2),
  results: count,
  weights: v.object({ teacher: v.array(sha256), vae: v.optional(sha256) }),
  normalisation,
  settings: v.object({ ...conditions, methods: v.array(v.object({ name: methodName, decodes: v.boolean(), settings })) }),
  photos: v.array(photo),
  shard,
});

export const origin = v.object({
  results: count,
  weights: v.array(sha256),
  photo: sha256,
  other: v.optional(sha256),
  planted,
  normalisation,
  ...conditions,
  method: methodName,
  settings,
});

/** `photos/NAME.METHOD.KEY.json`. */
export const result = v.pipe(
  v.object({
    key: sha256,
    origin,
    name: fileName,
    image: v.string(),
    adapter,
    target,
    picture: v.boolean(),
    failed: v.optional(v.boolean()),
    explained: v.optional(explained),
    scores: v.optional(scores),
    evaluation: v.optional(evaluation),
  }),
  v.check(({ explained, evaluation }) => !explained !== !evaluation, "either an explanation or yardsticks"),
);

/** `photos/NAME.skipped.KEY.json`: why a photo was left out. */
export const skipped = v.object({
  results: count,
  photo: v.nullable(sha256),
  name: fileName,
  image: v.string(),
  skipped: v.string(),
});

export type Run = v.InferOutput<typeof run>;
export type Origin = v.InferOutput<typeof origin>;
export type Skipped = v.InferOutput<typeof skipped>;
