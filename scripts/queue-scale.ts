/**
 * Measures evaluations by way of a queue on this machine, with a PostgreSQL and processes of its own, on Linux (docs/scale.md).
 *
 *     npm run queue:scale                # all of it
 *     npm run queue:scale -- speed       # two workers beside one, and the queue alone
 *     npm run queue:scale -- size        # photos queued, and the memory for that
 *
 * Photos and explanations are simulated. Ends with exit code 1 where a bound is not kept.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import sharp from "sharp";
import { bundleEntry } from "../src/cli/bundle.mjs";
import { markdownTable } from "../src/cli/markdown-table.ts";
import { ROOT } from "../src/cli/paths.ts";
import { notify, printLine } from "../src/cli/print.ts";
import { QueueDatabase } from "../src/cli/queue/database.ts";
import { makeRunFolder, removeRunFolder } from "../src/cli/run-folder.mjs";
import { launchPostgres, WITHOUT_POSTGRES } from "../test/support/postgres-server.ts";
import type { Behaviour } from "../test/support/queue-worker.ts";

/** Milliseconds that a simulated photo takes a worker, and photos of a measurement. */
const [PAUSE, PHOTOS] = [50, 400];
/** Two workers are to be so many times as fast as one, and the queue alone to settle so many units a second. */
const [LEAST_GAIN, LEAST_RATE] = [1.9, 20];
/** Photos by all methods that are to be queued in so many seconds, and the numbers whose memory is held together. */
const [MOST_SECONDS, SIZES] = [60, [5000, 50_000]] as const;

/** Of Linux's clock for processes, in a second. */
const TICKS = 100;

/** What was measured, what it is to be, and whether it is. */
interface Row {
  readonly what: string;
  readonly measured: string;
  readonly bound: string;
  readonly kept: boolean;
}

const rows: Row[] = [];
const folder = makeRunFolder(join(ROOT, "node_modules", ".cache", "relabel"), "run");
const children = new Set<ChildProcess>();

function start(args: readonly string[]): { child: ChildProcess; said: () => string } {
  const env = { ...process.env, RELABEL_QUEUE: postgres.secret, RELABEL_BUNDLE: join(folder, "command") };
  const child = spawn(process.execPath, args, { env, cwd: ROOT, stdio: ["ignore", "ignore", "pipe"] });
  children.add(child);
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text) => {
    said += text;
  });
  return { child, said: () => said };
}

/** The command `evaluate`, as a user starts it. */
function evaluate(photos: string, methods: string, ...more: string[]) {
  const out = ["--out", `${photos}-scores`];
  return start(["bin/run.mjs", "src/cli/main.ts", "evaluate", photos, "--methods", methods, ...more, ...out, "--queue"]);
}

async function finish({ child, said }: ReturnType<typeof start>): Promise<void> {
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`evaluate ended with ${code}: ${said()}`);
}

/** A folder of photos that differ in a few bytes behind the picture. */
async function simulatePhotos(name: string, count: number): Promise<string> {
  const photos = join(folder, name);
  await mkdir(photos);
  const image = { width: 8, height: 8, channels: 3, background: "olive" } as const;
  const picture = await sharp({ create: image }).png().toBuffer();
  for (let at = 0; at < count; at++) {
    await writeFile(join(photos, `p${String(at).padStart(5, "0")}.png`), Buffer.concat([picture, Buffer.from(`${name} ${at}`)]));
  }
  return photos;
}

async function ask<T>(text: string): Promise<T> {
  const client = new pg.Client({ connectionString: postgres.secret });
  await client.connect();
  try {
    return (await client.query(text)).rows[0] as T;
  } finally {
    await client.end();
  }
}

/** Seconds from the first unit taken to the last one settled, of a run that so many workers, which have been at work before, work on. */
async function secondsOf(workers: number): Promise<number> {
  const behaviour: Behaviour = { pause: PAUSE };
  const started = Array.from({ length: workers }, () => start([join(folder, "worker", "entry.mjs"), JSON.stringify(behaviour)]));
  while (!started.every(({ said }) => said().includes("Waiting for units"))) await sleep(100);
  await finish(evaluate(await simulatePhotos(`warm${workers}`, 8 * workers), "rise", "--unit", "1"));
  const photos = await simulatePhotos(`speed${workers}`, PHOTOS);
  const { now } = await ask<{ now: string }>("select now()::text");
  await finish(evaluate(photos, "rise", "--unit", "4"));
  for (const { child } of started) child.kill("SIGKILL");
  const text = "select extract(epoch from max(completed_on) - min(started_on))::float8 as seconds from relabel_queue.job";
  return (await ask<{ seconds: number }>(`${text} where name = 'units' and created_on >= '${now}'`)).seconds;
}

