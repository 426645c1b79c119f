/**
 * The thread that shows signs of life for a worker and its unit, which a blocked event loop could not. A thread loads it by its address: it
 * imports no module of ours, lest that be in the file that runs the command.
 */
import { isMainThread, parentPort, workerData } from "node:worker_threads";

/** The file that this module is in, once bundled. */
export const ADDRESS = import.meta.url;

export interface HeartbeatData {
  readonly connectionString: string;
  readonly schema: string;
  readonly queue: string;
  /** Under which name the worker is counted. */
  readonly instance: string;
}

export interface HeldUnit {
  readonly id: string;
  readonly retryCount: number;
  readonly leaseSeconds: number;
}

/** How often workers show that they are there, and how often of a lease a unit is renewed. */
const INSTANCE_SECONDS = 10;
const BEATS = 4;

async function beat({ connectionString, schema, queue, instance }: HeartbeatData): Promise<void> {
  const { PgBoss } = await import("pg-boss");
  const roles = { supervise: false, schedule: false, migrate: false, createSchema: false };
  const named = { instanceName: instance, instanceHeartbeatSeconds: INSTANCE_SECONDS, application_name: "relabel heartbeat" };
  const boss = new PgBoss({ connectionString, schema, max: 1, ...roles, ...named });
  // Beats that do not arrive are made up for by later ones.
  boss.on("error", () => {});
  let [unit, timer] = [undefined as HeldUnit | undefined, undefined as NodeJS.Timeout | undefined];
  const renew = async () => {
    const held = unit;
    if (!held) return;
    const answer = await boss.touch(queue, held).catch(() => undefined);
    if (answer && (answer as { affected?: number }).affected === 0) parentPort?.postMessage(held.id);
  };
  parentPort?.on("message", (next: HeldUnit | "stop" | undefined) => {
    clearInterval(timer);
    unit = next === "stop" ? undefined : next;
    if (unit) timer = setInterval(renew, (1000 * unit.leaseSeconds) / BEATS);
    if (next === "stop") void boss.stop({ graceful: false }).finally(() => parentPort?.close());
  });
  await boss.start({ attempts: 10 });
}

if (!isMainThread && workerData?.instance !== undefined) await beat(workerData as HeartbeatData);
