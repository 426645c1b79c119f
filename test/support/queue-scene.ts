/** Photos, a database and workers, for tests of evaluations by way of a queue. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import sharp from "sharp";
import { onTestFinished } from "vitest";
import { bundleEntry } from "../../src/cli/bundle.mjs";
import { ROOT } from "../../src/cli/paths.ts";
import { builtOnce } from "./built-once.ts";
import type { Postgres } from "./postgres.ts";
import type { Behaviour } from "./queue-worker.ts";

/** A photo whose numbers are those of its key, up to 510. */
export async function putPhoto(path: string, key: number): Promise<void> {
  const red = Math.min(key, 255);
  await sharp({ create: { width: 8, height: 8, channels: 3, background: { r: red, g: key - red, b: 9 } } }).toFile(path);
}

export async function putPhotos(folder: string, count: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (let at = 0; at < count; at++) await putPhoto(join(folder, `p${String(at).padStart(3, "0")}.png`), at + 1);
}

export interface RunningWorker {
  readonly child: ChildProcess;
  /** What it has written so far. */
  readonly said: string;
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

/** Starts a worker in a process of its own; what is left of it is killed after the test. */
export async function startWorker({ secret }: Pick<Postgres, "secret">, behaviour: Behaviour = {}): Promise<RunningWorker> {
  const folder = await builtOnce("queue-worker", (made) => bundleEntry(ROOT, "test/support/queue-worker.ts", made));
  const args = [join(folder, "entry.mjs"), JSON.stringify(behaviour)];
  const child = spawn(process.execPath, args, { env: { ...process.env, RELABEL_QUEUE: secret }, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text) => {
    said += text;
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => child.on("close", (code, signal) => resolve(code ?? signal)));
  return {
    child,
    ended,
    get said() {
      return said;
    },
  };
}

/** One row of the database, asked with the password. */
export async function ask<T extends object>({ secret }: Pick<Postgres, "secret">, text: string): Promise<T> {
  const client = new pg.Client({ connectionString: secret });
  await client.connect();
  try {
    return (await client.query(text)).rows[0];
  } finally {
    await client.end();
  }
}

/** The table of an evaluation but for seconds. */
export async function tableOf(folder: string): Promise<unknown> {
  return JSON.parse(await readFile(join(folder, "table.json"), "utf8"), (key, value) => (key === "seconds" ? 0 : value));
}
