/** The suite `explanation`: a photo classified and explained, as a user waits for it. */
import { DEFAULT_SAMPLES, type Explanation, Session } from "../../src/faces/all.ts";
import { type BenchOptions, netsOf, nodesOf } from "../bench-options.ts";
import { costOf } from "../cost.ts";
import type { Effort } from "../measure.ts";
import type { OwnNet, OwnNets } from "../own-nets.ts";
import { summarise } from "../statistics.ts";
import type { Bench, Task } from "../task.ts";

/** Synthetic images of an explanation on a software adapter. */
export const SOFTWARE_SAMPLES = 100;
/** An explanation that lasts longer is not repeated. */
export const ONCE_SECONDS = 60;
/** Two maps of the same seed may differ by this share of their range. */
const TOLERANCE = 1e-5;

/** A task for every teacher: classification and explanation of a photo, with the published weights or the file's. */
export function explanationTasks(options: BenchOptions, own: OwnNets): Promise<Task[]> {
  const tasks = netsOf("explanation", options, own).map(async (name) => ({
    ...{ suite: "explanation" as const, group: "explanation", name, batch: 1, uses: {}, flops: 0, bytes: 0 },
    image: costOf(await nodesOf(name, own), 1),
    measure: (bench: Bench) => measureExplanation(bench, own.get(name)?.model ?? name),
  }));
  return Promise.all(tasks);
}

async function measureExplanation(bench: Bench, model: OwnNet["model"] | string): ReturnType<Task["measure"]> {
  const { engine, effort, signal, options } = bench;
  const samples = options.samples ?? (engine.adapter.software ? SOFTWARE_SAMPLES : DEFAULT_SAMPLES);
  const photo = await bench.readPhoto();
  const opened = performance.now();
  const { readWeights } = bench;
  const { memory, precision, activations } = options;
  const kept = { memory, precision, activations };
  const session = bench.scope.own(await Session.create({ device: engine.device, model, weights: readWeights, ...kept }));
  const loading = (performance.now() - opened) / 1000;

  const classify = async () => {
    const began = performance.now();
    await session.classify(photo, { signal });
    return (performance.now() - began) / 1000;
  };
  const firstClassify = await classify();
  const classifications = await repeat(effort, firstClassify, classify);

  const explain = async () => {
    const explanation = await session.explain(photo, {
      ...{ samples, signal },
      onProgress: ({ stage, done, total }) => bench.notify(`${stage} ${done} of ${total}`),
    });
    // An aborted explanation ends early, with the map so far.
    signal?.throwIfAborted();
    return explanation;
  };
  const first = await explain();
  const others = await repeat(effort, first.seconds.total, explain);
  const explanations = others.length > 0 ? others : [first];
  const error = Math.max(0, ...others.map((other) => mapDifference(first, other)));
  // A net of one's own may see nothing in the photo, and no map is drawn.
  const known = typeof model === "string";
  const right = error <= TOLERANCE && (first.map ? first.map.every(Number.isFinite) : !known);
  const state = right ? ("ok" as const) : ("wrong" as const);
  const times = (seconds: readonly number[]) => {
    const summary = summarise(seconds);
    return { wall: summary, latency: summary };
  };
  const remarks = [...(others.length === 0 ? ["one run, the first"] : []), ...(first.map ? [] : ["no map of this photo can be drawn"])];
  const note = right ? remarks.join("; ") || undefined : "there is no map, or the same seed made two different ones";
  const stages = Object.keys(first.seconds);
  return [
    { stage: "load", state, times: times([loading]) },
    { stage: "classify", state, cold: firstClassify * 1000, times: times(classifications.length > 0 ? classifications : [firstClassify]) },
    ...stages.map((stage) => ({
      ...{ stage: `${samples} samples: ${stage}`, state, note, error },
      ...{ cold: (first.seconds[stage] as number) * 1000, times: times(explanations.map(({ seconds }) => seconds[stage] as number)) },
      ...(stage === "total" ? { items: samples, memory: first.memory.peak } : {}),
    })),
  ];
}

/** Does the work so often as an effort asks at least, unless the first time took too long. */
export async function repeat<T>({ least }: Effort, firstSeconds: number, work: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  while (firstSeconds <= ONCE_SECONDS && results.length < least) results.push(await work());
  return results;
}

function mapDifference({ map: a }: Explanation, { map: b }: Explanation): number {
  if (!a || !b) return a === b ? 0 : Number.POSITIVE_INFINITY;
  const range = Math.max(...a) - Math.min(...a);
  return a.reduce((most, value, at) => Math.max(most, Math.abs(value - (b[at] as number))), 0) / range;
}
