/** Keeps records in this browser: short heads to list, and bodies apart, since those are large. */
import { promisifyRequest, type UseStore } from "idb-keyval";
import { browserStoreOf } from "../browser-store.ts";

/** What a list says of a record. */
export interface Head {
  /** Tells it from all others; of later records it comes later in the order of text. */
  readonly id: string;
  /** Of the whole record; without it, the shelf's limit does not count the record. */
  readonly bytes?: number;
}

const head = (id: string) => `head ${id}`;
const body = (id: string) => `body ${id}`;
const allHeads = () => IDBKeyRange.bound(head(""), head("\uffff"));

/** Records of one kind. Heads and bodies are in one store of IndexedDB, so that both are kept or none. */
export class Shelf<H extends Head, B> {
  readonly #store: UseStore;

  /** `name`: of the database. */
  constructor(name: string) {
    this.#store = browserStoreOf(name, "records");
  }

  /** Heads of the records, the newest first. A browser that keeps nothing has none. */
  async list(): Promise<H[]> {
    try {
      return (await this.#store("readonly", (records) => promisifyRequest<H[]>(records.getAll(allHeads())))).reverse();
    } catch {
      return [];
    }
  }

  /** Keeps a record, in the place of one of its id. Where all would take more than `limit` bytes the oldest go. Rejects, and changes nothing, where there is no room or no storage. */
  async keep(record: H, content: B, limit = Number.POSITIVE_INFINITY): Promise<void> {
    await this.#store("readwrite", async (records) => {
      const all = await promisifyRequest<H[]>(records.getAll(allHeads()));
      const others = all.filter(({ id }) => id !== record.id);
      records.put(content, body(record.id));
      records.put(record, head(record.id));
      for (const { id } of tooMany([...others, record], limit)) remove(records, id);
      await promisifyRequest(records.transaction);
    });
  }

  /** Undefined where it was deleted meanwhile, in another tab for instance. */
  async open(id: string): Promise<B | undefined> {
    return this.#store("readonly", (records) => promisifyRequest<B | undefined>(records.get(body(id))));
  }

  async delete(id: string): Promise<void> {
    await this.#store("readwrite", (records) => {
      remove(records, id);
      return promisifyRequest(records.transaction);
    });
  }

  /** Deletes all records. */
  async clear(): Promise<void> {
    await this.#store("readwrite", (records) => {
      records.clear();
      return promisifyRequest(records.transaction);
    });
  }
}

function remove(records: IDBObjectStore, id: string): void {
  records.delete(head(id));
  records.delete(body(id));
}

/** Those that must go for the others to take `limit` bytes at most. `heads`: the oldest first; the newest stays. */
export function tooMany<H extends Head>(heads: readonly H[], limit: number): H[] {
  let total = heads.reduce((sum, { bytes = 0 }) => sum + bytes, 0);
  const gone: H[] = [];
  for (const old of heads.slice(0, -1)) {
    if (total <= limit) break;
    total -= old.bytes ?? 0;
    gone.push(old);
  }
  return gone;
}
