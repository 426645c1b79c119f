/** Where the page remembers things: idb-keyval wraps IndexedDB's events into promises. */
import { createStore, type UseStore } from "idb-keyval";

/** A store of this browser, opened when it is first asked. Asking rejects where the browser refuses, which some do at once. */
export function browserStoreOf(database: string, name: string): UseStore {
  let store: UseStore | undefined;
  return async (mode, work) => {
    store ??= createStore(database, name);
    return store(mode, work);
  };
}
