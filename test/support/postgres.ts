/** A PostgreSQL of a test's own. */
import { onTestFinished } from "vitest";
import { launchPostgres, type Postgres } from "./postgres-server.ts";

export { PASSWORD, type Postgres, WITHOUT_POSTGRES } from "./postgres-server.ts";

/** Starts one that ends, and is gone, after the test. */
export async function startPostgres(): Promise<Postgres> {
  const postgres = await launchPostgres();
  onTestFinished(() => postgres.remove());
  return postgres;
}
