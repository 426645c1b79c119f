/** Reads the address of a queue's database, and keeps its password out of what anybody sees. */
import { CommandError } from "../errors.ts";

const FORM = "Give postgres://USER@HOST/DATABASE.";
const PLACES = "Put the whole address into RELABEL_QUEUE, or the password into PGPASSWORD or ~/.pgpass";

export interface QueueAddress {
  /** With the password, where the environment has one; else the driver takes PGPASSWORD or .pgpass. */
  readonly connectionString: string;
  /** Without it, for people. */
  readonly shown: string;
}

/**
 * The database that --queue names, or RELABEL_QUEUE where --queue has no value or is absent. A password in --queue is refused: process lists
 * show it. Throws a CommandError, which never repeats what was given.
 */
export function readAddress(
  given: string | true | undefined,
  env: Readonly<Record<string, string | undefined>> = process.env,
): QueueAddress {
  const kept = env.RELABEL_QUEUE ? parse(env.RELABEL_QUEUE, "RELABEL_QUEUE") : undefined;
  if (typeof given !== "string") {
    if (kept) return kept;
    throw new CommandError("No queue is named", `${FORM.slice(0, -1)} with --queue, or in RELABEL_QUEUE.`);
  }
  const address = parse(given, "--queue");
  if (address.shown !== address.connectionString) {
    throw new CommandError(
      "--queue holds a password, which process lists show to everybody on this machine",
      `${PLACES}. Change this one: it may have been seen.`,
    );
  }
  return kept?.shown === address.shown ? kept : address;
}

function parse(text: string, where: string): QueueAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^postgres(ql)?:$/.test(url.protocol) || !url.hostname) throw new CommandError(`${where} is no address of a database`, FORM);
  const connectionString = url.href;
  url.password = "";
  // The driver takes any setting from here, too.
  for (const name of [...url.searchParams.keys()]) if (/password/i.test(name)) url.searchParams.delete(name);
  return { connectionString, shown: url.href };
}
