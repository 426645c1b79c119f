/** Loads the packages of the queue, which are installed when somebody needs them. */
import { CommandError } from "../errors.ts";
import { installCommand } from "../paths.ts";

/** Throws a CommandError where they are absent. */
export async function loadQueuePackages() {
  try {
    const [{ default: pg }, { PgBoss }] = await Promise.all([import("pg"), import("pg-boss")]);
    return { pg, PgBoss };
  } catch (cause) {
    throw new CommandError("The optional packages pg and pg-boss are not installed", `Run \`${installCommand("pg pg-boss")}\`.`, { cause });
  }
}
