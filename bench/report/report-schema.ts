/** What a saved run must hold, so that a file of something else, or a damaged one, is noticed when it is opened. Later versions may hold more. */
import * as v from "valibot";
import { adapter, count } from "../../src/cli/schema-parts.ts";
import { SUITES } from "../bench-options.ts";
import { SCHEMA, VERSION } from "./report.ts";

const positive = v.pipe(v.number(), v.gtValue(0, "above 0"));
const amount = v.pipe(v.number(), v.minValue(0, "0 or more"));
const whole = v.pipe(count, v.minValue(1, "1 or more"));
const text = v.pipe(v.string(), v.nonEmpty("a text that is not empty"));
/** JSON has null for what is not finite. */
const doubtful = v.nullish(v.number());
const names = v.array(text);

const summary = v.pipe(
  v.looseObject({
    ...{ median: amount, p90: amount, min: amount, samples: whole, runs: whole },
    ...{ mean: v.optional(amount), interval: doubtful, noisy: v.optional(v.literal(true)) },
  }),
  v.check(({ min, median, p90 }) => min <= median && median <= p90, "times in the order min, median, p90"),
);

const times = { wall: summary, latency: summary };
const outcome = {
  state: v.picklist(["ok", "wrong", "skipped", "failed"]),
  note: v.optional(v.string()),
  ...{ error: doubtful, relative: doubtful, cold: v.optional(amount) },
};

const row = v.looseObject({
  ...outcome,
  times: v.optional(v.looseObject({ ...times, gpu: v.optional(summary) })),
  ...{ key: text, suite: v.picklist(SUITES), group: text, name: text, batch: whole },
  ...{ uses: v.record(v.string(), whole), flops: amount, bytes: amount },
  ...{ items: v.optional(positive), memory: v.optional(amount), variant: v.optional(text), code: v.optional(text) },
  peers: v.record(v.string(), v.looseObject({ ...outcome, times: v.optional(v.looseObject(times)) })),
});

const ceilings = v.looseObject({
  ...{ gflops: positive, gigabytes: positive },
  ...{ gflopsF16: v.optional(positive), gopsDot4: v.optional(positive), read: v.optional(positive), write: v.optional(positive) },
});

const options = v.looseObject({
  ...{ suites: v.array(v.picklist(SUITES)), batches: v.array(whole) },
  ...{ nets: v.optional(names), layer: v.optional(v.string()), samples: v.optional(whole) },
  ...{ quick: v.optional(v.boolean()), variants: v.optional(v.boolean()), tuned: v.optional(v.boolean()) },
});

export const REPORT_SCHEMA = v.looseObject({
  ...{ schema: v.literal(SCHEMA), version: v.literal(VERSION) },
  date: v.pipe(v.string(), v.isoTimestamp("a time of ISO 8601")),
  revision: v.optional(v.string()),
  adapter,
  runtime: v.looseObject({ name: text, version: v.string() }),
  dtype: v.picklist(["f32", "f16"]),
  timer: v.looseObject({ mode: v.picklist(["exact", "quantised", "none"]), step: amount }),
  options,
  ceilings,
  peers: v.array(v.looseObject({ name: text, version: v.string(), settings: v.string() })),
  complete: v.boolean(),
  rows: v.pipe(
    v.array(row),
    v.checkItems(({ key }, at, rows) => rows.findIndex((other) => other.key === key) === at, "a row whose key no other row has"),
  ),
});
