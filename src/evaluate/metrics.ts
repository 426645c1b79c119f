/** The list of metrics, from which tables, files and --metrics follow. */
import { EngineError } from "../engine/errors.ts";
import { describeValue } from "../engine/printable.ts";
import { checkDefinition } from "../explain/definition.ts";
import { causalMetric } from "./causal.ts";
import { infidelityMetric } from "./infidelity.ts";
import type { Metric } from "./metric.ts";
import { regionsMetric } from "./regions.ts";
import { roadMetric } from "./road.ts";
import { startsMetric } from "./starts.ts";
import { truthMetric } from "./truth.ts";

/** Every metric, in the order in which they are computed and shown; the first is measured unless others are asked for. */
export const METRICS = [
  causalMetric,
  roadMetric,
  infidelityMetric,
  startsMetric,
  regionsMetric,
  truthMetric,
] as const satisfies readonly Metric[];

type Listed = (typeof METRICS)[number];
type ResultOf<M extends Metric> = Awaited<ReturnType<M["run"]>>;

/** Name of one of METRICS. */
export type MetricName = Listed["name"];

/** Name of the metric that is measured unless others are asked for. */
export const DEFAULT_METRIC: MetricName = METRICS[0].name;

/** Its steps and substitutes, unless others are asked for. */
export const DEFAULT_PROTOCOL = METRICS[0].parameters.protocol.value;

/** What every metric asked for says of one map, by its name. */
export type MapEvaluation = { readonly [M in Listed as M["name"]]?: ResultOf<M>["maps"][number] } & {
  readonly [foreign: string]: unknown;
};

/** What is the same for all maps, of every metric asked for, by its name. */
export type SharedResults = { readonly [M in Listed as M["name"]]?: Omit<ResultOf<M>, "maps" | "target"> };

/** Fields of an evaluation that are not metrics. */
const RESERVED = ["teacher", "target", "seed", "maps", "forward", "seconds"];

/** The metric of this name, or the definition itself. Throws BAD_OPTION where there is none, or where the definition cannot be used. */
function findMetric(metric: string | Metric): Metric {
  const listed: readonly Metric[] = METRICS;
  const names = listed.map(({ name }) => name);
  const found = listed.find((known) => known === metric || known.name === metric);
  if (found) return found;
  if (typeof metric !== "object" || metric === null) {
    throw new EngineError(
      "BAD_OPTION",
      `There is no metric "${describeValue(metric)}".`,
      `Choose among: ${names.join(", ")}; or give a definition.`,
    );
  }
  checkDefinition("metric", metric, [...names, ...RESERVED]);
  const sound =
    Array.isArray(metric.measures) && metric.measures.every(({ name, of }) => typeof name === "string" && typeof of === "function");
  if (sound) return metric;
  throw new EngineError(
    "BAD_OPTION",
    `The metric "${metric.name}" has no usable measures.`,
    "Give a list `measures`, each with its `name`, `title`, `better` and a function `of`.",
  );
}

/** Metrics by name or definition, each once: those of METRICS first, in their order. Throws BAD_OPTION. */
export function inOrder(metrics: readonly (string | Metric)[]): Metric[] {
  const wanted = new Set(metrics.map(findMetric));
  const listed: readonly Metric[] = METRICS;
  const foreign = [...wanted].filter((metric) => !listed.includes(metric));
  const twice = foreign.find(({ name }, at) => foreign.findIndex((other) => other.name === name) < at);
  if (twice) throw new EngineError("BAD_OPTION", `Two metrics have the name "${twice.name}".`, "Rename one of them.");
  return [...listed.filter((metric) => wanted.has(metric)), ...foreign];
}
