/** Works on units until it is told to stop. */
import { setTimeout as sleep } from "node:timers/promises";
import { describeError, Interruption, reasonOf } from "../errors.ts";
import type { RunPhoto } from "../evaluation/photos.ts";
import type { Run } from "../evaluation/schemas.ts";
import { evaluatePhotos } from "../evaluation/work.ts";
import { notify } from "../print.ts";
import type { QueueDatabase, Verdict } from "./database.ts";
import type { Heartbeat } from "./heartbeat.ts";
import { outlast } from "./patience.ts";
import { type Sessions, WorkerFault } from "./sessions.ts";
import { UnitPhotos } from "./unit-photos.ts";
import { UnitStore } from "./unit-store.ts";
import type { TakenUnit, UnitPhoto } from "./units.ts";

/** Milliseconds between two looks into an empty queue. */
const PAUSE = 1000;
/** A worker ends after so many units in a row that failed: others may fare better. */
const PATIENCE = 3;

export interface WorkSettings {
  readonly queue: QueueDatabase;
  readonly heartbeat: Heartbeat;
  readonly sessions: Sessions;
  /** Seconds without a unit after which the worker ends. */
  readonly idle?: number | undefined;
  readonly signal: AbortSignal;
}

/**
 * Takes units and settles them, until the queue has been empty for `idle` seconds. Throws an Interruption once the signal is aborted, after
 * the unit was handed back, and whatever is the matter with this worker.
 */
export async function workUnits({ queue, heartbeat, sessions, idle, signal }: WorkSettings): Promise<void> {
  let [failures, since] = [0, performance.now()];
  while (!signal.aborted) {
    heartbeat.check();
    const unit = await outlast(() => queue.take(), signal).catch(unlessAborted(signal));
    if (!unit) {
      if (idle !== undefined && performance.now() - since > 1000 * idle) return;
      await sleep(PAUSE, undefined, { signal }).catch(unlessAborted(signal));
      continue;
    }
    const lost = heartbeat.keep(unit);
    const { store, verdict, fault } = await evaluateUnit(unit, queue, sessions, AbortSignal.any([signal, lost]));
    heartbeat.release();
    await outlast(() => queue.settle(unit, store?.found ?? [], verdict));
    if (fault) throw fault.cause;
    since = performance.now();
    if (!("error" in verdict) || lost.aborted) failures = 0;
    else {
      notify(`A unit failed (try ${unit.retryCount + 1}): ${verdict.error}`);
      // Whatever state it is in: the next unit gets a new one.
      await sessions.close();
      if (++failures === PATIENCE) throw new Error(`${PATIENCE} units in a row have failed, the last one of this: ${verdict.error}`);
    }
  }
  throw new Interruption("What this worker had begun is in the queue again.");
}

interface Outcome {
  readonly store?: UnitStore;
  readonly verdict: Verdict;
  readonly fault?: WorkerFault;
}

/** Evaluates what the database lacks of a unit. Throws nothing: what goes wrong is part of the verdict. */
async function evaluateUnit(unit: TakenUnit, queue: QueueDatabase, sessions: Sessions, signal: AbortSignal): Promise<Outcome> {
  // One by one, so that what makes units fail is found, and sets nothing else aside.
  if (unit.retryCount > 0 && unit.photos.length > 1)
    return { verdict: { rest: unit.photos.map((photo) => ({ run: unit.run, photos: [photo] })) } };
  const photos = new UnitPhotos(queue);
  let store: UnitStore | undefined;
  let error: unknown;
  try {
    const { plan, ...prepared } = await sessions.prepare(unit.run, signal);
    const run: Run = { ...plan.run, photos: unit.photos.map(asInRun), shard: { index: 0, count: 1 } };
    store = new UnitStore(run, await outlast(() => queue.results(UnitStore.keysOf(run)), signal));
    const { finished, failures } = store;
    const todo: RunPhoto[] = [];
    for (const photo of unit.photos.filter(({ name }) => !finished.has(name))) {
      const found = await photos.find(photo).catch((reason) => {
        failures.push(reasonOf(reason));
      });
      if (found) todo.push(found);
    }
    const request = { ...plan.request, shard: run.shard };
    const report = (reason: unknown) => {
      notify(describeError(reason));
      failures.push(reasonOf(reason));
    };
    if (todo.length > 0) await evaluatePhotos({ ...prepared, photos: todo, store, request, signal, report });
  } catch (reason) {
    error = reason;
  } finally {
    photos.clear();
  }
  const left = unit.photos.filter(({ name }) => !store?.finished.has(name));
  const outcome = store ? { store } : {};
  const rest: Verdict = { rest: left.length > 0 ? [{ run: unit.run, photos: left }] : [] };
  if (error instanceof WorkerFault) return { ...outcome, verdict: rest, fault: error };
  if (left.length === 0 || signal.aborted) return { ...outcome, verdict: rest };
  return { ...outcome, verdict: { error: error === undefined ? (store?.failures ?? []).join(" ") : reasonOf(error) } };
}

function asInRun({ path: _, otherPath: _other, ...photo }: UnitPhoto): Run["photos"][number] {
  return photo;
}

/** For what ends when the signal is aborted. */
function unlessAborted(signal: AbortSignal): (error: unknown) => undefined {
  return (error) => {
    if (!signal.aborted) throw error;
    return undefined;
  };
}
