/** The queue's database: units in pg-boss's tables, plans, results and photos in ours. */
import type { Pool, PoolClient } from "pg";
import type { JobInsert, PgBoss } from "pg-boss";
import { CommandError } from "../errors.ts";
import { keyOf } from "../evaluation/run.ts";
import type { QueueAddress } from "./address.ts";
import { loadQueuePackages } from "./packages.ts";
import { inTransaction } from "./transaction.ts";
import { type Plan, type ResultRow, SET_ASIDE, type TakenUnit, TRIES, UNITS, type Unit } from "./units.ts";

/** pg-boss's tables; ours are in the schema relabel. */
export const BOSS_SCHEMA = "relabel_queue";
/** Workers announce themselves under this name. */
export const WORKER = "worker";
/** A unit that shows signs of life ends after this long nevertheless. */
const LONGEST_UNIT = 12 * 3600;
/** Between two looks for units of which nothing was heard, and two tries of a unit that failed. */
const LOOK_SECONDS = 5;
const RETRY_SECONDS = 2;
/** Keys in one statement. */
const KEYS = 5000;
const LIMIT = 100_000;

const TABLES = `
select pg_advisory_xact_lock(hashtext('relabel'));
create schema if not exists relabel;
create table if not exists relabel.plan (id text primary key, content text not null, begun timestamptz not null default now());
create table if not exists relabel.photo (sha256 text primary key, content bytea not null);
create table if not exists relabel.result (
  key text primary key, run text not null, photo text not null, body text not null, picture bytea, failed boolean not null,
  written xid8 not null default pg_current_xact_id()
);
create index if not exists result_run on relabel.result (run);
create index if not exists result_photo on relabel.result (photo);
create index if not exists result_written on relabel.result (written);`;

/** What a worker has to say of a unit. */
export type Verdict =
  /** It is done, but for these units to put in its place. */
  { readonly rest: readonly Unit[] } | { readonly error: string };

export class QueueDatabase {
  /** Up to which transaction, by its number, `photosWithNewResults` has looked. */
  #mark: string | undefined;

  private constructor(
    readonly address: QueueAddress,
    readonly pool: Pool,
    private readonly boss: PgBoss,
  ) {}

  /** Connects, and makes the tables where they are absent. Throws a CommandError where that fails. */
  static async open(address: QueueAddress): Promise<QueueDatabase> {
    const { pg, PgBoss } = await loadQueuePackages();
    const { connectionString, shown } = address;
    const settings = { connectionString, application_name: "relabel", connectionTimeoutMillis: 10_000 };
    const pool = new pg.Pool({ ...settings, max: 3 });
    const watch = { superviseIntervalSeconds: LOOK_SECONDS, monitorIntervalSeconds: LOOK_SECONDS };
    const boss = new PgBoss({ ...settings, ...watch, schema: BOSS_SCHEMA, max: 3, schedule: false, registerInstance: false });
    // Lost connections, which the next statement makes anew or reports.
    pool.on("error", () => {});
    boss.on("error", () => {});
    try {
      await pool.query(`begin; ${TABLES} commit;`);
      await boss.start();
      await boss.createQueue(SET_ASIDE);
      await boss.createQueue(UNITS, {
        deadLetter: SET_ASIDE,
        retryLimit: TRIES - 1,
        retryDelay: RETRY_SECONDS,
        expireInSeconds: LONGEST_UNIT,
      });
    } catch (cause) {
      await boss.stop({ graceful: false }).catch(() => {});
      await pool.end();
      throw new CommandError(
        `The database ${shown} cannot be used (${(cause as Error).message || (cause as { code?: string }).code})`,
        "Check the address, the password (RELABEL_QUEUE, PGPASSWORD or ~/.pgpass), and that the user may create schemas there.",
        { cause },
      );
    }
    return new QueueDatabase(address, pool, boss);
  }

