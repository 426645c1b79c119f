/** What a worker finds on the photos of a unit, until the unit is settled. */
import type { NewResult, StoredResult } from "../evaluation/record.ts";
import { type ResultStore, Results, SKIPPED } from "../evaluation/results.ts";
import type { Run } from "../evaluation/schemas.ts";
import type { ResultRow } from "./units.ts";

export class UnitStore extends Results implements ResultStore {
  /** To be filed. */
  readonly found: ResultRow[] = [];
  /** Names of photos that need no further work. */
  readonly finished = new Set<string>();
  /** Why the others do. */
  readonly failures: string[] = [];

  /** `known`: what the database has of the photos. */
  constructor(run: Run, known: readonly ResultRow[]) {
    super(run);
    const rows = new Map(known.map((row) => [row.key, row]));
    for (const { name } of run.photos) {
      for (const method of this.methods) {
        const row = rows.get(this.key(name, method));
        if (row) this.keep({ ...(JSON.parse(row.body) as StoredResult), name });
      }
      if (this.missing(name).length === 0 || rows.has(this.key(name, SKIPPED))) this.finished.add(name);
    }
  }

  async add(name: string, image: string, found: readonly NewResult[]): Promise<void> {
    for (const [at, result] of this.describe(name, image, found).entries()) {
      const { key, origin, failed = false } = result;
      this.found.push({ key, photo: origin.photo, body: JSON.stringify(result), picture: found[at]?.picture, failed });
    }
    this.finished.add(name);
  }

  async skip(name: string, image: string, reason: string): Promise<void> {
    const skipped = await this.describeSkipped(name, image, reason);
    if (skipped.photo === null) this.failures.push(reason);
    else {
      const { photo } = skipped;
      this.found.push({ key: this.key(name, SKIPPED), photo, body: JSON.stringify(skipped), failed: false });
      this.finished.add(name);
    }
  }

  /** Keys of all that the database may have of these photos. */
  static keysOf(run: Run): string[] {
    const results = new Results(run);
    return run.photos.flatMap(({ name }) => [...results.methods, SKIPPED].map((method) => results.key(name, method)));
  }
}
