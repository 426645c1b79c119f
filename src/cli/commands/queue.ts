/** Lists the runs in a queue's database, or removes some. */
import { CommandError } from "../errors.ts";
import { markdownTable } from "../markdown-table.ts";
import { notify, printLine } from "../print.ts";
import { megabytes } from "../progress.ts";
import { readAddress } from "../queue/address.ts";
import { QueueDatabase } from "../queue/database.ts";
import { listRuns, removeRun, type StoredRun } from "../queue/runs.ts";

export interface QueueCommandOptions {
  /** `true` where --queue has no value. */
  queue?: string | true;
  remove?: boolean;
}

/** Digits of a run's name that are shown. */
const DIGITS = 12;

/**
 * The command `queue`: prints the runs in the database, or those named, by the beginnings of their names; with `remove` it removes these. Throws
 * a CommandError where the database cannot be used, and for a name that is not that of one run.
 */
export async function queue(names: readonly string[], { queue: given, remove }: QueueCommandOptions): Promise<void> {
  if (remove && names.length === 0)
    throw new CommandError("--remove names no run", "Name those to remove; without --remove all are listed.");
  const database = await QueueDatabase.open(readAddress(given));
  try {
    const all = await listRuns(database.pool);
    const runs = names.length === 0 ? all : [...new Set(names.map((name) => find(all, name)))];
    if (remove) {
      for (const { id } of runs) {
        await removeRun(database.pool, id);
        notify(`Removed ${id.slice(0, DIGITS)}.`);
      }
    } else if (runs.length === 0) printLine("There are no runs in the queue.");
    else printLine(describe(runs));
  } finally {
    await database.close();
  }
}

function find(runs: readonly StoredRun[], name: string): StoredRun {
  const [run, ...others] = runs.filter(({ id }) => id.startsWith(name));
  if (!run) throw new CommandError(`There is no run ${name} in the queue`, "Without a name the command lists all runs.");
  if (others.length > 0) throw new CommandError(`Several runs begin with ${name}`, "Give more digits.");
  return run;
}

function describe(runs: readonly StoredRun[]): string {
  const rows = runs.map(({ id, begun, plan: { run }, photos, waiting, bytes }) => [
    id.slice(0, DIGITS),
    begun.toISOString().slice(0, 16).replace("T", " "),
    run.settings.teacher,
    run.settings.methods.map(({ name }) => name).join(","),
    String(photos),
    String(waiting),
    megabytes(bytes),
  ]);
  return markdownTable(["run", "begun (UTC)", "classifier", "methods", "photos done", "waiting", "size"], rows, (column) => column < 4);
}
