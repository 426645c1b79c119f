/** Lets the page remember what tuning found out until the next visit. */
import { createStore, get, set } from "idb-keyval";
import type { Tuning, TuningStore } from "../faces/all.ts";

/** Where tunings are kept in this browser; idb-keyval wraps IndexedDB's events into promises. A browser that keeps nothing has none. */
export function browserStore(): TuningStore {
  const store = createStore("relabel", "tuning");
  return {
    load: (key) => get<Tuning>(key, store).catch(() => undefined),
    save: (key, tuning) => set(key, tuning, store).catch(() => undefined),
  };
}
