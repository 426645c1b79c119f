/** Options that a session in a worker takes, and those that cannot cross. */
import type { Fit } from "../classify/fit.ts";
import { EngineError } from "../engine/errors.ts";
import type { EvaluateOptions } from "../evaluate/evaluator.ts";
import type { MetricName } from "../evaluate/metrics.ts";
import type { ExplainOptions } from "../explain/explain-options.ts";
import type { SessionOptions } from "../explain/session-state.ts";

/** Options of `Session.create` in a worker: those of `relabel` but for the device, which a worker takes by itself. */
export interface WorkerSessionOptions extends Omit<SessionOptions, "device" | "gpu"> {
  /** The worker, which runs `relabel/worker-thread` and nothing else: for bundlers that do not find it by themselves. */
  worker?: Worker | undefined;
}

/** The options as they can be packed: addresses are the page's. Throws BAD_OPTION. */
export function optionsOfCreate(options: SessionOptions): SessionOptions {
  const { device, gpu, model, teacher, weights, tuning, ...rest } = options;
  if (device ?? gpu) {
    throw new EngineError(
      "BAD_OPTION",
      `A ${device ? "device" : "GPU"} cannot be given to a worker, which takes its own.`,
      'Leave it out, or use Session of "relabel" in the page to share a device.',
    );
  }
  for (const given of [model, teacher]) {
    if (typeof given !== "object" || given === null || !("nodes" in given)) continue;
    throw new EngineError("BAD_OPTION", "A definition of TEACHERS cannot be given to a worker.", "Give its name as `model`.");
  }
  return {
    ...rest,
    ...(model === undefined ? {} : { model }),
    ...(teacher === undefined ? {} : { teacher }),
    ...(weights === undefined ? {} : { weights: addressed(weights) }),
    // Its methods may be those of a class.
    ...(tuning && { tuning: { load: (key) => tuning.load(key), save: (key, value) => tuning.save(key, value) } }),
  };
}

/** What is no address stays for the session to refuse. */
function addressed(weights: NonNullable<SessionOptions["weights"]>): SessionOptions["weights"] {
  if (typeof weights !== "string" || weights === "auto" || !URL.canParse(weights, globalThis.document?.baseURI)) return weights;
  return new URL(weights, globalThis.document?.baseURI);
}

/** Options of `evaluate` in a worker: those of `relabel/evaluate`, with metrics by their names. */
export interface EvaluateThereOptions extends Omit<EvaluateOptions, "metrics"> {
  metrics?: readonly MetricName[] | undefined;
  /** As the maps' explanations had it. */
  fit?: Fit | undefined;
}

/** The options as they are, where no metric among them has code. Throws BAD_OPTION. */
export function metricsByName(options: EvaluateThereOptions): EvaluateThereOptions {
  const metrics: unknown = options?.metrics;
  if (Array.isArray(metrics) && metrics.some((metric) => typeof metric === "object")) {
    throw new EngineError(
      "BAD_OPTION",
      "Metrics have code, which cannot be sent to a worker.",
      'Give names of METRICS, or use Session of "relabel" in the page or in a worker of yours.',
    );
  }
  return options;
}

/** The options with the method by its name. Throws BAD_OPTION for a definition of one's own. */
export function methodByName<T extends Pick<ExplainOptions, "method">>(options: T): T {
  const { method } = options;
  if (typeof method !== "object" || method === null) return options;
  if ("run" in method) {
    throw new EngineError(
      "BAD_OPTION",
      `The method ${method.title} has code, which cannot be sent to a worker.`,
      'Choose one of METHODS, or use Session of "relabel" in the page or in a worker of yours.',
    );
  }
  return { ...options, method: (method as { name: string }).name };
}