  async close(): Promise<void> {
    await this.boss.stop({ graceful: false }).catch(() => {});
    await this.pool.end().catch(() => {});
  }

  /** Files a plan, under its hash. */
  async putPlan(plan: Plan): Promise<void> {
    const id = keyOf(plan);
    await this.pool.query("insert into relabel.plan (id, content) values ($1, $2) on conflict do nothing", [id, JSON.stringify(plan)]);
  }

  async getPlan(id: string): Promise<Plan> {
    const { rows } = await this.pool.query("select content from relabel.plan where id = $1", [id]);
    if (rows.length === 0)
      throw new CommandError("The run was removed from the queue", "Give its `evaluate` command again if that was a mistake.");
    return JSON.parse(rows[0].content);
  }

  /** Queues units, which a worker that shows no sign of life for `leaseSeconds` loses. */
  async enqueue(units: readonly Unit[], leaseSeconds: number, client?: PoolClient): Promise<void> {
    const jobs = units.map((data): JobInsert<Unit> => ({ data, heartbeatSeconds: leaseSeconds }));
    if (jobs.length > 0) await this.boss.insert(UNITS, jobs, client ? { db: inside(client) } : {});
  }

  /** Units of a run that wait or are at work. */
  async liveUnits(run: string): Promise<Unit[]> {
    const jobs = await this.boss.findJobs<Unit>(UNITS, { data: { run }, limit: LIMIT });
    return jobs.filter(({ state }) => ["created", "retry", "active"].includes(state)).map(({ data }) => data);
  }

  /** Units of a run that failed too often, with their errors. */
  async setAside(run: string): Promise<{ unit: Unit; error: string }[]> {
    const jobs = await this.boss.findJobs<Unit>(SET_ASIDE, { data: { run }, limit: LIMIT });
    return jobs.map(({ data, sourceOutput }) => ({ unit: data, error: errorOf(sourceOutput) }));
  }

  async forgetSetAside(run: string): Promise<void> {
    const jobs = await this.boss.findJobs(SET_ASIDE, { data: { run }, limit: LIMIT });
    if (jobs.length > 0)
      await this.boss.deleteJob(
        SET_ASIDE,
        jobs.map(({ id }) => id),
      );
  }

  /** The number of workers from which something was heard of late. */
  async countWorkers(): Promise<number> {
    const instances = await this.boss.getInstances();
    return instances.filter(({ name, live }) => name === WORKER && live).length;
  }

  /** The next unit, for this worker alone; undefined where none waits. */
  async take(): Promise<TakenUnit | undefined> {
    const [job] = await this.boss.fetch<Unit>(UNITS);
    return job && { ...job.data, id: job.id, retryCount: job.retryCount, leaseSeconds: job.heartbeatSeconds as number };
  }

  /**
   * Files what was found and settles the unit, in one transaction. A unit that has become another worker's stays that one's; its results are
   * filed nevertheless, each once, whoever was first. Of a run that was removed nothing is filed.
   */
  async settle(unit: TakenUnit, found: readonly ResultRow[], verdict: Verdict): Promise<void> {
    await inTransaction(this.pool, async (client) => {
      await client.query(
        `insert into relabel.result (run, key, photo, body, picture, failed)
         select $1, * from unnest($2::text[], $3::text[], $4::text[], $5::bytea[], $6::boolean[])
         where exists (select from relabel.plan where id = $1 for share)
         on conflict (key) do update
         set (run, body, picture, failed, written) = (excluded.run, excluded.body, excluded.picture, excluded.failed, excluded.written)
         where result.failed`,
        [unit.run, ...columnsOf(found)],
      );
      const db = inside(client);
      if ("error" in verdict) {
        await this.boss.fail(UNITS, unit, { message: verdict.error }, { db });
        return;
      }
      const { affected } = (await this.boss.complete(UNITS, unit, undefined, { db })) as { affected: number };
      if (affected > 0) await this.enqueue(verdict.rest, unit.leaseSeconds, client);
    });
  }

