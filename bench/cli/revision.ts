/** Says of which sources a report is. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ROOT } from "../../src/cli/paths.ts";

/** The commit of the sources, with a mark where they differ from it; undefined outside a repository. */
export async function revision(): Promise<string | undefined> {
  const described = await promisify(execFile)("git", ["describe", "--always", "--dirty"], { cwd: ROOT }).catch(() => undefined);
  return described?.stdout.trim();
}
