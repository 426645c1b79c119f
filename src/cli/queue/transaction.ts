/** Statements that take effect together or not at all. */
import type { Pool, PoolClient } from "pg";

/** Runs `work` in one transaction. Where it throws, nothing of it stays, and its error is passed on. */
export async function inTransaction(pool: Pool, work: (client: PoolClient) => Promise<void>): Promise<void> {
  const client = await pool.connect();
  let failure: Error | undefined;
  try {
    await client.query("begin");
    await work(client);
    await client.query("commit");
  } catch (error) {
    failure = error as Error;
    await client.query("rollback").catch(() => {});
    throw error;
  } finally {
    // A connection that met an error is not used again.
    client.release(failure);
  }
}
