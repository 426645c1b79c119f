/** Profiles, their sums and measurements: functions that refuse wrong arguments. */
import * as ceilings from "../ceilings.ts";
import type { Engine } from "../engine.ts";
import { Plan } from "../plan.ts";
import type { Account, Profile, Span, Total } from "../profile.ts";
import * as sums from "../profile.ts";
import { type ProfileAbout, type ProfileFile, profileFile as uncheckedFile } from "../profile-file.ts";
import { profiled as uncheckedProfiled } from "../profiled.ts";
import { Stopwatch as UncheckedStopwatch } from "../stopwatch.ts";
import * as traces from "../trace.ts";
import { ensure, ensureFunction, given, isObject, isWhole, nameClass, refuse } from "./arguments.ts";
import { ensureEngine } from "./engine.ts";

const PROFILE = "Give the `profile` that `profiled(engine, true, work)` adds to its result, or that of an explanation.";
const NUMBERS = ["submit", "start", "end", "flops", "bytes"] satisfies (keyof Span)[];
const TEXTS = ["command", "image", "teacher", "runtime", "date"] satisfies (keyof ProfileAbout)[];
const NAMES = ["plan", "kernel", "label"] satisfies (keyof Span)[];

/** Dispatches that share a name, together; longest first. Throws INVALID. */
export function totalsBy(spans: readonly Span[], nameOf: (span: Span) => string): Total[] {
  if (isObject(spans) && Array.isArray(spans.spans))
    refuse("totalsBy is given a profile", "Give its spans: totalsBy(profile.spans, nameOf).");
  ensure(Array.isArray(spans), "totalsBy sums", spans, "Give the spans of a profile: totalsBy(profile.spans, ({ kernel }) => kernel).");
  ensureSpans("totalsBy", spans);
  ensureFunction("totalsBy takes its names from", nameOf, "Give a function second: ({ kernel }) => kernel, or plan, or label.");
  return sums.totalsBy(spans, (span) => {
    const name: unknown = nameOf(span);
    if (typeof name !== "string")
      refuse(`totalsBy got the name ${given(name)} for dispatch "${span.label}"`, "Return a string: ({ kernel }) => kernel.");
    return name;
  });
}

/**
 * Milliseconds of all dispatches in the work itself and as replayed, and the number of those that were not replayed. Throws INVALID.
 */
export function replaySums(spans: readonly Span[]): ReturnType<typeof sums.replaySums> {
  ensure(Array.isArray(spans), "replaySums adds up", spans, "Give the spans of a profile: replaySums(profile.spans).");
  ensureSpans("replaySums", spans);
  return sums.replaySums(spans);
}

/** Splits a profile's wall time. Throws INVALID. */
export function accountFor(profile: Profile): Account {
  ensureProfile("accountFor", profile);
  return sums.accountFor(profile);
}

/**
 * Milliseconds to add to the GPU's for the CPU's, from what must be so: no submit starts before it was submitted, or ends after the news of
 * its end. `error` is how far off that may be. Undefined where no number satisfies all submits. Throws INVALID.
 */
export function alignClocks(profile: Profile): { offset: number; error: number } | undefined {
  ensureProfile("alignClocks", profile);
  return sums.alignClocks(profile);
}

/**
 * Adds every dispatch to the performance timeline by `performance.measure`, named after its label, where Chrome's performance panel shows
 * them as a track. Returns the measures: none where the clocks of GPU and CPU cannot be aligned. Throws INVALID.
 */
export function measureProfile(profile: Profile): PerformanceMeasure[] {
  ensureProfile("measureProfile", profile);
  return traces.measureProfile(profile);
}

/**
 * A profile as a trace that Perfetto and Chrome's performance panel open: compute passes, stages (the runs of a plan, gaps included) and
 * submits as the GPU saw them; and, where the two clocks can be aligned, TypeScript's work, what it waited for, and submits in the queue.
 * `adapter`: its name; "GPU" where it is empty. Throws INVALID.
 */
export function traceOf(profile: Profile, adapter = ""): ReturnType<typeof traces.traceOf> {
  ensureProfile("traceOf", profile);
  ensure(typeof adapter === "string", "traceOf names its adapter", adapter, "Give a string: adapterName(engine.adapter).");
  return traces.traceOf(profile, adapter);
}

/**
 * A profile as a trace for Perfetto and Chrome's performance panel, which `relabel profile --from` reads, too: write it as JSON. `about` says what was
 * profiled, on what and when. Throws INVALID.
 */
