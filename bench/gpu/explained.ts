/** The steps that take a session: profiled explanations, and the tuner. */
import { describeError } from "../../src/cli/errors.ts";
import { locateWeights, type WeightsFiles } from "../../src/cli/locate.ts";
import { makeProfileReport } from "../../src/cli/profile-report.ts";
import { openRuntime } from "../../src/cli/runtime.ts";
import type { Runtime } from "../../src/cli/runtime-types.ts";
import { DEFAULT_SAMPLES, findTeacher, type Profile, type ProfileAbout, profileFile } from "../../src/faces/all.ts";
import { SOFTWARE_SAMPLES } from "../suites/explanation.ts";
import { makePhoto, makeWeights } from "./made-up.ts";
import { type NetProfile, type NetTuning, type Order, TEACHERS_EXPLAINED } from "./steps.ts";

/** What a step may use of its process. */
export interface Work<T> {
  readonly order: Order;
  readonly signal: AbortSignal;
  partial(result: T, line: string): void;
}

/** Where a net's weights are, or such as were made up. */
async function weightsOf(
  name: string,
  { weights, scratch }: Order,
  signal: AbortSignal,
): Promise<{ files: WeightsFiles; madeUp: boolean }> {
  try {
    return { files: await locateWeights(weights, name, signal), madeUp: false };
  } catch (error) {
    process.stderr.write(`${describeError(error)} They are made up.\n`);
    return { files: await makeWeights(findTeacher(name), scratch), madeUp: true };
  }
}

/** Does the work with a session of every net, and reports after each; `say` tells how far it is meanwhile. */
async function eachNet<T>(
  { order, signal, partial }: Work<T[]>,
  work: (runtime: Runtime, about: { teacher: string; madeUp: boolean }, say: (line: string) => void) => Promise<T>,
): Promise<T[]> {
  const results: T[] = [];
  for (const teacher of TEACHERS_EXPLAINED) {
    if (signal.aborted) break;
    const { files, madeUp } = await weightsOf(teacher, order, signal);
    const runtime = await openRuntime(order.runtime, { weights: files, tuning: undefined, notify: () => {} });
    try {
      results.push(await work(runtime, { teacher, madeUp }, (line) => partial(results, `${teacher}: ${line}`)));
      partial(results, `${teacher}: done`);
    } finally {
      await runtime.close();
    }
  }
  return results;
}

/** Where the time of each net's explanation goes. An explanation that is cut short is not in the result. */
export function profileNets(work: Work<NetProfile[]>): Promise<NetProfile[]> {
  const { signal } = work;
  return eachNet(work, async (runtime, { teacher, madeUp }) => {
    const { adapter } = runtime;
    const photo = await runtime.open(makePhoto(), signal);
    // What the first classification in a session waits for is no part of the profile.
    await runtime.classify(photo, {}, signal);
    const samples = adapter.software ? SOFTWARE_SAMPLES : DEFAULT_SAMPLES;
    const { profile, method, settings } = await runtime.explain(photo, { samples, profile: true, signal });
    signal.throwIfAborted();
    const about: ProfileAbout = {
      ...{ command: "explain", image: "made-up photo", teacher, method, samples, settings, adapter, runtime: runtime.name },
      ...{ date: new Date().toISOString(), ceilings: await runtime.measureCeilings() },
    };
    const measured = profile as Profile;
    return { teacher, madeUp, report: makeProfileReport(measured, about), trace: profileFile(measured, about) };
  });
}

/** The fastest ways to compute each net's layers on this adapter; nothing is kept. */
export function tuneNets(work: Work<NetTuning[]>): Promise<NetTuning[]> {
  return eachNet(work, async (runtime, about, say) => {
    const onProgress = ({ done, total }: { done: number; total: number }) => say(`${done} of ${total} layers`);
    return { ...about, ...(await runtime.tune({ signal: work.signal, onProgress })) };
  });
}