async function measureSpeed(): Promise<void> {
  const [one, two] = [await secondsOf(1), await secondsOf(2)];
  rows.push({
    what: `${PHOTOS} photos of ${PAUSE} ms: two workers beside one`,
    measured: `${(one / two).toFixed(2)} times (${two.toFixed(1)} s and ${one.toFixed(1)} s)`,
    ...{ bound: `${LEAST_GAIN} times`, kept: one / two >= LEAST_GAIN },
  });
  const queue = await QueueDatabase.open({ connectionString: postgres.secret, shown: postgres.address });
  const units = Array.from({ length: 200 }, () => ({ run: "none", photos: [] }));
  await ask("insert into relabel.plan (id, content) values ('none', '{}')");
  await queue.enqueue(units, 60);
  const began = performance.now();
  const body = JSON.stringify({ text: "x".repeat(2000) });
  for (let at = 0; at < units.length; at++) {
    const unit = await queue.take();
    // As many results as ten methods have, with pictures.
    const found = Array.from({ length: 11 }, (_, result) => ({
      key: `${at} ${result}`,
      photo: `${at}`,
      body,
      picture: Buffer.alloc(3000),
      failed: false,
    }));
    if (unit) await queue.settle(unit, found, { rest: [] });
  }
  const rate = units.length / ((performance.now() - began) / 1000);
  await queue.close();
  const { synchronous_commit: commit } = await ask<{ synchronous_commit: string }>("show synchronous_commit");
  rows.push({
    what: `the queue alone, 11 results a unit, synchronous_commit ${commit}`,
    measured: `${rate.toFixed(0)} units a second`,
    ...{ bound: `${LEAST_RATE} units a second`, kept: rate >= LEAST_RATE && commit === "on" },
  });
}

/** Seconds until all photos are in the queue, those that the command computed, and the peak of its memory in MB. */
async function queuePhotos(count: number): Promise<{ seconds: number; computed: number; peak: number }> {
  const photos = await simulatePhotos(`size${count}`, count);
  await ask("truncate relabel_queue.job").catch(() => {});
  const began = performance.now();
  const { child, said } = evaluate(photos, "all");
  const queued = async () => {
    const text = "select coalesce(sum(jsonb_array_length(data -> 'photos')), 0)::int as photos from relabel_queue.job where name = 'units'";
    // Before the command has made them there are no tables.
    return (await ask<{ photos: number }>(text).catch(() => ({ photos: 0 }))).photos;
  };
  while ((await queued()) < count) {
    if (child.exitCode !== null) throw new Error(`evaluate ended with ${child.exitCode}: ${said()}`);
    await sleep(500);
  }
  const seconds = (performance.now() - began) / 1000;
  // What it does while it waits belongs to it.
  await sleep(5000);
  const [status, stat] = await Promise.all(["status", "stat"].map((file) => readFile(`/proc/${child.pid}/${file}`, "utf8")));
  const [user = 0, system = 0] = (stat as string).split(") ")[1]?.split(" ").slice(11, 13).map(Number) ?? [];
  child.kill("SIGINT");
  await once(child, "close");
  const peak = (Number(/VmHWM:\s+(\d+)/.exec(status as string)?.[1]) * 1024) / 1e6;
  return { seconds, computed: (user + system) / TICKS, peak };
}

async function measureSize(): Promise<void> {
  for (const count of SIZES) {
    const { seconds, computed, peak } = await queuePhotos(count);
    rows.push({
      what: `${count.toLocaleString("en")} photos by 10 methods, queued`,
      measured: `${seconds.toFixed(1)} s (${computed.toFixed(1)} s of a core), ${peak.toFixed(0)} MB at most`,
      ...{ bound: `${MOST_SECONDS} s`, kept: seconds < MOST_SECONDS },
    });
  }
}

if (WITHOUT_POSTGRES) throw new Error(WITHOUT_POSTGRES);
const postgres = await launchPostgres();
try {
  await bundleEntry(ROOT, "src/cli/main.ts", join(folder, "command"));
  await bundleEntry(ROOT, "test/support/queue-worker.ts", join(folder, "worker"));
  const asked = process.argv[2];
  if (asked !== "size") await measureSpeed();
  if (asked !== "speed") await measureSize();
  printLine(
    markdownTable(
      ["what", "measured", "bound"],
      rows.map(({ what, measured, bound }) => [what, measured, bound]),
    ),
  );
  for (const { what } of rows.filter(({ kept }) => !kept)) notify(`error: the bound is not kept: ${what}.`);
  if (rows.some(({ kept }) => !kept)) process.exitCode = 1;
} finally {
  for (const child of children) child.kill("SIGKILL");
  postgres.remove();
  removeRunFolder(folder);
}
