import {
  EngineError,
  type ExplainedMap,
  type ExplainOptions,
  type Explanation,
  findMethod,
  type Metric,
  type Photo,
  type Progress,
} from "../../index.ts";
import type { Runtime } from "../runtime.ts";
import { picturesOf } from "./pictures.ts";
import type { ScoredRecord } from "./store.ts";

/** A method as a run has it. */
export interface ChosenMethod {
  readonly name: string;
  readonly options: ExplainOptions;
}

export interface JudgeOptions {
  readonly target: number | undefined;
  readonly fit: "crop" | "squash";
  readonly seed: number;
  readonly protocol: string;
  readonly metrics: readonly Metric[];
  readonly signal: AbortSignal;
  /** How far the photo is, in [0, 1], and what is going on. */
  readonly onProgress: (share: number, what: string) => void;
}

/** Explains a photo by every method and scores the maps, and the yardsticks. Throws what the runtime throws, but for one method's own failure. */
export async function judge(
  runtime: Runtime,
  image: string,
  photo: Photo,
  methods: readonly ChosenMethod[],
  { target, fit, seed, protocol, metrics, signal, onProgress }: JudgeOptions,
): Promise<{ record: ScoredRecord; pictures: Map<string, Uint8Array> }> {
  const explained: { name: string; found: Explanation | string }[] = [];
  for (const [at, { name, options }] of methods.entries()) {
    const follow = ({ stage, done, total }: Progress) =>
      onProgress((at + (stage === "sample" || stage === "optimise" ? done / total : 0)) / (methods.length + 1), name);
    const found = await runtime.explain(photo, { ...options, target, fit, seed, signal, onProgress: follow }).catch(failureOf);
    signal.throwIfAborted();
    explained.push({ name, found });
  }
  const maps = new Map(
    explained.flatMap(({ name, found }) => (typeof found !== "string" && found.map ? [[name, found.map] as const] : [])),
  );
  const first = explained.map(({ found }) => found).find((found) => typeof found !== "string");
  if (!first) throw new EngineError("BAD_OPTION", `No method could explain ${image}: ${explained[0]?.found}`, "Choose other methods.");
  const evaluation = await runtime.evaluate(photo, Object.fromEntries(maps), {
    ...{ target: first.target.index, protocol, metrics, fit, seed, signal },
    onProgress: ({ done, total }) => onProgress((methods.length + done / total) / (methods.length + 1), "scoring"),
  });
  signal.throwIfAborted();
  const pictures = await picturesOf(first.input, maps, first.size);
  const record = {
    ...{ image, adapter: runtime.adapter, target: first.target, explained: explained.map(describe), evaluation },
    pictures: [...pictures.keys()],
  };
  return { record, pictures };
}

/** What is wrong with one method on one photo; what ends them all goes on. */
function failureOf(error: unknown): string {
  if (error instanceof EngineError && ["OUT_OF_MEMORY", "LIMIT"].includes(error.code)) return `${error.message} ${error.fix}`;
  throw error;
}

function describe({ name, found }: { name: string; found: Explanation | string }): ExplainedMap {
  const { title } = findMethod(name);
  if (typeof found === "string") return { name, title, degenerate: found, passes: { forward: 0, backward: 0 }, seconds: 0 };
  const { passes, seconds, degenerate } = found;
  return { name, title, ...(degenerate ? { degenerate } : {}), passes, seconds: seconds.total };
}