export function profileFile(profile: Profile, about: ProfileAbout): ProfileFile {
  ensureProfile("profileFile", profile);
  const holds = isObject(about) && isObject(about.adapter) && TEXTS.every((name) => typeof about[name] === "string");
  ensure(holds, "profileFile tells where a profile was made by", about, `Give { ${TEXTS.join(", ")}, adapter }; adapter is the engine's.`);
  return uncheckedFile(profile, about);
}

/**
 * Runs `work` with every plan timed, where that is wanted, and adds the profile to its result. Throws LIMIT where the device has no timestamp
 * queries; INVALID for wrong arguments, for a result that is no plain object, and while the engine is profiled already.
 */
export function profiled<T extends object>(engine: Engine, wanted: true, work: () => Promise<T>): Promise<T & { profile: Profile }>;
export function profiled<T extends object>(
  engine: Engine,
  wanted: boolean | undefined,
  work: () => Promise<T>,
): Promise<T & { profile?: Profile }>;
export async function profiled<T extends object>(
  engine: Engine,
  wanted: boolean | undefined,
  work: () => Promise<T>,
): Promise<T & { profile?: Profile }> {
  ensureEngine("profiled measures", engine);
  const fix = "Write profiled(engine, true, async () => { ...; return {}; }).";
  ensure(wanted === undefined || typeof wanted === "boolean", "profiled's second argument is", wanted, fix);
  ensureFunction("profiled runs", work, fix);
  if (wanted && engine.profiler) refuse("This engine is being profiled already", "Wait for that to end, or profile both in one call.");
  return uncheckedProfiled(engine, wanted, async () => {
    const result = await work();
    if (wanted && result !== undefined) ensure(isPlain(result), "The work of profiled gave", result, "Return an object: { result }.");
    return result;
  });
}

/**
 * What the adapter reaches at best: arithmetic, reading, writing and copying. Takes about two seconds, and memory for a copy of 256 MB, 64 MB on
 * a software adapter, or what is left. Throws OUT_OF_MEMORY, DEVICE_LOST, INVALID.
 */
export async function measureCeilings(engine: Engine, stopwatch: UncheckedStopwatch): Promise<ceilings.Ceilings> {
  ensureEngine("measureCeilings measures", engine);
  ensure(stopwatch instanceof UncheckedStopwatch, "measureCeilings measures with", stopwatch, "Give new Stopwatch(engine).");
  return ceilings.measureCeilings(engine, stopwatch);
}

/** Times a whole compute pass on the GPU by timestamp queries, where the device has them. Every method throws INVALID for wrong arguments. */
export class Stopwatch extends UncheckedStopwatch {
  constructor(engine: Engine) {
    ensureEngine("A stopwatch measures", engine);
    super(engine);
  }

  override async time(record: (pass: GPUComputePassEncoder) => void): Promise<{ gpu: number | undefined; wall: number }> {
    ensureFunction("A stopwatch times", record, "Give a function: (pass) => plan.encode(pass).");
    return super.time(record);
  }

  override async timeRuns(plan: Plan, runs: number): Promise<number> {
    ensure(plan instanceof Plan, "A stopwatch times", plan, "Give a plan: await builder.compile().");
    ensure(isWhole(runs, 1), "The runs that a stopwatch times are", runs, "Give a whole number from 1 on.");
    return super.timeRuns(plan, runs);
  }
}

nameClass(Stopwatch, "Stopwatch");

function isPlain(value: unknown): boolean {
  if (!isObject(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function ensureProfile(what: string, profile: Profile): void {
  const fields = isObject(profile) && isObject(profile.clock) && [profile.began, profile.wall, profile.clock.step];
  const lists = isObject(profile) && [profile.spans, profile.submits, profile.activities];
  const holds = fields && lists && fields.every((value) => typeof value === "number") && lists.every(Array.isArray);
  ensure(Boolean(holds), `${what} needs a profile, and was given`, profile, PROFILE);
  ensureSpans(what, profile.spans);
  const lost = profile.spans.find(({ submit }) => !isObject(profile.submits[submit]));
  if (lost) refuse(`${what}: dispatch "${lost.label}" is of submit ${lost.submit}, which the profile lacks`, PROFILE);
}

function ensureSpans(what: string, spans: readonly Span[]): void {
  const holds = (span: unknown) =>
    isObject(span) && NUMBERS.every((name) => typeof span[name] === "number") && NAMES.every((name) => typeof span[name] === "string");
  const wrong = Array.from(spans).findIndex((span) => !holds(span));
  if (wrong >= 0) refuse(`${what}: span ${wrong} is none: ${given(spans[wrong])}`, PROFILE);
}