  /** Results under these keys. */
  async results(keys: readonly string[]): Promise<ResultRow[]> {
    const found: ResultRow[] = [];
    for (let at = 0; at < keys.length; at += KEYS) {
      const text = "select key, photo, body, picture, failed from relabel.result where key = any($1)";
      found.push(...(await this.pool.query<ResultRow>(text, [keys.slice(at, at + KEYS)])).rows);
    }
    return found;
  }

  /** Of photos, by their content, those that have results, of whatever settings; `failed`: such as a later run tries again. */
  async photosWithResults(photos: readonly string[], { failed = false } = {}): Promise<string[]> {
    const found: string[] = [];
    for (let at = 0; at < photos.length; at += KEYS) {
      const text = "select distinct photo from relabel.result where photo = any($1) and (failed or not $2)";
      const { rows } = await this.pool.query<{ photo: string }>(text, [photos.slice(at, at + KEYS), failed]);
      found.push(...rows.map(({ photo }) => photo));
    }
    return found;
  }

  /**
   * Photos, by their content, of which results were filed since the last call; the first call tells none. Transactions end in another order than they begin:
   * what the oldest one that still runs, and later ones, file is left for the next call.
   */
  async photosWithNewResults(): Promise<string[]> {
    const { rows } = await this.pool.query<{ mark: string; photos: string[] | null }>(
      `with bound as materialized (select pg_snapshot_xmin(pg_current_snapshot()) as mark)
       select mark::text, (select array_agg(distinct photo) from relabel.result where written >= coalesce($1::text::xid8, mark) and written < mark) as photos
       from bound`,
      [this.#mark],
    );
    const [{ mark, photos }] = rows as [{ mark: string; photos: string[] | null }];
    this.#mark = mark;
    return photos ?? [];
  }

  /** Removes results that a method's failure left, so that it is tried again. */
  async forgetFailures(keys: readonly string[]): Promise<void> {
    for (let at = 0; at < keys.length; at += KEYS)
      await this.pool.query("delete from relabel.result where failed and key = any($1)", [keys.slice(at, at + KEYS)]);
  }

  /** Files a photo, unless it is there. */
  async putPhoto(sha256: string, read: () => Promise<Uint8Array>): Promise<void> {
    const { rowCount } = await this.pool.query("select from relabel.photo where sha256 = $1", [sha256]);
    if (rowCount === 0) await this.pool.query("insert into relabel.photo values ($1, $2) on conflict do nothing", [sha256, await read()]);
  }

  /** Undefined where the database has no such photo. */
  async getPhoto(sha256: string): Promise<Uint8Array | undefined> {
    const { rows } = await this.pool.query<{ content: Uint8Array }>("select content from relabel.photo where sha256 = $1", [sha256]);
    return rows[0]?.content;
  }
}

/** Results as columns, each once: photos of one content have the same ones. */
function columnsOf(found: readonly ResultRow[]): unknown[][] {
  const rows = [...new Map(found.map((row) => [row.key, row])).values()];
  const [key, photo, body, failed] = (["key", "photo", "body", "failed"] as const).map((name) => rows.map((row) => row[name]));
  const pictures = rows.map(({ picture }) => picture && Buffer.from(picture));
  return [key, photo, body, pictures, failed] as unknown[][];
}

/** Lets pg-boss take part in a transaction. */
function inside(client: PoolClient) {
  return { executeSql: (text: string, values?: unknown[]) => client.query(text, values) };
}

/** What a unit failed of: the worker's own words, or pg-boss's where it went silent. */
function errorOf(output: object | null): string {
  const { message, value } = (output ?? {}) as { message?: string; value?: { message?: string } };
  const said = message ?? value?.message ?? "no reason is known";
  return said === "job heartbeat timeout" ? "its workers went silent: look for crashes, or too little memory, in their logs" : said;
}
