/** The runs in a queue's database: what they hold there, and how they are removed. */
import type { Pool } from "pg";
import { BOSS_SCHEMA } from "./database.ts";
import { inTransaction } from "./transaction.ts";
import { type Plan, SET_ASIDE, UNITS } from "./units.ts";

/** What a run has in the database. */
export interface StoredRun {
  readonly id: string;
  readonly plan: Plan;
  /** When it was queued first. */
  readonly begun: Date;
  /** Photos with results, and in units that wait or are at work. */
  readonly photos: number;
  readonly waiting: number;
  /** Of its results, pictures included. */
  readonly bytes: number;
}

const LIVE = "state in ('created', 'retry', 'active')";

/** The oldest first. */
export async function listRuns(pool: Pool): Promise<StoredRun[]> {
  const { rows } = await pool.query<Omit<StoredRun, "plan"> & { content: string }>(
    `select plan.id, plan.content, plan.begun, coalesce(found.photos, 0) as photos, coalesce(found.bytes, 0) as bytes, coalesce(live.photos, 0) as waiting
     from relabel.plan
     left join (
       select run, count(distinct photo)::int as photos, sum(octet_length(body) + coalesce(octet_length(picture), 0))::float8 as bytes
       from relabel.result group by run
     ) found on found.run = plan.id
     left join (
       select data ->> 'run' as run, sum(jsonb_array_length(data -> 'photos'))::int as photos
       from ${BOSS_SCHEMA}.job where name = $1 and ${LIVE} group by data ->> 'run'
     ) live on live.run = plan.id
     order by plan.begun, plan.id`,
    [UNITS],
  );
  return rows.map(({ content, ...run }) => ({ ...run, plan: JSON.parse(content) }));
}

/** Removes a run with its units and results, and sent photos that nobody needs any more. What a worker has at work of it is lost. */
export async function removeRun(pool: Pool, id: string): Promise<void> {
  await inTransaction(pool, async (client) => {
    // First: from here on no worker files anything of it.
    await client.query("delete from relabel.plan where id = $1", [id]);
    await client.query(`delete from ${BOSS_SCHEMA}.job where name = any($2) and data ->> 'run' = $1`, [id, [UNITS, SET_ASIDE]]);
    await client.query("delete from relabel.result where run = $1", [id]);
    await client.query(
      `delete from relabel.photo
       where sha256 not in (select photo from relabel.result)
       and sha256 not in (
         select unnest(array[photo ->> 'sha256', coalesce(photo -> 'other' ->> 'sha256', '')])
         from ${BOSS_SCHEMA}.job, jsonb_array_elements(data -> 'photos') photo where name = $1 and ${LIVE}
       )`,
      [UNITS],
    );
  });
}
