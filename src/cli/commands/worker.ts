/** Takes units of evaluations from a queue, on any machine that sees its database. */
import { open } from "../command.ts";
import { notify } from "../print.ts";
import { readAddress } from "../queue/address.ts";
import { QueueDatabase } from "../queue/database.ts";
import { Heartbeat } from "../queue/heartbeat.ts";
import { type SessionChoices, Sessions } from "../queue/sessions.ts";
import { workUnits } from "../queue/work-units.ts";

export interface WorkerCommandOptions extends SessionChoices {
  /** `true` where --queue has no value. */
  queue?: string | true;
  idle?: number;
}

/**
 * The command `worker`: evaluates units until the signal is aborted, or the queue was empty for `idle` seconds. Throws a CommandError where
 * the database cannot be used, and what `workUnits` throws. `openSession` opens the classifier's session.
 */
export async function worker(options: WorkerCommandOptions, signal: AbortSignal, openSession = open): Promise<void> {
  const address = readAddress(options.queue);
  const queue = await QueueDatabase.open(address);
  const sessions = new Sessions(queue, options, openSession);
  let heartbeat: Heartbeat | undefined;
  try {
    heartbeat = await Heartbeat.start(address);
    notify(`Waiting for units in ${address.shown}`);
    await workUnits({ queue, heartbeat, sessions, idle: options.idle, signal });
  } finally {
    await sessions.close();
    await heartbeat?.stop();
    await queue.close();
  }
}
